package ai.terraphim.supervisor.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.runtime.jmx.DependenciesMXBean;
import ai.terraphim.supervisor.runtime.jmx.MBeanNames;
import ai.terraphim.supervisor.runtime.jmx.MessageView;
import ai.terraphim.supervisor.runtime.jmx.PersistenceMXBean;
import ai.terraphim.supervisor.runtime.jmx.SupervisorMXBean;
import ai.terraphim.supervisor.runtime.jmx.SupervisorRuntimeMXBean;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.management.InstanceNotFoundException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The unpacked archive under load for a while: agents that crash, flap, choke, hang and are cut off
 * from what they depend on, states saved as fast as the disk takes them, children that come and go,
 * kills of agents and of processes, and {@code kill -9} of the JVM now and then. Nothing may grow
 * without end: not memory, threads, descriptors, the database or its journal.
 *
 * <p>{@code -Dcampaign.soak=N} says how many seconds it takes; {@code -Dcampaign.seed=N} repeats
 * what the operators do.
 */
class SoakIT {
    private static final String TREE =
            """
            runtime: soak
            store: { history: { max_facts: 2000 }, orphans: { max_age: 1s } }
            dependencies:
              "%s": { breaker: { window: 10, minimum_calls: 5, open_for: 200ms, trial_calls: 1 } }
            supervisor:
              id: root
              intensity: { max_restarts: 100000, time_window: 1s }
              children:
                - { id: inbox, type: watch, config: { folder: inbox, output: inbox.log, every: 50ms } }
                - { id: probe, type: http-probe, config: { url: "%s", every: 20ms, fail_after: 3 } }
                - { id: sleeper, type: process, config: { command: [sleep, "1000"] } }
                - { id: short, type: process, config: { command: [sh, -c, "echo hello; sleep 0.2; exit 3"] } }
                - id: workers
                  strategy: rest_for_one
                  intensity: { max_restarts: 1000, time_window: 1s }
                  children:
                    - { id: w1, type: worker, mailbox: 20, checkpoints: { every: 100ms, on_stop: true } }
                    - { id: w2, type: worker, mailbox: 20, redeliver: true, checkpoints: { every: 50ms } }
                    - { id: w3, type: worker, mailbox: 20, health: { interval: 100ms } }
                - { id: s1, type: saver }
                - { id: s2, type: saver }
                - { id: x1, type: sender }
                - { id: x2, type: sender }
                - id: choker
                  type: choker
                  mailbox: 20
                  redeliver: true
                  poison_after: 2
                  backoff: { initial: 5ms, max: 20ms, allow_immortal: true }
                - { id: tied, type: tied, mailbox: 20 }
                - { id: deaf, type: deaf, shutdown: 50ms }
                - { id: c1, type: caller }
                - { id: c2, type: caller }
                - id: flapping
                  type: flapping
                  backoff: { initial: 10ms, max: 50ms }
                  budget: { max_restarts: 3, time_window: 10s, on_exhaustion: { cool_down: 100ms, max: 200ms } }
                - { id: added, strategy: one_for_one, intensity: { max_restarts: 1000, time_window: 1s } }
                - id: tasks
                  strategy: simple_one_for_one
                  intensity: { max_restarts: 1000, time_window: 1s }
                  max_children: %d
                  children:
                    - { id: task, type: task, restart: transient }
            """;

    private static final int TASKS = 10;

    /** Ids of children that are added; the senders know of the first. */
    private static final int EXTRAS = 5;

    private static final String EXTRA = "{\"id\": \"%s\", \"type\": \"worker\", \"mailbox\": 20}";

    /** Whom an operator may restart, below whom. */
    private static final List<String> CHILDREN =
            List.of(
                    "root/inbox",
                    "root/probe",
                    "root/sleeper",
                    "root/short",
                    "root/s1",
                    "root/s2",
                    "root/x1",
                    "root/x2",
                    "root/choker",
                    "root/tied",
                    "root/deaf",
                    "root/c1",
                    "root/c2",
                    "root/flapping",
                    "root/workers",
                    "root/added",
                    "root/tasks",
                    "root/workers/w1",
                    "root/workers/w2",
                    "root/workers/w3");

    /**
     * How many platform threads there may be: the JVM's own, the carriers, those of JMX and of RMI
     * for one connection, and of the runtime, the store and the clients of the probe.
     */
    private static final int MOST_THREADS = 80;

