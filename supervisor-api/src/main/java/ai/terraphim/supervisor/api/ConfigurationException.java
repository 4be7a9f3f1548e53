package ai.terraphim.supervisor.api;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration was refused. Every problem that could be found is listed, not just the first. */
public final class ConfigurationException extends SupervisionException {
    private static final long serialVersionUID = 1L;
    private final transient List<Problem> problems;

    /**
     * One thing that is wrong.
     *
     * @param source the file, or what else the configuration came from
     * @param line its line, counted from 1; 0 if it did not come from a file
     * @param path the place in the tree, and the field, as in {@code root/web.config.command}
     * @param message what is wrong and what would be right
     */
    public record Problem(String source, int line, String path, String message) {
        /** {@code file:line: path: message}. */
        @Override
        public String toString() {
            return source
                    + (line > 0 ? ":" + line : "")
                    + ": "
                    + (path.isEmpty() ? "" : path + ": ")
                    + message;
        }
    }

    /**
     * A refused configuration.
     *
     * @param problems at least one
     */
    public ConfigurationException(List<Problem> problems) {
        super(
                ErrorCategory.CONFIGURATION,
                false,
                problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /**
     * Everything that is wrong, in the order of the source.
     *
     * @return at least one problem
     */
    public List<Problem> problems() {
        return problems;
    }
}
