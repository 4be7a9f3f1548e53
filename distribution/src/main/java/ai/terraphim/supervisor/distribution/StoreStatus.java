package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.runtime.jmx.PersistenceMXBean;
import ai.terraphim.supervisor.runtime.jmx.TreeText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a running supervisor's store is, as its MBean says. -1 stands for what is not known.
 *
 * @param commitP99 in milliseconds
 */
record StoreStatus(
        long fileSize,
        long walSize,
        long pendingWrites,
        long checkpointTotal,
        long checkpointFailures,
        long lastCheckpointAge,
        double commitP99) {

    static StoreStatus of(PersistenceMXBean bean) {
        return new StoreStatus(
                bean.getFileSize(),
                bean.getWalSize(),
                bean.getPendingWrites(),
                bean.getCheckpointTotal(),
                bean.getCheckpointFailures(),
                bean.getLastCheckpointAge(),
                bean.getCommitP99());
    }

    List<String> lines() {
        return List.of(
                "database         %.1f MB".formatted(fileSize / 1e6),
                "journal          %.1f MB".formatted(walSize / 1e6),
                "pending writes   " + pendingWrites,
                "checkpoints      %d saved, %d failed%s"
                        .formatted(
                                checkpointTotal,
                                checkpointFailures,
                                lastCheckpointAge < 0
                                        ? ""
                                        : ", the last "
                                                + TreeText.duration(lastCheckpointAge)
                                                + " ago"),
                "commits          "
                        + (commitP99 < 0
                                ? "none yet"
                                : "99 %% of the last 1,024 within %.1f ms".formatted(commitP99)));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("fileSize", fileSize);
        json.put("walSize", walSize);
        json.put("pendingWrites", pendingWrites);
        json.put("checkpointTotal", checkpointTotal);
        json.put("checkpointFailures", checkpointFailures);
        json.put("lastCheckpointAgeMs", lastCheckpointAge < 0 ? null : lastCheckpointAge);
        json.put("commitP99Ms", commitP99 < 0 ? null : commitP99);
        return json;
    }
}
