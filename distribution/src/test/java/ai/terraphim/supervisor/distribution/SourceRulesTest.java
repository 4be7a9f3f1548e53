package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Rules that class files cannot show, looked up in the sources. Comments and strings do not count.
 */
class SourceRulesTest {

    private static final Pattern COMMENT_OR_LITERAL =
            Pattern.compile(
                    "\"\"\"(?s:.*?)\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*+\"|'(?:\\\\.|[^'\\\\\\n])*+'"
                            + "|//[^\\n]*+|/\\*(?s:.*?)\\*/");

    private static final Pattern SYNCHRONIZED = Pattern.compile("\\bsynchronized\\b");

    private static final Pattern SLEEP =
            Pattern.compile(
                    "\\bThread\\s*\\.\\s*sleep\\b|\\bTimeUnit\\s*\\.\\s*\\w+\\s*\\.\\s*sleep\\b");

    @Test
    void mainCodeNeverSynchronizes() throws IOException {
        assertThat(Modules.sources("main")).isNotEmpty();
        assertThat(matches("main", SYNCHRONIZED))
                .as("contention on synchronized does not replay under the simulated scheduler")
                .isEmpty();
    }

    @Test
    void testsNeverSleep() throws IOException {
        assertThat(Modules.sources("test")).isNotEmpty();
        assertThat(matches("test", SLEEP))
                .as("wait for what happens, not for time to pass")
                .isEmpty();
    }

    @Test
    void commentsAndStringsDoNotCount() {
        String source =
                """
                // synchronized
                /* synchronized
                 */ String s = "\\"synchronized"; char c = '"'; synchronized (this) {}
                """;
        assertThat(lines(source, SYNCHRONIZED)).containsExactly(3);
    }

    private static List<String> matches(String sourceSet, Pattern forbidden) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : Modules.sources(sourceSet)) {
            for (int line : lines(Files.readString(file), forbidden)) {
                found.add(file + ":" + line);
            }
        }
        return found;
    }

    private static List<Integer> lines(String source, Pattern forbidden) {
        String code =
                COMMENT_OR_LITERAL
                        .matcher(source)
                        .replaceAll(match ->
                                "\n".repeat((int) match.group().lines().count() - 1) + " ");
        return forbidden
                .matcher(code)
                .results()
                .map(match ->
                        1
                                + (int)
                                        code.substring(0, match.start())
                                                .chars()
                                                .filter(c -> c == '\n')
                                                .count())
                .toList();
    }
}
