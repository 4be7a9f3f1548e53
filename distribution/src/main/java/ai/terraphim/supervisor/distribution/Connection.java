package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.persistence.Owner;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.jmx.AgentPage;
import ai.terraphim.supervisor.runtime.jmx.AgentView;
import ai.terraphim.supervisor.runtime.jmx.DependenciesMXBean;
import ai.terraphim.supervisor.runtime.jmx.DependencyView;
import ai.terraphim.supervisor.runtime.jmx.MBeanNames;
import ai.terraphim.supervisor.runtime.jmx.PersistenceMXBean;
import ai.terraphim.supervisor.runtime.jmx.SupervisorMXBean;
import ai.terraphim.supervisor.runtime.jmx.SupervisorRuntimeMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.management.JMX;
import javax.management.MBeanServerConnection;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.jspecify.annotations.Nullable;

/**
 * Talks to a running supervisor of the same user on the same machine: attaches to its JVM, has it
 * start its local management agent, and uses its MBeans.
 */
final class Connection implements AutoCloseable {
    private static final int PAGE = 1_000;

    private final long pid;
    private final String name;
    private final JMXConnector connector;
    private final MBeanServerConnection server;

    private Connection(
            long pid, String name, JMXConnector connector, MBeanServerConnection server) {
        this.pid = pid;
        this.name = name;
        this.connector = connector;
        this.server = server;
    }

    /**
     * Finds the supervisor that runs on a home's data folder.
     *
     * @param home the installation
     * @param pid the JVM to talk to instead, if not null
     */
    static Connection open(Home home, @Nullable Long pid) {
        return to(pid != null ? pid : pidOf(home));
    }

    /** Connects to a JVM. */
    @SuppressWarnings("BanJNDI") // to a JVM of the same user, which attach has made sure of
    static Connection to(long pid) {
        JMXConnector connector = null;
        try {
            VirtualMachine vm = VirtualMachine.attach(Long.toString(pid));
            String url;
            try {
                url = vm.startLocalManagementAgent();
            } finally {
                vm.detach();
            }
            connector = JMXConnectorFactory.connect(new JMXServiceURL(url));
            MBeanServerConnection server = connector.getMBeanServerConnection();
            return new Connection(pid, runtimeIn(server, pid), connector, server);
        } catch (AttachNotSupportedException | IOException e) {
            close(connector);
            throw new CommandFailure(
                    ExitCode.NO_RUNTIME,
                    "process %d does not answer (%s); is it a supervisor, and were both started by the same user?"
                            .formatted(pid, firstLine(e)),
                    e);
        } catch (CommandFailure e) {
            close(connector);
            throw e;
        }
    }

    private static long pidOf(Home home) {
        return SqliteStore.owner(home.data())
                .map(Owner::pid)
                .orElseThrow(() ->
                        new CommandFailure(
                                ExitCode.NO_RUNTIME,
                                "no supervisor runs on the data folder "
                                        + home.data()
                                        + "; start one with 'supervisor run TREE', or name another with --home"
                                        + " or --pid"));
    }

    private static String runtimeIn(MBeanServerConnection server, long pid) throws IOException {
        List<String> names;
        try {
            names =
                    server
                            .queryNames(new ObjectName(MBeanNames.DOMAIN + ":runtime=*"), null)
                            .stream()
                            .map(name -> name.getKeyProperty("runtime"))
                            .map(value ->
                                    value.startsWith("\"") ? ObjectName.unquote(value) : value)
                            .sorted()
                            .toList();
        } catch (MalformedObjectNameException e) {
            throw new IllegalStateException(e);
        }
        return switch (names.size()) {
            case 1 -> names.getFirst();
            case 0 ->
                    throw new CommandFailure(
                            ExitCode.NO_RUNTIME,
                            "process %d publishes no supervisor; it starts or stops right now, or is something else"
                                    .formatted(pid));
            default ->
                    throw new CommandFailure(
                            ExitCode.NO_RUNTIME,
                            "process %d has several runtimes (%s); use a JMX client such as JConsole"
                                    .formatted(pid, String.join(", ", names)));
        };
    }

    long pid() {
        return pid;
    }

