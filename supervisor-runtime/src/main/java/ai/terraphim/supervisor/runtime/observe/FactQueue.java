package ai.terraphim.supervisor.runtime.observe;

import ai.terraphim.supervisor.api.EventKind;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Facts in their order, bounded in number and in bytes. When it is full, further facts of one path
 * and kind fold into the last of them, which knows how many it stands for; what cannot be folded
 * because there are too many paths, or too many bytes in them, is only counted. Every fact is in
 * the queue, or in the count of one that is, or in the {@link Overflow}.
 *
 * <p>What is folded waits behind the queue, so that the facts of a path keep their order: {@link
 * #unfold} lets it in when there is room, and until then no other fact gets in.
 *
 * <p>For one thread at a time.
 */
final class FactQueue {
    /** How many facts may stand for others at a time. */
    static final int MAX_FOLDS = 1_000;

    /** Which part of the room there is beyond it for them. */
    private static final int FOLDS_PART = 8;

    private record Fold(String path, EventKind kind) {}

    private final int maxFacts;
    private final long maxBytes;
    private final ArrayDeque<Fact> facts = new ArrayDeque<>();

    /** The one that was added to last comes last. */
    private final SequencedMap<Fold, Fact> folds = new LinkedHashMap<>();

    private long bytes;
    private Overflow overflow = Overflow.NONE;

    FactQueue(int maxFacts, long maxBytes) {
        this.maxFacts = maxFacts;
        this.maxBytes = maxBytes;
    }

    /** Whether there is neither a fact nor anything to say of one. */
    boolean isEmpty() {
        return facts.isEmpty() && folds.isEmpty() && overflow.equals(Overflow.NONE);
    }

    boolean isHalfFull() {
        return facts.size() > maxFacts / 2 || bytes > maxBytes / 2;
    }

    /** How many facts are in it, those that others stand for included. */
    long size() {
        return facts.stream().mapToLong(Fact::count).sum()
                + folds.values().stream().mapToLong(Fact::count).sum();
    }

    /** What has not been told of. */
    Overflow overflow() {
        return overflow;
    }

    void add(Fact fact) {
        if (folds.isEmpty() && fits(fact)) {
            facts.addLast(fact);
            bytes += fact.bytes();
        } else if (fact.reason() instanceof Overflow told) { // to be told with what is new
            overflow = overflow.plus(told);
        } else {
            fold(fact);
        }
    }

    /** Puts back what was taken out last. */
    void addFirst(Fact fact) {
        facts.addFirst(fact);
        bytes += fact.bytes();
    }

    /** Counts a fact that nobody has any more. */
    void lost(Fact fact) {
        overflow =
                overflow.plus(
                        fact.reason() instanceof Overflow told
                                ? told
                                : new Overflow(0, 0, fact.count()));
    }

    /** Takes out the oldest fact. */
    @Nullable Fact poll() {
        Fact fact = facts.pollFirst();
        if (fact != null) {
            bytes -= fact.bytes();
        }
        return fact;
    }

    @Nullable Fact peek() {
        return facts.peekFirst();
    }

    /**
     * Lets in what is folded, as far as there is room.
     *
     * @return what is to be told of it; null if there is nothing, or not all is in
     */
    @Nullable Overflow unfold() {
        while (!folds.isEmpty()
                && (facts.isEmpty() || (facts.size() < maxFacts && bytes <= maxBytes))) {
            facts.addLast(folds.pollFirstEntry().getValue());
        }
        if (!folds.isEmpty() || overflow.equals(Overflow.NONE)) {
            return null;
        }
        Overflow told = overflow;
        overflow = Overflow.NONE;
        return told;
    }

    private boolean fits(Fact fact) {
        return facts.isEmpty() || (facts.size() < maxFacts && bytes + fact.bytes() <= maxBytes);
    }

    private void fold(Fact fact) {
        Fold fold = new Fold(fact.path().toString(), fact.kind());
        Fact earlier = folds.get(fold);
        long more = fact.bytes() - (earlier == null ? 0 : earlier.bytes());
        boolean isTooMuch =
                bytes + more > maxBytes + maxBytes / FOLDS_PART
                        || (earlier == null && folds.size() == MAX_FOLDS);
        if (isTooMuch) {
            overflow = overflow.plus(new Overflow(0, 0, fact.count()));
            return;
        }
        bytes += more;
        folds.remove(fold);
        folds.putLast(fold, earlier == null ? fact : fact.after(earlier));
        if (earlier != null) {
            boolean isFirst = earlier.count() == 1;
            overflow =
                    overflow.plus(
                            isFirst
                                    ? new Overflow(1 + fact.count(), 1, 0)
                                    : new Overflow(fact.count(), 0, 0));
        }
    }
}
