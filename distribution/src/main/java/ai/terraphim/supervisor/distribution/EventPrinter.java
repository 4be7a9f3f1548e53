package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionListener;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.regex.Pattern;

/** Prints one line for each fact: time, what happened, to whom, in which run, why. */
final class EventPrinter implements SupervisionListener {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
    private static final Pattern SUBJECT = Pattern.compile("^(child|supervisor|circuit)\\.");
    private static final int WORD_WIDTH = 14;
    private static final int MOST_PATH_WIDTH = 40;

    private final Terminal terminal;
    private final ZoneId zone;
    // grows with the longest path; only the thread that tells listeners touches it
    private int pathWidth;

    /**
     * A printer.
     *
     * @param pathWidth the longest path to be expected, which makes the column
     */
    EventPrinter(Terminal terminal, ZoneId zone, int pathWidth) {
        this.terminal = terminal;
        this.zone = zone;
        this.pathWidth = Math.min(pathWidth, MOST_PATH_WIDTH);
    }

    @Override
    public void onEvent(SupervisionEvent event) {
        terminal.line(text(event));
    }

    String text(SupervisionEvent event) {
        pathWidth = Math.clamp(event.path().length(), pathWidth, MOST_PATH_WIDTH);
        String run = event.run() > 0 ? "run " + event.run() : "";
        String line =
                terminal.dim(time(event.at()))
                        + "  "
                        + painted(event, word(event))
                        + "  "
                        + padded(event.path(), pathWidth)
                        + "  "
                        + padded(run, 6);
        return (line + (event.reason().isEmpty() ? "" : "  " + firstLine(event.reason())))
                .stripTrailing();
    }

    String time(Instant at) {
        return TIME.format(at.atZone(zone));
    }

    /** The event's word, without its subject where that is who the path names. */
    private static String word(SupervisionEvent event) {
        return SUBJECT.matcher(event.kind().word()).replaceFirst("");
    }

    private String painted(SupervisionEvent event, String word) {
        String padded = padded(word, WORD_WIDTH);
        return switch (event.kind()) {
            case CHILD_STARTED, CHILD_RESUMED, CIRCUIT_CLOSED, STORE_RECOVERED ->
                    terminal.green(padded);
            case CHILD_RESTARTED,
                    CHILD_IGNORED,
                    CHILD_BACKOFF,
                    CHILD_COOLING,
                    CHILD_SUSPENDED,
                    CIRCUIT_HALF_OPENED,
                    CARRIERS_HELD,
                    FRESH_START,
                    SUPERVISOR_AUTO_SHUTDOWN,
                    DEAD_LETTER,
                    HISTORY_GAP ->
                    terminal.yellow(padded);
            case CHILD_DELETED, ORPHANS_DELETED -> terminal.dim(padded);
            case CHILD_EXITED -> isOrderly(event) ? terminal.dim(padded) : terminal.red(padded);
            case CHILD_START_FAILED,
                    CHILD_SHUTDOWN_ERROR,
                    CHILD_PARKED,
                    CHILD_OVERDUE,
                    CHILD_UNHEALTHY,
                    CHILD_ABANDONED,
                    CIRCUIT_OPENED,
                    MESSAGE_PARKED,
                    SUPERVISOR_ESCALATED,
                    STORE_FAILED,
                    CHECKPOINT_FAILED,
                    CHECKPOINT_FALLBACK,
                    CHECKPOINT_REJECTED,
                    CONDITION_REJECTED ->
                    terminal.red(padded);
        };
    }

    private static boolean isOrderly(SupervisionEvent event) {
        return List.of("normal", "shutdown", "supervisor_shutdown").contains(event.reason())
                || event.reason().startsWith("shutdown: ");
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
