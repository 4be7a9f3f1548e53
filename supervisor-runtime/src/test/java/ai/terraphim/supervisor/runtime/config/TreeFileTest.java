package ai.terraphim.supervisor.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.Backoff;
import ai.terraphim.supervisor.api.Checkpoints;
import ai.terraphim.supervisor.api.ChildSpec;
import ai.terraphim.supervisor.api.Deadlines;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.Exhaustion;
import ai.terraphim.supervisor.api.HealthChecks;
import ai.terraphim.supervisor.api.OnStoreFailure;
import ai.terraphim.supervisor.api.ProgressLimits;
import ai.terraphim.supervisor.api.RestartBudget;
import ai.terraphim.supervisor.api.RestartIntensity;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;
import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.StoreOptions.Durability;
import ai.terraphim.supervisor.api.StoreOptions.HistoryLimits;
import ai.terraphim.supervisor.api.StoreOptions.OrphanLimits;
import ai.terraphim.supervisor.api.SupervisorConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a tree file says when it is right. */
class TreeFileTest {
    @TempDir private Path folder;
    private TreeFiles files;

    @BeforeEach
    void knowTheTypes() {
        files = new TreeFiles(folder);
    }

    private static final String EXAMPLE =
            """
            runtime: demo
            supervisor:
              id: root
              strategy: one_for_one
              intensity: { max_restarts: 5, time_window: 60s }
              children:
                - id: web
                  type: process
                  restart: permanent
                  shutdown: 5s
                  config: { command: ["${java.home}/bin/jwebserver", "-p", "8123"] }
                - id: pipeline
                  strategy: rest_for_one
                  children:
                    - { id: inbox, type: watch, config: { folder: inbox, output: inbox.log } }
                    - { id: probe, type: http-probe, restart: transient, config: { url: "http://127.0.0.1:8123/", every: 1s } }
            """;

    private static SupervisorConfig example() {
        return SupervisorConfig.builder("root")
                .children(
                        AgentSpec.builder("web", "process")
                                .config(
                                        Map.of(
                                                "command",
                                                List.of(
                                                        System.getProperty("java.home")
                                                                + "/bin/jwebserver",
                                                        "-p",
                                                        "8123")))
                                .build(),
                        SupervisorConfig.builder("pipeline")
                                .strategy(RestartStrategy.REST_FOR_ONE)
                                .children(
                                        AgentSpec.builder("inbox", "watch")
                                                .config(
                                                        Map.of(
                                                                "folder",
                                                                "inbox",
                                                                "output",
                                                                "inbox.log"))
                                                .build(),
                                        AgentSpec.builder("probe", "http-probe")
                                                .restart(RestartType.TRANSIENT)
                                                .config(
                                                        Map.of(
                                                                "url",
                                                                "http://127.0.0.1:8123/",
                                                                "every",
                                                                "1s"))
                                                .build())
                                .build())
                .build();
    }

    @Test
    void readsTheExample() {
        assertThat(files.read(EXAMPLE))
                .isEqualTo(
                        new TreeFile(
                                "demo",
                                StoreOptions.DEFAULT,
                                OnStoreFailure.CONTINUE,
                                List.of(),
                                example(),
                                List.of()));
    }

    @Test
    void readsTheSameTreeFromJson() {
        // Indented with tabs, which JSON allows and YAML does not.
        String json =
                """
                {
                \t"runtime": "demo",
                \t"supervisor": {
                \t\t"id": "root", "strategy": "one_for_one",
                \t\t"intensity": {"max_restarts": 5, "time_window": "60s"},
                \t\t"children": [
                \t\t\t{"id": "web", "type": "process", "restart": "permanent", "shutdown": "5s",
                \t\t\t\t"config": {"command": ["${java.home}/bin/jwebserver", "-p", "8123"]}},
                \t\t\t{"id": "pipeline", "strategy": "rest_for_one", "children": [
                \t\t\t\t{"id": "inbox", "type": "watch", "config": {"folder": "inbox", "output": "inbox.log"}},
                \t\t\t\t{"id": "probe", "type": "http-probe", "restart": "transient",
                \t\t\t\t\t"config": {"url": "http:\\/\\/127.0.0.1:8123/", "every": "1s"}}]}]}}
                """;
        assertThat(files.read(json))
                .isEqualTo(
                        new TreeFile(
                                "demo",
                                StoreOptions.DEFAULT,
                                OnStoreFailure.CONTINUE,
                                List.of(),
                                example(),
                                List.of()));
    }

