package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ConfigurationException;
import ai.terraphim.supervisor.api.ConfigurationException.Problem;
import ai.terraphim.supervisor.api.DuplicateAgentTypeException;
import ai.terraphim.supervisor.api.PluginVersion;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which factory makes agents of which type, and the check of a spec against it. Thread safe.
 *
 * <p>Factories are strangers' code: they are called with their own class loader as the thread's
 * context class loader, and whatever they throw, {@link Error}s included, becomes text in a {@link
 * ConfigurationException}.
 */
public final class AgentTypes {
    private final AtomicReference<SortedMap<String, Registration<?>>> registrations =
            new AtomicReference<>(Collections.emptySortedMap());

    /**
     * A factory, what it said of itself when it was registered, and the mapper that knows its
     * classes.
     */
    private record Registration<C extends Record>(
            AgentFactory<C> factory,
            String source,
            Optional<PluginVersion> plugin,
            Class<C> configType,
            JsonMapper mapper,
            AtomicReference<BoundAgent.@Nullable Maker<C>> withoutConfig) {

        /** The one that is shared, if there is nothing to configure and it was made before. */
        BoundAgent.@Nullable Maker<C> maker(AgentSpec spec) {
            return spec.config().isEmpty() ? withoutConfig.get() : null;
        }

        BoundAgent.Maker<C> maker(C config) {
            BoundAgent.Maker<C> maker = new BoundAgent.Maker<>(factory, config, mapper, plugin);
            if (configType.getRecordComponents().length == 0) {
                withoutConfig.set(maker);
            }
            return maker;
        }
    }

    /** What came of checking a spec: the agent, unless there are faults. */
    record Binding(@Nullable BoundAgent agent, List<Fault> faults) {}

    /**
     * Adds a factory with all of its types, or none of them if one is taken.
     *
     * @param factory the factory
     * @param source whom to name in errors: a plugin id, or {@code embedding program}
     * @throws DuplicateAgentTypeException if a type is offered already
     * @throws ConfigurationException if the factory offers no type, or fails when it is asked
     */
    public void register(AgentFactory<?> factory, String source) {
        register(factory, source, Optional.empty());
    }

    /**
     * Adds a factory of a plugin, as {@link #register(AgentFactory, String)} does with the plugin's
     * id.
     */
    public void register(AgentFactory<?> factory, PluginVersion plugin) {
        register(factory, plugin.id(), Optional.of(plugin));
    }

    private void register(AgentFactory<?> factory, String source, Optional<PluginVersion> plugin) {
        Set<String> types = new TreeSet<>();
        Registration<?> registration = ask(factory, source, plugin, types);
        registrations.updateAndGet(before -> {
            SortedMap<String, Registration<?>> after = new TreeMap<>(before);
            for (String type : types) {
                Registration<?> first = after.putIfAbsent(type, registration);
                if (first != null) {
                    throw new DuplicateAgentTypeException(type, first.source(), source);
                }
            }
            return Collections.unmodifiableSortedMap(after);
        });
    }

    /**
     * Forgets all factories of a source. Agents that are bound already are not concerned.
     *
     * @param source as in {@link #register(AgentFactory, String)}; one that is not known is no
     *     error
     */
    public void unregister(String source) {
        registrations.updateAndGet(before -> {
            SortedMap<String, Registration<?>> after = new TreeMap<>(before);
            after.values().removeIf(registration -> registration.source().equals(source));
            return Collections.unmodifiableSortedMap(after);
        });
    }

    /** The types that are known now, in alphabetical order. */
    public Set<String> types() {
        return Collections.unmodifiableSet(registrations.get().keySet());
    }

    /** The types that the factories of a source answer to, in alphabetical order. */
    public Set<String> types(String source) {
        Set<String> types = new TreeSet<>();
        registrations
                .get()
                .forEach((type, registration) -> {
                    if (registration.source().equals(source)) {
                        types.add(type);
                    }
                });
        return Collections.unmodifiableSet(types);
    }

    /**
     * Finds the factory of a spec, reads the configuration into its record and has it validated.
     *
     * @return the agent, ready to be made
     * @throws ConfigurationException with every problem; their paths begin at the spec, as in
     *     {@code config.command}
     */
    public BoundAgent bind(AgentSpec spec) {
        Binding binding = check(spec);
        if (binding.agent() == null) {
            throw new ConfigurationException(
                    binding.faults().stream()
                            .map(fault ->
                                    new Problem(
                                            "agent '" + spec.id() + "'",
                                            0,
                                            fault.path(),
                                            fault.message()))
                            .toList());
        }
        return binding.agent();
    }

    Binding check(AgentSpec spec) {
        Map<String, Registration<?>> known = registrations.get();
        Registration<?> registration = known.get(spec.type());
        if (registration == null) {
            String hint =
                    known.isEmpty()
                            ? "; no agent types are known: is the plugin installed?"
                            : Suggestion.among(known.keySet(), spec.type(), "the known types are");
            return refused(List.of("type"), "there is no agent type '" + spec.type() + "'" + hint);
        }
        return check(spec, registration);
    }

    private static <C extends Record> Binding check(AgentSpec spec, Registration<C> registration) {
        try {
            return Strangers.call(
                    registration.factory().getClass(),
                    () -> {
                        BoundAgent.Maker<C> maker = registration.maker(spec);
                        if (maker == null) {
                            RecordBinder binder = new RecordBinder(registration.mapper());
                            C config = binder.bind(spec.config(), registration.configType());
                            if (config == null) {
                                return new Binding(null, binder.faults());
                            }
                            maker = registration.maker(config);
                        }
                        registration.factory().validate(spec, maker.config());
                        return new Binding(new BoundAgent(spec, maker), List.of());
                    });
        } catch (Throwable e) { // an Error of a factory is a verdict, too
            return refused(List.of("config"), Strangers.verdict(e));
        }
    }

    private static Binding refused(List<String> at, String message) {
        return new Binding(null, List.of(new Fault(at, message)));
    }

    private static <C extends Record> Registration<C> ask(
            AgentFactory<C> factory,
            String source,
            Optional<PluginVersion> plugin,
            Set<String> types) {
        String wrong;
        try {
            return Strangers.call(
                    factory.getClass(),
                    () -> {
                        for (String type : factory.supportedTypes()) {
                            if (type.isBlank()) {
                                throw new IllegalArgumentException(
                                        "offers an agent type without a name");
                            }
                            types.add(type);
                        }
                        if (types.isEmpty()) {
                            throw new IllegalArgumentException(
                                    "offers no agent type; supportedTypes() must name at least one");
                        }
                        Class<C> configType = factory.configType();
                        if (!configType.isRecord()) {
                            throw new IllegalArgumentException(
                                    "reads its configuration into "
                                            + configType.getName()
                                            + ", which is no record");
                        }
                        return new Registration<>(
                                factory,
                                source,
                                plugin,
                                configType,
                                StateMapper.create(),
                                new AtomicReference<>());
                    });
        } catch (Throwable e) { // as text only: a throwable of a plugin would hold on to its class
            // loader
            wrong = Strangers.verdict(e);
        }
        throw new ConfigurationException(
                List.of(new Problem(source, 0, "factory " + factory.getClass().getName(), wrong)));
    }
}
