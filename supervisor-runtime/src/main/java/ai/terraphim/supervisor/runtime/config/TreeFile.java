package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ConfigurationException.Problem;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.OnStoreFailure;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a tree file says: a runtime's name, how its state is kept, what its agents depend on, and
 * its tree, in YAML or JSON.
 *
 * <pre>
 * runtime: demo                  # main by default
 * store:
 *   durability: full             # by default; or normal
 *   history: { max_facts: 200000, max_age: 720h }   # by default
 * on_store_failure: continue     # by default; or pause
 * dependencies:                  # what agents call through context.guarded(...); none by default
 *   "llm:host/model":
 *     breaker: { failure_rate: 50%, window: 20, minimum_calls: 5, open_for: 30s, trial_calls: 3 }   # by default
 *     rate_limit: { calls: 60, per: 1m }   # none by default
 *     bulkhead: 8                # at most so many calls at once; none by default
 * supervisor:
 *   id: root
 *   strategy: one_for_one        # by default; or one_for_all, rest_for_one
 *   intensity: { max_restarts: 5, time_window: 60s }   # by default; or lenient, strict, never
 *   max_children: 100            # by default
 *   children:
 *     - id: web
 *       type: process            # an agent
 *       name: Web server         # the id by default
 *       restart: permanent       # by default; or transient, temporary
 *       shutdown: 5s             # by default; or brutal_kill, infinity
 *       config: { command: ["${java.home}/bin/jwebserver", "-p", "8123"] }
 *     - id: pipeline
 *       children: []             # children or strategy make a supervisor
 * </pre>
 *
 * <p>In every value <code>${env:NAME}</code>, <code>${java.home}</code> and <code>${data}</code>
 * are replaced; <code>$${</code> stands for <code>${</code> itself. Only what JSON takes for a
 * number, a boolean or null is one; {@code 007} and {@code on} are text. Aliases are refused.
 *
 * @param runtimeName letters, digits, {@code _}, {@code .} and {@code -}
 * @param store how state and history are kept
 * @param onStoreFailure what agents do while the store fails
 * @param dependencies what its agents call through guards
 * @param root the tree; every agent in it has been checked by its factory
 * @param warnings of values that are allowed and together dangerous, in the order of the lines
 */
public record TreeFile(
        String runtimeName,
        StoreOptions store,
        OnStoreFailure onStoreFailure,
        List<DependencyConfig> dependencies,
        SupervisorConfig root,
        List<Problem> warnings) {
    private static final int MAX_BYTES = 3_000_000;

    /** Copies the list. */
    public TreeFile {
        dependencies = List.copyOf(dependencies);
    }

    /**
     * Reads and checks a tree file. Nothing is started.
     *
     * @param file the file, in UTF-8, 3 MB at most
     * @param types the agent types that it may name
     * @param dataFolder the value of <code>${data}</code>
     * @return the tree
     * @throws ConfigurationException with everything that is wrong, each with its line, in the
     *     order of the lines; at a syntax error the first only
     */
    public static TreeFile read(Path file, AgentTypes types, Path dataFolder) {
        return read(file, types, new Placeholders(dataFolder));
    }

    static TreeFile read(Path file, AgentTypes types, Placeholders placeholders) {
        String source = file.toString();
        TreeReader reader = new TreeReader(source, types, placeholders);
        TreeFile tree = reader.file(NodeReader.read(text(file, source), source));
        reader.throwProblems();
        if (tree == null) {
            throw new AssertionError("no tree and no problem: " + source);
        }
        return tree;
    }

    private static String text(Path file, String source) {
        try {
            if (Files.isDirectory(file)) {
                throw NodeReader.failure(source, 0, "is a folder; name a tree file");
            }
            if (Files.size(file) > MAX_BYTES) {
                throw NodeReader.failure(source, 0, "is larger than 3 MB; is this a tree file?");
            }
            String text = Files.readString(file);
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (NoSuchFileException _) {
            throw NodeReader.failure(source, 0, "there is no such file; check the path");
        } catch (AccessDeniedException _) {
            throw NodeReader.failure(source, 0, "may not be read; check its permissions");
        } catch (CharacterCodingException _) {
            throw NodeReader.failure(source, 0, "is not UTF-8 text; save it as UTF-8");
        } catch (IOException e) {
            throw NodeReader.failure(source, 0, "cannot be read: " + e);
        }
    }
}
