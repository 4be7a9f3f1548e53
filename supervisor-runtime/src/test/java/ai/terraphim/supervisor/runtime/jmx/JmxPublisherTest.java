package ai.terraphim.supervisor.runtime.jmx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.AgentFactory;
import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.AgentSpec;
import ai.terraphim.supervisor.api.DependencyConfig;
import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.MessageAgent;
import ai.terraphim.supervisor.api.RestartStrategy;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.SystemMessage;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.management.JMX;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerConnection;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import javax.management.openmbean.CompositeData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every test reads and steers a real tree over a real JMX connection. */
class JmxPublisherTest {
    private static final SupervisorConfig TREE =
            SupervisorConfig.builder("root")
                    .children(
                            AgentSpec.of("web", "waiter"),
                            SupervisorConfig.builder("pipe line")
                                    .strategy(RestartStrategy.REST_FOR_ONE)
                                    .children(
                                            AgentSpec.of("inbox", "waiter"),
                                            AgentSpec.of("probe", "waiter"))
                                    .build())
                    .build();

    private final MBeanServer server = MBeanServerFactory.newMBeanServer();
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private MBeanServerConnection client;
    private SupervisorRuntime runtime;
    private JmxPublisher publisher;

    @BeforeEach
    @SuppressWarnings("BanJNDI") // to our own connector, in this JVM
    void connect() throws Exception {
        JMXConnectorServer connectors =
                JMXConnectorServerFactory.newJMXConnectorServer(
                        new JMXServiceURL("rmi", "127.0.0.1", 0), null, server);
        connectors.start();
        toClose.add(connectors::stop);
        JMXConnector connector = JMXConnectorFactory.connect(connectors.getAddress());
        toClose.addFirst(connector);
        client = connector.getMBeanServerConnection();
        runtime = newRuntime("main");
        publisher = JmxPublisher.publish(runtime, server);
    }

    @AfterEach
    void close() throws Exception {
        publisher.close();
        runtime.close();
        for (AutoCloseable each : toClose) {
            each.close();
        }
    }

    @Test
    void namesDrawTheTree() throws Exception {
        runtime.start(TREE);
        awaitNames(
                "ai.terraphim.supervisor:runtime=main",
                "ai.terraphim.supervisor:runtime=main,s0=root",
                "ai.terraphim.supervisor:runtime=main,s0=root,s1=\"pipe line\"");
    }

    @Test
    void supervisorsAreFollowedAsTheyComeAndGo() throws Exception {
        var root = runtime.start(TREE);
        root.startChild(SupervisorConfig.of("late"));
        awaitNames(
                name("main"),
                name("main", "root"),
                name("main", "root/pipe line"),
                name("main", "root/late"));

        root.terminateChild("late");
        root.terminateChild("pipe line");
        awaitNames(name("main"), name("main", "root"));

        root.restartChild("pipe line");
        awaitNames(name("main"), name("main", "root"), name("main", "root/pipe line"));

        root.stop();
        awaitNames(name("main"));

        publisher.close();
        assertThat(names()).isEmpty();
        assertThat(client.isRegistered(MBeanNames.persistence("main"))).isFalse();
    }

    @Test
    void whatEventsSaidThatWereLostIsLookedUp() throws Exception {
        var root = runtime.start(TREE);
        awaitNames(name("main"), name("main", "root"), name("main", "root/pipe line"));
        CompletableFuture<Void> go = new CompletableFuture<>();
        runtime.addListener(_ -> go.join());
        for (int told = 0; told < 70_000; told += 2) { // more than may wait
            root.restartAgent(new AgentPid("root/web"));
        }
        root.terminateChild("pipe line");
        root.startChild(SupervisorConfig.of("late"));
        go.complete(null);
        awaitNames(name("main"), name("main", "root"), name("main", "root/late"));
    }

    @Test
    void aRuntimePublishedAfterItsStartIsComplete() throws Exception {
        publisher.close();
        runtime.start(TREE);
        publisher = JmxPublisher.publish(runtime, server);
        assertThat(names())
                .containsExactlyInAnyOrder(
                        name("main"), name("main", "root"), name("main", "root/pipe line"));
    }

