package ai.terraphim.supervisor.runtime.jmx;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Draws a tree as text, one line for each agent and supervisor, in columns: place, type or
 * strategy, state, run, restarts, uptime, last exit.
 */
public final class TreeText {

    private static final int LONGEST_REASON = 60;

    private TreeText() {}

    /**
     * Draws a tree.
     *
     * @param rows each supervisor before its children, all below the first
     * @return the lines
     */
    public static List<String> lines(List<AgentView> rows) {
        return lines(rows, UnaryOperator.identity());
    }

    /**
     * Draws a tree.
     *
     * @param rows each supervisor before its children, all below the first
     * @param paint is given each state's word, padded to its column, and may add colour to it
     * @return the lines
     */
    public static List<String> lines(List<AgentView> rows, UnaryOperator<String> paint) {
        List<String> places = places(rows);
        List<String> types = rows.stream().map(TreeText::typeOf).toList();
        int placeWidth = width(places);
        int typeWidth = width(types);
        int stateWidth = width(rows.stream().map(AgentView::state).toList());
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            AgentView row = rows.get(i);
            String line =
                    padded(places.get(i), placeWidth)
                            + "  "
                            + padded(types.get(i), typeWidth)
                            + "  "
                            + paint.apply(padded(row.state(), stateWidth))
                            + "  "
                            + facts(row);
            lines.add(line.stripTrailing());
        }
        return lines;
    }

    /**
     * Says a time span shortly, for people.
     *
     * @param millis a number of milliseconds
     * @return such as {@code 850ms}, {@code 42s}, {@code 3m 20s}, {@code 5h 12m} or {@code 3d 4h}
     */
    public static String duration(long millis) {
        long seconds = millis / 1_000;
        if (seconds < 1) {
            return millis + "ms";
        }
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3_600) {
            return seconds / 60 + "m " + seconds % 60 + "s";
        }
        if (seconds < 86_400) {
            return seconds / 3_600 + "h " + seconds % 3_600 / 60 + "m";
        }
        return seconds / 86_400 + "d " + seconds % 86_400 / 3_600 + "h";
    }

    private static String facts(AgentView row) {
        List<String> facts = new ArrayList<>();
        facts.add(padded("run " + row.run(), 6));
        if (row.uptimeMs() > 0) {
            facts.add("up " + duration(row.uptimeMs()));
        }
        if (row.restarts() > 0) {
            facts.add(row.restarts() == 1 ? "1 restart" : row.restarts() + " restarts");
        }
        if (!row.lastExit().isEmpty()) {
            facts.add("last exit " + shortened(row.lastExit()));
        }
        if (!row.names().isEmpty()) {
            facts.add("named " + String.join(", ", row.names()));
        }
        if (row.health().startsWith("unhealthy")) {
            facts.add(shortened(row.health()));
        }
        return String.join("  ", facts);
    }

    /**
     * Makes a reason fit into a column.
     *
     * @param reason possibly long, with several lines
     * @return its first line, at most 60 characters of it
     */
    public static String shortened(String reason) {
        String line = reason.lines().findFirst().orElse("");
        return line.length() > LONGEST_REASON ? line.substring(0, LONGEST_REASON - 1) + "…" : line;
    }

    private static String typeOf(AgentView row) {
        return row.strategy().isEmpty() ? row.type() : row.strategy();
    }

    /** Ids with the branches before them. */
    private static List<String> places(List<AgentView> rows) {
        List<String> places = new ArrayList<>();
        int top = rows.isEmpty() ? 0 : rows.getFirst().depth();
        // lastAt[d]: whether the newest row at depth d was the last child of its supervisor
        boolean[] lastAt =
                new boolean[rows.stream().mapToInt(AgentView::depth).max().orElse(0) + 1];
        for (int i = 0; i < rows.size(); i++) {
            int depth = rows.get(i).depth();
            lastAt[depth] = isLast(rows, i);
            StringBuilder place = new StringBuilder();
            for (int d = top + 1; d < depth; d++) {
                place.append(lastAt[d] ? "   " : "│  ");
            }
            if (depth > top) {
                place.append(lastAt[depth] ? "└─ " : "├─ ");
            }
            places.add(place.append(rows.get(i).id()).toString());
        }
        return places;
    }

    private static boolean isLast(List<AgentView> rows, int index) {
        int depth = rows.get(index).depth();
        for (int i = index + 1; i < rows.size() && rows.get(i).depth() >= depth; i++) {
            if (rows.get(i).depth() == depth) {
                return false;
            }
        }
        return true;
    }

    private static int width(List<String> texts) {
        return texts.stream().mapToInt(String::length).max().orElse(0);
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
