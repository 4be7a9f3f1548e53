package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.OnStoreFailure;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the {@link Node}s of a text into specs. */
final class TreeReader {
    private final Reading reading;
    private final AgentReader agents;
    private final SupervisorReader supervisors = new SupervisorReader(this);

    TreeReader(String source, AgentTypes types, Placeholders placeholders) {
        this.reading = new Reading(source, placeholders);
        this.agents = new AgentReader(types);
    }

    /**
     * Ends the reading.
     *
     * @throws ConfigurationException if anything was wrong, with all of it in the order of the
     *     lines
     */
    void throwProblems() {
        reading.throwProblems();
    }

    /** Reads the keys of a tree file; null if something is wrong. */
    @Nullable TreeFile file(Node node) {
        Fields fields = reading.fields(node, "").orElse(null);
        if (fields == null) {
            return null;
        }
        fields.refuseUnknown(
                List.of("runtime", "store", "on_store_failure", "dependencies", "supervisor"),
                "the keys of a tree file are");
        String name = fields.has("runtime") ? fields.text("runtime") : "main";
        if (name != null && !name.matches("[A-Za-z0-9_.-]+")) {
            fields.problem(
                    "runtime",
                    "may have letters, digits, '_', '.' and '-', was "
                            + RecordBinder.describe(name));
        }
        StoreOptions store = StoreReader.read(fields);
        OnStoreFailure onStoreFailure =
                fields.word("on_store_failure", OnStoreFailure.values(), OnStoreFailure.CONTINUE);
        List<DependencyConfig> dependencies = dependencies(fields);
        Node supervisor = fields.get("supervisor");
        if (supervisor == null) {
            fields.problem(
                    "supervisor", "is missing; add supervisor: with id, strategy and children");
            return null;
        }
        SupervisorConfig config =
                reading.fields(supervisor, path(supervisor, "", "supervisor"))
                        .map(root -> {
                            Dangers.warnOfRoot(root);
                            return supervisors.read(root, id(root));
                        })
                        .orElse(null);
        return name == null || config == null
                ? null
                : new TreeFile(
                        name, store, onStoreFailure, dependencies, config, reading.warnings());
    }

    private List<DependencyConfig> dependencies(Fields fields) {
        Optional<Fields> inner =
                Optional.ofNullable(fields.get("dependencies"))
                        .flatMap(node -> reading.fields(node, "dependencies"));
        agents.know(inner.map(it -> it.entries().keySet()).orElse(Set.of()));
        return inner.map(DependencyReader::read).orElse(List.of());
    }

    /**
     * Reads a child, agent or supervisor; null if something is wrong.
     *
     * @param parent the path of its supervisor
     * @param position where it stands, in case it has no id
     * @param lineOfId the ids of its siblings so far, to which its own is added
     */
    @Nullable ChildSpec child(
            Node node, String parent, String position, Map<String, Integer> lineOfId) {
        Fields fields = reading.fields(node, path(node, parent + "/", position)).orElse(null);
        if (fields == null) {
            return null;
        }
        String id = id(fields);
        Integer first = id == null ? null : lineOfId.putIfAbsent(id, fields.line("id"));
        if (first != null) {
            fields.problem(
                    "id",
                    "is there twice: line "
                            + first
                            + " has a child with the id '"
                            + id
                            + "', too; give one of them another");
        }
        boolean isSupervisor = fields.has("strategy") || fields.has("children");
        if (fields.has("type") && isSupervisor) {
            reading.problem(
                    fields.line("type"),
                    fields.path(),
                    "has both type and "
                            + (fields.has("children") ? "children" : "strategy")
                            + "; an agent has a type, a supervisor has strategy and children: remove one");
            return null;
        }
        if (isSupervisor) {
            return supervisors.read(fields, id);
        }
        if (!fields.has("type")) {
            reading.problem(
                    fields.line(),
                    fields.path(),
                    "is neither an agent nor a supervisor; add type: for an agent, or children: for a supervisor");
            return null;
        }
        return agents.read(fields, id);
    }

    /** Reads what a new instance of a pool brings with it: its configuration, or nothing. */
    Map<String, Object> settings(Node node, String pool) {
        Optional<Fields> fields = reading.fields(node, pool);
        fields.ifPresent(
                it -> it.refuseUnknown(List.of("config"), "the keys of an instance of a pool are"));
        return fields.map(it -> new ConfigReader(it).values()).orElse(Map.of());
    }

    /** The path of something that has an id, before the id is read properly. */
    static String path(Node node, String parent, String position) {
        if (node instanceof Node.Mapping mapping) {
            for (Node.Entry entry : mapping.entries()) {
                if (entry.key().equals("id")
                        && entry.value() instanceof Node.Scalar id
                        && !id.text().isBlank()) {
                    return parent + id.text();
                }
            }
        }
        return position;
    }

    private static @Nullable String id(Fields fields) {
        if (!fields.has("id")) {
            fields.problem("id", "is missing; every child has an id");
            return null;
        }
        String id = fields.text("id");
        if (id == null) {
            return null;
        }
        try {
            return ChildSpec.checkId(id);
        } catch (IllegalArgumentException e) {
            fields.problem("id", String.valueOf(e.getMessage()));
            return null;
        }
    }
}
