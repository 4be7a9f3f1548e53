package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.open;
import static ai.terraphim.supervisor.persistence.StoreFixture.withoutStates;
import static ai.terraphim.supervisor.testkit.StateStoreContract.checkpoint;
import static ai.terraphim.supervisor.testkit.StateStoreContract.child;
import static ai.terraphim.supervisor.testkit.StateStoreContract.condition;
import static ai.terraphim.supervisor.testkit.StateStoreContract.event;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static ai.terraphim.supervisor.testkit.StateStoreContract.message;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.HistoryQuery;
import ai.terraphim.supervisor.api.store.Recovery;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredCheckpoints;
import ai.terraphim.supervisor.api.store.StoredConditions;
import ai.terraphim.supervisor.api.store.StoredMessages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flips one bit at a time in the files of a store and looks at what its next owner is given: what
 * was saved, or a word about the damage. The bits are drawn from the whole database (header, rows,
 * indexes, what is free) and from the whole journal.
 */
class BitFlipTest {
    private static final int AGENTS = 40;
    private static final int FACTS = 150;

    @TempDir Path temp;
    private Path pristine;
    private Contents saved;

    /**
     * All that a store gives.
     *
     * @param recovery without the states
     * @param known the newest state, if any, of each agent of which the store has said it at once
     */
    private record Contents(
            Recovery recovery,
            Map<String, Optional<StoredCheckpoint>> known,
            List<StoredCheckpoints> states,
            List<SupervisionEvent> history) {

        static Contents of(SqliteStore store) {
            Recovery all = store.recover();
            Map<String, Optional<StoredCheckpoint>> known = new TreeMap<>();
            List<StoredCheckpoints> states = new ArrayList<>();
            for (int agent = 0; agent < AGENTS; agent++) {
                String path = "root/" + agent;
                if (all.states().isKnown(path)) {
                    known.put(path, all.states().newest(path));
                }
                states.add(get(store.checkpoints(new AgentPid(path))));
            }
            List<SupervisionEvent> history = new ArrayList<>();
            for (int seq = 0; seq < FACTS; seq += 50) {
                history.addAll(
                        get(store.history(new HistoryQuery(Optional.empty(), seq, false, 50))));
            }
            return new Contents(withoutStates(all), known, states, history);
        }
    }

    private enum Outcome {
        REFUSED,
        TOLD,
        HARMLESS,
        SILENT
    }

    @BeforeEach
    void fill() throws Exception {
        pristine = Files.createDirectory(temp.resolve("pristine"));
        Path live = temp.resolve("live");
        try (var store = open(live)) {
            for (int agent = 0; agent < AGENTS; agent++) {
                for (int number = 1; number <= 3; number++) {
                    String state = ("state " + number + " of " + agent + " ").repeat(agent + 1);
                    store.saveCheckpoint(checkpoint("root/" + agent, number, number, state));
                }
                store.saveChild(child("root", "child" + agent, "t"));
                store.saveStop(child("root", "stopped" + agent, "t"));
                store.saveCondition(condition(child("root", "failed" + agent, "t"), agent));
                store.saveMessage(message(agent, "root/" + agent, "text " + agent));
            }
            for (int seq = 1; seq <= FACTS; seq++) {
                get(store.append(fact(seq)));
            }
            saved = Contents.of(store);
            for (String file : List.of(Database.FILE, Database.FILE + "-wal")) {
                StoreFixture.copy(live.resolve(file), pristine);
            }
        }
        // The mark follows the commits; only when the store is closed does it surely name the last.
        StoreFixture.copy(live.resolve(HighWaterMark.FILE), pristine);
        Files.createDirectory(temp.resolve("closed"));
        for (String file : List.of(Database.FILE, HighWaterMark.FILE)) {
            Files.copy(live.resolve(file), temp.resolve("closed").resolve(file));
        }
    }

    @Test
    void noFlippedBitOfTheDatabaseGivesAWrongStateSilently() throws Exception {
        campaign("database", temp.resolve("closed"), Database.FILE);
    }

    @Test
    void noFlippedBitOfTheJournalGivesAWrongStateSilently() throws Exception {
        campaign("journal", pristine, Database.FILE + "-wal");
    }

