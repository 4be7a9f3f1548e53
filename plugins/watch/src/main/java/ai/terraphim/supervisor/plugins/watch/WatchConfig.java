package ai.terraphim.supervisor.plugins.watch;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;

/**
 * The configuration of a {@code watch} agent.
 *
 * @param folder the folder to watch, without those below it; relative to the data folder, made if
 *     it is missing
 * @param output the file that gets a line for each file; relative to the data folder, and not in
 *     the watched folder. It belongs to this agent alone.
 * @param every how often to look; by default 500 milliseconds
 * @param include a glob that a file's name must match, as in {@code *.csv}; by default any name
 *     will do
 */
public record WatchConfig(
        Path folder, Path output, Optional<Duration> every, Optional<String> include) {

    /** Checks every value. */
    public WatchConfig {
        if (output.getFileName().toString().isEmpty()) {
            throw new IllegalArgumentException(
                    "output must be the name of a file, as in inbox.log");
        }
        Path parent = output.normalize().getParent();
        if (folder.normalize().equals(parent == null ? Path.of("") : parent)) {
            throw new IllegalArgumentException(
                    "output '%s' is in the watched folder, so it would be handled itself; put it elsewhere"
                            .formatted(output));
        }
        if (every.isPresent() && !every.get().isPositive()) {
            throw new IllegalArgumentException(
                    "every must be longer than zero, was " + every.get());
        }
        matcher(include);
    }

    Duration interval() {
        return every.orElse(Duration.ofMillis(500));
    }

    /** Which file names are included. */
    PathMatcher matcher() {
        return matcher(include);
    }

    private static PathMatcher matcher(Optional<String> include) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + include.orElse("*"));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "include must be a glob as in *.csv or {a,b}*.txt, was '%s': %s"
                            .formatted(include.orElse(""), e.getDescription()),
                    e);
        }
    }
}