    /**
     * How many virtual threads: one for each loop, one for each message that is handled, one for
     * each process and each socket, and those of runs that were abandoned a moment ago.
     */
    private static final int MOST_VIRTUAL_THREADS = 400;

    /**
     * How many descriptors: the jars of the archive and of plugins, the database, its journal and
     * locks, the log, JMX, three pipes for each process, and the sockets of the probe.
     */
    private static final int MOST_DESCRIPTORS = 150;

    /** The limit at which the store cuts its journal back, and one large transaction. */
    private static final long MOST_JOURNAL = 72L << 20;

    /** Three for each third, however slow the machine is. */
    private static final int FEWEST_SAMPLES = 9;

    private static final Duration FILE_EVERY = Duration.ofMillis(200);

    @TempDir private Path folder;

    private final long seed = Long.getLong("campaign.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Deque<Path> dropped = new ArrayDeque<>();
    private long nextFile;
    private int files;
    private long orders;
    private long refused;
    private long restarts;
    private long checkpoints;

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS) // what the property says, and the starts of the JVM
    void nothingGrowsWithoutEnd() throws Exception {
        Duration time = Duration.ofSeconds(Integer.getInteger("campaign.soak", 20));
        HttpServer web = web();
        List<Soak> lives = new ArrayList<>();
        try (Installed installed = Installed.in(folder)) {
            PluginJar.pack("soak", SoakFactory.class, folder.resolve("plugins"));
            String url = "http://localhost:" + web.getAddress().getPort() + "/";
            Path tree =
                    installed.write("tree.yaml", TREE.formatted(SoakFactory.PROVIDER, url, TASKS));
            // A long life first, for what grows slowly; then ends of the JVM amid it all.
            lives.add(live(installed, tree, time.multipliedBy(3).dividedBy(4)));
            int shortLives = Math.clamp(time.toMinutes(), 1, 10);
            for (int i = 0; i < shortLives; i++) {
                lives.add(live(installed, tree, time.dividedBy(4L * shortLives)));
            }
        } finally {
            web.stop(0);
        }
        System.out.printf(
                "SoakIT: %d s, seed %d, %d lives, %d orders of operators, %d of them refused, %d restarts, %d checkpoints, %d files%n",
                time.toSeconds(),
                seed,
                lives.size(),
                orders,
                refused,
                restarts,
                checkpoints,
                files);
        lives.forEach(life -> System.out.println("    " + life.describe()));
        for (Soak life : lives) {
            assertThat(life.most(it -> it.use().threads())).isLessThan(MOST_THREADS);
            assertThat(life.most(it -> it.use().virtualThreads())).isLessThan(MOST_VIRTUAL_THREADS);
            assertThat(life.most(it -> it.use().descriptors())).isLessThan(MOST_DESCRIPTORS);
            assertThat(life.most(Soak.Sample::journal)).isLessThan(MOST_JOURNAL);
        }
        assertThat(lives.getFirst().growing()).as("what grows, seed %d", seed).isEmpty();
        assertThat(restarts).isPositive();
        assertThat(checkpoints).isPositive();
    }

    /** The same heap from the start: what the JVM takes beyond is seen so. */
    private static Map<String, String> options() {
        return Map.of(
                "SUPERVISOR_JAVA_OPTS", "-Xms96m -Xmx96m -XX:+UseSerialGC -XX:+AlwaysPreTouch");
    }

