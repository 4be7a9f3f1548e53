package ai.terraphim.supervisor.runtime.config;

import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Replaces <code>${env:NAME}</code>, <code>${java.home}</code> and <code>${data}</code> in text;
 * <code>$${</code> stands for <code>${</code> itself. What was put in is not looked at again.
 */
final class Placeholders {
    private final Path dataFolder;
    private final Function<String, @Nullable String> environment;

    Placeholders(Path dataFolder) {
        this(dataFolder, System::getenv);
    }

    Placeholders(Path dataFolder, Function<String, @Nullable String> environment) {
        this.dataFolder = dataFolder.toAbsolutePath().normalize();
        this.environment = environment;
    }

    /**
     * The text with every placeholder replaced.
     *
     * @throws IllegalArgumentException with a message that continues "the field ..." if one is
     *     unknown or unset
     */
    String replaceIn(String text) {
        StringBuilder result = new StringBuilder();
        int at = 0;
        while (true) {
            int start = text.indexOf("${", at);
            if (start < 0) {
                return result.append(text, at, text.length()).toString();
            }
            if (start > at && text.charAt(start - 1) == '$') {
                result.append(text, at, start - 1).append("${");
                at = start + 2;
                continue;
            }
            int end = text.indexOf('}', start);
            if (end < 0) {
                throw new IllegalArgumentException(
                        "has ${ without a closing brace; write $${ for the characters themselves");
            }
            result.append(text, at, start).append(value(text.substring(start + 2, end)));
            at = end + 1;
        }
    }

    private String value(String name) {
        if (name.equals("data")) {
            return dataFolder.toString();
        }
        if (name.equals("java.home")) {
            return System.getProperty("java.home");
        }
        if (name.startsWith("env:") && name.length() > "env:".length()) {
            String variable = name.substring("env:".length());
            String value = environment.apply(variable);
            if (value == null) {
                throw new IllegalArgumentException(
                        "needs the environment variable "
                                + variable
                                + ", which is not set; set it, or write its value");
            }
            return value;
        }
        throw new IllegalArgumentException(
                "has the unknown placeholder ${"
                        + name
                        + "}; there are ${env:NAME}, ${java.home} and ${data}; write $${ for the characters themselves");
    }
}
