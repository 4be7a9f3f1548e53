package ai.terraphim.supervisor.runtime.jmx;

import ai.terraphim.supervisor.api.ChildKind;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the MBeans of a runtime and of its supervisors registered while they are there.
 *
 * <p>Supervisors come and go; the publisher is told by the runtime's events, and after each looks
 * whether the supervisor concerned is up. An event may be older than what it finds, so it trusts
 * what it finds.
 */
public final class JmxPublisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JmxPublisher.class);

    private final SupervisorRuntime runtime;
    private final MBeanServer server;
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by the lock; sorted, so that everything below a path is one range
    private final TreeSet<String> published = new TreeSet<>();
    private final boolean hasDependencies;
    private boolean closed;

    private JmxPublisher(SupervisorRuntime runtime, MBeanServer server) {
        this.runtime = runtime;
        this.server = server;
        this.hasDependencies = !runtime.dependencies().isEmpty();
    }

    /**
     * Publishes a runtime in the JVM's own MBean server, before or after its start.
     *
     * @param runtime the runtime
     * @return to be closed when the runtime is
     * @throws IllegalStateException if a runtime of that name is published already
     */
    public static JmxPublisher publish(SupervisorRuntime runtime) {
        return publish(runtime, ManagementFactory.getPlatformMBeanServer());
    }

    /**
     * Publishes a runtime, before or after its start.
     *
     * @param runtime the runtime
     * @param server where
     * @return to be closed when the runtime is
     * @throws IllegalStateException if a runtime of that name is published there already
     */
    public static JmxPublisher publish(SupervisorRuntime runtime, MBeanServer server) {
        JmxPublisher publisher = new JmxPublisher(runtime, server);
        try {
            server.registerMBean(
                    new DescribedMBean<>(new RuntimeBean(runtime), SupervisorRuntimeMXBean.class),
                    MBeanNames.runtime(runtime.name()));
            server.registerMBean(
                    new DescribedMBean<>(new PersistenceBean(runtime), PersistenceMXBean.class),
                    MBeanNames.persistence(runtime.name()));
            if (publisher.hasDependencies) {
                server.registerMBean(
                        new DescribedMBean<>(
                                new DependenciesBean(runtime), DependenciesMXBean.class),
                        MBeanNames.dependencies(runtime.name()));
            }
        } catch (InstanceAlreadyExistsException e) {
            throw new IllegalStateException(
                    "a runtime named '%s' is published in this JVM already; give this one another name"
                            .formatted(runtime.name()),
                    e);
        } catch (JMException e) {
            throw new IllegalStateException(
                    "the runtime '%s' cannot be published".formatted(runtime.name()), e);
        }
        runtime.addListener(publisher::onEvent);
        runtime.root().ifPresent(root -> publisher.follow(root.id()));
        var _ = runtime.termination().whenComplete((_, _) -> publisher.treeEnded());
        return publisher;
    }

    /** Unregisters everything. May be called more than once. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            unpublishAll();
            if (hasDependencies) {
                unregister(MBeanNames.dependencies(runtime.name()));
            }
            unregister(MBeanNames.persistence(runtime.name()));
            unregister(MBeanNames.runtime(runtime.name()));
        } finally {
            lock.unlock();
        }
    }

    private void onEvent(SupervisionEvent event) {
        switch (event.kind()) {
            case CHILD_STARTED,
                    CHILD_RESTARTED,
                    CHILD_START_FAILED,
                    CHILD_EXITED,
                    CHILD_SHUTDOWN_ERROR,
                    CHILD_DELETED,
                    SUPERVISOR_ESCALATED,
                    SUPERVISOR_AUTO_SHUTDOWN ->
                    follow(new SupervisorId(event.path()));
            case HISTORY_GAP -> followAll();
            case CHILD_IGNORED,
                    CHILD_BACKOFF,
                    CHILD_PARKED,
                    CHILD_COOLING,
                    CHILD_SUSPENDED,
                    CHILD_RESUMED,
                    CHILD_OVERDUE,
                    CHILD_UNHEALTHY,
                    CHILD_ABANDONED,
                    CIRCUIT_OPENED,
                    CIRCUIT_HALF_OPENED,
                    CIRCUIT_CLOSED,
                    MESSAGE_PARKED,
                    CARRIERS_HELD,
                    FRESH_START,
                    DEAD_LETTER,
                    ORPHANS_DELETED,
                    STORE_FAILED,
                    STORE_RECOVERED,
                    CHECKPOINT_FAILED,
                    CHECKPOINT_FALLBACK,
                    CHECKPOINT_REJECTED,
                    CONDITION_REJECTED -> {}
        }
    }

    /** Publishes a supervisor with all below it if it is up, and unpublishes them if it is not. */
    private void follow(SupervisorId id) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            var supervisor = runtime.supervisor(id);
            if (supervisor.isEmpty()) {
                unpublish(id.path());
                return;
            }
            publish(id);
            supervisor.get().children().stream()
                    .filter(child -> child.kind() == ChildKind.SUPERVISOR)
                    .forEach(child -> follow(new SupervisorId(child.pid().path())));
        } finally {
            lock.unlock();
        }
    }

    /** Some events were lost, so whatever they said is looked up. */
    private void followAll() {
        lock.lock();
        try {
            List.copyOf(published).forEach(path -> follow(new SupervisorId(path)));
            runtime.root().ifPresent(root -> follow(root.id()));
        } finally {
            lock.unlock();
        }
    }

    private void treeEnded() {
        lock.lock();
        try {
            unpublishAll();
        } finally {
            lock.unlock();
        }
    }

    private void publish(SupervisorId id) {
        if (!published.add(id.path())) {
            return;
        }
        try {
            server.registerMBean(
                    new DescribedMBean<>(new SupervisorBean(runtime, id), SupervisorMXBean.class),
                    MBeanNames.supervisor(runtime.name(), id.path()));
        } catch (JMException e) {
            published.remove(id.path());
            LOG.warn("supervisor {} cannot be published in JMX: {}", id, e.toString());
        }
    }

    private void unpublish(String path) {
        // '0' follows '/': the range is the path itself and all below it
        remove(List.copyOf(published.subSet(path + "/", path + "0")));
        if (published.contains(path)) {
            remove(List.of(path));
        }
    }

    private void unpublishAll() {
        remove(List.copyOf(published));
    }

    private void remove(List<String> paths) {
        for (String path : paths) {
            published.remove(path);
            unregister(MBeanNames.supervisor(runtime.name(), path));
        }
    }

    private void unregister(ObjectName name) {
        try {
            server.unregisterMBean(name);
        } catch (InstanceNotFoundException e) {
            LOG.debug("{} was unregistered by somebody else", name);
        } catch (JMException e) {
            LOG.warn("{} cannot be unregistered: {}", name, e.toString());
        }
    }
}
