package ai.terraphim.supervisor.distribution;

import static java.util.stream.Collectors.toList;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The modules of this project as they lie on disk, for tests that look at code rather than run it.
 */
final class Modules {

    private static final Path ROOT =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();

    private Modules() {}

    /** The directory of one module, such as {@code supervisor-api}. */
    static Path directory(String module) {
        return ROOT.resolve(module);
    }

    /**
     * The compiled main classes of every module; those of plugins too, which are not on our class
     * path.
     */
    static List<Path> mainClasses() {
        return existing("target/classes");
    }

    /** Every Java file of the given source set, {@code main} or {@code test}. */
    static List<Path> sources(String sourceSet) {
        return existing("src/" + sourceSet + "/java").stream()
                .flatMap(directory -> javaFiles(directory).stream())
                .toList();
    }

    /** The Java files under a directory. */
    static List<Path> javaFiles(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .collect(toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> existing(String inModule) {
        return Stream.concat(children(ROOT), children(ROOT.resolve("plugins")))
                .filter(module -> Files.exists(module.resolve("pom.xml")))
                .map(module -> module.resolve(inModule))
                .filter(Files::isDirectory)
                .toList();
    }

    private static Stream<Path> children(Path directory) {
        try (Stream<Path> list = Files.list(directory)) {
            return list.sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
