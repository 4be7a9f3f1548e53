package ai.terraphim.supervisor.runtime.observe;

import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.Failure;
import ai.terraphim.supervisor.api.SupervisionEvent;
import java.time.Instant;

/**
 * What happened, and how many such facts this one stands for: it is the last of them.
 *
 * @param seq its number, 0 as long as it has none
 * @param first when the first of them happened
 * @param at when the last of them happened
 * @param path where: text, or a pid
 * @param run which run, 0 if that is not the question
 * @param kind what happened
 * @param reason why: text, or an exit reason, or the overflow that a gap tells of
 * @param detail more about it: text, or an exit reason, of which it is the stack trace
 * @param count how many it stands for
 */
record Fact(
        long seq,
        Instant first,
        Instant at,
        Object path,
        long run,
        EventKind kind,
        Object reason,
        Object detail,
        long count) {

    /** How many characters of a text are kept. */
    static final int MAX_TEXT = 65_536;

    /** What an event takes beyond its texts. */
    private static final int OVERHEAD = 250;

    /**
     * About half of what a throwable takes whose stack trace has not been written yet: an exit has
     * it as its reason and as its detail.
     */
    private static final int THROWN = 500;

    static Fact of(
            Instant at, Object path, long run, EventKind kind, Object reason, Object detail) {
        return new Fact(0, at, at, path, run, kind, reason, detail, 1);
    }

    /** Says that facts were folded or left out. */
    static Fact gap(Instant at, Overflow overflow) {
        return of(at, "", 0, EventKind.HISTORY_GAP, overflow, "");
    }

    /** This one in text, which holds on to no throwable. */
    Fact numbered(long number) {
        return new Fact(
                number,
                first,
                at,
                path.toString(),
                run,
                kind,
                reason instanceof Overflow ? reason : cut(reason.toString()),
                cut(detail instanceof ExitReason exit ? stack(exit) : detail.toString()),
                count);
    }

    /** This one, which stands for an earlier one and all that it stands for, too. */
    Fact after(Fact earlier) {
        return new Fact(
                seq, earlier.first, at, path, run, kind, reason, detail, earlier.count + count);
    }

    /** For the history and for listeners; of a fact that is numbered. */
    SupervisionEvent event() {
        String more = detail.toString();
        return new SupervisionEvent(
                seq,
                at,
                path.toString(),
                run,
                kind,
                reason.toString(),
                count == 1
                        ? more
                        : "stands for %d such events from %s to %s, and is the last of them%s"
                                .formatted(count, first, at, more.isEmpty() ? "" : "\n" + more));
    }

    /** About how much memory it holds. */
    long bytes() {
        return OVERHEAD + bytes(reason) + bytes(detail);
    }

    private static long bytes(Object text) {
        return switch (text) {
            case String string -> string.length();
            case ExitReason.Error(Failure failure) -> THROWN + failure.message().length();
            case ExitReason.Dependency(_, Failure failure) -> THROWN + failure.message().length();
            case ExitReason.Timeout(_, String stack) -> stack.length();
            default -> 0;
        };
    }

    private static String cut(String text) {
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT - 4) + " ..." : text;
    }

    private static String stack(ExitReason reason) {
        return switch (reason) {
            case ExitReason.Error(Failure failure) -> failure.stack();
            case ExitReason.Dependency(_, Failure failure) -> failure.stack();
            case ExitReason.Timeout(_, String stack) -> stack;
            case ExitReason.Normal _,
                    ExitReason.Shutdown _,
                    ExitReason.SupervisorShutdown _,
                    ExitReason.Kill _,
                    ExitReason.Budget _ ->
                    "";
        };
    }
}
