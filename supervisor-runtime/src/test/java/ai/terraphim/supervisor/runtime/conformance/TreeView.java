package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.AgentStatus;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.ChildKind;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.testkit.Simulation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What there is in the runtime, in the words of the traces. */
final class TreeView {
    private final Simulation sim;
    private final Journal journal;

    TreeView(Simulation sim, Journal journal) {
        this.sim = sim;
        this.journal = journal;
    }

    static boolean isPool(AgentSupervisor supervisor) {
        return supervisor.status().policy().strategy() == RestartStrategy.SIMPLE_ONE_FOR_ONE;
    }

    /** The whole tree, a line for each child. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        sim.supervisor("root").ifPresent(root -> describe(root, lines));
        return lines;
    }

    private void describe(AgentSupervisor supervisor, List<String> lines) {
        String name = journal.names.name(supervisor.id().path());
        String counts = Words.of(supervisor.countChildren());
        lines.add("%s#%d up [%s]".formatted(name, journal.newest(name), counts));
        for (SupervisedAgentInfo child : inOrder(supervisor, supervisor.children())) {
            String childName = name(child);
            if (!(child.status() instanceof AgentStatus.Running)) {
                lines.add(childName + " " + state(child));
            } else if (child.kind() == ChildKind.SUPERVISOR) {
                sim.supervisor(child.pid().path()).ifPresent(nested -> describe(nested, lines));
            } else {
                lines.add("%s#%d up".formatted(childName, journal.newest(childName)));
            }
        }
    }

    /** The children of a supervisor, asked for in its turn, in a line. */
    String children(AgentSupervisor supervisor) {
        boolean pool = isPool(supervisor);
        List<String> words =
                supervisor.whichChildren().stream().map(child -> word(child, pool)).toList();
        return Words.children(words, pool);
    }

    private String word(SupervisedAgentInfo child, boolean pool) {
        return Words.child(Names.id(name(child)), state(child), pool);
    }

    /** A pool's instances are sorted by key, other children are in start order. */
    private List<SupervisedAgentInfo> inOrder(
            AgentSupervisor supervisor, List<SupervisedAgentInfo> children) {
        return isPool(supervisor)
                ? children.stream().sorted(Comparator.comparing(this::name)).toList()
                : children;
    }

    private String name(SupervisedAgentInfo child) {
        return journal.names.name(child.pid().path());
    }

    private static String state(SupervisedAgentInfo child) {
        return switch (child.status()) {
            case AgentStatus.Running _, AgentStatus.Stopping _ -> "up";
            case AgentStatus.Restarting _, AgentStatus.Starting _ -> "restarting";
            default -> "down";
        };
    }
}
