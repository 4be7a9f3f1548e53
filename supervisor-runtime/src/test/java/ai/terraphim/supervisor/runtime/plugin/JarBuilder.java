package ai.terraphim.supervisor.runtime.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.terraphim.supervisor.api.AgentFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.slf4j.Logger;

/**
 * Builds a plugin jar as a stranger would: sources compiled against the API, SLF4J and JSpecify,
 * and packed with a manifest.
 */
final class JarBuilder {
    private final Map<String, String> manifest = new LinkedHashMap<>();
    private final Map<String, String> sources = new LinkedHashMap<>();
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final List<String> left = new ArrayList<>();

    /** A plugin with a good manifest and nothing else. */
    static JarBuilder plugin(String id) {
        return new JarBuilder()
                .manifest("Plugin-Id", id)
                .manifest("Plugin-Version", "1.0.0")
                .manifest("Supervisor-Api-Version", "0.1");
    }

    /**
     * A plugin with one factory, {@code plugin.Factory}, which offers one type and has some code in
     * its constructor.
     */
    static JarBuilder plugin(String id, String type, String inConstructor) {
        return plugin(id)
                .services("plugin.Factory")
                .source("plugin.Factory", factory(type, inConstructor));
    }

    static String factory(String type, String inConstructor) {
        return """
        package plugin;
        import ai.terraphim.supervisor.api.*;
        import java.util.*;
        public final class Factory implements AgentFactory<Factory.Config> {
            public record Config(Optional<String> greeting) {}
            public Factory() { %s }
            public Set<String> supportedTypes() { return Set.of("%s"); }
            public Class<Config> configType() { return Config.class; }
            public LoopAgent create(AgentSpec spec, Config config) { return context -> {}; }
        }
        """
                .formatted(inConstructor, type);
    }

    JarBuilder manifest(String key, String value) {
        manifest.put(key, value);
        return this;
    }

    JarBuilder withoutManifest(String key) {
        manifest.remove(key);
        return this;
    }

    JarBuilder source(String className, String source) {
        sources.put(className, source);
        return this;
    }

    JarBuilder services(String... classNames) {
        return file(
                "META-INF/services/" + AgentFactory.class.getName(),
                String.join("\n", classNames).getBytes(UTF_8));
    }

    JarBuilder file(String name, byte[] content) {
        files.put(name, content);
        return this;
    }

    /** Compiles a class and leaves it out of the jar. */
    JarBuilder leaveOut(String classFile) {
        left.add(classFile);
        return this;
    }

    Path build(Path jar) {
        try {
            Path classes = Files.createTempDirectory("plugin-classes");
            compile(classes);
            Manifest written = new Manifest();
            written.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
            manifest.forEach((key, value) -> written.getMainAttributes().putValue(key, value));
            try (OutputStream output = Files.newOutputStream(jar);
                    JarOutputStream zip = new JarOutputStream(output, written);
                    Stream<Path> compiled = Files.walk(classes)) {
                for (Path file : compiled.filter(Files::isRegularFile).toList()) {
                    String name = classes.relativize(file).toString().replace('\\', '/');
                    if (!left.contains(name)) {
                        write(zip, name, Files.readAllBytes(file));
                    }
                }
                for (Map.Entry<String, byte[]> file : files.entrySet()) {
                    write(zip, file.getKey(), file.getValue());
                }
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(JarOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
        zip.closeEntry();
    }

    private void compile(Path classes) throws IOException {
        if (sources.isEmpty()) {
            return;
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> errors = new DiagnosticCollector<>();
        List<SimpleJavaFileObject> units = new ArrayList<>();
        sources.forEach((name, source) -> units.add(new Source(name, source)));
        try (StandardJavaFileManager manager =
                compiler.getStandardFileManager(errors, null, UTF_8)) {
            List<String> options =
                    List.of(
                            "-d", classes.toString(),
                            "-classpath",
                                    String.join(
                                            System.getProperty("path.separator"),
                                            place(AgentFactory.class),
                                            place(Logger.class),
                                            place(NullMarked.class)));
            if (!compiler.getTask(null, manager, errors, options, null, units).call()) {
                throw new AssertionError("the plugin does not compile: " + errors.getDiagnostics());
            }
        }
    }

    private static String place(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String className, String text) {
            super(URI.create("string:///" + className.replace('.', '/') + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
