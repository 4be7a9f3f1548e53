package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.SupervisionEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes down what happens in the runtime, in the words of the traces. Agents write down their own
 * starts and ends, {@link Gate}s the starts of supervisors, and the runtime tells the rest.
 */
final class Journal {
    final Names names = new Names();
    private final List<String> events = new ArrayList<>();
    private final List<String> reports = new ArrayList<>();

    /** How often a start was attempted, by name. */
    private final Map<String, Integer> attempts = new HashMap<>();

    private final Map<String, ScriptedAgent> agents = new HashMap<>();

    /** The attempts of the supervisors whose children are starting. */
    private final Map<String, Integer> booting = new HashMap<>();

    /** The attempts of the supervisors that are up. */
    private final Map<String, Integer> supervisors = new HashMap<>();

    /** What came of the newest start that was no restart, by name. */
    private final Map<String, String> started = new HashMap<>();

    /** The child whose start has failed last, and why, by the name of its supervisor. */
    private final Map<String, String> failedChild = new HashMap<>();

    private String end = "not_started";

    List<String> takeEvents() {
        return take(events);
    }

    List<String> takeReports() {
        return take(reports);
    }

    private static List<String> take(List<String> lines) {
        List<String> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }

    /** How the root stands. */
    String end() {
        return end;
    }

    /** The number of the newest start attempt, which is that of what is up. */
    int newest(String name) {
        return attempts.getOrDefault(name, 0);
    }

    /** The agent that is up, or in its start, or in its stop. */
    @Nullable ScriptedAgent agent(String name) {
        return agents.get(name);
    }

    /** What came of a start that was asked for. */
    String answer(String name) {
        return started.get(name);
    }

    // ---- starts and ends

    /** A start is attempted; gives its number. */
    int attempt(String name) {
        failedChild.remove(name);
        return attempts.merge(name, 1, Integer::sum);
    }

    void started(String name, int attempt, String outcome) {
        events.add("start %s#%d %s".formatted(name, attempt, outcome));
    }

    /** A start is about to fail. */
    void failed(String name, String why) {
        if (!name.equals("root")) {
            failedChild.put(Names.parent(name), Names.id(name) + ":" + why);
        }
    }

    /** Why the newest start has failed, with whose start did if it is a supervisor's. */
    String whyNot(String name, ExitReason reason) {
        String child = failedChild.get(name);
        return child == null ? Words.of(reason) : "child_failed:" + child;
    }

    void came(String name, ScriptedAgent agent) {
        agents.put(name, agent);
    }

    void went(String name, ScriptedAgent agent, int attempt, String why) {
        agents.remove(name, agent);
        down(name, attempt, why);
    }

    private void down(String name, int attempt, String why) {
        events.add("down %s#%d %s".formatted(name, attempt, why));
    }

    void boots(String name, int attempt) {
        events.add("init %s#%d".formatted(name, attempt));
        booting.put(name, attempt);
    }

    /** All children of a supervisor are up; gives the number of its attempt. */
    int booted(String name) {
        int attempt = booting.remove(name);
        supervisors.put(name, attempt);
        started(name, attempt, "ok");
        if (name.equals("root")) {
            end = "running";
        }
        return attempt;
    }

    boolean isUp(String supervisor, int attempt) {
        return Objects.equals(supervisors.get(supervisor), attempt);
    }

    // ---- what the runtime tells

    void told(SupervisionEvent event) {
        switch (event.kind()) {
            case CHILD_STARTED -> {
                String name = names.name(event.path());
                started.put(name, "ok#" + newest(name));
            }
            case CHILD_IGNORED -> started.put(names.name(event.path()), "ok_ignored");
            case CHILD_START_FAILED -> bootFailed(names.name(event.path()), event.reason());
            case CHILD_EXITED -> exited(names.name(event.path()), word(event.reason()));
            case CHILD_SHUTDOWN_ERROR -> {
                if (event.run() == 0) { // of instances of this pool, otherwise see reported()
                    String count = event.detail().replace(" instances", "");
                    report(
                            names.name(event.path()),
                            "shutdown_error",
                            "*" + count,
                            word(event.reason()));
                }
            }
            default -> {}
        }
    }

    private void bootFailed(String name, String reason) {
        Integer attempt = booting.remove(name);
        if (attempt != null) {
            String child = failedChild.get(name);
            String why = child == null ? word(reason) : "child_failed:" + child;
            started(name, attempt, "error " + why);
            failed(name, why);
        }
    }

    private void exited(String name, String why) {
        exited(name, newest(name), why);
        ScriptedAgent agent = agents.get(name);
        if (agent != null) { // killed between two callbacks
            agent.down(why);
        }
        if (name.equals("root")) {
            end = "down " + why;
        }
    }

    /** A supervisor that was up is down; whoever finds out first says so. */
    void exited(String name, int attempt, String why) {
        if (supervisors.remove(name, attempt)) {
            down(name, attempt, why);
        }
    }

    /** What OTP's supervisor reports, too. */
    void reported(String path, String context, String id, ExitReason reason) {
        if (Gate.isGate(id)) {
            return;
        }
        String child = names.name(path + "/" + id);
        String why =
                switch (context) {
                    case "shutdown" -> "max_intensity";
                    case "start_error" -> whyNot(child, reason);
                    default -> Words.of(reason);
                };
        report(names.name(path), context, Names.id(child), why);
    }

    private void report(String name, String context, String id, String why) {
        reports.add("%s %s %s %s".formatted(name, context, id, why));
    }

    /** The word for a reason that the runtime tells as text. */
    private static String word(String reason) {
        return switch (reason) {
            case "shutdown: term" -> "shutdown_term";
            case String text when text.startsWith("error") -> "error";
            default -> reason;
        };
    }
}
