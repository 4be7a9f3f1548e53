package ai.terraphim.supervisor.runtime.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.AgentSupervisor;
import ai.terraphim.supervisor.api.SupervisedAgentInfo;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import ai.terraphim.supervisor.runtime.config.AgentTypes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MessagesBetweenPluginsTest {
    private static final AgentPid SENDER = new AgentPid("root/sender");
    private static final AgentPid KIN = new AgentPid("root/kin");
    private static final AgentPid STRANGER = new AgentPid("root/stranger");

    /**
     * Told a pid, it sends a record of its own there; told a list with a pid, it sends a list on.
     * It registers as the class of what else it is told.
     */
    private static final String FACTORY =
            """
            package plugin;
            import ai.terraphim.supervisor.api.*;
            import java.util.*;
            public final class Factory implements AgentFactory<NoConfig> {
                record Note(String text) {}
                public Set<String> supportedTypes() { return Set.of("%s"); }
                public Class<NoConfig> configType() { return NoConfig.class; }
                public MessageAgent create(AgentSpec spec, NoConfig config) {
                    return (message, context) -> {
                        switch (message) {
                            case AgentPid to -> context.tell(to, new Note("hello"));
                            case String asked -> context.reply(new Note(asked));
                            case Optional<?> to when to.get() instanceof AgentPid pid ->
                                context.ask(pid, "question");
                            case List<?> list when list.getFirst() instanceof AgentPid to ->
                                context.tell(to, List.of("hello"));
                            default ->
                                context.register(message instanceof Note ? "note" : "list");
                        }
                    };
                }
            }
            """;

    @Test
    void onlyJdkAndApiTypesTravelToAnotherPlugin(@TempDir Path folder) throws Exception {
        Path plugins = Files.createDirectory(folder.resolve("plugins"));
        for (String plugin : List.of("one", "two")) {
            JarBuilder.plugin(plugin)
                    .services("plugin.Factory")
                    .source("plugin.Factory", FACTORY.formatted(plugin))
                    .build(plugins.resolve(plugin + ".jar"));
        }
        var types = new AgentTypes();
        try (PluginLoader loader = new PluginLoader(folder.resolve("cache"))) {
            loader.load(plugins, types);
            try (var runtime = SupervisorRuntime.builder("test").types(types).build()) {
                AgentSupervisor root =
                        runtime.start(
                                SupervisorConfig.builder("root")
                                        .children(
                                                AgentSpec.of("sender", "one"),
                                                AgentSpec.of("kin", "one"),
                                                AgentSpec.of("stranger", "two"))
                                        .build());
                root.tell(SENDER, KIN);
                await().until(() -> root.whereIs("note").equals(Optional.of(KIN)));

                root.tell(SENDER, List.of(STRANGER));
                await().until(() -> root.whereIs("list").equals(Optional.of(STRANGER)));

                root.tell(SENDER, STRANGER);
                await().until(() -> info(root, SENDER).restartCount() == 1);
                assertThat(info(root, SENDER).lastExit().orElseThrow().toString())
                        .startsWith("error: MessageTypeException: a plugin.Factory$Note")
                        .contains("cannot be sent to root/stranger", "send JDK or API types");

                root.tell(SENDER, Optional.of(KIN));
                assertThat(root.ask(SENDER, "are you there?")).isNotNull(); // behind that
                assertThat(info(root, SENDER).restartCount()).isEqualTo(1);

                root.tell(SENDER, Optional.of(STRANGER));
                await().until(() -> info(root, STRANGER).restartCount() == 1);
                assertThat(info(root, STRANGER).lastExit().orElseThrow().toString())
                        .startsWith("error: MessageTypeException")
                        .contains("cannot be sent to root/sender");
            }
        }
    }

    private static SupervisedAgentInfo info(AgentSupervisor root, AgentPid pid) {
        return root.child(pid).orElseThrow();
    }
}
