package ai.terraphim.supervisor.runtime.observe;

/**
 * What became of facts that a full queue could not keep one by one; the text of a {@code
 * history.gap}.
 *
 * @param folded how many are in a fact that stands for several
 * @param into how many facts stand for them
 * @param left how many are not in the history at all
 */
record Overflow(long folded, long into, long left) {
    static final Overflow NONE = new Overflow(0, 0, 0);

    Overflow plus(Overflow other) {
        return new Overflow(folded + other.folded, into + other.into, left + other.left);
    }

    @Override
    public String toString() {
        return "%d events were folded into %d, by path and kind, and %d were left out: the queue or the memory was full"
                .formatted(folded, into, left);
    }
}