    /** Asks the runtime's MBean. */
    <T> T ask(Function<SupervisorRuntimeMXBean, T> question) {
        return ask(MBeanNames.runtime(name), SupervisorRuntimeMXBean.class, question);
    }

    /** Has the runtime's MBean do something. */
    void order(Consumer<SupervisorRuntimeMXBean> order) {
        order(MBeanNames.runtime(name), SupervisorRuntimeMXBean.class, order);
    }

    /** Has the supervisor above a child do something with it. */
    void orderChild(String path, BiConsumer<SupervisorMXBean, String> order) {
        int slash = path.lastIndexOf('/');
        if (slash < 1 || slash == path.length() - 1) {
            throw new CommandFailure(
                    ExitCode.REFUSED,
                    "'%s' is no child's path, such as root/web; 'supervisor shutdown' stops the whole tree"
                            .formatted(path));
        }
        String supervisor = path.substring(0, slash);
        String id = path.substring(slash + 1);
        ObjectName bean = MBeanNames.supervisor(name, supervisor);
        if (!isRegistered(bean)) {
            throw new CommandFailure(
                    ExitCode.REFUSED,
                    "there is no supervisor %s now; 'supervisor tree' shows those that are up"
                            .formatted(supervisor));
        }
        order(bean, SupervisorMXBean.class, above -> order.accept(above, id));
    }

    /** What agents depend on. */
    List<DependencyView> dependencies() {
        ObjectName bean = MBeanNames.dependencies(name);
        return isRegistered(bean) // only if there are any
                ? ask(bean, DependenciesMXBean.class, DependenciesMXBean::getDependencies)
                : List.of();
    }

    /** Asks the MBean of the store. */
    <T> T askStore(Function<PersistenceMXBean, T> question) {
        return ask(MBeanNames.persistence(name), PersistenceMXBean.class, question);
    }

    /** Has something done with a dependency. */
    void orderDependency(String key, BiConsumer<DependenciesMXBean, String> order) {
        ObjectName bean = MBeanNames.dependencies(name);
        if (!isRegistered(bean)) {
            throw new CommandFailure(
                    ExitCode.REFUSED,
                    "there is no dependency '%s', nor any other; add it to dependencies: of the tree file"
                            .formatted(key));
        }
        order(bean, DependenciesMXBean.class, all -> order.accept(all, key));
    }

    /** The whole list, page by page. */
    List<AgentView> list(String filter) {
        List<AgentView> all = new ArrayList<>();
        String cursor = "";
        do {
            String from = cursor;
            AgentPage page = ask(runtime -> runtime.listAgents(filter, from, PAGE));
            all.addAll(page.items());
            cursor = page.nextCursor();
        } while (!cursor.isEmpty());
        return all;
    }

    @Override
    public void close() {
        close(connector);
    }

    private <B> void order(ObjectName bean, Class<B> type, Consumer<B> order) {
        ask(
                bean,
                type,
                proxy -> {
                    order.accept(proxy);
                    return true;
                });
    }

    private <B, T> T ask(ObjectName bean, Class<B> type, Function<B, T> question) {
        try {
            return question.apply(JMX.newMXBeanProxy(server, bean, type));
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new CommandFailure(ExitCode.REFUSED, String.valueOf(e.getMessage()), e);
        } catch (UndeclaredThrowableException e) {
            // a proxy's way to say that the connection broke, or that the MBean has gone
            throw gone(e.getCause());
        }
    }

    private boolean isRegistered(ObjectName bean) {
        try {
            return server.isRegistered(bean);
        } catch (IOException e) {
            throw gone(e);
        }
    }

    private CommandFailure gone(@Nullable Throwable cause) {
        return new CommandFailure(
                ExitCode.NO_RUNTIME,
                "process %d no longer answers (%s)".formatted(pid, firstLine(cause)),
                cause);
    }

    private static String firstLine(@Nullable Throwable thrown) {
        return Optional.ofNullable(thrown)
                .map(Throwable::toString)
                .flatMap(text -> text.lines().findFirst())
                .orElse("unknown");
    }

    private static void close(@Nullable JMXConnector connector) {
        if (connector == null) {
            return;
        }
        try {
            connector.close();
        } catch (IOException _) { // the other side has gone, which a shutdown wants
            return;
        }
    }
}
