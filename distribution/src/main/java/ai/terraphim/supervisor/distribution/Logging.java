package ai.terraphim.supervisor.distribution;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Where the log goes. Only {@code run} writes one; the other commands would cut into its files.
 * Must be called before anything logs.
 */
final class Logging {

    private Logging() {}

    /** As {@code conf/logback.xml} says, the home's own or the archive's: to {@code logs}. */
    static void start(Home home) {
        System.setProperty("supervisor.logs", home.logs().toString());
        Path archive = Path.of(System.getProperty(Home.ARCHIVE_PROPERTY, ""));
        Stream.of(home.conf(), archive.resolve("conf"))
                .map(conf -> conf.resolve("logback.xml"))
                .filter(Files::isReadable)
                .findFirst()
                .ifPresent(
                        file -> System.setProperty("logback.configurationFile", file.toString()));
    }
}
