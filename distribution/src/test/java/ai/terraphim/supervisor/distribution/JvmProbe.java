package ai.terraphim.supervisor.distribution;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ClassLoadingMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.JMX;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Sees from outside what a JVM uses, over a real JMX connection and in {@code /proc}. */
final class JvmProbe implements AutoCloseable {
    private static final Pattern HISTOGRAM_LINE =
            Pattern.compile("^ *\\d+: +(\\d+) +(\\d+) +(\\S+)", Pattern.MULTILINE);
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    /**
     * What a JVM uses at a moment.
     *
     * @param objects how many there are of each class after a full collection
     * @param heap how many bytes they take
     * @param threads how many platform threads there are
     * @param descriptors how many files, pipes and sockets are open
     * @param classes how many are loaded
     * @param resident how many bytes of memory the operating system has given it
     */
    record Use(
            Map<String, Long> objects,
            long heap,
            long threads,
            long descriptors,
            long classes,
            long resident) {

        long virtualThreads() {
            return objects.getOrDefault("java.lang.VirtualThread", 0L)
                    + objects.getOrDefault("java.lang.ThreadBuilders$BoundVirtualThread", 0L);
        }
    }

    private final long pid;
    private final JMXConnector connector;
    private final MBeanServerConnection server;

    private JvmProbe(long pid, JMXConnector connector) throws IOException {
        this.pid = pid;
        this.connector = connector;
        this.server = connector.getMBeanServerConnection();
    }

    /** Attaches to a JVM of this user. */
    @SuppressWarnings("BanJNDI") // to our own child process
    static JvmProbe of(long pid) throws Exception {
        VirtualMachine vm = VirtualMachine.attach(Long.toString(pid));
        try {
            String url = vm.startLocalManagementAgent();
            return new JvmProbe(pid, JMXConnectorFactory.connect(new JMXServiceURL(url)));
        } finally {
            vm.detach();
        }
    }

    /** An MBean there. */
    <B> B bean(ObjectName name, Class<B> type) {
        return JMX.newMXBeanProxy(server, name, type);
    }

    /** Has it collect its garbage, and looks. */
    Use use() throws IOException, JMException {
        String histogram =
                (String)
                        server.invoke(
                                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                "gcClassHistogram",
                                new Object[] {new String[0]},
                                new String[] {String[].class.getName()});
        Map<String, Long> objects = new HashMap<>();
        long heap = 0;
        for (Matcher line = HISTOGRAM_LINE.matcher(histogram); line.find(); ) {
            objects.merge(nameOf(line.group(3)), Long.parseLong(line.group(1)), Long::sum);
            heap += Long.parseLong(line.group(2));
        }
        return new Use(
                objects,
                heap,
                bean(new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME), ThreadMXBean.class)
                        .getThreadCount(),
                descriptors(),
                bean(
                                new ObjectName(ManagementFactory.CLASS_LOADING_MXBEAN_NAME),
                                ClassLoadingMXBean.class)
                        .getLoadedClassCount(),
                resident());
    }

    /** One name for all lambdas and generated classes of a class. */
    private static String nameOf(String type) {
        return type.replaceAll("(\\$\\$Lambda|/0x).*|(\\$Proxy)\\d+", "$1$2");
    }

    private long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return open.count();
        }
    }

    private long resident() throws IOException {
        String status = Files.readString(Path.of("/proc", Long.toString(pid), "status"));
        Matcher line = RESIDENT.matcher(status);
        return line.find() ? Long.parseLong(line.group(1)) << 10 : 0;
    }

    /** Ends the connection, which may be broken already. */
    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException _) { // the JVM was killed
            return;
        }
    }
}
