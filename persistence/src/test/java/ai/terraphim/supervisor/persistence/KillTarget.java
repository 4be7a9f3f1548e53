package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * Writes without end, to be killed. Number n is first saved as the state of agent {@code n %
 * AGENTS}, then appended to the history; when both are acknowledged a line with the number is
 * printed.
 *
 * <p>With the second argument {@value #TOO_EARLY} the line does not wait for the store: a fault
 * that a test which kills must find.
 */
final class KillTarget {
    static final int AGENTS = 50;
    static final String TOO_EARLY = "too-early";
    private static final int IN_FLIGHT = 200;

    private KillTarget() {}

    public static void main(String[] args) throws Exception {
        SqliteStore store =
                SqliteStore.open(Path.of(args[0]), "kill target", StoreFixture.KEEP_ALL);
        long n = store.recover().lastSeq();
        var out = new FileOutputStream(FileDescriptor.out);
        boolean tooEarly = List.of(args).contains(TOO_EARLY);
        Semaphore inFlight = new Semaphore(IN_FLIGHT);
        while (true) {
            long number = ++n;
            inFlight.acquire();
            var saved = store.saveCheckpoint(checkpoint(number)).toCompletableFuture();
            var appended = store.append(event(number)).toCompletableFuture();
            var committed = CompletableFuture.allOf(saved, appended);
            if (tooEarly) {
                acknowledge(number, out);
            }
            var _ =
                    committed.thenRun(() -> {
                        if (!tooEarly) {
                            acknowledge(number, out);
                        }
                        inFlight.release();
                    });
        }
    }

    private static void acknowledge(long number, FileOutputStream out) {
        try {
            // One write of the whole line: a kill cannot cut it.
            out.write((number + "\n").getBytes(UTF_8));
        } catch (IOException e) {
            Runtime.getRuntime().halt(2);
        }
    }

    static AgentPid pid(long number) {
        return new AgentPid("root/agent-" + number % AGENTS);
    }

    /** Of very different sizes, so that groups are. */
    static StoredCheckpoint checkpoint(long number) {
        String state = number + ":" + "x".repeat((int) (number * 7919 % 6_000));
        Snapshot snapshot = new Snapshot(state.getBytes(UTF_8), "text/plain", 1);
        return new StoredCheckpoint(
                pid(number), number / AGENTS + 1, number, Instant.ofEpochSecond(number), snapshot);
    }

    static SupervisionEvent event(long number) {
        return new SupervisionEvent(
                number,
                Instant.ofEpochSecond(number),
                pid(number).path(),
                number,
                EventKind.CHILD_RESTARTED,
                "reason " + number,
                "");
    }
}
