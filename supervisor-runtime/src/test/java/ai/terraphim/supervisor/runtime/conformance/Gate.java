package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.runtime.core.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What comes first or last in the start of a supervisor. One of ours has no start function of the
 * user's, which might fail, say that the supervisor need not run, or make calls. A gate does that
 * instead: it is a temporary child that need not run, so it is forgotten before anybody sees it.
 */
final class Gate implements LoopAgent {
    static final String TYPE = "gate";
    private static final String FIRST = "gate-first";
    private static final String LAST = "gate-last";

    private final Journal journal;
    private final Function<String, Script> scripts;
    private final Consumer<String> ignore;

    /**
     * @param ignore tells the parent of the supervisor with a name that it need not run
     */
    Gate(Journal journal, Function<String, Script> scripts, Consumer<String> ignore) {
        this.journal = journal;
        this.scripts = scripts;
        this.ignore = ignore;
    }

    static List<ChildSpec> around(List<ChildSpec> children) {
        List<ChildSpec> all = new ArrayList<>(children);
        all.addFirst(spec(FIRST));
        all.addLast(spec(LAST));
        return all;
    }

    private static AgentSpec spec(String id) {
        return AgentSpec.builder(id, TYPE).restart(RestartType.TEMPORARY).build();
    }

    static boolean isGate(String id) {
        return id.equals(FIRST) || id.equals(LAST);
    }

    @Override
    public InitResult init(InitArgs args) {
        String name = journal.names.name(args.context().pid().supervisor().path());
        Script script = scripts.apply(name);
        if (args.spec().id().equals(FIRST)) {
            begin(name, script);
        } else {
            script.start(journal.booted(name)).makeCalls();
        }
        return InitResult.ignore();
    }

    private void begin(String name, Script script) {
        int attempt = journal.attempt(name);
        Script.Start start = script.start(attempt);
        if (start.outcome() == Script.Outcome.OK) {
            journal.boots(name, attempt);
            return;
        }
        journal.started(name, attempt, Words.of(start.outcome()));
        start.makeCalls();
        if (start.outcome() == Script.Outcome.IGNORE) {
            ignore.accept(name);
        } else {
            journal.failed(name, "error");
        }
        throw new IllegalStateException("error");
    }

    @Override
    public void run(AgentContext context) {
        throw new IllegalStateException("a gate need not run");
    }
}