    @Test
    void takesDefaultsForWhatIsNotSaid() {
        assertThat(files.read("supervisor:\n  id: r\n  children:\n"))
                .isEqualTo(
                        new TreeFile(
                                "main",
                                StoreOptions.DEFAULT,
                                OnStoreFailure.CONTINUE,
                                List.of(),
                                SupervisorConfig.of("r"),
                                List.of()));
    }

    @Test
    void readsEveryWord() {
        TreeFile tree =
                files.read(
                        """
                        supervisor:
                          id: r
                          strategy: one_for_all
                          intensity: strict
                          max_children: 3
                          children:
                            - { id: a, type: idle, name: "The a", restart: temporary, start: async, shutdown: brutal_kill, config: }
                            - { id: b, children: [], start: async, intensity: never, restart: transient, shutdown: 1m }
                            - { id: c, start: sync, strategy: rest_for_one, intensity: { max_restarts: 0, time_window: 200ms } }
                        """);
        assertThat(tree.root())
                .isEqualTo(
                        SupervisorConfig.builder("r")
                                .strategy(RestartStrategy.ONE_FOR_ALL)
                                .intensity(RestartIntensity.strict())
                                .maxChildren(3)
                                .children(
                                        AgentSpec.builder("a", "idle")
                                                .name("The a")
                                                .restart(RestartType.TEMPORARY)
                                                .start(StartMode.ASYNC)
                                                .shutdown(Shutdown.brutalKill())
                                                .build(),
                                        SupervisorConfig.builder("b")
                                                .intensity(RestartIntensity.never())
                                                .restart(RestartType.TRANSIENT)
                                                .start(StartMode.ASYNC)
                                                .shutdown(Shutdown.within(Duration.ofMinutes(1)))
                                                .build(),
                                        SupervisorConfig.builder("c")
                                                .strategy(RestartStrategy.REST_FOR_ONE)
                                                .intensity(
                                                        new RestartIntensity(
                                                                0, Duration.ofMillis(200)))
                                                .build())
                                .build());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "on",
                "007",
                "7",
                "1.10",
                "true",
                "null",
                "no",
                "0x1F",
                "1_000",
                "2026-01-31",
                "a b",
                "größe"
            })
    void takesAnIdAsItIsWritten(String id) {
        TreeFile tree =
                files.read("supervisor: { id: r, children: [ { id: " + id + ", type: idle } ] }");
        assertThat(tree.root().children()).extracting(ChildSpec::id).containsExactly(id);
    }

    @Test
    void replacesPlaceholders() {
        TreeFile tree =
                files.read(
                        "supervisor: { id: '${env:ID}', children: [ { id: p, type: process, config:"
                                + " { command: ['${data}/x', 'a${env:ID}b${env:NESTED}', '$${env:ID} $$ $'] } } ] }");
        assertThat(tree.root().id()).isEqualTo("from-env");
        assertThat(((AgentSpec) tree.root().children().getFirst()).config())
                .isEqualTo(
                        Map.of(
                                "command",
                                List.of(folder + "/x", "afrom-envb${env:ID}", "${env:ID} $$ $")));
    }

    @Test
    void readsTheWordsForFlappingHangingAndStarvingAgents() {
        TreeFile tree =
                files.read(
                        """
                        dependencies: { "llm:host/model": {}, from-env: {} }
                        supervisor:
                          id: root
                          on_exhaustion: { park: 10m }
                          children:
                            - id: a
                              type: idle
                              backoff: { initial: 1s, max: 2m, factor: 1.5, jitter: 10%, reset_after: 3m, allow_immortal: true }
                              budget: { max_restarts: 7, time_window: 2m, healthy_after: 30s, on_exhaustion: { cool_down: 1m, max: 2h } }
                              deadlines: { init: infinity, message: 1m }
                              health: { start_delay: 0s, interval: 10s, timeout: 2s, threshold: 1 }
                              progress: { limit: 5m, repetitions: 10 }
                              needs: ["llm:host/model", "${env:ID}"]
                              redeliver: true
                              poison_after: 2
                              checkpoints: { every: 5s, on_stop: false, fall_back_after: never, fall_back_within: 10s }
                            - id: b
                              type: idle
                              backoff: { initial: 1s, jitter: 0.5 }
                              budget: { on_exhaustion: park }
                              deadlines: {}
                              health: { interval: 3s }
                              progress: {}
                              redeliver: true
                              checkpoints: { every: 1m }
                            - id: s
                              children: []
                              on_exhaustion: escalate
                              backoff: { initial: 1h, max: 1h, allow_immortal: true }
                              budget: { on_exhaustion: { cool_down: 2h } }
                        """);
        AgentSpec a =
                AgentSpec.builder("a", "idle")
                        .backoff(
                                new Backoff(
                                        Duration.ofSeconds(1),
                                        Duration.ofMinutes(2),
                                        1.5,
                                        0.1,
                                        Duration.ofMinutes(3),
                                        true))
                        .budget(
                                new RestartBudget(
                                        new RestartIntensity(7, Duration.ofMinutes(2)),
                                        Duration.ofSeconds(30),
                                        Exhaustion.coolDown(
                                                Duration.ofMinutes(1), Duration.ofHours(2))))
                        .deadlines(Deadlines.NONE.message(Duration.ofMinutes(1)))
                        .health(
                                new HealthChecks(
                                        Duration.ZERO,
                                        Duration.ofSeconds(10),
                                        Duration.ofSeconds(2),
                                        1))
                        .progress(ProgressLimits.within(Duration.ofMinutes(5)).repetitions(10))
                        .needs("llm:host/model", "from-env")
                        .redeliver(2)
                        .checkpoints(
                                new Checkpoints(
                                        Optional.of(Duration.ofSeconds(5)),
                                        false,
                                        OptionalInt.empty(),
                                        Duration.ofSeconds(10)))
                        .build();
        AgentSpec b =
                AgentSpec.builder("b", "idle")
                        .backoff(Backoff.builder(Duration.ofSeconds(1)).jitter(0.5).build())
                        .budget(RestartBudget.of(5, Duration.ofMinutes(1), Exhaustion.park()))
                        .health(HealthChecks.every(Duration.ofSeconds(3)))
                        .redeliver(3)
                        .checkpoints(Checkpoints.every(Duration.ofMinutes(1)))
                        .build();
        SupervisorConfig s =
                SupervisorConfig.builder("s")
                        .backoff(Backoff.builder(Duration.ofHours(1)).allowImmortal(true).build())
                        .budget(
                                RestartBudget.of(
                                        5,
                                        Duration.ofMinutes(1),
                                        Exhaustion.coolDown(
                                                Duration.ofHours(2), Duration.ofHours(2))))
                        .build();
        assertThat(tree.root())
                .isEqualTo(
                        SupervisorConfig.builder("root")
                                .onExhaustion(Exhaustion.park(Duration.ofMinutes(10)))
                                .children(a, b, s)
                                .build());
    }

    @Test
    void readsHowStateAndHistoryAreKept() {
        String tree = "supervisor: { id: root }";
        HistoryLimits otherwise = HistoryLimits.DEFAULT;
        assertThat(
                        files.read(
                                        """
                                        store: { durability: normal, history: { max_facts: 50, max_age: 2h } }
                                        """
                                                + tree)
                                .store())
                .isEqualTo(
                        new StoreOptions(
                                Durability.NORMAL, new HistoryLimits(50, Duration.ofHours(2))));
        assertThat(files.read("store: { history: { max_facts: 50 } }\n" + tree).store())
                .isEqualTo(
                        new StoreOptions(
                                Durability.FULL, new HistoryLimits(50, otherwise.maxAge())));
        assertThat(files.read("store: { orphans: { max_age: 48h } }\n" + tree).store().orphans())
                .isEqualTo(new OrphanLimits(Optional.of(Duration.ofDays(2))));
        assertThat(files.read("store: { orphans: { max_age: never } }\n" + tree).store().orphans())
                .isEqualTo(OrphanLimits.KEEP);
        assertThat(files.read("store: { orphans: {} }\n" + tree).store())
                .isEqualTo(StoreOptions.DEFAULT);
        assertThat(files.read("store: {}\n" + tree).store()).isEqualTo(StoreOptions.DEFAULT);
    }

    @Test
    void readsWhatAgentsDoWhileTheStoreFails() {
        String tree = "supervisor: { id: root }";
        assertThat(files.read(tree).onStoreFailure()).isEqualTo(OnStoreFailure.CONTINUE);
        assertThat(files.read("on_store_failure: pause\n" + tree).onStoreFailure())
                .isEqualTo(OnStoreFailure.PAUSE);
    }

    @Test
    void readsHowDependenciesAreGuarded() {
        TreeFile tree =
                files.read(
                        """
                        dependencies:
                          "llm:host/model":
                            breaker: { failure_rate: 30%, window: 40, minimum_calls: 10, open_for: 1m, trial_calls: 2, slow_call: 10s }
                            rate_limit: { calls: 60, per: 1m }
                            bulkhead: 8
                          http:host: { breaker: { window: 3 } }
                          db: {}
                        supervisor: { id: root }
                        """);
        assertThat(tree.dependencies())
                .containsExactly(
                        DependencyConfig.builder("llm:host/model")
                                .failureRate(0.3)
                                .window(40)
                                .minimumCalls(10)
                                .openFor(Duration.ofMinutes(1))
                                .trialCalls(2)
                                .slowCall(Duration.ofSeconds(10))
                                .rateLimit(60, Duration.ofMinutes(1))
                                .bulkhead(8)
                                .build(),
                        DependencyConfig.builder("http:host").window(3).build(),
                        DependencyConfig.of("db"));
    }

    @Test
    void readsOneChildByTheSameRules() {
        assertThat(
                        SpecReader.read(
                                "{ id: a, type: idle, restart: temporary }",
                                "spawn",
                                "r/s",
                                files.types(),
                                folder))
                .isEqualTo(AgentSpec.builder("a", "idle").restart(RestartType.TEMPORARY).build());
        assertThat(
                        SpecReader.read(
                                "{\"id\": \"s\", \"children\": []}",
                                "spawn",
                                "r",
                                files.types(),
                                folder))
                .isEqualTo(SupervisorConfig.of("s"));
        assertThatThrownBy(() ->
                        SpecReader.read(
                                "{ id: a, type: idle, config: { x: 1 }, z: 1 }",
                                "spawn",
                                "r/s",
                                files.types(),
                                folder))
                .hasMessage(
                        """
                        spawn:1: r/s/a.z: is not known here; the keys of an agent are: id, type, name, restart, start, shutdown, significant, mailbox, remove_finished, backoff, budget, deadlines, health, progress, needs, redeliver, poison_after, checkpoints, config
                        spawn:1: r/s/a.config.x: is not known here: this takes no configuration; remove it\
                        """);
        assertThatThrownBy(() -> SpecReader.read("", "spawn", "r", files.types(), folder))
                .hasMessage("spawn: is empty");
    }
}
