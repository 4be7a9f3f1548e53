package ai.terraphim.supervisor.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.images.builder.Transferable;

/**
 * An image with the archive, the JDK that runs the tests, a shell, and what these need of the
 * machine's libraries: made from local files only, so that no registry is asked for anything.
 */
final class ContainerImage {
    static final String HOME = "/opt/supervisor";

    /** What the launcher calls. */
    private static final Set<String> PROGRAMS = Set.of("sh", "dirname", "readlink");

    /** Neither needed by a supervisor nor small. */
    private static final Set<String> LEFT_OUT =
            Set.of("src.zip", "ct.sym", "jmods", "include", "man", "demo", "legal");

    /** The lines of ldd: {@code libc.so.6 => /lib/libc.so.6 (0x…)}, {@code /lib64/ld.so (0x…)}. */
    private static final Pattern LIBRARY = Pattern.compile("(?:^|=>)\\s*(/\\S+) \\(0x");

    private ContainerImage() {}

    static ImageFromDockerfile named(String name) throws IOException, InterruptedException {
        ImageFromDockerfile image = new ImageFromDockerfile(name, true);
        Set<Path> programs = new TreeSet<>();
        for (String program : PROGRAMS) {
            Path file = onPath(program);
            programs.add(file);
            add(image, file, "/bin/" + program);
        }
        Path jdk = Path.of(System.getProperty("java.home"));
        try (Stream<Path> files = Files.walk(jdk)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                Path relative = jdk.relativize(file);
                if (Stream.iterate(relative, p -> p != null, Path::getParent)
                        .noneMatch(p -> LEFT_OUT.contains(p.getFileName().toString()))) {
                    add(image, file, "/opt/jdk/" + relative);
                    if (isNeeded(relative)) {
                        programs.add(file);
                    }
                }
            }
        }
        for (Path library : librariesOf(programs)) {
            if (!library.startsWith(jdk)) {
                add(image, library, library.toString());
            }
        }
        return image.withFileFromTransferable(
                        "root/etc/passwd", Transferable.of("root:x:0:0:root:/root:/bin/sh\n"))
                .withFileFromTransferable(
                        "root" + HOME + "/conf/tree.yaml", Transferable.of(ContainerIT.TREE))
                .withFileFromTransferable("root/tmp/keep", Transferable.of(""))
                .withFileFromPath("supervisor", Installed.archive())
                .withFileFromTransferable(
                        "Dockerfile",
                        Transferable.of(
                                """
                                FROM scratch
                                COPY supervisor %1$s
                                COPY root /
                                ENV PATH=/bin JAVA_HOME=/opt/jdk LANG=C.UTF-8
                                ENTRYPOINT ["%1$s/bin/supervisor", "run", "%1$s/conf/tree.yaml"]
                                """
                                        .formatted(HOME)));
    }

    /** Programs and libraries, but for those that draw and play. */
    private static boolean isNeeded(Path inJdk) {
        String name = inJdk.getFileName().toString();
        return inJdk.endsWith("bin/java")
                || (name.endsWith(".so")
                        && !name.matches("lib(awt|jawt|font|free|splash|jsound).*"));
    }

    private static void add(ImageFromDockerfile image, Path file, String where) throws IOException {
        image.withFileFromPath("root" + where, file.toRealPath());
    }

    private static Path onPath(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no " + program + " on the PATH"));
    }

    private static Set<Path> librariesOf(Set<Path> programs)
            throws IOException, InterruptedException {
        ProcessBuilder ldd = new ProcessBuilder("ldd");
        programs.forEach(program -> ldd.command().add(program.toString()));
        Process process = ldd.redirectErrorStream(true).start();
        Set<Path> libraries = new TreeSet<>();
        try (var lines = process.inputReader()) {
            lines.lines()
                    .map(LIBRARY::matcher)
                    .filter(Matcher::find)
                    .forEach(line -> libraries.add(Path.of(line.group(1))));
        }
        process.waitFor();
        return libraries;
    }
}