    @Test
    void severalRuntimesLiveBesideEachOtherUnderDifferentNames() throws Exception {
        try (SupervisorRuntime other = newRuntime("other");
                SupervisorRuntime same = newRuntime("main")) {
            JmxPublisher second = JmxPublisher.publish(other, server);
            assertThat(names()).containsExactlyInAnyOrder(name("main"), name("other"));
            assertThatThrownBy(() -> JmxPublisher.publish(same, server))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("'main' is published in this JVM already");
            second.close();
            assertThat(names()).containsExactly(name("main"));
        }
    }

    @Test
    void everyAttributeAndOperationIsDescribed() throws Exception {
        runtime.start(TREE);
        awaitNames(name("main"), name("main", "root"), name("main", "root/pipe line"));
        String store = MBeanNames.persistence("main").toString();
        for (String name : List.of(name("main"), name("main", "root"), store)) {
            MBeanInfo info = client.getMBeanInfo(new ObjectName(name));
            assertThat(info.getDescription()).contains(" ");
            for (MBeanAttributeInfo attribute : info.getAttributes()) {
                assertThat(attribute.getDescription()).isNotEqualTo(attribute.getName());
                client.getAttribute(new ObjectName(name), attribute.getName());
            }
            for (MBeanOperationInfo operation : info.getOperations()) {
                assertThat(operation.getDescription()).isNotEqualTo(operation.getName());
                assertThat(Arrays.stream(operation.getSignature()))
                        .allSatisfy(it -> assertThat(it.getName()).doesNotMatch("p\\d+|arg\\d+"))
                        .allSatisfy(it -> assertThat(it.getDescription()).contains(" "));
            }
        }
        MBeanInfo info = client.getMBeanInfo(new ObjectName(name("main")));
        assertThat(operation(info, "spawn").getImpact()).isEqualTo(MBeanOperationInfo.ACTION);
        assertThat(operation(info, "listAgents").getImpact()).isEqualTo(MBeanOperationInfo.INFO);
        assertThat(attribute(info, "Uptime").getDescriptor().getFieldValue("units"))
                .isEqualTo("ms");
    }

