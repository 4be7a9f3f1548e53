package ai.terraphim.supervisor.plugins.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The configuration of a {@code process} agent.
 *
 * @param command the program and its arguments; no shell reads them
 * @param env added to the environment that the supervisor itself has
 * @param folder the working folder, relative to the data folder; by default the data folder. It
 *     must exist.
 * @param normalExitCodes with these the agent has ended normally; by default 0 alone
 * @param silenceLimit without any output for so long the process is killed and the run has failed;
 *     by default never
 * @param killAfter how long the process has to end after the signal; by default what is left of the
 *     child's shutdown time, and 10 seconds where that is infinite. Never longer than the shutdown
 *     time.
 * @param outputLimit at most so many bytes of output go to the log in any one hour, 0 for none; by
 *     default 10 MiB
 * @param maxLine a line is cut after so many bytes; by default 8192
 */
public record ProcessConfig(
        List<String> command,
        Optional<Map<String, String>> env,
        Optional<Path> folder,
        Optional<List<Integer>> normalExitCodes,
        Optional<Duration> silenceLimit,
        Optional<Duration> killAfter,
        OptionalLong outputLimit,
        OptionalInt maxLine) {

    /** Checks every value. */
    public ProcessConfig {
        command = List.copyOf(command);
        if (command.isEmpty() || command.getFirst().isBlank()) {
            throw new IllegalArgumentException(
                    "command must begin with the program to run, as in [python3, agent.py]");
        }
        if (command.stream().anyMatch(part -> part.indexOf('\0') >= 0)) {
            throw new IllegalArgumentException(
                    "command has a NUL character, which no operating system can pass on; remove it");
        }
        env = env.map(Map::copyOf);
        env.orElse(Map.of()).forEach(ProcessConfig::checkVariable);
        normalExitCodes = normalExitCodes.map(List::copyOf);
        for (int code : normalExitCodes.orElse(List.of())) {
            if (code < 0 || code > 255) {
                throw new IllegalArgumentException(
                        "normal_exit_codes must be from 0 to 255, one was " + code);
            }
        }
        checkPositive("silence_limit", silenceLimit);
        checkPositive("kill_after", killAfter);
        if (outputLimit.orElse(0) < 0) {
            throw new IllegalArgumentException(
                    "output_limit must be 0 (log no output) or more, was "
                            + outputLimit.getAsLong());
        }
        int line = maxLine.orElse(1);
        if (line < 1 || line > 1 << 20) {
            throw new IllegalArgumentException("max_line must be from 1 to 1048576, was " + line);
        }
    }

    private static void checkVariable(String name, String value) {
        if (name.isEmpty() || name.indexOf('=') >= 0 || (name + value).indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "env has the variable '"
                            + name
                            + "'; a name must not be empty or have an equals sign, and neither name nor value a NUL");
        }
        if (name.equals(RunMarker.DATA) || name.equals(RunMarker.AGENT)) {
            throw new IllegalArgumentException(
                    "env sets "
                            + name
                            + ", by which the supervisor finds its processes again; remove it");
        }
    }

    private static void checkPositive(String key, Optional<Duration> value) {
        if (value.isPresent() && !value.get().isPositive()) {
            throw new IllegalArgumentException(
                    key + " must be longer than zero, was " + Words.of(value.get()));
        }
    }
}
