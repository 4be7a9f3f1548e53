package ai.terraphim.supervisor.plugins.watch;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.terraphim.supervisor.api.ExitReason;
import ai.terraphim.supervisor.api.StorageException;
import ai.terraphim.supervisor.plugins.TestContext;
import ai.terraphim.supervisor.plugins.TestRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class WatchAgentTest {

    @TempDir Path data;
    private Path inbox;
    private Path output;
    private TestContext context;

    @BeforeEach
    void firstRun() throws IOException {
        context = new TestContext(data);
        inbox = Files.createDirectory(data.resolve("inbox"));
        output = data.resolve("inbox.log");
    }

    @Test
    void aNewFileIsWrittenDownWithSizeLinesAndChecksum() throws Exception {
        TestRun run = start();
        Files.writeString(inbox.resolve("a.txt"), "one\ntwo\nthree");
        awaitLines(1);
        assertThat(run.stop()).isEqualTo(ExitReason.shutdown());
        assertThat(lines().getFirst())
                .matches(
                        "\\{\"name\":\"a.txt\",\"size\":13,\"lines\":3,\"sha256\":"
                                + "\"058053d87c818d699cde0f00d670bca0e1c6ad857caa9758ea6a556d7c64fcee\""
                                + ",\"at\":\"\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z\"}");
    }

    @Test
    void hiddenAndUnfinishedFilesAndFoldersAreLeftAlone() throws Exception {
        for (String name : List.of(".hidden", "a.tmp", "b.PART", "c.csv", "d.txt")) {
            Files.writeString(inbox.resolve(name), name);
        }
        Files.createDirectory(inbox.resolve("folder.txt"));
        TestRun run = start(Optional.of("*.txt"));
        awaitLines(1);
        Files.writeString(inbox.resolve("z.txt"), "later");
        awaitLines(2);
        run.stop();
        assertThat(names()).containsExactly("d.txt", "z.txt");
    }

    @Test
    void whatWasRenamedToItsFinalNameIsHandled() throws Exception {
        Files.writeString(inbox.resolve("a.part"), "a");
        TestRun run = start();
        Files.move(inbox.resolve("a.part"), inbox.resolve("a"));
        awaitLines(1);
        run.stop();
        assertThat(names()).containsExactly("a");
    }

    @Test
    void aFileThatStillGrowsIsWaitedFor() throws Exception {
        Path growing = inbox.resolve("growing");
        Files.writeString(growing, "line\n");
        AtomicInteger looks = new AtomicInteger();
        context.beforeWaits(() -> {
            if (looks.incrementAndGet() < 10) {
                append(growing, "line\n");
            }
        });
        TestRun run = start();
        awaitLines(1);
        run.stop();
        assertThat(lines()).singleElement().asString().contains("\"size\":50,\"lines\":10,");
    }

    @Test
    void whileNothingCanBeSavedItTriesAgainAndWritesNothingTwice() throws Exception {
        AtomicInteger refused = new AtomicInteger();
        context.saving((number, save) -> {
            if (number > 1 && refused.incrementAndGet() <= 3) {
                throw new StorageException(true, "the disk is full", null);
            }
            save.run();
        });
        TestRun run = start();
        Files.writeString(inbox.resolve("a"), "a");
        await().until(() -> refused.get() > 3);
        Files.writeString(inbox.resolve("b"), "b");
        awaitLines(2);
        assertThat(run.stop()).isEqualTo(ExitReason.shutdown());
        assertThat(names()).containsExactly("a", "b");
        assertThat(context.logged().stream().filter(line -> line.contains("the disk is full")))
                .hasSize(1);
    }

    @Test
    void whatWillNeverBeSavedIsACrash() throws Exception {
        context.saving((number, save) -> {
            if (number > 1) {
                throw new StorageException(false, "the store is closed", null);
            }
            save.run();
        });
        TestRun run = start();
        Files.writeString(inbox.resolve("a"), "a");
        assertThat(run.exit().toString()).contains("the store is closed");
    }

    @Test
    void theOldestComesFirstThenByName() throws Exception {
        Instant now = Instant.now();
        write("b", now.minusSeconds(10));
        write("a", now.minusSeconds(10));
        write("newest", now);
        write("oldest", now.minusSeconds(99));
        TestRun run = start();
        awaitLines(4);
        run.stop();
        assertThat(names()).containsExactly("oldest", "a", "b", "newest");
    }

    @Test
    void aFileIsKnownByItsName() throws Exception {
        Files.writeString(inbox.resolve("a"), "first");
        TestRun run = start();
        awaitLines(1);
        Files.delete(inbox.resolve("a"));
        Files.writeString(inbox.resolve("a"), "second");
        Files.writeString(inbox.resolve("b"), "another");
        awaitLines(2);
        run.stop();
        assertThat(names()).containsExactly("a", "b");
    }

    @Test
    void whatCannotBeReadIsReportedOnceAndHandledWhenItCan() throws Exception {
        Path target = data.resolve("target");
        Files.createSymbolicLink(inbox.resolve("link"), target);
        TestRun run = start();
        Files.writeString(inbox.resolve("file"), "x");
        awaitLines(1);
        Files.writeString(target, "there at last");
        awaitLines(2);
        run.stop();
        assertThat(names()).containsExactly("file", "link");
        assertThat(context.logged())
                .filteredOn(line -> line.startsWith("WARNING"))
                .containsExactly("WARNING link cannot be read yet: is gone, or a link to nowhere");
    }

    @Test
    void aFolderThatGoesAndComesBackIsReportedOnce() throws Exception {
        TestRun run = start();
        Files.writeString(inbox.resolve("a"), "a");
        awaitLines(1);
        Files.delete(inbox.resolve("a"));
        Files.delete(inbox);
        await().atMost(10, SECONDS).until(() -> !warnings().isEmpty());
        Files.createDirectory(inbox);
        Files.writeString(inbox.resolve("a"), "not new");
        Files.writeString(inbox.resolve("b"), "new");
        awaitLines(2);
        run.stop();
        assertThat(warnings()).hasSize(1);
        assertThat(names()).containsExactly("a", "b");
    }

    @Test
    void aMissingFolderIsMade() throws Exception {
        Files.delete(inbox);
        TestRun run = start();
        assertThat(inbox).isDirectory();
        run.stop();
    }

    @Test
    void anOutputThatIsAFolderIsAFailedStart() throws Exception {
        Files.createDirectory(output);
        assertThatThrownBy(this::start)
                .hasMessage("output " + output + " is a folder; name a file");
    }

    @Test
    void aNameMayHoldAnything() throws Exception {
        List<String> odd = List.of("with space", "quo\"te", "back\\slash", "line\nfeed", "grüße");
        for (String name : odd) {
            Files.writeString(inbox.resolve(name), name);
        }
        TestRun first = start();
        awaitLines(odd.size());
        first.stop();
        context = context.next();
        TestRun second = start();
        Files.writeString(inbox.resolve("new"), "");
        awaitLines(odd.size() + 1);
        second.stop();
        assertThat(names())
                .containsExactlyInAnyOrder(
                        "with space", "quo\"te", "back\\slash", "line\nfeed", "grüße", "new");
        assertThat(lines()).last().asString().contains("\"size\":0,\"lines\":0,");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void namesThatTheLocaleCannotShowAreToldApart() throws Exception {
        int exit =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                "for c in 376 377; do : > \"$(printf \"a\\\\$c\")\"; done")
                        .directory(inbox.toFile())
                        .start()
                        .waitFor();
        assertThat(exit).isZero();
        TestRun run = start();
        awaitLines(2);
        run.stop();
        assertThat(names()).containsExactlyInAnyOrder("a%FE", "a%FF");
    }

    @Test
    void aStopInTheMiddleOfAHugeFileLeavesItForTheNextRun() throws Exception {
        Path huge = inbox.resolve("huge");
        try (FileChannel channel =
                FileChannel.open(huge, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'\n'}), 40L << 30); // a hole of 40 GiB
        }
        AtomicInteger looks = new AtomicInteger();
        context.beforeWaits(looks::incrementAndGet);
        TestRun run = start();
        await().atMost(10, SECONDS).until(() -> looks.get() == 1);
        await().pollDelay(Duration.ofMillis(200)).until(() -> true); // the second look reads it
        assertThat(looks).as("looks that have ended").hasValue(1);
        assertThat(run.stop()).isEqualTo(ExitReason.shutdown());
        assertThat(lines()).isEmpty();
    }

    @Test
    void eachFileStandsOnceInTheOutputHoweverOftenTheAgentCrashes() throws Exception {
        int files = 1500;
        for (int i = 0; i < files; i++) {
            Files.writeString(inbox.resolve("file" + i), "content of " + i);
        }
        Random random = new Random(7);
        int crashes = 0;
        while (lines().size() < files || crashes == 0) {
            int crashAt = 1 + random.nextInt(5);
            boolean afterSaving = random.nextBoolean();
            context.saving((number, save) -> {
                if (number < crashAt || afterSaving) {
                    save.run();
                }
                if (number == crashAt) {
                    throw new IllegalStateException("crash");
                }
            });
            try {
                TestRun run = start();
                await().atMost(30, SECONDS).until(() -> run.hasEnded() || lines().size() == files);
                if (run.stop() instanceof ExitReason.Error) {
                    crashes++;
                }
            } catch (IllegalStateException e) {
                crashes++;
            }
            context = context.next();
        }
        start().stop(); // cuts off what the last crash may have left
        assertThat(crashes).isGreaterThan(2);
        assertThat(names()).hasSize(files).doesNotHaveDuplicates();
    }

    @Test
    void aRunThatIsKilledLosesAndDoublesNothing() throws Exception {
        int files = 1000;
        for (int i = 0; i < files; i++) {
            Files.writeString(inbox.resolve("file" + i), "content of " + i);
        }
        int kills = 0;
        while (lines().size() < files) {
            TestRun run = start();
            int seen = lines().size();
            await().atMost(30, SECONDS).until(() -> lines().size() > seen);
            run.kill();
            run.exit();
            kills++;
            context = context.next();
        }
        TestRun last = start();
        await().atMost(30, SECONDS).until(() -> lines().size() == files);
        last.stop();
        assertThat(kills).isPositive();
        assertThat(names()).hasSize(files).doesNotHaveDuplicates();
    }

    // What the tests are made of

    private TestRun start() throws Exception {
        return start(Optional.empty());
    }

    private TestRun start(Optional<String> include) throws Exception {
        WatchConfig config =
                new WatchConfig(
                        Path.of("inbox"),
                        Path.of("inbox.log"),
                        Optional.of(Duration.ofMillis(50)),
                        include);
        return TestRun.start(new WatchAgent(config), context);
    }

    private void write(String name, Instant modified) throws IOException {
        Files.writeString(inbox.resolve(name), name);
        Files.setLastModifiedTime(inbox.resolve(name), FileTime.from(modified));
    }

    private static void append(Path file, String text) {
        try {
            Files.writeString(file, text, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitLines(int count) {
        await().atMost(20, SECONDS).until(() -> lines().size() >= count);
    }

    private List<String> lines() throws IOException {
        return Files.exists(output) ? Files.readAllLines(output) : List.of();
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        lines().forEach(line -> names.add(FileFacts.nameIn(line)));
        return names;
    }

    private List<String> warnings() {
        return context.logged().stream().filter(line -> line.startsWith("WARNING")).toList();
    }
}