    /** One life of a JVM, from its start to {@code kill -9}. */
    private Soak live(Installed installed, Path tree, Duration time) throws Exception {
        Installed.Running running = installed.start(tree, options()).awaitUp();
        Soak soak = new Soak();
        long begin = System.nanoTime();
        long end = begin + time.toNanos();
        long pause = Math.clamp(time.toNanos() / 60, 700_000_000L, 3_000_000_000L);
        try (JvmProbe jvm = JvmProbe.of(running.pid())) {
            long nextSample = begin;
            while (System.nanoTime() < end || soak.size() < FEWEST_SAMPLES) {
                operate(jvm, installed);
                dropFile(installed);
                if (System.nanoTime() >= nextSample) {
                    nextSample = System.nanoTime() + pause;
                    soak.add(
                            new Soak.Sample(
                                    jvm.use(),
                                    size(installed, "supervisor.db"),
                                    size(installed, "supervisor.db-wal")));
                }
            }
            restarts += runtime(jvm).getRestartTotal();
            checkpoints +=
                    jvm.bean(MBeanNames.persistence("soak"), PersistenceMXBean.class)
                            .getCheckpointTotal();
        } catch (IOException | UndeclaredThrowableException e) {
            List<String> lines = running.lines();
            throw new AssertionError(
                    String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size())),
                    e);
        }
        running.kill9();
        return soak;
    }

    private static SupervisorRuntimeMXBean runtime(JvmProbe jvm) {
        return jvm.bean(MBeanNames.runtime("soak"), SupervisorRuntimeMXBean.class);
    }

    /** An operator does something; what is refused because of a state is fine. */
    private void operate(JvmProbe jvm, Installed installed) {
        orders++;
        try {
            for (int look = 0; look < 3; look++) {
                assertThat(runtime(jvm).getState()).isEqualTo("running");
            }
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> restart(jvm, CHILDREN.get(random.nextInt(CHILDREN.size())));
                case 3, 4 -> runtime(jvm).spawn("root/tasks", "{}");
                case 5 -> {
                    String extra = "extra-" + (1 + random.nextInt(EXTRAS));
                    SupervisorMXBean added = supervisor(jvm, "root/added");
                    if (added.getChildCount() < EXTRAS) {
                        added.startChild(EXTRA.formatted(extra));
                    } else {
                        added.stopChild(extra);
                        added.deleteChild(extra);
                    }
                }
                case 6 -> readEverything(jvm);
                case 7 -> {
                    List<MessageView> parked = runtime(jvm).parkedMessages();
                    if (!parked.isEmpty()) {
                        runtime(jvm).replayMessage(parked.getFirst().id());
                    }
                }
                case 8 -> {
                    String child = CHILDREN.get(random.nextInt(CHILDREN.size()));
                    runtime(jvm).checkpoint(child);
                }
                case 9 -> {
                    DependenciesMXBean dependencies =
                            jvm.bean(MBeanNames.dependencies("soak"), DependenciesMXBean.class);
                    if (random.nextInt(5) == 0) {
                        dependencies.forceOpen(SoakFactory.PROVIDER);
                    } else {
                        dependencies.reset(SoakFactory.PROVIDER);
                    }
                }
                case 10 -> {
                    List<ProcessHandle> processes =
                            random.nextInt(20) == 0 ? installed.marked() : List.of();
                    processes.forEach(ProcessHandle::destroyForcibly);
                }
                default -> runtime(jvm).history("root", 100);
            }
        } catch (IllegalArgumentException | IllegalStateException _) {
            refused++;
        } catch (UndeclaredThrowableException e) { // of a proxy: its supervisor is not up now
            assertThat(e).hasCauseInstanceOf(InstanceNotFoundException.class);
            refused++;
        }
    }

    private static void restart(JvmProbe jvm, String path) {
        int slash = path.lastIndexOf('/');
        supervisor(jvm, path.substring(0, slash)).restartChild(path.substring(slash + 1));
    }

    private static SupervisorMXBean supervisor(JvmProbe jvm, String path) {
        return jvm.bean(MBeanNames.supervisor("soak", path), SupervisorMXBean.class);
    }

    /** As a scraper does, and somebody who looks. */
    private static void readEverything(JvmProbe jvm) {
        SupervisorRuntimeMXBean runtime = runtime(jvm);
        assertThat(runtime.getAgentCount()).isPositive();
        assertThat(runtime.getAbandonedThreads()).isLessThan(20);
        assertThat(runtime.dumpTree(3)).contains("workers");
        assertThat(runtime.listAbandonedThreads().size()).isLessThan(20);
        assertThat(runtime.threadDump("root/s1")).isNotNull();
    }

    /** The watched folder has a few files, and a new one now and then. */
    private void dropFile(Installed installed) throws IOException {
        if (System.nanoTime() - nextFile < 0) {
            return;
        }
        nextFile = System.nanoTime() + FILE_EVERY.toNanos();
        dropped.add(installed.write("data/inbox/file-%d.txt".formatted(++files), "hello\n"));
        if (dropped.size() > 20) {
            Files.delete(dropped.removeFirst());
        }
    }

    private static long size(Installed installed, String file) throws IOException {
        Path path = installed.data().resolve(file);
        return Files.exists(path) ? Files.size(path) : 0;
    }

    /** Answers for a second, and fails in the next. */
    private static HttpServer web() throws IOException {
        HttpServer web =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext(
                "/",
                exchange -> {
                    byte[] body = "hello".getBytes(UTF_8);
                    boolean fails = System.nanoTime() / 1_000_000_000 % 2 == 0;
                    exchange.sendResponseHeaders(fails ? 500 : 200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        web.start();
        return web;
    }
}
