package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.ChildCounts;
import ai.terraphim.supervisor.api.ChildNotFoundException;
import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.ChildStateException;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorStoppedException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The words in which scenarios and traces speak. */
public final class Words {
    private Words() {}

    /** What a word stands for. */
    public static ExitReason reason(String word) {
        return switch (word) {
            case "normal" -> ExitReason.normal();
            case "shutdown" -> ExitReason.shutdown();
            case "shutdown_term" -> ExitReason.shutdown("term");
            case "kill" -> ExitReason.kill();
            case "error" -> ExitReason.error("error");
            default -> throw new IllegalArgumentException("reason " + word);
        };
    }

    public static String of(ExitReason reason) {
        return switch (reason) {
            case ExitReason.Normal _ -> "normal";
            case ExitReason.Shutdown(var detail) -> detail.isEmpty() ? "shutdown" : "shutdown_term";
            case ExitReason.SupervisorShutdown _ -> "shutdown";
            case ExitReason.Kill _ -> "killed";
            case ExitReason.Error(var failure) -> failure.message();
            case ExitReason.Timeout _, ExitReason.Budget _, ExitReason.Dependency _ ->
                    reason.toString();
        };
    }

    public static String of(SupervisionException refusal) {
        return switch (refusal) {
            case ChildStartException failed -> "start_failed " + of(failed.reason());
            case ChildStateException state -> of(state.conflict());
            case ChildNotFoundException _ -> "not_found";
            case ConfigurationException _ -> "invalid_spec";
            case SupervisorStoppedException _ -> "sup_exited";
            default -> refusal.toString();
        };
    }

    public static String of(ChildCounts counts) {
        return "%d,%d,%d,%d"
                .formatted(counts.specs(), counts.active(), counts.supervisors(), counts.workers());
    }

    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** A child in a list of children. A restarting instance has no handle to know it by. */
    public static String child(String id, String state, boolean inPool) {
        return (inPool && state.equals("restarting") ? "_" : id) + "=" + state;
    }

    /** Children, each as above: those of a pool by key, others in start order. */
    public static String children(List<String> children, boolean inPool) {
        Comparator<String> byKey =
                Comparator.comparing(word -> word.substring(0, word.indexOf('=')));
        Stream<String> words = inPool ? children.stream().sorted(byKey) : children.stream();
        return children.isEmpty() ? "-" : words.collect(Collectors.joining(" "));
    }
}
