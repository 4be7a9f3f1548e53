/**
 * Loads agent types from plugin jars, each in a class loader of its own. The only user of PF4J.
 *
 * <p>Start reading at {@link ai.terraphim.supervisor.runtime.plugin.PluginLoader#load}. The way of
 * a jar: a private copy ({@code JarCache}), its manifest checked before any of its code runs
 * ({@code PluginManifest}), a class loader that sees the API and little else ({@code
 * IsolatedPluginManager}, {@code SharedClasses}), its factories made and registered. Whatever goes
 * wrong on the way becomes text in a {@link ai.terraphim.supervisor.runtime.plugin.LoadedPlugin},
 * never a throwable: one of a plugin's would hold on to its class loader.
 */
@NullMarked
package ai.terraphim.supervisor.runtime.plugin;

import org.jspecify.annotations.NullMarked;
