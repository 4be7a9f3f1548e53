package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.ApiVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** Packs a factory of the tests as a plugin, to be loaded by a class loader of its own. */
final class PluginJar {
    private PluginJar() {}

    /** Packs one with the classes that are nested in it. */
    static void pack(String id, Class<? extends AgentFactory<?>> factory, Path plugins)
            throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Plugin-Id", id);
        main.putValue("Plugin-Version", "1.0.0");
        main.putValue("Supervisor-Api-Version", ApiVersion.MAJOR + "." + ApiVersion.MINOR);
        try (OutputStream file = Files.newOutputStream(plugins.resolve(id + ".jar"));
                JarOutputStream jar = new JarOutputStream(file, manifest)) {
            for (Class<?> type : factory.getNestMembers()) {
                String entry = type.getName().replace('.', '/') + ".class";
                try (InputStream code = type.getResourceAsStream("/" + entry)) {
                    jar.putNextEntry(new ZipEntry(entry));
                    code.transferTo(jar);
                }
            }
            jar.putNextEntry(new ZipEntry("META-INF/services/" + AgentFactory.class.getName()));
            jar.write(factory.getName().getBytes(StandardCharsets.UTF_8));
        }
    }
}
