package ai.terraphim.supervisor.runtime.plugin;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.ApiVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a plugin jar says of itself, read and checked before PF4J sees the jar: PF4J takes any
 * version, and one jar that it dislikes keeps the others from starting.
 */
record PluginManifest(String id, String version) {
    static final String SERVICES = "META-INF/services/" + AgentFactory.class.getName();

    private static final String API_FOLDER =
            AgentFactory.class.getPackageName().replace('.', '/') + "/";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final Pattern API_VERSION = Pattern.compile("([0-9]{1,6})\\.([0-9]{1,6})");

    /** As semver.org suggests it. */
    private static final Pattern VERSION =
            Pattern.compile(
                    "(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)"
                            + "(-(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(\\.(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
                            + "(\\+[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*)?");

    /** Reads the two names as far as they are there, and refuses nothing but what is no jar. */
    static PluginManifest read(Path jar) throws PluginFailure {
        try (JarFile file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            Attributes main = manifest == null ? new Attributes() : manifest.getMainAttributes();
            return new PluginManifest(value(main, "Plugin-Id"), value(main, "Plugin-Version"));
        } catch (IOException | SecurityException e) {
            throw noJar(e);
        }
    }

    /** Checks everything that can be checked without running any of the plugin's code. */
    void check(Path jar) throws PluginFailure {
        if (!ID.matcher(id).matches()) {
            throw wrong(
                    "Plugin-Id",
                    id,
                    "a name of letters, digits, '.', '_' and '-', such as my-agents");
        }
        if (!VERSION.matcher(version).matches()) {
            throw wrong("Plugin-Version", version, "a semantic version, such as 1.0.0");
        }
        try (JarFile file = new JarFile(jar.toFile())) {
            checkApiVersion(
                    value(file.getManifest().getMainAttributes(), "Supervisor-Api-Version"));
            String copy =
                    file.stream()
                            .map(entry -> entry.getName())
                            .filter(name -> name.startsWith(API_FOLDER) && name.endsWith(".class"))
                            .findFirst()
                            .orElse("");
            if (!copy.isEmpty()) {
                throw new PluginFailure(
                        "contains a copy of the supervisor's API ("
                                + copy
                                + "), which could not talk to this one; give supervisor-api the scope 'provided' in its build");
            }
            if (file.getEntry(SERVICES) == null) {
                throw new PluginFailure(
                        "offers no agent types: it has no "
                                + SERVICES
                                + "; list the names of its factory classes there");
            }
        } catch (IOException | SecurityException e) {
            throw noJar(e);
        }
    }

    private static void checkApiVersion(String written) throws PluginFailure {
        String ours = ApiVersion.MAJOR + "." + ApiVersion.MINOR;
        Matcher matcher = API_VERSION.matcher(written);
        if (!matcher.matches()) {
            throw wrong(
                    "Supervisor-Api-Version",
                    written,
                    "the API that it was built against, such as " + ours);
        }
        int major = Integer.parseInt(matcher.group(1));
        int minor = Integer.parseInt(matcher.group(2));
        if (major != ApiVersion.MAJOR || minor > ApiVersion.MINOR) {
            throw new PluginFailure(
                    "was built against version "
                            + written
                            + " of the supervisor's API, this is "
                            + ours
                            + "; "
                            + (major > ApiVersion.MAJOR
                                            || (major == ApiVersion.MAJOR
                                                    && minor > ApiVersion.MINOR)
                                    ? "update the supervisor, or take an older version of the plugin"
                                    : "take a newer version of the plugin"));
        }
    }

    private static PluginFailure wrong(String key, String written, String right) {
        return new PluginFailure(
                (written.isEmpty()
                                ? "has no " + key + " in its manifest"
                                : "has the " + key + " '" + written + "'")
                        + "; right would be "
                        + right);
    }

    private static PluginFailure noJar(Exception e) {
        return new PluginFailure(
                "is no jar file (" + e + "); put the plugin's jar there again, or remove it");
    }

    private static String value(Attributes attributes, String key) {
        String value = attributes.getValue(key);
        return value == null ? "" : value.strip();
    }
}
