package ai.terraphim.supervisor.plugins.watch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.plugins.TestContext;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Crashes at every step, and what people do to files. */
class LedgerTest {

    private static final Path FOLDER = Path.of("inbox");
    private static final Path OUTPUT = Path.of("inbox.log");

    @TempDir Path data;
    private TestContext context;
    private Path output;
    private Path names;

    @BeforeEach
    void firstRun() {
        context = new TestContext(data);
        output = data.resolve(OUTPUT);
        names = Ledger.namesOf(output);
    }

    @Test
    void eachFileIsWrittenOnceWhateverCrashesWhen() throws Exception {
        int seeds = "full".equals(System.getProperty("campaign.size")) ? 20_000 : 200;
        for (int seed = 0; seed < seeds; seed++) {
            Files.deleteIfExists(output);
            Files.deleteIfExists(names);
            context = new TestContext(data);
            List<String> all = names(1, 40);
            new CrashingRuns(new Random(seed)).handle(all);
            assertThat(written()).as("seed %d", seed).containsExactlyElementsOf(all);
        }
    }

    /** Handles files in batches while runs crash at random steps. */
    private final class CrashingRuns {
        private final Random random;

        private CrashingRuns(Random random) {
            this.random = random;
        }

        private void handle(List<String> all) throws Exception {
            boolean done = false;
            while (!done) {
                int crashAt = 1 + random.nextInt(6);
                boolean afterSaving = random.nextBoolean();
                context.saving((number, save) -> {
                    if (number < crashAt || afterSaving) {
                        save.run();
                    }
                    if (number >= crashAt) {
                        throw new IllegalStateException("crash");
                    }
                });
                try {
                    Ledger ledger = Ledger.open(context, FOLDER, OUTPUT);
                    List<String> left = all.stream().filter(name -> !ledger.has(name)).toList();
                    while (!left.isEmpty()) {
                        int size = Math.min(left.size(), 1 + random.nextInt(5));
                        ledger.add(entries(left.subList(0, size)));
                        left = left.subList(size, left.size());
                    }
                    done = true;
                } catch (IllegalStateException e) {
                    tear();
                    context = context.next();
                }
            }
        }

        /**
         * What was written since the checkpoint may be there in part: first the output's, then the
         * names'.
         */
        private void tear() throws IOException {
            Optional<Ledger.State> saved = context.restored(Ledger.State.class);
            if (saved.isEmpty() || !Files.exists(names)) {
                return;
            }
            switch (random.nextInt(3)) {
                case 0 -> {
                    cut(names, saved.get().namesBytes());
                    cut(output, between(saved.get().outputBytes(), sizeOf(output)));
                }
                case 1 -> cut(names, between(saved.get().namesBytes(), sizeOf(names)));
                default -> {}
            }
        }

        private long between(long least, long most) {
            return most <= least ? most : random.nextLong(least, most + 1);
        }
    }

    @Test
    void aRotatedOutputIsBegunAnewAndNothingIsHandledAgain() throws Exception {
        Ledger ledger = Ledger.open(context, FOLDER, OUTPUT);
        ledger.add(entries(names(1, 3)));
        Files.move(output, data.resolve("inbox.log.1"));
        ledger.add(entries(names(4, 5)));
        assertThat(written()).containsExactlyElementsOf(names(4, 5));
        assertThat(context.logged())
                .singleElement()
                .asString()
                .contains("inbox.log was changed by somebody else; going on at its end");
        Ledger next = Ledger.open(context.next(), FOLDER, OUTPUT);
        assertThat(names(1, 5)).allMatch(next::has);
    }

    @Test
    void anOutputRotatedBetweenTwoRunsIsBegunAnew() throws Exception {
        Ledger.open(context, FOLDER, OUTPUT).add(entries(names(1, 3)));
        Files.delete(output);
        Ledger next = Ledger.open(context.next(), FOLDER, OUTPUT);
        next.add(entries(names(4, 4)));
        assertThat(names(1, 3)).allMatch(next::has);
        assertThat(written()).containsExactlyElementsOf(names(4, 4));
    }

    @Test
    void aLongerFileOfSomebodyElsesIsNotCut() throws Exception {
        Ledger.open(context, FOLDER, OUTPUT).add(entries(names(1, 3)));
        String notes = "these are my notes, and they are long. ".repeat(100);
        Files.writeString(output, notes);
        Ledger.open(context.next(), FOLDER, OUTPUT).add(entries(names(4, 4)));
        assertThat(Files.readString(output)).startsWith(notes + "\n{\"name\":");
    }

    @Test
    void anOutputThatWasThereBeforeIsKept() throws Exception {
        Files.writeString(output, "from another time\n");
        Ledger.open(context, FOLDER, OUTPUT).add(entries(names(1, 1)));
        assertThat(Files.readAllLines(output)).hasSize(2).first().isEqualTo("from another time");
    }

    @Test
    void lostNamesAreFoundInTheOutput() throws Exception {
        Ledger.open(context, FOLDER, OUTPUT).add(entries(names(1, 3)));
        Files.delete(names);
        Ledger next = Ledger.open(context.next(), FOLDER, OUTPUT);
        assertThat(names(1, 3)).allMatch(next::has);
        assertThat(Files.readAllLines(names)).hasSize(3);
        assertThat(context.logged()).singleElement().asString().contains("with 3 of 3 names");
    }

    @Test
    void namesLostWhileRunningAreWrittenAgain() throws Exception {
        Ledger ledger = Ledger.open(context, FOLDER, OUTPUT);
        ledger.add(entries(names(1, 3)));
        Files.delete(names);
        ledger.add(entries(names(4, 4)));
        Files.delete(output);
        assertThat(names(1, 4)).allMatch(Ledger.open(context.next(), FOLDER, OUTPUT)::has);
    }

    @Test
    void anotherFolderIsAnotherWork() throws Exception {
        Ledger.open(context, FOLDER, OUTPUT).add(entries(names(1, 3)));
        Ledger next = Ledger.open(context.next(), Path.of("other"), OUTPUT);
        assertThat(names(1, 3)).noneMatch(next::has);
        next.add(entries(names(1, 3)));
        assertThat(written()).hasSize(6);
    }

    @Test
    void aKilledRunCannotWriteAnyMore() throws Exception {
        Ledger ledger = Ledger.open(context, FOLDER, OUTPUT);
        Thread.currentThread().interrupt();
        boolean refused = false;
        try {
            ledger.add(entries(names(1, 1)));
        } catch (IOException e) {
            refused = true;
        } finally {
            Thread.interrupted();
        }
        assertThat(refused).isTrue();
        assertThat(sizeOf(output)).isZero();
    }

    // What the tests are made of

    private static List<String> names(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(i -> "file \"%d\"".formatted(i)).toList();
    }

    private static List<Ledger.Entry> entries(List<String> names) {
        return names.stream()
                .map(name -> new Ledger.Entry(name, "{\"name\":" + Json.quote(name) + "}\n"))
                .toList();
    }

    private List<String> written() throws IOException {
        List<String> written = new ArrayList<>();
        try (Stream<String> lines = Files.lines(output)) {
            lines.map(FileFacts::nameIn).forEach(written::add);
        }
        return written;
    }

    private static long sizeOf(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private static void cut(Path file, long length) throws IOException {
        if (Files.exists(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(length);
            }
        }
    }
}