    @Test
    void aStoreInMemoryShowsWhatTheRuntimeKnowsAndRefusesTheRest() {
        var root = runtime.start(TREE);
        PersistenceMXBean store =
                JMX.newMXBeanProxy(client, MBeanNames.persistence("main"), PersistenceMXBean.class);
        assertThat(store.getLastCheckpointAge()).isEqualTo(-1);
        runtime.types().register(AgentFactory.of("counter", Counter::new), "the test");
        root.spawnAgent(AgentSpec.of("counter", "counter"));
        bean().checkpoint("root/counter");
        await().until(() -> store.getCheckpointTotal() == 1);
        assertThat(store.getLastCheckpointAge()).isGreaterThanOrEqualTo(0);
        assertThat(store.getCheckpointFailures()).isZero();
        assertThat(store.getFileSize()).isEqualTo(-1);
        assertThat(store.getCommitP99()).isEqualTo(-1);
        for (Runnable refused :
                List.<Runnable>of(
                        store::checkpointNow, store::quickCheck, () -> store.backup("b.db"))) {
            assertThatThrownBy(refused::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the store of this runtime has no files");
        }
    }

    @Test
    void dependenciesAreShownAndTheirCircuitsSteered() throws Exception {
        try (SupervisorRuntime calling =
                        SupervisorRuntime.builder("calling")
                                .dependency(DependencyConfig.of("llm:host/model"))
                                .build();
                JmxPublisher published = JmxPublisher.publish(calling, server)) {
            ObjectName name = MBeanNames.dependencies("calling");
            assertThat(name.toString())
                    .isEqualTo("ai.terraphim.supervisor:runtime=calling,component=dependencies");
            for (MBeanOperationInfo operation : client.getMBeanInfo(name).getOperations()) {
                assertThat(operation.getDescription()).contains(" ");
                assertThat(operation.getImpact()).isEqualTo(MBeanOperationInfo.ACTION);
            }
            DependenciesMXBean bean = JMX.newMXBeanProxy(client, name, DependenciesMXBean.class);
            bean.forceOpen("llm:host/model");
            assertThat(bean.getDependencies())
                    .singleElement()
                    .satisfies(view -> {
                        assertThat(view.key()).isEqualTo("llm:host/model");
                        assertThat(view.state()).isEqualTo("forced_open");
                        assertThat(view.failureRate()).isNull();
                    });
            bean.reset("llm:host/model");
            assertThat(bean.getDependencies().getFirst().state()).isEqualTo("closed");
            assertThatThrownBy(() -> bean.reset("llm:host/modle"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("did you mean 'llm:host/model'?");
            published.close();
            assertThat(client.isRegistered(name)).isFalse();
        }
    }

    @Test
    void aClientWithoutOurClassesReadsCompositeData() throws Exception {
        runtime.start(TREE);
        Object view =
                client.invoke(
                        new ObjectName(name("main")),
                        "describe",
                        new Object[] {"root/web"},
                        new String[] {"java.lang.String"});
        assertThat(view).isInstanceOf(CompositeData.class);
        CompositeData data = (CompositeData) view;
        assertThat(data.get("path")).isEqualTo("root/web");
        assertThat(data.get("kind")).isEqualTo("agent");
        assertThat(data.get("state")).isEqualTo("running");
        assertThat(data.get("run")).isEqualTo(1L);
    }

    @Test
    void theTreeIsListedInItsOrderFilteredAndPaged() {
        runtime.start(TREE);
        SupervisorRuntimeMXBean bean = bean();
        assertThat(bean.listAgents("", "", 100).items())
                .extracting(AgentView::path)
                .containsExactly(
                        "root",
                        "root/web",
                        "root/pipe line",
                        "root/pipe line/inbox",
                        "root/pipe line/probe");
        assertThat(bean.listAgents("kind=agent path=root/pipe", "", 100).items()).isEmpty();
        assertThat(bean.listAgents("kind=agent pro", "", 100).items())
                .extracting(AgentView::path)
                .containsExactly("root/pipe line/probe");

        List<String> paged = new ArrayList<>();
        String cursor = "";
        do {
            AgentPage page = bean.listAgents("kind=agent", cursor, 1);
            page.items().forEach(it -> paged.add(it.path()));
            cursor = page.nextCursor();
        } while (!cursor.isEmpty());
        assertThat(paged)
                .containsExactly("root/web", "root/pipe line/inbox", "root/pipe line/probe");
    }

    record Pages(int count) {}

    static final class Counter implements MessageAgent {
        @Override
        public Optional<Pages> stateToSave() {
            return Optional.of(new Pages(7));
        }

        @Override
        public void handle(Object message, AgentContext context) {}
    }

    @Test
    void anAgentSavesItsStateOnDemand() {
        var root = runtime.start(TREE);
        runtime.types().register(AgentFactory.of("counter", Counter::new), "the test");
        root.spawnAgent(AgentSpec.of("counter", "counter"));
        assertThat(bean().describe("root/counter").lastCheckpoint()).isEmpty();
        bean().checkpoint("root/counter");
        await().until(() -> !bean().describe("root/counter").lastCheckpoint().isEmpty());
        assertThatThrownBy(() -> bean().checkpoint("root/nobody"))
                .hasStackTraceContaining("there is no agent or supervisor root/nobody");
    }

    @Test
    void namesHealthAndDeadLettersAreShown() {
        var root = runtime.start(TREE);
        AgentPid web = new AgentPid("root/web");
        root.register("browser", web);
        root.register("agent of all work", web);
        root.send(web, new SystemMessage.HealthCheck());
        await().until(() -> bean().describe("root/web").health().equals("healthy"));
        assertThat(bean().describe("root/web").names())
                .containsExactly("agent of all work", "browser");
        assertThat(bean().dumpTree(1)).contains("named agent of all work, browser");
        assertThat(bean().whereIs("browser")).isEqualTo("root/web");
        assertThat(bean().whereIs("nobody")).isEmpty();

        assertThatThrownBy(() -> root.tell(new AgentPid("root/nobody"), "hello"))
                .hasMessageContaining("there is no agent root/nobody");
        assertThat(bean().getDeadLetterTotal()).isEqualTo(1);
        assertThat(bean().getStoreFailingFor()).isZero();
    }

    @Test
    void aParkedMessageIsShownSentAgainAndDropped() {
        var root =
                runtime.start(
                        SupervisorConfig.builder("root")
                                .children(AgentSpec.builder("weak", "weak").redeliver(1).build())
                                .build());
        root.tell(new AgentPid("root/weak"), "poison");
        await().until(() -> !bean().parkedMessages().isEmpty());
        MessageView message = bean().parkedMessages().getFirst();
        assertThat(message.path()).isEqualTo("root/weak");
        assertThat(message.message()).isEqualTo("poison");
        assertThat(message.crashes()).isEqualTo(1);

        await().untilAsserted(() -> bean().replayMessage(1)); // once the next run is up
        await().until(() -> !bean().parkedMessages().isEmpty());
        bean().dropMessage(2);
        assertThat(bean().parkedMessages()).isEmpty();
        assertThatThrownBy(() -> bean().dropMessage(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no parked message 2");
    }

    @Test
    void aPageBeginsAtItsPlaceWhenItsFirstAgentHasGone() {
        var root =
                runtime.start(
                        SupervisorConfig.builder("root")
                                .children(
                                        IntStream.range(0, 5)
                                                .mapToObj(i -> AgentSpec.of("a" + i, "waiter"))
                                                .toList())
                                .build());
        AgentPage first = bean().listAgents("kind=agent", "", 2);
        root.stopAgent(new AgentPid("root/a2"));
        assertThat(bean().listAgents("kind=agent", first.nextCursor(), 2).items())
                .extracting(AgentView::path)
                .containsExactly("root/a3", "root/a4");
    }

    @Test
    void limitsAndFiltersOutOfRangeAreRefusedInWords() {
        runtime.start(TREE);
        assertThatThrownBy(() -> bean().listAgents("", "", 1_001))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("limit must be from 1 to 1000, was 1001");
        assertThatThrownBy(() -> bean().listAgents("colour=red", "", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown filter 'colour=red'");
        assertThatThrownBy(() -> bean().listAgents("", "nonsense", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'nonsense' is no cursor");
        assertThatThrownBy(() -> bean().describe("root/nobody"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no agent or supervisor root/nobody");
    }

    @Test
    void childrenAreStartedStoppedRestartedAndDeleted() {
        runtime.start(TREE);
        assertThat(bean().spawn("root/pipe line", "{\"id\": \"extra\", \"type\": \"waiter\"}"))
                .isEqualTo("root/pipe line/extra");
        SupervisorMXBean supervisor = supervisor("root/pipe line");
        assertThat(supervisor.getChildCount()).isEqualTo(3);

        supervisor.stopChild("extra");
        assertThat(supervisor.getChildrenByState())
                .containsEntry("stopped", 1)
                .containsEntry("running", 2);

        supervisor.restartChild("extra");
        supervisor.restartChild("inbox");
        assertThat(bean().describe("root/pipe line/inbox").run()).isEqualTo(2);
        assertThat(supervisor.getRestartsInPeriod()).as("not counted").isZero();

        supervisor.stopChild("extra");
        supervisor.deleteChild("extra");
        assertThat(supervisor.getChildrenText()).contains("inbox").doesNotContain("extra");
    }

    @Test
    void aPoolTakesConfigurationsAndGivesUpInstancesForGood() {
        runtime.start(
                SupervisorConfig.builder("root")
                        .strategy(RestartStrategy.SIMPLE_ONE_FOR_ONE)
                        .children(AgentSpec.of("worker", "waiter"))
                        .build());

        assertThat(bean().spawn("root", "{}")).isEqualTo("root/1");
        assertThat(bean().spawn("root", "{\"config\": {}}")).isEqualTo("root/2");
        assertThatThrownBy(() -> bean().spawn("root", "{\"id\": \"x\"}"))
                .hasMessageContaining("the keys of an instance of a pool are: config");
        supervisor("root").stopChild("1");
        supervisor("root").stopChild("1");

        assertThat(supervisor("root").getChildrenText()).startsWith("2  waiter  running");
    }

    @Test
    void refusalsCrossTheWireAsExceptionsOfTheJdk() throws Exception {
        runtime.start(TREE);
        awaitNames(name("main"), name("main", "root"), name("main", "root/pipe line"));
        for (Runnable refused :
                List.<Runnable>of(
                        () -> supervisor("root").stopChild("nobody"),
                        () -> supervisor("root").deleteChild("web"),
                        () -> bean().spawn("root", "{\"id\": \"x\", \"type\": \"no such\"}"),
                        () -> bean().spawn("root", "{"),
                        () -> bean().spawn("nowhere", "{\"id\": \"x\", \"type\": \"waiter\"}"))) {
            assertThatThrownBy(refused::run)
                    .isInstanceOfAny(IllegalArgumentException.class, IllegalStateException.class)
                    .hasNoCause()
                    .message()
                    .isNotBlank();
        }
        assertThatThrownBy(() ->
                        client.invoke(
                                new ObjectName(name("main", "root")),
                                "stopChild",
                                new Object[] {"nobody"},
                                new String[] {"java.lang.String"}))
                .isInstanceOf(RuntimeMBeanException.class)
                .cause()
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void historyIsReadFromTheEndAndAfterANumber() {
        runtime.start(TREE);
        runtime.root()
                .orElseThrow()
                .handleAgentExit(new AgentPid("root/web"), ExitReason.error("seen"));
        await().until(() -> bean().history("root/web", 10).size() >= 3);
        assertThat(bean().history("root/web", 10))
                .extracting(EventView::event)
                .containsExactly("child.started", "child.exited", "child.restarted");
        assertThat(bean().history("root/web", 1))
                .extracting(EventView::event)
                .containsExactly("child.restarted");
        long last = bean().getHistoryLastSeq();
        assertThat(bean().historySince(last - 1, 10))
                .extracting(EventView::seq)
                .containsExactly(last);
    }

    @Test
    void theTreeIsDrawn() {
        runtime.start(TREE);
        assertThat(bean().dumpTree(9).lines())
                .satisfiesExactly(
                        it ->
                                assertThat(it)
                                        .startsWith("root          one_for_one   running  run 1"),
                        it ->
                                assertThat(it)
                                        .startsWith("├─ web        waiter        running  run 1"),
                        it -> assertThat(it).startsWith("└─ pipe line  "),
                        it -> assertThat(it).startsWith("   ├─ inbox"),
                        it -> assertThat(it).startsWith("   └─ probe"));
        assertThat(bean().dumpTree(0).lines()).hasSize(1);
    }

    @Test
    void countsAreThoseOfTheTree() {
        runtime.start(TREE);
        assertThat(bean().getAgentCount()).isEqualTo(3);
        assertThat(bean().getSupervisorCount()).isEqualTo(2);
        assertThat(bean().getAgentsByState()).containsOnly(java.util.Map.entry("running", 3));
        assertThat(bean().getState()).isEqualTo("running");
        assertThat(supervisor("root/pipe line").getStrategy()).isEqualTo("rest_for_one");
        assertThat(supervisor("root").getMaxRestarts()).isEqualTo(5);
        assertThat(supervisor("root").getTimeWindow()).isEqualTo(60_000);
    }

    @Test
    void shutdownStopsTheTreeAndIsAnswered() {
        runtime.start(TREE);
        bean().shutdown();
        assertThat(
                        runtime.termination()
                                .orTimeout(10, java.util.concurrent.TimeUnit.SECONDS)
                                .join()
                                .gaveUp())
                .isFalse();
        assertThat(bean().getState()).isEqualTo("stopped");
    }

    private static SupervisorRuntime newRuntime(String name) {
        return SupervisorRuntime.builder(name)
                .factory(
                        AgentFactory.of(
                                "waiter",
                                () -> (LoopAgent) context -> context.awaitStop(Duration.ofDays(1))))
                .factory(
                        AgentFactory.of(
                                "weak",
                                () ->
                                        (MessageAgent)
                                                (message, _) -> {
                                                    throw new IllegalStateException("too weak");
                                                }))
                .build();
    }

    private SupervisorRuntimeMXBean bean() {
        return JMX.newMXBeanProxy(
                client, MBeanNames.runtime("main"), SupervisorRuntimeMXBean.class);
    }

    private SupervisorMXBean supervisor(String path) {
        await().until(() -> client.isRegistered(MBeanNames.supervisor("main", path)));
        return JMX.newMXBeanProxy(
                client, MBeanNames.supervisor("main", path), SupervisorMXBean.class);
    }

    private static String name(String runtime) {
        return MBeanNames.runtime(runtime).toString();
    }

    private static String name(String runtime, String path) {
        return MBeanNames.supervisor(runtime, new SupervisorId(path).path()).toString();
    }

    private void awaitNames(String... expected) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(names()).containsExactlyInAnyOrder(expected));
    }

    /** Of the runtimes and their supervisors; a runtime has the MBean of its store as well. */
    private Set<String> names() throws Exception {
        return client.queryNames(new ObjectName(MBeanNames.DOMAIN + ":*"), null).stream()
                .filter(name -> name.getKeyProperty("component") == null)
                .map(ObjectName::toString)
                .collect(Collectors.toSet());
    }

    private static MBeanOperationInfo operation(MBeanInfo info, String name) {
        return Arrays.stream(info.getOperations())
                .filter(it -> it.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static MBeanAttributeInfo attribute(MBeanInfo info, String name) {
        return Arrays.stream(info.getAttributes())
                .filter(it -> it.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
