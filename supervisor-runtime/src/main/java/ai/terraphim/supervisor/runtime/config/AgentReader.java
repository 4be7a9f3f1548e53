package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.Checkpoints;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Safeguards;
import ai.terraphim.supervisor.api.Shutdown;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads an agent and has it checked by its factory. */
final class AgentReader {
    private static final List<String> KEYS =
            List.of(
                    "id",
                    "type",
                    "name",
                    "restart",
                    "start",
                    "shutdown",
                    "significant",
                    "mailbox",
                    "remove_finished",
                    "backoff",
                    "budget",
                    "deadlines",
                    "health",
                    "progress",
                    "needs",
                    "redeliver",
                    "poison_after",
                    "checkpoints",
                    "config");

    private final AgentTypes types;

    /** The dependencies that an agent may need; null if that is checked elsewhere. */
    private @Nullable Set<String> dependencies;

    AgentReader(AgentTypes types) {
        this.types = types;
    }

    /** From now on an agent may need these dependencies and no others. */
    void know(Set<String> keys) {
        dependencies = keys;
    }

    /** Reads an agent; null if something is wrong, as an id that is null is. */
    @Nullable AgentSpec read(Fields fields, @Nullable String id) {
        int before = fields.reading().problems();
        fields.refuseUnknown(KEYS, "the keys of an agent are");
        String type = fields.text("type");
        String name = fields.has("name") ? fields.text("name") : id;
        ChildWords words = ChildWords.read(fields, Shutdown.DEFAULT);
        OptionalInt mailbox =
                fields.has("mailbox")
                        ? OptionalInt.of(fields.whole("mailbox", 1, 1))
                        : OptionalInt.empty();
        boolean removeFinished =
                fields.flag(
                        "remove_finished",
                        words.restart() == RestartType.TRANSIENT,
                        "is for a transient agent: a permanent one is restarted, and a temporary one removed anyway; make it transient, or leave this out");
        Safeguards safeguards = SafeguardsReader.read(fields);
        refuseUnknown(safeguards.needs(), fields);
        Checkpoints checkpoints = checkpoints(fields);
        ConfigReader config = new ConfigReader(fields);
        if (type == null) {
            return null;
        }
        if (type.isBlank()) {
            fields.problem("type", "is empty; name an agent type");
            return null;
        }
        // Also checked with a wrong id, under another: one look is to show everything.
        AgentSpec spec =
                new AgentSpec(
                        id == null ? "unnamed" : id,
                        type,
                        name == null ? "" : name,
                        config.values(),
                        words.restart(),
                        words.start(),
                        words.shutdown(),
                        words.significant(),
                        mailbox,
                        removeFinished,
                        words.restarts(),
                        safeguards,
                        checkpoints);
        types.check(spec).faults().forEach(config::report);
        return id == null || fields.reading().problems() > before ? null : spec;
    }

    private static Checkpoints checkpoints(Fields fields) {
        return fields.inner(
                        "checkpoints",
                        List.of("every", "on_stop", "fall_back_after", "fall_back_within"))
                .flatMap(inner ->
                        inner.make(it -> {
                            Optional<Duration> every = it.duration("every");
                            return Optional.of(
                                    new Checkpoints(
                                            every,
                                            it.has("on_stop")
                                                    ? it.flag("on_stop")
                                                    : every.isPresent(),
                                            fallBackAfter(it),
                                            it.duration("fall_back_within")
                                                    .orElse(Checkpoints.DEFAULT.fallBackWithin())));
                        }))
                .orElse(Checkpoints.DEFAULT);
    }

    private static OptionalInt fallBackAfter(Fields fields) {
        String key = "fall_back_after";
        if (!fields.has(key)) {
            return Checkpoints.DEFAULT.fallBackAfter();
        }
        return "never".equals(fields.text(key)) ? OptionalInt.empty() : fields.whole(key);
    }

    private void refuseUnknown(List<String> needs, Fields fields) {
        Set<String> known = dependencies;
        if (known != null) {
            needs.stream()
                    .filter(key -> !known.contains(key))
                    .forEach(key -> fields.problem("needs", Dependencies.unknown(key, known)));
        }
    }
}
