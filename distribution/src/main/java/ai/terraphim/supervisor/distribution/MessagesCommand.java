package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.runtime.jmx.MessageView;
import ai.terraphim.supervisor.runtime.jmx.SupervisorRuntimeMXBean;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code messages}: the messages that have crashed their agents once too often. */
@Command(
        name = "messages",
        description =
                "Lists the messages that have crashed their agents once too often and were parked, oldest first.",
        mixinStandardHelpOptions = true)
final class MessagesCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand parent;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand.Target target;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private SupervisorCommand.Format format;

    @Override
    public Integer call() {
        try (Connection connection = Connection.open(parent.home(), target.pid)) {
            List<MessageView> messages = connection.ask(SupervisorRuntimeMXBean::parkedMessages);
            SupervisorCommand.print(
                    format.json
                            ? List.of(
                                    Json.lines(
                                            messages.stream().map(MessagesCommand::json).toList()))
                            : table(messages));
        }
        return ExitCode.OK.code();
    }

    private static List<String> table(List<MessageView> messages) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of("ID", "AT", "PATH", "CRASHES", "REASON", "MESSAGE"));
        for (MessageView message : messages) {
            cells.add(
                    List.of(
                            Long.toString(message.id()),
                            SupervisorCommand.TIME.format(
                                    Instant.parse(message.parkedAt())
                                            .atZone(ZoneId.systemDefault())),
                            message.path(),
                            Integer.toString(message.crashes()),
                            firstLine(message.reason()),
                            firstLine(message.message())));
        }
        return SupervisorCommand.aligned(cells);
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static Map<String, Object> json(MessageView message) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", message.id());
        json.put("path", message.path());
        json.put("parkedAt", message.parkedAt());
        json.put("crashes", message.crashes());
        json.put("message", message.message());
        json.put("reason", message.reason());
        json.put("stack", message.stack());
        return json;
    }
}
