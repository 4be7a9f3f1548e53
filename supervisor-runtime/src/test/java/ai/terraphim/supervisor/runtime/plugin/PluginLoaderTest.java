package ai.terraphim.supervisor.runtime.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.runtime.config.AgentTypes;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PluginLoaderTest {
    private static final String SERVICES =
            "META-INF/services/ai.terraphim.supervisor.api.AgentFactory";

    @TempDir private Path folder;

    private Path plugins;
    private PluginLoader loader;
    private final AgentTypes types = new AgentTypes();

    @BeforeEach
    void openLoader() throws IOException {
        plugins = Files.createDirectory(folder.resolve("plugins"));
        loader = new PluginLoader(folder.resolve("cache"));
    }

    @AfterEach
    void closeLoader() {
        loader.close();
    }

    @Test
    void loadsAJarAndMakesItsAgents() throws Exception {
        Path jar =
                JarBuilder.plugin("greetings", "greeter", "")
                        .build(plugins.resolve("greetings-1.0.0.jar"));
        List<LoadedPlugin> loaded = loader.load(plugins, types);
        String sha256 =
                HexFormat.of()
                        .formatHex(
                                MessageDigest.getInstance("SHA-256")
                                        .digest(Files.readAllBytes(jar)));
        assertThat(loaded)
                .containsExactly(
                        new LoadedPlugin(
                                "greetings",
                                "1.0.0",
                                jar,
                                sha256,
                                PluginState.LOADED,
                                "",
                                Set.of("greeter")));
        assertThat(folder.resolve("cache"))
                .isDirectoryContaining(file -> file.endsWith(sha256 + ".jar"));
        AgentSpec spec =
                AgentSpec.builder("g", "greeter").config(Map.of("greeting", "hello")).build();
        assertThat(types.bind(spec).create()).isInstanceOf(LoopAgent.class);
        assertThatThrownBy(() ->
                        types.bind(
                                AgentSpec.builder("g", "greeter")
                                        .config(Map.of("greting", "x"))
                                        .build()))
                .hasMessageContaining("did you mean 'greeting'?");
    }

    @Test
    void takesJarsInTheOrderOfTheirNamesAndNothingElse() throws IOException {
        JarBuilder.plugin("b", "type-b", "").build(plugins.resolve("1.jar"));
        JarBuilder.plugin("a", "type-a", "").build(plugins.resolve("2.jar"));
        JarBuilder.plugin("c", "type-c", "").build(plugins.resolve(".3.jar"));
        JarBuilder.plugin("d", "type-d", "").build(plugins.resolve("4.jar.part"));
        Files.writeString(plugins.resolve("README.txt"), "not a plugin");
        assertThat(loader.load(plugins, types))
                .extracting(LoadedPlugin::id)
                .containsExactly("b", "a");
        assertThat(types.types()).containsExactly("type-a", "type-b");
    }

    @Test
    void hasNoPluginsWithoutAFolderButRefusesOneThatIsNoFolder() throws IOException {
        assertThat(loader.load(folder.resolve("missing"), types)).isEmpty();
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> loader.load(file, types))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("name a folder with plugin jars");
    }

    static Stream<Arguments> brokenJars() {
        return Stream.of(
                broken(
                        "text file",
                        jar -> write(jar, "I am a jar, honestly"),
                        "is no jar file (java.util.zip.ZipException"),
                broken(
                        "empty file",
                        jar -> write(jar, ""),
                        "is empty; put the plugin's jar there again"),
                broken("folder", PluginLoaderTest::makeFolder, "is no file"),
                broken(
                        "no manifest entries",
                        jar -> new JarBuilder().build(jar),
                        "has no Plugin-Id in its manifest"),
                broken(
                        "bad id",
                        jar -> JarBuilder.plugin("a b").build(jar),
                        "has the Plugin-Id 'a b'; right would be a name of letters"),
                broken(
                        "no version",
                        jar -> JarBuilder.plugin("p").withoutManifest("Plugin-Version").build(jar),
                        "has no Plugin-Version in its manifest; right would be a semantic version, such as 1.0.0"),
                broken(
                        "version banana",
                        jar ->
                                JarBuilder.plugin("p")
                                        .manifest("Plugin-Version", "banana")
                                        .build(jar),
                        "has the Plugin-Version 'banana'"),
                broken(
                        "short version",
                        jar -> JarBuilder.plugin("p").manifest("Plugin-Version", "1.0").build(jar),
                        "has the Plugin-Version '1.0'"),
                broken(
                        "no API version",
                        jar ->
                                JarBuilder.plugin("p")
                                        .withoutManifest("Supervisor-Api-Version")
                                        .build(jar),
                        "has no Supervisor-Api-Version in its manifest; right would be the API"),
                broken(
                        "bad API version",
                        jar ->
                                JarBuilder.plugin("p")
                                        .manifest("Supervisor-Api-Version", ">=0.1")
                                        .build(jar),
                        "has the Supervisor-Api-Version '>=0.1'"),
                broken(
                        "newer API",
                        jar ->
                                JarBuilder.plugin("p")
                                        .manifest("Supervisor-Api-Version", "0.2")
                                        .build(jar),
                        "was built against version 0.2 of the supervisor's API, this is 0.1; update the supervisor"),
                broken(
                        "other major API",
                        jar ->
                                JarBuilder.plugin("p")
                                        .manifest("Supervisor-Api-Version", "1.0")
                                        .build(jar),
                        "was built against version 1.0 of the supervisor's API, this is 0.1; update the supervisor"),
                broken(
                        "no services entry",
                        jar -> JarBuilder.plugin("p").build(jar),
                        "offers no agent types: it has no " + SERVICES),
                broken(
                        "empty services entry",
                        jar -> JarBuilder.plugin("p").services().build(jar),
                        "offers no agent types: its " + SERVICES + " is empty"),
                broken(
                        "factory class missing",
                        jar -> JarBuilder.plugin("p").services("plugin.Gone").build(jar),
                        "Provider plugin.Gone not found"),
                broken(
                        "not a factory",
                        jar ->
                                JarBuilder.plugin("p")
                                        .services("plugin.Other")
                                        .source(
                                                "plugin.Other",
                                                "package plugin; public class Other {}")
                                        .build(jar),
                        "plugin.Other not a subtype"),
                broken(
                        "library missing",
                        jar ->
                                JarBuilder.plugin("p", "t", "new Library();")
                                        .source(
                                                "plugin.Library",
                                                "package plugin; class Library {}")
                                        .leaveOut("plugin/Library.class")
                                        .build(jar),
                        "java.lang.NoClassDefFoundError: plugin/Library"),
                broken(
                        "constructor throws",
                        jar ->
                                JarBuilder.plugin(
                                                "p",
                                                "t",
                                                "if (true) throw new IllegalStateException(\"no\\nlicence\");")
                                        .build(jar),
                        "caused by java.lang.IllegalStateException: no licence"),
                broken(
                        "constructor throws an error",
                        jar ->
                                JarBuilder.plugin(
                                                "p",
                                                "t",
                                                "if (true) throw new StackOverflowError();")
                                        .build(jar),
                        "caused by java.lang.StackOverflowError"),
                broken(
                        "static initialiser throws",
                        jar ->
                                JarBuilder.plugin(
                                                "p",
                                                "t",
                                                "}\nstatic int zero = 0;\nstatic int bad = 1 / zero;\nstatic {")
                                        .build(jar),
                        "caused by java.lang.ArithmeticException: / by zero"),
                broken(
                        "exception that cannot be asked",
                        jar ->
                                JarBuilder.plugin("p", "t", "if (true) throw new Evil();")
                                        .source(
                                                "plugin.Evil",
                                                "package plugin; class Evil extends RuntimeException {"
                                                        + " public String getMessage() { throw new Evil(); } }")
                                        .build(jar),
                        "caused by plugin.Evil"),
                broken(
                        "bundled API",
                        jar ->
                                JarBuilder.plugin("p", "t", "")
                                        .file(
                                                "ai/terraphim/supervisor/api/AgentFactory.class",
                                                apiClass())
                                        .build(jar),
                        "contains a copy of the supervisor's API (ai/terraphim/supervisor/api/AgentFactory.class)"),
                broken(
                        "doubled id",
                        jar -> JarBuilder.plugin("good", "t", "").build(jar),
                        "has the Plugin-Id 'good' of 1-good.jar, which is loaded; remove one of them"),
                broken(
                        "doubled type",
                        jar -> JarBuilder.plugin("p", "good-type", "").build(jar),
                        "agent type 'good-type' is offered by 'good' and by 'p'; remove one"),
                broken(
                        "blank type",
                        jar -> JarBuilder.plugin("p", " ", "").build(jar),
                        "offers an agent type without a name"),
                broken(
                        "second factory broken",
                        jar ->
                                JarBuilder.plugin("p", "t", "")
                                        .services("plugin.Factory", "plugin.Gone")
                                        .build(jar),
                        "Provider plugin.Gone not found"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenJars")
    void reportsABrokenJarByNameAndLoadsTheOthers(String name, Broken broken, String reason) {
        JarBuilder.plugin("good", "good-type", "").build(plugins.resolve("1-good.jar"));
        broken.make(plugins.resolve("2-broken.jar"));
        JarBuilder.plugin("fine", "fine-type", "").build(plugins.resolve("3-fine.jar"));
        List<LoadedPlugin> loaded = loader.load(plugins, types);
        assertThat(loaded)
                .extracting(LoadedPlugin::state)
                .containsExactly(PluginState.LOADED, PluginState.FAILED, PluginState.LOADED);
        LoadedPlugin failed = loaded.get(1);
        assertThat(failed.file()).hasFileName("2-broken.jar");
        assertThat(failed.failure()).contains(reason).doesNotContain("\n");
        assertThat(failed.agentTypes()).isEmpty();
        assertThat(types.types()).containsExactly("fine-type", "good-type");
    }

    @Test
    void showsAPluginTheSharedPackagesAndNothingElseOfTheHost() {
        List<String> shared =
                List.of(
                        "ai.terraphim.supervisor.api.AgentFactory",
                        "ai.terraphim.supervisor.api.store.StateStore",
                        "java.net.http.HttpClient",
                        "java.sql.Driver",
                        "org.jspecify.annotations.Nullable",
                        "org.slf4j.Logger");
        List<String> hidden =
                List.of(
                        "ai.terraphim.supervisor.runtime.config.AgentTypes",
                        "ch.qos.logback.classic.Logger",
                        "org.assertj.core.api.Assertions",
                        "org.pf4j.Plugin",
                        "org.snakeyaml.engine.v2.api.Load",
                        "tools.jackson.databind.json.JsonMapper");
        assertThat(hidden)
                .allSatisfy(name ->
                        assertThatCode(() -> Class.forName(name)).doesNotThrowAnyException());
        List<String> all = new ArrayList<>(shared);
        all.addAll(hidden);
        JarBuilder.plugin("nosy")
                .services("plugin.Nosy")
                .source(
                        "plugin.Nosy",
                        """
                        package plugin;
                        import ai.terraphim.supervisor.api.*;
                        import java.util.*;
                        public final class Nosy implements AgentFactory<NoConfig> {
                            private final Set<String> seen = new TreeSet<>();
                            public Nosy() {
                                ClassLoader own = getClass().getClassLoader();
                                ClassLoader context = Thread.currentThread().getContextClassLoader();
                                for (String name : "%s".split(",")) {
                                    for (ClassLoader loader : List.of(own, context)) {
                                        try {
                                            Class.forName(name, false, loader);
                                            seen.add(name);
                                        } catch (ClassNotFoundException e) {
                                            // hidden
                                        }
                                        if (own.getResource(name.replace('.', '/') + ".class") != null) {
                                            seen.add("resource of " + name);
                                        }
                                    }
                                }
                            }
                            public Set<String> supportedTypes() { return seen; }
                            public Class<NoConfig> configType() { return NoConfig.class; }
                            public LoopAgent create(AgentSpec spec, NoConfig config) { return context -> {}; }
                        }
                        """
                                .formatted(String.join(",", all)))
                .build(plugins.resolve("nosy.jar"));
        assertThat(loader.load(plugins, types))
                .extracting(LoadedPlugin::failure)
                .containsExactly("");
        List<String> expected = new ArrayList<>(shared);
        // Of the JDK a plugin sees resources, too.
        expected.add("resource of java.net.http.HttpClient");
        expected.add("resource of java.sql.Driver");
        assertThat(types.types()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void letsTwoPluginsHaveDifferentClassesOfOneName() throws Exception {
        for (String id : List.of("one", "two")) {
            JarBuilder.plugin(id)
                    .services("plugin.Versioned")
                    .source("plugin.Versioned", LazyPlugin.factory(id))
                    .source("plugin.Library", LazyPlugin.library(id))
                    .build(plugins.resolve(id + ".jar"));
        }
        loader.load(plugins, types);
        assertThat(types.bind(AgentSpec.of("a", "one")).create()).hasToString("library of one");
        assertThat(types.bind(AgentSpec.of("a", "two")).create()).hasToString("library of two");
    }

    @Test
    void keepsAPluginWholeWhenItsJarIsOverwritten() throws Exception {
        Path jar = plugins.resolve("lazy.jar");
        JarBuilder.plugin("lazy")
                .services("plugin.Versioned")
                .source("plugin.Versioned", LazyPlugin.factory("lazy"))
                .source("plugin.Library", LazyPlugin.library("lazy"))
                .build(jar);
        loader.load(plugins, types);
        Files.writeString(jar, "overwritten while in use");
        // Only now the class plugin.Library is loaded.
        assertThat(types.bind(AgentSpec.of("a", "lazy")).create()).hasToString("library of lazy");
    }

    @Test
    void doesNotTrustACopyThatIsNotWhatItsNameSays() throws Exception {
        JarBuilder.plugin("p", "t", "").build(plugins.resolve("p.jar"));
        String sha256 = loader.load(plugins, types).getFirst().sha256();
        loader.close();
        Files.writeString(folder.resolve("cache").resolve(sha256 + ".jar"), "damaged");
        AgentTypes again = new AgentTypes();
        try (PluginLoader second = new PluginLoader(folder.resolve("cache"))) {
            assertThat(second.load(plugins, again))
                    .extracting(LoadedPlugin::failure)
                    .containsExactly("");
        }
        try (Stream<Path> cached = Files.list(folder.resolve("cache"))) {
            assertThat(cached).hasSize(1);
        }
    }

    @Test
    void letsGoOfAPluginWhenItIsClosed() throws Exception {
        JarBuilder.plugin("p")
                .services("plugin.Versioned")
                .source("plugin.Versioned", LazyPlugin.factory("t"))
                .source("plugin.Library", LazyPlugin.library("t"))
                .build(plugins.resolve("p.jar"));
        JarBuilder.plugin("q", "q", "if (true) throw new Evil();")
                .source("plugin.Evil", "package plugin; class Evil extends RuntimeException {}")
                .build(plugins.resolve("q.jar"));
        List<LoadedPlugin> loaded = loader.load(plugins, types);
        WeakReference<ClassLoader> reference = useAndForget(types);
        loader.close();
        assertThat(types.types()).isEmpty();
        await().until(() -> {
            System.gc();
            return reference.get() == null;
        });
        assertThat(loaded).hasSize(2);
        loader.close();
    }

    // In a method of its own, so that no local variable holds on to the agent.
    private static WeakReference<ClassLoader> useAndForget(AgentTypes types) throws Exception {
        var bound = types.bind(AgentSpec.of("a", "t"));
        SupervisedAgent agent = bound.create();
        var state = (Record) agent.getClass().getMethod("state").invoke(agent);
        // Not compared by equals: the JDK keeps what a record's equals is made of until memory is
        // short.
        assertThat(bound.decode(bound.encode(state, 1), state.getClass()).getClass())
                .isSameAs(state.getClass());
        return new WeakReference<>(agent.getClass().getClassLoader());
    }

    /** A plugin whose second class is loaded only when an agent is made. */
    private static final class LazyPlugin {
        static String factory(String type) {
            return """
            package plugin;
            import ai.terraphim.supervisor.api.*;
            import java.util.*;
            public final class Versioned implements AgentFactory<NoConfig> {
                public Set<String> supportedTypes() { return Set.of("%s"); }
                public Class<NoConfig> configType() { return NoConfig.class; }
                public LoopAgent create(AgentSpec spec, NoConfig config) { return new Library(); }
            }
            """
                    .formatted(type);
        }

        static String library(String name) {
            return """
            package plugin;
            import ai.terraphim.supervisor.api.*;
            public final class Library implements LoopAgent {
                public record State(int count, String last) {}
                public State state() { return new State(1, "x"); }
                public void run(AgentContext context) {}
                public String toString() { return "library of %s"; }
            }
            """
                    .formatted(name);
        }
    }

    /** Makes a file that a plugins folder may hold by mistake. */
    interface Broken {
        void make(Path jar);
    }

    private static Arguments broken(String name, Broken broken, String reason) {
        return Arguments.of(name, broken, reason);
    }

    private static void write(Path file, String text) {
        try {
            Files.write(file, text.getBytes(UTF_8));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectory(folder);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] apiClass() {
        try (InputStream input = AgentFactory.class.getResourceAsStream("AgentFactory.class")) {
            return input.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
