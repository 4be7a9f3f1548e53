package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.ChildStartException;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.StorageException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Starts the command line. */
public final class Main {

    private Main() {}

    /**
     * Runs one command and ends the JVM with its exit code.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        SupervisorCommand command = new SupervisorCommand();
        CommandLine line =
                new CommandLine(command)
                        .setExpandAtFiles(false) // a spec may begin with @
                        .setUsageHelpWidth(110)
                        .setParameterExceptionHandler(Main::usageError)
                        .setExecutionExceptionHandler(
                                (e, failed, _) -> failure(e, failed, command.verbose()));
        line.getCommandSpec().usageMessage().exitCodeList(exitCodes());
        return line.execute(args.length == 0 ? new String[] {"--help"} : args);
    }

    private static Map<String, String> exitCodes() {
        Map<String, String> codes = new LinkedHashMap<>();
        Arrays.stream(ExitCode.values())
                .forEach(code -> codes.put("%3d".formatted(code.code()), code.meaning()));
        return codes;
    }

    private static int usageError(ParameterException e, String[] args) {
        CommandLine failed = e.getCommandLine();
        String name = failed.getCommandSpec().qualifiedName();
        PrintWriter err = failed.getErr();
        err.println("supervisor: " + whatIsWrong(e) + "; see '" + name + " --help'");
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            err.println(
                    "supervisor: did you mean "
                            + String.join(" or ", unmatched.getSuggestions())
                            + "?");
        }
        err.flush();
        return ExitCode.USAGE.code();
    }

    private static String whatIsWrong(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            boolean command = !e.getCommandLine().getSubcommands().isEmpty();
            return "unknown %s '%s'"
                    .formatted(
                            command ? "command" : "argument", unmatched.getUnmatched().getFirst());
        }
        String message =
                String.valueOf(e.getMessage())
                        .replaceFirst("is not an? (int|long)$", "is not a whole number")
                        .lines()
                        .findFirst()
                        .orElse("");
        return message.isEmpty()
                ? "the command line makes no sense"
                : Character.toLowerCase(message.charAt(0)) + message.substring(1);
    }

    /** One line for each thing that is wrong; the stack trace only if it was asked for. */
    private static int failure(Exception e, CommandLine failed, boolean verbose) {
        ExitCode code = codeOf(e);
        PrintWriter err = failed.getErr();
        String text =
                code == ExitCode.INTERNAL
                        ? e + " (--verbose shows more)"
                        : String.valueOf(e.getMessage());
        text.lines().forEach(line -> err.println("supervisor: " + line));
        if (verbose) {
            e.printStackTrace(err);
        }
        err.flush();
        return code.code();
    }

    private static ExitCode codeOf(Exception e) {
        return switch (e) {
            case CommandFailure failure -> failure.code();
            case ConfigurationException _ -> ExitCode.CONFIGURATION;
            case StorageException _ -> ExitCode.STORE;
            case ChildStartException _ -> ExitCode.NOT_STARTED;
            default -> ExitCode.INTERNAL;
        };
    }
}
