package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.AutoShutdown;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartPolicy;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a supervisor, with its children. */
final class SupervisorReader {
    private static final List<String> KEYS =
            List.of(
                    "id",
                    "strategy",
                    "intensity",
                    "on_exhaustion",
                    "restart",
                    "start",
                    "shutdown",
                    "significant",
                    "backoff",
                    "budget",
                    "auto_shutdown",
                    "max_children",
                    "children");

    private final TreeReader tree;

    /** A reader of supervisors whose children {@code tree} reads. */
    SupervisorReader(TreeReader tree) {
        this.tree = tree;
    }

    /** Reads a supervisor; null if something is wrong, as an id that is null is. */
    @Nullable SupervisorConfig read(Fields fields, @Nullable String id) {
        int before = fields.reading().problems();
        fields.refuseUnknown(KEYS, "the keys of a supervisor are");
        RestartStrategy strategy =
                fields.word("strategy", RestartStrategy.values(), RestartStrategy.ONE_FOR_ONE);
        RestartIntensity intensity = RestartReader.intensity(fields);
        RestartPolicy policy =
                new RestartPolicy(strategy, intensity, RestartReader.onExhaustion(fields));
        Dangers.warnOfParking(fields, strategy, policy.onExhaustion());
        ChildWords words = ChildWords.read(fields, Shutdown.infinity());
        AutoShutdown autoShutdown =
                fields.word("auto_shutdown", AutoShutdown.values(), AutoShutdown.NEVER);
        int maxChildren = fields.whole("max_children", SupervisorConfig.DEFAULT_MAX_CHILDREN, 1);
        List<ChildSpec> children = children(fields, policy, maxChildren);
        checkTemplate(fields, strategy);
        if (autoShutdown == AutoShutdown.NEVER) {
            refuseSignificant(fields);
        }
        if (id == null || fields.reading().problems() > before) {
            return null;
        }
        return new SupervisorConfig(
                id,
                policy,
                words.restart(),
                words.start(),
                words.shutdown(),
                words.significant(),
                autoShutdown,
                maxChildren,
                words.restarts(),
                children);
    }

    private static void checkTemplate(Fields fields, RestartStrategy strategy) {
        int count = fields.elements("children").size();
        if (strategy == RestartStrategy.SIMPLE_ONE_FOR_ONE && count != 1) {
            fields.reading()
                    .problem(
                            fields.line(fields.has("children") ? "children" : "strategy"),
                            fields.path("children"),
                            "are "
                                    + count
                                    + ", but a pool (simple_one_for_one) has exactly one child, the template of its instances");
        }
    }

    /** A child can be significant only for a supervisor that ends itself. */
    private static void refuseSignificant(Fields fields) {
        for (Node node : fields.elements("children")) {
            if (node instanceof Node.Mapping child) {
                child.entries().stream()
                        .filter(entry -> entry.key().equals("significant") && isTrue(entry.value()))
                        .forEach(entry ->
                                fields.reading()
                                        .problem(
                                                entry.line(),
                                                TreeReader.path(
                                                                node,
                                                                fields.path() + "/",
                                                                fields.path("children"))
                                                        + ".significant",
                                                "needs auto_shutdown: any_significant or all_significant in "
                                                        + fields.path()
                                                        + "; add it there, or remove this"));
            }
        }
    }

    private static boolean isTrue(Node node) {
        return node instanceof Node.Scalar scalar && scalar.text().equals("true");
    }

    /** A child that its backoff makes immortal is refused where the backoff is. */
    private static void checkMortal(ChildSpec child, RestartIntensity intensity, Fields fields) {
        try {
            child.restarts().checkMortal(intensity);
        } catch (IllegalArgumentException e) {
            fields.problem("backoff", String.valueOf(e.getMessage()));
        }
    }

    private List<ChildSpec> children(Fields fields, RestartPolicy policy, int maxChildren) {
        Node node = fields.get("children");
        List<ChildSpec> children = new ArrayList<>();
        switch (node) {
            case null -> {}
            case Node.Scalar scalar when scalar.isEmpty() -> {}
            case Node.Sequence list -> {
                Map<String, Integer> lineOfId = new HashMap<>();
                for (int i = 0; i < list.elements().size(); i++) {
                    Node element = list.elements().get(i);
                    String position = fields.path("children[" + i + "]");
                    ChildSpec child = tree.child(element, fields.path(), position, lineOfId);
                    if (child != null) {
                        children.add(child);
                        fields.reading()
                                .fields(element, TreeReader.path(element, fields.path() + "/", ""))
                                .ifPresent(own -> {
                                    checkMortal(child, policy.intensity(), own);
                                    Dangers.warn(own, child, policy);
                                });
                    }
                }
                if (list.elements().size() > maxChildren) {
                    fields.problem(
                            "children",
                            "are "
                                    + list.elements().size()
                                    + ", but max_children is "
                                    + maxChildren
                                    + "; raise it");
                }
            }
            case Node.Scalar _, Node.Mapping _ ->
                    fields.problem("children", "must be a list, each child after a '- '");
        }
        return children;
    }
}
