package ai.terraphim.supervisor.distribution;

import java.io.PrintStream;
import java.nio.charset.Charset;

/**
 * Prints lines for people: in colour on a terminal only, and without box drawing where it cannot be
 * shown.
 */
final class Terminal {
    private final PrintStream out;
    private final boolean colour;
    private final boolean unicode;

    Terminal(PrintStream out, boolean colour, Charset charset) {
        this.out = out;
        this.colour = colour;
        this.unicode = charset.newEncoder().canEncode("└─");
    }

    /**
     * Standard output. The launcher has looked whether it is a terminal: asking from here costs
     * time.
     */
    static Terminal standard() {
        String noColour = System.getenv("NO_COLOR");
        boolean colour =
                Boolean.getBoolean("supervisor.terminal")
                        && (noColour == null || noColour.isEmpty())
                        && !"dumb".equals(System.getenv("TERM"));
        return new Terminal(System.out, colour, System.out.charset());
    }

    void line(String text) {
        out.println(
                unicode
                        ? text
                        : text.replace("├─", "|-")
                                .replace("└─", "`-")
                                .replace('│', '|')
                                .replace('·', '-')
                                .replace('…', '.'));
        out.flush();
    }

    String green(String text) {
        return painted("32", text);
    }

    String yellow(String text) {
        return painted("33", text);
    }

    String red(String text) {
        return painted("31", text);
    }

    String bold(String text) {
        return painted("1", text);
    }

    String dim(String text) {
        return painted("2", text);
    }

    /** The colour of a state. */
    String state(String padded) {
        return switch (padded.strip()) {
            case "running" -> green(padded);
            case "failed" -> red(padded);
            case "stopped" -> dim(padded);
            default -> yellow(padded);
        };
    }

    private String painted(String code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
