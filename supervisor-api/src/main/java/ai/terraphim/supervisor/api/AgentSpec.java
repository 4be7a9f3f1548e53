package ai.terraphim.supervisor.api;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a supervisor is to run one agent.
 *
 * @param id the agent's name among its siblings
 * @param type which {@link AgentFactory} makes it
 * @param name for people, the id by default
 * @param config its configuration as a JSON object in JDK types: strings, numbers, booleans, nulls,
 *     lists and maps
 * @param restart when it is restarted
 * @param start whether its supervisor waits for its start
 * @param shutdown how it is stopped
 * @param significant whether its end can end its supervisor
 * @param mailbox how many messages may wait for it; empty for as many as the runtime says
 * @param removeFinished whether it is removed for good once it has ended in an orderly way, instead
 *     of staying down; for a transient agent only
 * @param restarts how its restarts are spaced and bounded
 * @param safeguards what watches over it while it runs
 * @param checkpoints when its state is saved without its asking, and from which one a run begins
 */
public record AgentSpec(
        String id,
        String type,
        String name,
        Map<String, Object> config,
        RestartType restart,
        StartMode start,
        Shutdown shutdown,
        boolean significant,
        OptionalInt mailbox,
        boolean removeFinished,
        RestartRules restarts,
        Safeguards safeguards,
        Checkpoints checkpoints)
        implements ChildSpec {

    /** Checks the id and copies the configuration deeply. */
    public AgentSpec {
        ChildSpec.checkId(id);
        if (type.isBlank()) {
            throw new IllegalArgumentException("agent '" + id + "' has no type");
        }
        Objects.requireNonNull(name, "name");
        config = JsonValues.copyOf(config);
        Objects.requireNonNull(restart, "restart");
        Objects.requireNonNull(start, "start");
        Objects.requireNonNull(shutdown, "shutdown");
        Objects.requireNonNull(restarts, "restarts");
        Objects.requireNonNull(safeguards, "safeguards");
        Objects.requireNonNull(checkpoints, "checkpoints");
        checkSignificant(id, significant, restart);
        if (mailbox.isPresent() && mailbox.getAsInt() < 1) {
            throw new IllegalArgumentException(
                    "agent '" + id + "': mailbox must be 1 or more, was " + mailbox.getAsInt());
        }
        if (removeFinished && restart != RestartType.TRANSIENT) {
            throw new IllegalArgumentException(
                    "agent '"
                            + id
                            + "' is to be removed when it has finished, and is not transient; make it transient, as a permanent one is restarted and a temporary one removed anyway");
        }
    }

    static void checkSignificant(String id, boolean significant, RestartType restart) {
        if (significant && restart == RestartType.PERMANENT) {
            throw new IllegalArgumentException(
                    "child '"
                            + id
                            + "' is significant and permanent, and a permanent child is never done; make it transient or temporary, or not significant");
        }
    }

    /**
     * A spec with every default: permanent, its start awaited, five seconds to stop, no
     * configuration.
     *
     * @param id the agent's name among its siblings
     * @param type which factory makes it
     * @return the spec
     */
    public static AgentSpec of(String id, String type) {
        return builder(id, type).build();
    }

    /**
     * Begins a spec.
     *
     * @param id the agent's name among its siblings
     * @param type which factory makes it
     * @return a builder with every default
     */
    public static Builder builder(String id, String type) {
        return new Builder(id, type);
    }

    /** Collects what differs from the defaults. Not for several threads at once. */
    public static final class Builder {
        private final String id;
        private final String type;
        private String name;
        private Map<String, Object> config = Map.of();
        private RestartType restart = RestartType.PERMANENT;
        private StartMode start = StartMode.SYNC;
        private Shutdown shutdown = Shutdown.DEFAULT;
        private boolean significant;
        private OptionalInt mailbox = OptionalInt.empty();
        private boolean removeFinished;
        private RestartRules restarts = RestartRules.DEFAULT;
        private Safeguards safeguards = Safeguards.DEFAULT;
        private Checkpoints checkpoints = Checkpoints.DEFAULT;

        private Builder(String id, String type) {
            this.id = id;
            this.type = type;
            this.name = id;
        }

        /**
         * Sets the name for people.
         *
         * @param name the id by default
         * @return this builder
         */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        /**
         * Sets the configuration.
         *
         * @param config a JSON object in JDK types, empty by default
         * @return this builder
         */
        public Builder config(Map<String, ?> config) {
            this.config = JsonValues.copyOf(config);
            return this;
        }

        /**
         * Sets when the agent is restarted.
         *
         * @param restart permanent by default
         * @return this builder
         */
        public Builder restart(RestartType restart) {
            this.restart = restart;
            return this;
        }

        /**
         * Sets whether the supervisor waits for the agent's start.
         *
         * @param start {@link StartMode#SYNC} by default
         * @return this builder
         */
        public Builder start(StartMode start) {
            this.start = start;
            return this;
        }

        /**
         * Sets how the agent is stopped.
         *
         * @param shutdown five seconds by default
         * @return this builder
         */
        public Builder shutdown(Shutdown shutdown) {
            this.shutdown = shutdown;
            return this;
        }

        /**
         * Sets whether the agent's end can end its supervisor.
         *
         * @param significant false by default
         * @return this builder
         */
        public Builder significant(boolean significant) {
            this.significant = significant;
            return this;
        }

        /**
         * Sets how many messages may wait for the agent.
         *
         * @param messages at least 1; as many as the runtime says by default
         * @return this builder
         */
        public Builder mailbox(int messages) {
            this.mailbox = OptionalInt.of(messages);
            return this;
        }

        /**
         * Sets whether a transient agent is removed for good once it has ended in an orderly way,
         * instead of staying down.
         *
         * @param removeFinished false by default
         * @return this builder
         */
        public Builder removeFinished(boolean removeFinished) {
            this.removeFinished = removeFinished;
            return this;
        }

        /**
         * Sets how long its supervisor waits before it restarts the agent.
         *
         * @param backoff {@link Backoff#NONE} by default
         * @return this builder
         */
        public Builder backoff(Backoff backoff) {
            this.restarts = restarts.with(backoff);
            return this;
        }

        /**
         * Gives the agent restarts of its own, in place of those of its supervisor's intensity.
         *
         * @param budget how many
         * @return this builder
         */
        public Builder budget(RestartBudget budget) {
            this.restarts = restarts.with(budget);
            return this;
        }

        /**
         * Sets how long the agent's callbacks may take.
         *
         * @param deadlines 30 seconds for {@code init} by default
         * @return this builder
         */
        public Builder deadlines(Deadlines deadlines) {
            return safeguards(
                    new Safeguards(
                            deadlines,
                            safeguards.health(),
                            safeguards.progress(),
                            safeguards.needs(),
                            safeguards.redeliver()));
        }

        /**
         * Sets when the agent is asked for its health.
         *
         * @param health never by default
         * @return this builder
         */
        public Builder health(HealthChecks health) {
            return safeguards(
                    new Safeguards(
                            safeguards.deadlines(),
                            Optional.of(health),
                            safeguards.progress(),
                            safeguards.needs(),
                            safeguards.redeliver()));
        }

        /**
         * Sets when the agent is taken to be stuck.
         *
         * @param progress never by default
         * @return this builder
         */
        public Builder progress(ProgressLimits progress) {
            return safeguards(
                    new Safeguards(
                            safeguards.deadlines(),
                            safeguards.health(),
                            progress,
                            safeguards.needs(),
                            safeguards.redeliver()));
        }

        /**
         * Sets without which dependencies the agent cannot work.
         *
         * @param keys none by default
         * @return this builder
         */
        public Builder needs(String... keys) {
            return safeguards(
                    new Safeguards(
                            safeguards.deadlines(),
                            safeguards.health(),
                            safeguards.progress(),
                            List.of(keys),
                            safeguards.redeliver()));
        }

        /**
         * Has the message in flight at a crash handled again by the next run, until it has caused
         * some crashes: then it is parked.
         *
         * @param crashes 1 or more
         * @return this builder
         */
        public Builder redeliver(int crashes) {
            return safeguards(
                    new Safeguards(
                            safeguards.deadlines(),
                            safeguards.health(),
                            safeguards.progress(),
                            safeguards.needs(),
                            OptionalInt.of(crashes)));
        }

        /**
         * Sets everything that watches over the agent.
         *
         * @param safeguards {@link Safeguards#DEFAULT} by default
         * @return this builder
         */
        public Builder safeguards(Safeguards safeguards) {
            this.safeguards = safeguards;
            return this;
        }

        /**
         * Sets when the state is saved without the agent's asking, and from which checkpoint a run
         * begins.
         *
         * @param checkpoints {@link Checkpoints#DEFAULT} by default
         * @return this builder
         */
        public Builder checkpoints(Checkpoints checkpoints) {
            this.checkpoints = checkpoints;
            return this;
        }

        /**
         * Makes the spec.
         *
         * @return the spec
         * @throws IllegalArgumentException if a value is not allowed
         */
        public AgentSpec build() {
            return new AgentSpec(
                    id,
                    type,
                    name,
                    config,
                    restart,
                    start,
                    shutdown,
                    significant,
                    mailbox,
                    removeFinished,
                    restarts,
                    safeguards,
                    checkpoints);
        }
    }
}
