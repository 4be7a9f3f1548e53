package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ApiVersion;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.NoConfig;
import ai.terraphim.supervisor.api.SupervisedAgent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** A plugin of one class, with agents that get into every trouble that an operator can look at. */
public final class TroubleFactory implements AgentFactory<NoConfig> {
    static final String PROVIDER = "llm:host/model";

    /** Called by the supervisor that loads the plugin. */
    public TroubleFactory() {}

    /** Packs this class as a plugin. */
    static void plugInto(Path plugins) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Plugin-Id", "trouble");
        main.putValue("Plugin-Version", "1.0.0");
        main.putValue("Supervisor-Api-Version", ApiVersion.MAJOR + "." + ApiVersion.MINOR);
        String name = TroubleFactory.class.getName();
        try (OutputStream file = Files.newOutputStream(plugins.resolve("trouble.jar"));
                JarOutputStream jar = new JarOutputStream(file, manifest);
                InputStream code =
                        TroubleFactory.class.getResourceAsStream("TroubleFactory.class")) {
            jar.putNextEntry(new ZipEntry(name.replace('.', '/') + ".class"));
            code.transferTo(jar);
            jar.putNextEntry(new ZipEntry("META-INF/services/" + AgentFactory.class.getName()));
            jar.write(name.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public Set<String> supportedTypes() {
        return Set.of("deaf", "caller", "choker", "feeder");
    }

    @Override
    public Class<NoConfig> configType() {
        return NoConfig.class;
    }

    @Override
    public SupervisedAgent create(AgentSpec spec, NoConfig config) {
        return switch (spec.type()) {
            case "deaf" -> (LoopAgent) _ -> hearNothing();
            case "caller" -> (LoopAgent) TroubleFactory::call;
            case "choker" ->
                    (MessageAgent)
                            (message, _) -> {
                                throw new IllegalStateException("choked on " + message);
                            };
            default ->
                    (LoopAgent)
                            context -> {
                                context.tell(new AgentPid("root/choker"), "a bone");
                                context.sleep(Duration.ofDays(1));
                            };
        };
    }

    private static void hearNothing() {
        while (true) {
            LockSupport.park();
            var _ = Thread.interrupted();
        }
    }

    /** The very first call fails, and the second one and all after it are answered. */
    private static void call(AgentContext context) throws Exception {
        while (!context.awaitStop(Duration.ofMillis(20))) {
            var _ =
                    context.guarded(
                            PROVIDER,
                            () -> {
                                if (context.run() == 1) {
                                    throw new IOException("503");
                                }
                                return "answer";
                            });
        }
    }
}
