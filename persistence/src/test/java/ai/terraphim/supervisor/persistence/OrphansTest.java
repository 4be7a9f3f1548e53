package ai.terraphim.supervisor.persistence;

import static ai.terraphim.supervisor.persistence.StoreFixture.MANY_PAGES;
import static ai.terraphim.supervisor.persistence.StoreFixture.sql;
import static ai.terraphim.supervisor.testkit.StateStoreContract.checkpoint;
import static ai.terraphim.supervisor.testkit.StateStoreContract.child;
import static ai.terraphim.supervisor.testkit.StateStoreContract.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.StoreOptions.Durability;
import ai.terraphim.supervisor.api.StoreOptions.HistoryLimits;
import ai.terraphim.supervisor.api.StoreOptions.OrphanLimits;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.Orphan;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredChild;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What has left the tree is kept for a time, and what has not is kept. */
@Timeout(120)
class OrphansTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final SupervisorConfig EMPTY = SupervisorConfig.of("root");

    @TempDir Path folder;

    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Set<AgentPid> there = ConcurrentHashMap.newKeySet();
    private final List<AgentPid> told = new CopyOnWriteArrayList<>();
    private long seq;

    private SqliteStore open(Duration maxAge) {
        return open(new OrphanLimits(Optional.of(maxAge)));
    }

    private SqliteStore open(OrphanLimits limits) {
        var options =
                new StoreOptions(Durability.NORMAL, new HistoryLimits(1_000_000, DAY), limits);
        var settings =
                new Settings(
                        options,
                        65_536,
                        64 << 20,
                        MANY_PAGES,
                        Duration.ofMinutes(1),
                        () -> now,
                        64 << 20);
        return SqliteStore.open(folder, "test", settings, Schema.current());
    }

    private void start(SqliteStore store, SupervisorConfig tree) {
        get(store.treeStarts(tree, there::contains, told::addAll));
    }

    /** Time passes, and something is written: then the store looks after what is old. */
    private void pass(SqliteStore store, Duration time) {
        now = now.plus(time);
        for (int i = 0; i < 2; i++) { // who is answered knows that the look before it is over
            get(store.append(fact("root", 1)));
            now = now.plusSeconds(61);
        }
        get(store.append(fact("root", 1)));
    }

    private SupervisionEvent fact(String path, long run) {
        return new SupervisionEvent(++seq, now, path, run, EventKind.CHILD_STARTED, "", "");
    }

    private static boolean hasState(SqliteStore store, String path) {
        return get(store.checkpoints(new AgentPid(path))).newest().isPresent();
    }

    private static List<String> orphans(SqliteStore store) {
        return get(store.maintenance().orElseThrow().orphans("", 100)).stream()
                .map(orphan -> orphan.pid().path())
                .toList();
    }

    private long count(String table) throws Exception {
        try (var connection = StoreFixture.connect(folder);
                var handle = Jdbi.open(connection)) {
            return handle.createQuery("SELECT count(*) FROM " + table).mapTo(long.class).one();
        }
    }

    private static SupervisorConfig tree(ChildSpec... children) {
        return SupervisorConfig.builder("root").children(children).build();
    }

    @Test
    void aRemovedChildIsAnOrphanUntilItIsOldOrComesBack() {
        try (var store = open(DAY)) {
            start(store, EMPTY);
            for (String id : List.of("a", "b")) {
                store.saveChild(child("root", id, "t"));
                store.saveCheckpoint(checkpoint("root/" + id, 1, 1, "state"));
                get(store.deleteChild("root/" + id));
            }
            assertThat(orphans(store)).containsExactly("root/a", "root/b");
            Orphan orphan = get(store.maintenance().orElseThrow().orphans("", 1)).getFirst();
            assertThat(orphan.since()).isEqualTo(now);
            assertThat(orphan.bytes()).isEqualTo("state".length());

            pass(store, DAY.minusHours(1));
            get(store.saveChild(child("root", "b", "t")));
            assertThat(orphans(store)).containsExactly("root/a");
            pass(store, Duration.ofHours(2));
            assertThat(hasState(store, "root/a")).isFalse();
            assertThat(hasState(store, "root/b")).isTrue();
        }
        assertThat(told).containsExactly(new AgentPid("root/a"));
    }

    @Test
    void whatIsNotConfiguredAnyMoreIsAnOrphanFromTheStartThatLacksIt() {
        var with = tree(AgentSpec.of("a", "t"), tree2("s", AgentSpec.of("b", "t")));
        try (var store = open(DAY)) {
            start(store, with);
            get(store.saveCheckpoint(checkpoint("root/a", 1, 1, "state")));
            get(store.saveCheckpoint(checkpoint("root/s/b", 1, 1, "state")));
            pass(store, DAY.multipliedBy(9));
        }
        try (var store = open(DAY)) {
            start(store, EMPTY);
            pass(store, DAY.minusHours(1));
            assertThat(orphans(store)).containsExactly("root/a", "root/s/b");
        }
        try (var store = open(DAY)) {
            start(store, with);
            pass(store, DAY);
            assertThat(orphans(store)).isEmpty();
        }
        try (var store = open(DAY)) {
            start(store, tree(tree2("s", AgentSpec.of("b", "t"))));
            pass(store, DAY.minusHours(1));
            pass(store, DAY);
            assertThat(hasState(store, "root/a")).isFalse();
            assertThat(hasState(store, "root/s/b")).isTrue();
        }
    }

    private static SupervisorConfig tree2(String id, ChildSpec... children) {
        return SupervisorConfig.builder(id).children(children).build();
    }

    @Test
    void aChildThatIsRememberedKeepsItsStateAndSoDoThoseThatAreConfiguredInIt() {
        var team =
                new StoredChild(
                        new SupervisorId("root/gone"), tree2("team", AgentSpec.of("a", "t")));
        try (var store = open(DAY)) {
            start(store, EMPTY);
            store.saveChild(team);
            store.saveChild(child("root/gone/team", "more", "t"));
            for (String id : List.of("a", "more", "stranger")) {
                get(store.saveCheckpoint(checkpoint("root/gone/team/" + id, 1, 1, "state")));
            }
        }
        try (var store = open(DAY)) {
            start(store, EMPTY);
            pass(store, Duration.ZERO);
            assertThat(orphans(store)).containsExactly("root/gone/team/stranger");
            pass(store, DAY.multipliedBy(2));
            assertThat(hasState(store, "root/gone/team/a")).isTrue();
            assertThat(hasState(store, "root/gone/team/more")).isTrue();
            assertThat(hasState(store, "root/gone/team/stranger")).isFalse();

            get(store.deleteChild("root/gone/team"));
            assertThat(orphans(store)).containsExactly("root/gone/team/a", "root/gone/team/more");
        }
    }

    @Test
    void aSupervisorThatBeginsAnewKeepsTheStatesOfItsConfiguredChildren() {
        try (var store = open(DAY)) {
            start(store, tree(tree2("s", AgentSpec.of("a", "t"))));
            store.saveChild(child("root/s", "b", "t"));
            store.saveCheckpoint(checkpoint("root/s/a", 1, 1, "state"));
            store.saveCheckpoint(checkpoint("root/s/b", 1, 1, "state"));
            get(store.deleteChildrenBelow("root/s"));
            assertThat(orphans(store)).containsExactly("root/s/b");
        }
    }

    @Test
    void nothingIsDeletedBeforeTheTreeIsKnownNorWhenTheLimitIsNever() {
        for (boolean known : List.of(false, true)) {
            try (var store = open(known ? OrphanLimits.KEEP : new OrphanLimits(Optional.of(DAY)))) {
                if (known) {
                    start(store, EMPTY);
                }
                store.saveChild(child("root", "a", "t"));
                store.saveCheckpoint(checkpoint("root/a", 1, 1, "state"));
                get(store.deleteChild("root/a"));
                pass(store, DAY.multipliedBy(40));
                assertThat(orphans(store)).containsExactly("root/a");
            }
        }
    }

    @Test
    void whatRanSinceItWasMarkedGetsItsTimeAnew() {
        try (var store = open(DAY)) {
            start(store, EMPTY);
            store.saveChild(child("root", "a", "t"));
            store.saveCheckpoint(checkpoint("root/a", 1, 1, "state"));
            store.deleteChild("root/a");
            get(store.append(fact("root/a", 2))); // facts come later than what they tell of
            pass(store, DAY.plusHours(1));
            assertThat(hasState(store, "root/a")).isTrue();
            pass(store, DAY.plusHours(1));
            assertThat(hasState(store, "root/a")).isFalse();
        }
    }

    @Test
    void whatTheRuntimeHasKeepsItsStateAndItsRunNumberHoweverItCameThere() {
        AgentPid pid = new AgentPid("root/a");
        try (var store = open(DAY)) {
            start(store, EMPTY);
            store.saveChild(child("root", "a", "t"));
            store.saveCheckpoint(checkpoint("root/a", 1, 1, "state"));
            store.append(fact("root/a", 1));
            get(store.deleteChild("root/a"));
            there.add(pid); // by a change of specs, which the store is not told of
            for (int i = 0; i < 5; i++) {
                pass(store, DAY);
            }
            assertThat(hasState(store, "root/a")).isTrue();
            assertThat(orphans(store)).isEmpty();
            assertThat(store.recover().lastRuns()).containsEntry("root/a", 1L);
        }
    }

    @Test
    void whatIsDamagedIsKept() throws Exception {
        try (var store = open(DAY)) {
            start(store, EMPTY);
            for (String id : List.of("a", "b")) {
                store.saveChild(child("root", id, "t"));
                store.saveCheckpoint(checkpoint("root/" + id, 1, 1, "state"));
                get(store.deleteChild("root/" + id));
            }
            get(store.saveChild(child("root", "b", "t")));
            sql(
                    folder,
                    "INSERT INTO orphan (path, since, run, checksum) VALUES ('root/b', 0, 9, 0)");
            sql(
                    folder,
                    "UPDATE child SET spec = '{}'",
                    "UPDATE orphan SET since = 0 WHERE path = 'root/a'");
            pass(store, Duration.ofHours(1));
            assertThat(hasState(store, "root/a")).as("its mark is damaged").isTrue();
            assertThat(hasState(store, "root/b")).as("its child is damaged").isTrue();
        }
    }

    @Test
    void anOrphanIsDeletedAtOnceWhenItIsNamed() {
        try (var store = open(DAY)) {
            start(store, EMPTY);
            store.saveChild(child("root", "a", "t"));
            store.saveChild(child("root", "b", "t"));
            store.saveCheckpoint(checkpoint("root/a", 1, 1, "state"));
            get(store.saveCheckpoint(checkpoint("root/b", 1, 1, "state")));
            get(store.deleteChild("root/a"));
            var maintenance = store.maintenance().orElseThrow();
            get(maintenance.deleteOrphan(new AgentPid("root/a")));
            assertThat(hasState(store, "root/a")).isFalse();
            for (String path : List.of("root/a", "root/b", "root/x")) {
                assertThatThrownBy(() ->
                                maintenance
                                        .deleteOrphan(new AgentPid(path))
                                        .toCompletableFuture()
                                        .join())
                        .isInstanceOf(CompletionException.class)
                        .hasCauseInstanceOf(SupervisionException.class)
                        .hasMessageContaining("there is no orphan " + path);
            }
            assertThat(hasState(store, "root/b")).isTrue();
        }
    }

    @Test
    void instancesComeAndGoAndTheStoreStaysSmallAndTheirNumbersGoOn() throws Exception {
        var pool =
                SupervisorConfig.builder("root")
                        .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                        .children(AgentSpec.of("worker", "t"))
                        .build();
        int instances = 5_000;
        try (var store = open(DAY)) {
            start(store, pool);
            store.append(fact("root", 1));
            for (int i = 1; i <= instances; i++) {
                String path = "root/" + i;
                store.saveChild(child("root", "" + i, "t"));
                store.append(fact(path, 1));
                store.saveCheckpoint(checkpoint(path, 1, 1, "s".repeat(1_000)));
                store.deleteChild(path);
                if (i % 10 == 0) {
                    get(store.append(fact(path, 1)));
                    now = now.plus(Duration.ofHours(1));
                }
            }
            pass(store, Duration.ZERO);
            // a day has 240 instances, and facts and states go one after the other
            assertThat(count("checkpoint")).isLessThan(600);
            assertThat(count("run")).isLessThan(600);
            assertThat(count("history")).isLessThan(1_200);
            pass(store, DAY);
            for (int i = 0; i < 5; i++) {
                pass(store, Duration.ofHours(1));
            }
            assertThat(count("checkpoint")).isZero();
            assertThat(count("orphan")).isZero();
            assertThat(count("run")).as("of the pool itself").isEqualTo(1);
        }
        try (var store = open(DAY)) {
            assertThat(store.recover().lastRuns()).containsEntry("root/" + instances, 0L);
        }
    }

    static List<Long> seeds() {
        // The long one: an agent without a state, whose facts went before it left the tree.
        return List.of(1L, 2L, 3L, 4L, 5L, 6L, 3_437_643_094_829L, System.nanoTime());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noStateIsDeletedThatMayBeUsedAndAllOthersAreInTheEnd(long seed) throws Exception {
        new Life(new Random(seed)).play("seed " + seed);
    }

    /** A runtime in short: what it writes to its store, and what it has a right to find there. */
    private final class Life {
        private static final List<String> SUPERVISORS = List.of("root", "root/s", "root/team");

        private final Random random;
        private SupervisorConfig config = EMPTY;
        private final Map<String, Long> runs = new HashMap<>();
        private final Map<String, StoredCheckpoint> states = new TreeMap<>();
        private final Map<String, Instant> goneSince = new HashMap<>();
        private final Map<String, ChildSpec> added = new TreeMap<>();

        Life(Random random) {
            this.random = random;
        }

        void play(String what) throws Exception {
            for (int life = 0; life < 6; life++) {
                try (var store = open(DAY)) {
                    runs.clear();
                    runs.putAll(store.recover().lastRuns());
                    configure();
                    places().forEach(it -> returns(store, it));
                    start(store, config);
                    places().stream()
                            .filter(it -> random.nextBoolean())
                            .forEach(it -> live(store, it));
                    for (int step = 0; step < 60; step++) {
                        step(store);
                        check(store, what);
                    }
                }
            }
            try (var store = open(DAY)) {
                start(store, config);
                for (int i = 0; i < 4; i++) {
                    pass(store, DAY);
                }
                check(store, what);
                Set<String> tree = places();
                states.keySet()
                        .forEach(path ->
                                assertThat(hasState(store, path))
                                        .as("%s: %s is in the tree: %s", what, path, tree)
                                        .isEqualTo(tree.contains(path)));
                assertThat(orphans(store)).as(what).isEmpty();
                assertThat(store.recover().lastRuns().keySet()).as(what).isSubsetOf(withRoot(tree));
            }
        }

        private static Set<String> withRoot(Set<String> tree) {
            Set<String> all = new HashSet<>(tree);
            all.addAll(SUPERVISORS);
            return all;
        }

        /** The tree file changes. */
        private void configure() {
            Set<String> before = places();
            List<ChildSpec> children = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                if (random.nextBoolean()) {
                    children.add(AgentSpec.of("c" + i, "t"));
                }
            }
            children.add(tree2("s", AgentSpec.of("d" + random.nextInt(3), "t")));
            config = tree(children.toArray(ChildSpec[]::new));
            before.removeAll(places());
            before.forEach(path -> goneSince.put(path, now));
        }

        private Set<String> places() {
            Set<String> places = new TreeSet<>();
            collect("root", config, places);
            added.forEach((path, spec) -> collect(path, spec, places));
            return places;
        }

        private static void collect(String path, ChildSpec spec, Set<String> places) {
            switch (spec) {
                case AgentSpec _ -> places.add(path);
                case SupervisorConfig supervisor ->
                        supervisor
                                .children()
                                .forEach(child -> collect(path + "/" + child.id(), child, places));
            }
        }

        private void step(SqliteStore store) {
            switch (random.nextInt(7)) {
                case 0, 1 -> add(store);
                case 2 -> {
                    List<String> all = List.copyOf(added.keySet());
                    if (!all.isEmpty()) {
                        remove(store, all.get(random.nextInt(all.size())), true);
                    }
                }
                case 3 -> remove(store, "root/s", false);
                case 4, 5 -> {
                    List<String> all = List.copyOf(places());
                    live(store, all.get(random.nextInt(all.size())));
                }
                default -> pass(store, Duration.ofHours(random.nextInt(12)));
            }
        }

        private void add(SqliteStore store) {
            String supervisor = SUPERVISORS.get(random.nextInt(SUPERVISORS.size()));
            boolean isTeam = supervisor.equals("root") && random.nextInt(3) == 0;
            if (supervisor.equals("root/team") && !added.containsKey("root/team")) {
                return;
            }
            ChildSpec spec =
                    isTeam
                            ? tree2("team", AgentSpec.of("m", "t"))
                            : AgentSpec.of("x" + random.nextInt(6), "t");
            String path = supervisor + "/" + spec.id();
            if (added.put(path, spec) == null) {
                Set<String> places = new TreeSet<>();
                collect(path, spec, places);
                places.forEach(it -> returns(store, it));
            }
            store.saveChild(new StoredChild(new SupervisorId(supervisor), spec));
            if (spec instanceof AgentSpec && random.nextBoolean()) {
                live(store, path);
            }
        }

        /** Who comes back in time finds its state. */
        private void returns(SqliteStore store, String path) {
            Instant since = goneSince.remove(path);
            if (since != null && states.containsKey(path) && !since.plus(DAY).isAfter(now)) {
                if (!hasState(store, path)) {
                    states.remove(path);
                }
            }
        }

        private void remove(SqliteStore store, String path, boolean itself) {
            Set<String> before = places();
            added.keySet().removeIf(it -> (itself && it.equals(path)) || it.startsWith(path + "/"));
            if (itself) {
                store.deleteChild(path);
            } else {
                store.deleteChildrenBelow(path);
            }
            before.removeAll(places());
            before.forEach(it -> {
                goneSince.put(it, now);
                if (random.nextBoolean()) { // the history is written later
                    store.append(fact(it, runs.getOrDefault(it, 1L)));
                }
            });
        }

        /** A run, which saves its state or does not. */
        private void live(SqliteStore store, String path) {
            returns(store, path);
            long run = runs.merge(path, 1L, Long::sum);
            store.append(fact(path, run));
            if (random.nextInt(4) > 0) {
                long number = states.containsKey(path) ? states.get(path).number() + 1 : 1;
                var saved = checkpoint(path, number, run, "state " + number);
                states.put(path, saved);
                store.saveCheckpoint(saved);
            }
        }

        private void check(SqliteStore store, String what) {
            get(store.append(fact("root", 1)));
            Set<String> tree = places();
            states.forEach((path, state) -> {
                boolean isInTime =
                        !goneSince.containsKey(path) || goneSince.get(path).plus(DAY).isAfter(now);
                if (tree.contains(path) || isInTime) {
                    assertThat(get(store.checkpoints(new AgentPid(path))).newest())
                            .as("%s: %s, gone since %s", what, path, goneSince.get(path))
                            .contains(state);
                }
            });
        }
    }
}
