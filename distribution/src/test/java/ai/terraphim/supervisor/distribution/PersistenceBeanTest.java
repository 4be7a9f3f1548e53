package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.SupervisorRuntime;
import ai.terraphim.supervisor.runtime.jmx.JmxPublisher;
import ai.terraphim.supervisor.runtime.jmx.MBeanNames;
import ai.terraphim.supervisor.runtime.jmx.PersistenceMXBean;
import java.nio.file.Path;
import javax.management.JMX;
import javax.management.MBeanServerFactory;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The MBean of a true store, over a true connection. */
class PersistenceBeanTest {
    @TempDir Path folder;

    @Test
    @SuppressWarnings("BanJNDI") // to our own connector, in this JVM
    void aStoreIsShownAndLookedAfter() throws Exception {
        var server = MBeanServerFactory.newMBeanServer();
        var connectors =
                JMXConnectorServerFactory.newJMXConnectorServer(
                        new JMXServiceURL("rmi", "127.0.0.1", 0), null, server);
        connectors.start();
        try (var runtime =
                        SupervisorRuntime.builder("test")
                                .store(SqliteStore.open(folder, "test"))
                                .dataFolder(folder)
                                .build();
                var _ = JmxPublisher.publish(runtime, server);
                var connector = JMXConnectorFactory.connect(connectors.getAddress())) {
            PersistenceMXBean bean =
                    JMX.newMXBeanProxy(
                            connector.getMBeanServerConnection(),
                            MBeanNames.persistence("test"),
                            PersistenceMXBean.class);
            var root = runtime.start(SupervisorConfig.of("root"));
            root.startChild(SupervisorConfig.of("late")); // is in the store when this returns

            assertThat(bean.getWalSize()).isPositive();
            assertThat(bean.getCommitP99()).isPositive();
            assertThat(bean.getPendingWrites()).isGreaterThanOrEqualTo(0);
            bean.checkpointNow();
            assertThat(bean.getFileSize()).isPositive();
            assertThat(bean.quickCheck()).isEqualTo("ok");
            assertThat(bean.backup("copy.db")).isEqualTo(folder.resolve("copy.db").toString());
            assertThat(folder.resolve("copy.db")).isRegularFile();
            assertThatThrownBy(() -> bean.backup("copy.db"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasNoCause()
                    .hasMessageContaining("is there already");
            assertThatThrownBy(() -> bean.backup(" "))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("name the file to make");
            assertThat(bean.listOrphans("", 1_000)).isEmpty();
            assertThatThrownBy(() -> bean.listOrphans("", 0))
                    .hasMessageContaining("limit must be from 1 to 1000");
            assertThatThrownBy(() -> bean.deleteOrphan("root/x"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("there is no orphan root/x");
        } finally {
            connectors.stop();
        }
    }
}
