package ai.terraphim.supervisor.api;

import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Makes agents of one or more types. A plugin names its factories in {@code META-INF/services}; an
 * embedding program hands them to the runtime.
 *
 * <p>The runtime reads an agent's configuration (JSON) into the author's record, so a factory
 * declares the record and never parses. Component names are the keys, written in snake_case ({@code
 * failAfter} is {@code fail_after}). A component is required unless it is an {@link
 * java.util.Optional} or nullable by annotation; {@link java.time.Duration}s are written as in
 * {@code 200ms}, {@code 5s}, {@code 2m}. An unknown key, a missing one or an {@link
 * IllegalArgumentException} from the record's constructor becomes an error that names file, line
 * and field.
 *
 * {@snippet :
 * public final class GreeterFactory implements AgentFactory<GreeterFactory.Config> {
 *     public record Config(String name) {}
 *
 *     public Set<String> supportedTypes() {
 *         return Set.of("greeter");
 *     }
 *
 *     public Class<Config> configType() {
 *         return Config.class;
 *     }
 *
 *     public LoopAgent create(AgentSpec spec, Config config) {
 *         return context -> context.log().log(Level.INFO, "hello " + config.name());
 *     }
 * }
 * }
 *
 * <p>Methods may be called from any thread, several at once.
 *
 * @param <C> the record that an agent's configuration is read into; {@link NoConfig} if there is
 *     none
 */
public interface AgentFactory<C extends Record> {

    /**
     * The words for {@code type} in a tree file that this factory answers to. Each must be unique
     * in a runtime.
     *
     * @return at least one type
     */
    Set<String> supportedTypes();

    /**
     * The record that an agent's configuration is read into.
     *
     * @return a public record class, or one the runtime may reflect on
     */
    Class<C> configType();

    /**
     * Makes the agent for one run. Called for every start, so make a new object each time and do no
     * work here: that is for {@link SupervisedAgent#init}.
     *
     * @param spec the child's spec
     * @param config its configuration, valid
     * @return a new agent
     * @throws Exception a failed start
     */
    SupervisedAgent create(AgentSpec spec, C config) throws Exception;

    /**
     * Checks what the record's constructor cannot check, such as two fields against the spec.
     * Called when a tree is checked, before anything is started, so it must not change the world
     * outside.
     *
     * @param spec the child's spec
     * @param config its configuration
     * @throws IllegalArgumentException with a message that says what is wrong and what would be
     *     right
     */
    default void validate(AgentSpec spec, C config) {}

    /**
     * A factory for one type of agent without a configuration.
     *
     * @param type the word for {@code type} in specs
     * @param agent makes a new agent for each run
     * @return the factory
     */
    static AgentFactory<NoConfig> of(String type, Supplier<? extends SupervisedAgent> agent) {
        return of(type, NoConfig.class, _ -> agent.get());
    }

    /**
     * A factory for one type of agent.
     *
     * @param <C> the record that the configuration is read into
     * @param type the word for {@code type} in specs
     * @param configType its class
     * @param agent makes a new agent for each run
     * @return the factory
     */
    static <C extends Record> AgentFactory<C> of(
            String type,
            Class<C> configType,
            Function<? super C, ? extends SupervisedAgent> agent) {
        Objects.requireNonNull(configType, "configType");
        Objects.requireNonNull(agent, "agent");
        Set<String> types = Set.of(type);
        return new AgentFactory<>() {
            @Override
            public Set<String> supportedTypes() {
                return types;
            }

            @Override
            public Class<C> configType() {
                return configType;
            }

            @Override
            public SupervisedAgent create(AgentSpec spec, C config) {
                return agent.apply(config);
            }
        };
    }
}
