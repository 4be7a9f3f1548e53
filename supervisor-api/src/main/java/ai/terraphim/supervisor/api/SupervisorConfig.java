package ai.terraphim.supervisor.api;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * How a supervisor treats its children; as a {@link ChildSpec} also how its own parent treats it.
 *
 * @param id the supervisor's name among its siblings
 * @param policy which children a failure concerns, and how many restarts are too many
 * @param restart when its parent restarts it; without meaning for the root
 * @param start whether its parent waits until it has booted
 * @param shutdown how its parent stops it, infinity by default, so that its children can stop in
 *     order
 * @param significant whether its end can end its parent
 * @param autoShutdown whether it ends once its own significant children are done
 * @param maxChildren how many children it may have at most, those that are down included; 100 by
 *     default
 * @param restarts how its parent spaces and bounds its restarts
 * @param children the children in start order; of a pool, its template
 */
public record SupervisorConfig(
        String id,
        RestartPolicy policy,
        RestartType restart,
        StartMode start,
        Shutdown shutdown,
        boolean significant,
        AutoShutdown autoShutdown,
        int maxChildren,
        RestartRules restarts,
        List<ChildSpec> children)
        implements ChildSpec {

    /** How many children a supervisor may have unless it is configured. */
    public static final int DEFAULT_MAX_CHILDREN = 100;

    /** Checks ids and numbers and copies the list. */
    public SupervisorConfig {
        ChildSpec.checkId(id);
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(restart, "restart");
        Objects.requireNonNull(start, "start");
        Objects.requireNonNull(shutdown, "shutdown");
        AgentSpec.checkSignificant(id, significant, restart);
        Objects.requireNonNull(autoShutdown, "autoShutdown");
        Objects.requireNonNull(restarts, "restarts");
        children = List.copyOf(children);
        if (maxChildren < 1) {
            throw new IllegalArgumentException(
                    "supervisor '" + id + "': max_children must be 1 or more, was " + maxChildren);
        }
        if (children.size() > maxChildren) {
            throw new IllegalArgumentException(
                    "supervisor '"
                            + id
                            + "' has "
                            + children.size()
                            + " children, but max_children is "
                            + maxChildren
                            + "; raise it");
        }
        Set<String> ids = new HashSet<>();
        for (ChildSpec child : children) {
            if (!ids.add(child.id())) {
                throw new IllegalArgumentException(
                        "supervisor '"
                                + id
                                + "' has two children with the id '"
                                + child.id()
                                + "'; give one of them another");
            }
            if (child.significant() && autoShutdown == AutoShutdown.NEVER) {
                throw new IllegalArgumentException(
                        "supervisor '"
                                + id
                                + "' has the significant child '"
                                + child.id()
                                + "', but auto_shutdown is never; set it to any_significant or all_significant");
            }
            checkMortal(id, child, policy.intensity());
        }
        if (policy.strategy() == RestartStrategy.SIMPLE_ONE_FOR_ONE && children.size() != 1) {
            throw new IllegalArgumentException(
                    "supervisor '"
                            + id
                            + "' is a pool and has "
                            + children.size()
                            + " children; simple_one_for_one takes exactly one, its template");
        }
    }

    /**
     * Refuses a child that its backoff would make immortal; see {@link RestartRules#checkMortal}.
     *
     * @param supervisor the id to name
     * @param child how it is restarted
     * @param intensity the supervisor's
     * @throws IllegalArgumentException if it could fail for ever
     */
    private static void checkMortal(
            String supervisor, ChildSpec child, RestartIntensity intensity) {
        try {
            child.restarts().checkMortal(intensity);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "supervisor '"
                            + supervisor
                            + "', child '"
                            + child.id()
                            + "': "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * Whether this is a pool, which runs instances of its one child.
     *
     * @return true if the strategy is {@link RestartStrategy#SIMPLE_ONE_FOR_ONE}
     */
    public boolean isPool() {
        return policy.strategy() == RestartStrategy.SIMPLE_ONE_FOR_ONE;
    }

    /**
     * What a pool runs instances of.
     *
     * @return the pool's one child; empty if this is no pool
     */
    public Optional<ChildSpec> template() {
        return isPool() ? Optional.of(children.getFirst()) : Optional.empty();
    }

    /**
     * Which children a failure concerns.
     *
     * @return the strategy of the policy
     */
    public RestartStrategy strategy() {
        return policy.strategy();
    }

    /**
     * How many restarts are too many.
     *
     * @return the intensity of the policy
     */
    public RestartIntensity intensity() {
        return policy.intensity();
    }

    /**
     * A supervisor without children and with every default: one_for_one, five restarts in a minute.
     *
     * @param id the supervisor's name
     * @return the configuration
     */
    public static SupervisorConfig of(String id) {
        return builder(id).build();
    }

    /**
     * Begins a configuration.
     *
     * @param id the supervisor's name
     * @return a builder with every default
     */
    public static Builder builder(String id) {
        return new Builder(id);
    }

    /** Collects what differs from the defaults. Not for several threads at once. */
    public static final class Builder {
        private final String id;
        private RestartPolicy policy = RestartPolicy.DEFAULT;
        private RestartType restart = RestartType.PERMANENT;
        private StartMode start = StartMode.SYNC;
        private Shutdown shutdown = Shutdown.infinity();
        private boolean significant;
        private AutoShutdown autoShutdown = AutoShutdown.NEVER;
        private int maxChildren = DEFAULT_MAX_CHILDREN;
        private RestartRules restarts = RestartRules.DEFAULT;
        private List<ChildSpec> children = List.of();

        private Builder(String id) {
            this.id = id;
        }

        /**
         * Sets strategy and intensity together.
         *
         * @param policy one_for_one with five restarts in a minute by default
         * @return this builder
         */
        public Builder policy(RestartPolicy policy) {
            this.policy = policy;
            return this;
        }

        /**
         * Sets which children a failure concerns.
         *
         * @param strategy one_for_one by default
         * @return this builder
         */
        public Builder strategy(RestartStrategy strategy) {
            this.policy = new RestartPolicy(strategy, policy.intensity(), policy.onExhaustion());
            return this;
        }

        /**
         * Sets how many restarts are too many.
         *
         * @param intensity five restarts in a minute by default
         * @return this builder
         */
        public Builder intensity(RestartIntensity intensity) {
            this.policy = new RestartPolicy(policy.strategy(), intensity, policy.onExhaustion());
            return this;
        }

        /**
         * Sets what happens when a child has failed once too often.
         *
         * @param onExhaustion {@link Exhaustion#ESCALATE} by default
         * @return this builder
         */
        public Builder onExhaustion(Exhaustion onExhaustion) {
            this.policy = new RestartPolicy(policy.strategy(), policy.intensity(), onExhaustion);
            return this;
        }

        /**
         * Sets when the parent restarts this supervisor.
         *
         * @param restart permanent by default
         * @return this builder
         */
        public Builder restart(RestartType restart) {
            this.restart = restart;
            return this;
        }

        /**
         * Sets whether the parent waits until this supervisor has booted.
         *
         * @param start {@link StartMode#SYNC} by default
         * @return this builder
         */
        public Builder start(StartMode start) {
            this.start = start;
            return this;
        }

        /**
         * Sets how the parent stops this supervisor. Anything but infinity risks children that
         * outlive it.
         *
         * @param shutdown infinity by default
         * @return this builder
         */
        public Builder shutdown(Shutdown shutdown) {
            this.shutdown = shutdown;
            return this;
        }

        /**
         * Sets whether this supervisor's end can end its parent.
         *
         * @param significant false by default
         * @return this builder
         */
        public Builder significant(boolean significant) {
            this.significant = significant;
            return this;
        }

        /**
         * Sets whether the supervisor ends once its significant children are done.
         *
         * @param autoShutdown never by default
         * @return this builder
         */
        public Builder autoShutdown(AutoShutdown autoShutdown) {
            this.autoShutdown = autoShutdown;
            return this;
        }

        /**
         * Sets how many children the supervisor may have.
         *
         * @param maxChildren 100 by default
         * @return this builder
         */
        public Builder maxChildren(int maxChildren) {
            this.maxChildren = maxChildren;
            return this;
        }

        /**
         * Sets how long the parent waits before it restarts this supervisor.
         *
         * @param backoff {@link Backoff#NONE} by default
         * @return this builder
         */
        public Builder backoff(Backoff backoff) {
            this.restarts = restarts.with(backoff);
            return this;
        }

        /**
         * Gives this supervisor restarts of its own, in place of those of its parent's intensity.
         *
         * @param budget how many
         * @return this builder
         */
        public Builder budget(RestartBudget budget) {
            this.restarts = restarts.with(budget);
            return this;
        }

        /**
         * Sets the children.
         *
         * @param children in start order
         * @return this builder
         */
        public Builder children(List<? extends ChildSpec> children) {
            this.children = List.copyOf(children);
            return this;
        }

        /**
         * Sets the children.
         *
         * @param children in start order
         * @return this builder
         */
        public Builder children(ChildSpec... children) {
            return children(List.of(children));
        }

        /**
         * Makes the configuration.
         *
         * @return the configuration
         * @throws IllegalArgumentException if a value is not allowed, two children have the same
         *     id, a pool has not exactly one child, or a child is significant for nothing
         */
        public SupervisorConfig build() {
            return new SupervisorConfig(
                    id,
                    policy,
                    restart,
                    start,
                    shutdown,
                    significant,
                    autoShutdown,
                    maxChildren,
                    restarts,
                    children);
        }
    }
}
