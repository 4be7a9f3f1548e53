package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.StoreOptions.Durability;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;

/**
 * Writes one number, then a group of them, again and again, and says so when they are acknowledged.
 * Nothing is written meanwhile, so that all that is in the journal then must be on the disk.
 */
final class SyncTarget {
    static final int ROUNDS = 100;
    static final String ACKNOWLEDGED = "acknowledged";
    private static final int GROUP = 200;

    private SyncTarget() {}

    public static void main(String[] args) throws Exception {
        var options =
                new StoreOptions(Durability.valueOf(args[1]), StoreFixture.KEEP_ALL.history());
        var out = new FileOutputStream(FileDescriptor.out);
        try (var store = SqliteStore.open(Path.of(args[0]), "sync target", options)) {
            long n = 0;
            for (int round = 0; round < ROUNDS; round++) {
                int count = round % 2 == 0 ? 1 : GROUP;
                CompletableFuture.allOf(
                                LongStream.rangeClosed(n + 1, n + count)
                                        .mapToObj(number ->
                                                store.saveCheckpoint(KillTarget.checkpoint(number))
                                                        .toCompletableFuture())
                                        .toArray(CompletableFuture<?>[]::new))
                        .join();
                n += count;
                out.write((ACKNOWLEDGED + " " + n + "\n").getBytes(UTF_8));
            }
        }
    }
}
