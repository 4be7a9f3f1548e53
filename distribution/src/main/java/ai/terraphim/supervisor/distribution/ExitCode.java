package ai.terraphim.supervisor.distribution;

/**
 * How the command line ended. The numbers are a promise; {@code --help} and the documentation list
 * them.
 */
enum ExitCode {
    /** Done; for {@code run}: stopped in order, by a signal or by {@code shutdown}. */
    OK(0, "Done; for run: stopped in order, by a signal or by shutdown"),
    /** A failure that nobody foresaw. */
    INTERNAL(1, "Unexpected failure; --verbose shows the stack trace"),
    /** The command line makes no sense. */
    USAGE(2, "Unknown command or option, or a missing argument"),
    /** The tree file or a spec was refused. */
    CONFIGURATION(3, "The tree file was refused; nothing was started"),
    /** The data folder cannot be used, or another supervisor owns it. */
    STORE(4, "The data or log folder cannot be used, or another supervisor uses it"),
    /** A child did not start, and those before it were stopped again. */
    NOT_STARTED(5, "The tree did not start; what had started was stopped again"),
    /** The root had more restarts than it allows. */
    GAVE_UP(6, "The root supervisor gave up; everything was stopped in order"),
    /** There is nobody to talk to. */
    NO_RUNTIME(7, "No running supervisor was found, or it does not answer"),
    /** The running supervisor said no. */
    REFUSED(8, "The running supervisor refused the operation"),
    /** Written by the launcher. */
    NO_JDK(9, "The launcher found no JDK 25"),
    /** Looked at, and not whole. */
    DAMAGED(10, "Something in the database is damaged; it was named");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    String meaning() {
        return meaning;
    }
}
