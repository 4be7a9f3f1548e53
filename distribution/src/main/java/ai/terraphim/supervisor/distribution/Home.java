package ai.terraphim.supervisor.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An installation's folders.
 *
 * @param folder where they lie, absolute
 */
record Home(Path folder) {

    /** The launcher says where the archive lies. */
    static final String ARCHIVE_PROPERTY = "supervisor.archive";

    /**
     * The option, else {@code SUPERVISOR_HOME}, else where the archive lies, else the working
     * folder.
     */
    static Home of(@Nullable Path option) {
        String variable = System.getenv("SUPERVISOR_HOME");
        Path folder;
        if (option != null) {
            folder = option;
        } else if (variable != null && !variable.isBlank()) {
            folder = Path.of(variable);
        } else {
            folder = Path.of(System.getProperty(ARCHIVE_PROPERTY, ""));
        }
        if (!Files.isDirectory(folder)) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "there is no folder "
                            + folder.toAbsolutePath()
                            + "; --home and SUPERVISOR_HOME name an existing one, in which plugins, conf, data and"
                            + " logs lie");
        }
        return new Home(real(folder));
    }

    Path plugins() {
        return folder.resolve("plugins");
    }

    Path conf() {
        return folder.resolve("conf");
    }

    Path data() {
        return folder.resolve("data");
    }

    Path logs() {
        return folder.resolve("logs");
    }

    /** Makes data and logs if they are missing, and sees to it that they can be written to. */
    void prepare() {
        prepare(data(), "data");
        prepare(logs(), "log");
    }

    private static void prepare(Path folder, String which) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.STORE,
                    "the %s folder %s cannot be made (%s); make it, or choose another home with --home"
                            .formatted(which, folder, e),
                    e);
        }
        if (!Files.isWritable(folder)) {
            throw new CommandFailure(
                    ExitCode.STORE,
                    "the %s folder %s is not writable for %s; change its owner or its rights, or choose another home with --home"
                            .formatted(which, folder, System.getProperty("user.name")));
        }
    }

    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException _) { // a folder that may not be listed still has a name
            return folder.toAbsolutePath().normalize();
        }
    }
}
