package ai.terraphim.supervisor.api;

import java.time.Duration;
import java.util.Optional;

/**
 * How a durable store keeps what it is given. Messages of refused values begin with the key that
 * the value has in a tree file.
 *
 * @param durability when a write is acknowledged
 * @param history how much of the history is kept
 * @param orphans how long the states of agents are kept that have left the tree
 */
public record StoreOptions(Durability durability, HistoryLimits history, OrphanLimits orphans) {

    /** {@link Durability#FULL}, {@link HistoryLimits#DEFAULT} and {@link OrphanLimits#DEFAULT}. */
    public static final StoreOptions DEFAULT =
            new StoreOptions(Durability.FULL, HistoryLimits.DEFAULT);

    /**
     * With {@link OrphanLimits#DEFAULT}.
     *
     * @param durability when a write is acknowledged
     * @param history how much of the history is kept
     */
    public StoreOptions(Durability durability, HistoryLimits history) {
        this(durability, history, OrphanLimits.DEFAULT);
    }

    /** When a write is acknowledged. */
    public enum Durability {
        /** When it is on the disk: it outlives a crash of the machine and a loss of power. */
        FULL,
        /**
         * When the operating system has it: it outlives any end of the JVM. A crash of the machine
         * can take the last writes along, never a part of one, and the store stays sound.
         */
        NORMAL
    }

    /**
     * How much of the history is kept. The oldest facts go first, a thousand or so at a time while
     * others are written, so that there can be some more than said here for a moment.
     *
     * @param maxFacts how many facts, from 1 to {@value #MOST}
     * @param maxAge how old a fact may be, up to 36,500 days
     */
    public record HistoryLimits(int maxFacts, Duration maxAge) {

        /** The highest limit on the number of facts. */
        public static final int MOST = 1_000_000_000;

        /** 200,000 facts, and 30 days. */
        public static final HistoryLimits DEFAULT = new HistoryLimits(200_000, Duration.ofDays(30));

        /** Checks the limits. */
        public HistoryLimits {
            if (maxFacts < 1 || maxFacts > MOST) {
                throw new IllegalArgumentException(
                        "max_facts must be from 1 to %d, was %d".formatted(MOST, maxFacts));
            }
            Durations.checkAge("max_age", maxAge);
        }
    }

    /**
     * How long the states of agents are kept that have left the tree: that were removed, or are not
     * configured any more. An agent that comes back to its place before that goes on from its
     * newest state.
     *
     * @param maxAge counted from when the store knows that the agent is gone, up to 36,500 days;
     *     empty to keep them for ever
     */
    public record OrphanLimits(Optional<Duration> maxAge) {

        /** 30 days. */
        public static final OrphanLimits DEFAULT =
                new OrphanLimits(Optional.of(Duration.ofDays(30)));

        /** Nothing is deleted. */
        public static final OrphanLimits KEEP = new OrphanLimits(Optional.empty());

        /** Checks the limit. */
        public OrphanLimits {
            maxAge.ifPresent(age -> Durations.checkAge("max_age", age));
        }
    }
}
