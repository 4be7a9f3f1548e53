package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ErrorCategory;
import ai.terraphim.supervisor.api.PluginVersion;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.StoredState;
import ai.terraphim.supervisor.api.SupervisedAgent;
import ai.terraphim.supervisor.api.SupervisionException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A spec whose configuration has been read into its factory's record: makes the agent for each run,
 * and writes and reads its state.
 *
 * <p>May be used from any thread. It holds the factory's class loader, so drop it with the child.
 */
public final class BoundAgent {
    private static final String JSON = "application/json";

    private final AgentSpec spec;
    private final Maker<?> maker;

    /**
     * All that is needed beside the spec. Agents of a type without a configuration share one, so
     * keep this, rather than a bound agent, of each of a million.
     */
    public static final class Maker<C extends Record> {
        private final AgentFactory<C> factory;
        private final C config;
        private final JsonMapper mapper;
        private final Optional<PluginVersion> plugin;

        Maker(
                AgentFactory<C> factory,
                C config,
                JsonMapper mapper,
                Optional<PluginVersion> plugin) {
            this.factory = factory;
            this.config = config;
            this.mapper = mapper;
            this.plugin = plugin;
        }

        private @Nullable SupervisedAgent create(AgentSpec spec) throws Exception {
            return Strangers.call(factory.getClass(), () -> factory.create(spec, config));
        }

        C config() {
            return config;
        }

        /**
         * What loaded the classes of the agents.
         *
         * @return null for the JDK's own
         */
        public @Nullable ClassLoader loader() {
            return factory.getClass().getClassLoader();
        }
    }

    /** A spec together with what was made of its configuration. */
    public BoundAgent(AgentSpec spec, Maker<?> maker) {
        this.spec = spec;
        this.maker = maker;
    }

    /** What was made of the spec's configuration. */
    public Maker<?> maker() {
        return maker;
    }

    /** The plugin that the factory came with; empty if with none. */
    public Optional<PluginVersion> plugin() {
        return maker.plugin;
    }

    /** The spec that was bound. */
    public AgentSpec spec() {
        return spec;
    }

    private Class<?> factoryType() {
        return maker.factory.getClass();
    }

    /**
     * A new agent object for one run, made with the factory's class loader as the thread's context
     * class loader.
     *
     * @throws Exception whatever the factory throws: a failed start. An {@link Error} passes as
     *     well.
     */
    public SupervisedAgent create() throws Exception {
        SupervisedAgent agent = maker.create(spec);
        if (agent == null) {
            throw new IllegalStateException(
                    factoryType().getName()
                            + ".create returned null for the agent type '"
                            + spec.type()
                            + "'; it must return a new agent");
        }
        return agent;
    }

    /**
     * Writes a state as JSON, with keys in snake_case; one that is bytes stays as it is.
     *
     * @param version the version of its layout
     * @throws SupervisionException of category {@link ErrorCategory#SERIALIZATION} if a component
     *     cannot be written
     */
    public Snapshot encode(Record state, int version) {
        if (state instanceof Snapshot bytes) {
            if (bytes.stateVersion() != version) {
                throw new SupervisionException(
                        ErrorCategory.SERIALIZATION,
                        false,
                        "the state of agent '%s' has version %d, and the agent's stateVersion() is %d; let them be the same"
                                .formatted(spec.id(), bytes.stateVersion(), version),
                        null);
            }
            return bytes;
        }
        try {
            return new Snapshot(
                    Strangers.call(factoryType(), () -> maker.mapper.writeValueAsBytes(state)),
                    JSON,
                    version);
        } catch (Exception e) {
            throw new SupervisionException(
                    ErrorCategory.SERIALIZATION,
                    false,
                    "the state of agent '%s' (%s) cannot be written as JSON: %s; use JDK values, collections and records"
                            .formatted(spec.id(), state.getClass().getName(), message(e)),
                    e);
        }
    }

    /**
     * The state as the agent wants it, which makes it out of an older version itself.
     *
     * @throws SupervisionException of category {@link ErrorCategory#SERIALIZATION} if the state is
     *     of a newer version than the agent, or what it makes of it does not fit
     * @throws Exception whatever {@link SupervisedAgent#migrate} throws
     */
    public Snapshot migrated(Snapshot stored, SupervisedAgent agent) throws Exception {
        int version = agent.stateVersion();
        if (stored.stateVersion() == version) {
            return stored;
        }
        if (stored.stateVersion() > version) {
            throw new SupervisionException(
                    ErrorCategory.SERIALIZATION,
                    false,
                    "the saved state of agent '%s' has version %d, and this version of %s knows %d; run the version that has saved it, or a newer one: the state was not changed"
                            .formatted(spec.id(), stored.stateVersion(), spec.type(), version),
                    null);
        }
        return encode(
                agent.migrate(
                        new StoredState() {
                            @Override
                            public Snapshot snapshot() {
                                return stored;
                            }

                            @Override
                            public <S extends Record> S as(Class<S> type) {
                                return decode(stored, type);
                            }
                        }),
                version);
    }

    /**
     * Reads a state that {@link #encode} has written. Keys that the type does not have are ignored;
     * a component that is neither optional nor nullable must be there.
     *
     * @throws SupervisionException of category {@link ErrorCategory#SERIALIZATION} if the state
     *     does not fit the type
     */
    public <S extends Record> S decode(Snapshot snapshot, Class<S> type) {
        if (!snapshot.contentType().equals(JSON)) {
            throw unreadable(type, "it is " + snapshot.contentType() + ", not " + JSON, null);
        }
        try {
            S state =
                    Strangers.call(
                            factoryType(), () -> maker.mapper.readValue(snapshot.state(), type));
            if (state == null) {
                throw unreadable(type, "it is null", null);
            }
            return state;
        } catch (SupervisionException e) {
            throw e;
        } catch (Exception e) {
            throw unreadable(type, message(e), e);
        }
    }

    private SupervisionException unreadable(Class<?> type, String why, @Nullable Exception cause) {
        return new SupervisionException(
                ErrorCategory.SERIALIZATION,
                false,
                "the saved state of agent '%s' does not fit %s: %s; make new components Optional, or start without the state"
                        .formatted(spec.id(), type.getName(), why),
                cause);
    }

    /** Writes and reads messages to the agent. */
    public MessageJson messages() {
        return new MessageJson(factoryType(), maker.mapper);
    }

    static String message(Throwable e) {
        return e instanceof JacksonException jackson
                ? jackson.getOriginalMessage()
                : String.valueOf(e);
    }
}