    private void campaign(String what, Path files, String flipped) throws Exception {
        boolean full = "full".equals(System.getProperty("campaign.size"));
        int flips = Integer.getInteger("campaign.flips", full ? 1_000 : 60);
        long seed = Long.getLong("campaign.seed", full ? System.nanoTime() : 0);
        Random random = new Random(seed);
        Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
        List<String> silent = new ArrayList<>();
        assertThat(outcome(copy(files, temp.resolve(what)))).isEqualTo(Outcome.HARMLESS);
        for (int flip = 1; flip <= flips; flip++) {
            Path folder = copy(files, temp.resolve(what + flip));
            Path file = folder.resolve(flipped);
            byte[] bytes = Files.readAllBytes(file);
            int at = random.nextInt(bytes.length);
            int bit = random.nextInt(8);
            bytes[at] ^= (byte) (1 << bit);
            Files.write(file, bytes);
            Outcome outcome = outcome(folder);
            outcomes.merge(outcome, 1, Integer::sum);
            if (outcome == Outcome.SILENT) {
                silent.add("byte %d, bit %d".formatted(at, bit));
            }
            delete(folder);
        }
        System.out.printf("%d flips in the %s: %s (seed %d)%n", flips, what, outcomes, seed);
        assertThat(silent).as("silently wrong, seed %d", seed).isEmpty();
    }

    private Outcome outcome(Path folder) {
        try (var store = open(folder)) {
            Contents found = Contents.of(store);
            if (found.equals(saved)) {
                return Outcome.HARMLESS;
            }
            return isTold(found) ? Outcome.TOLD : Outcome.SILENT;
        } catch (StorageException _) {
            return Outcome.REFUSED;
        } catch (AssertionError e) {
            if (e.getCause() instanceof StorageException) {
                return Outcome.REFUSED;
            }
            throw e;
        }
    }

    /** Whether what differs from what was saved is said to be damaged. */
    private boolean isTold(Contents found) {
        if (!isTold(found.recovery())) {
            return false;
        }
        for (int agent = 0; agent < AGENTS; agent++) {
            StoredCheckpoints before = saved.states().get(agent);
            StoredCheckpoints after = found.states().get(agent);
            if (!before.valid().containsAll(after.valid())
                    || after.valid().size() + after.rejected().size() != before.valid().size()) {
                return false;
            }
            if (!isAnswered(found.known().get("root/" + agent), after)) {
                return false;
            }
        }
        for (int fact = 0; fact < FACTS; fact++) {
            SupervisionEvent after = found.history().get(fact);
            SupervisionEvent before = saved.history().get(fact);
            boolean isDamaged =
                    after.kind() == EventKind.HISTORY_GAP
                            || after.equals(withDetail(before, Reader.DAMAGED_DETAIL));
            if (!after.equals(before) && !isDamaged) {
                return false;
            }
        }
        return true;
    }

    /** Whether what was known of an agent at the start, if it was, is what it would be answered. */
    private static boolean isAnswered(Optional<StoredCheckpoint> known, StoredCheckpoints answer) {
        return answer.rejected().isEmpty() ? answer.newest().equals(known) : known == null;
    }

    private boolean isTold(Recovery found) {
        Recovery before = saved.recovery();
        StoredConditions left = found.conditions();
        StoredMessages parked = found.messages();
        return found.lastSeq() == before.lastSeq()
                && found.lastRuns().equals(before.lastRuns())
                && found.children().equals(before.children())
                && found.stopped().equals(before.stopped())
                && before.conditions().valid().containsAll(left.valid())
                && left.valid().size() + left.rejected().size() == AGENTS
                && before.messages().valid().containsAll(parked.valid())
                && parked.valid().size() + parked.rejected().size() == AGENTS;
    }

    /** Every other one has a stack, which some others have, too. */
    private static SupervisionEvent fact(int seq) {
        SupervisionEvent fact = event(seq, "root/" + seq % AGENTS, seq);
        return seq % 2 == 0 ? fact : withDetail(fact, ("at line " + seq % 9 + "\n").repeat(60));
    }

    private static SupervisionEvent withDetail(SupervisionEvent it, String detail) {
        return new SupervisionEvent(
                it.seq(), it.at(), it.path(), it.run(), it.kind(), it.reason(), detail);
    }

    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
