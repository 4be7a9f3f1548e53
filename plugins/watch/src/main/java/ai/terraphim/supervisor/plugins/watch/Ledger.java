package ai.terraphim.supervisor.plugins.watch;

import ai.terraphim.supervisor.api.AgentContext;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.zip.CRC32;

/**
 * Which files have been handled, so that each is exactly once, whatever crashes when.
 *
 * <p>Two files grow: the output, and beside it the list of names, which stays when somebody rotates
 * the output. A checkpoint holds how long the two were when everything in them was on the disk;
 * with 100,000 names it is as small as with one. What is behind that length was written by a run
 * that crashed before its checkpoint: it is cut off, and its files are handled again.
 *
 * <pre>
 *   write output, force -> write names, force -> checkpoint -> next batch
 * </pre>
 *
 * <p>Files are written by channels, at the position from the checkpoint: the first write of a run
 * that was killed, and therefore interrupted, closes the channel and changes nothing.
 */
final class Ledger {

    /**
     * How far the work is done.
     *
     * @param folder which folder, as configured
     * @param output which output, as configured
     * @param files how many files have been handled
     * @param outputBytes how long the output is
     * @param outputTail a checksum of the end of it, by which the file is known again
     * @param namesBytes how long the list of names is
     */
    record State(
            String folder,
            String output,
            long files,
            long outputBytes,
            long outputTail,
            long namesBytes) {}

    /** A file that was handled: its name, and what to write down. */
    record Entry(String name, String line) {}

    private static final int TAIL = 1024;

    private final AgentContext context;
    private final Path output;
    private final Path names;
    private final Set<String> handled = new HashSet<>();
    private State state;

    private Ledger(AgentContext context, Path output, State state) {
        this.context = context;
        this.output = output;
        this.names = namesOf(output);
        this.state = state;
    }

    /** Where the names are kept for an output. */
    static Path namesOf(Path output) {
        return output.resolveSibling(output.getFileName() + ".names");
    }

    /**
     * Goes on where the last run has stopped.
     *
     * @param folder the watched folder as configured; with another one, or another output, the work
     *     starts over
     */
    static Ledger open(AgentContext context, Path folder, Path output)
            throws IOException, InterruptedException {
        Path path = context.dataFolder().resolve(output);
        Optional<State> saved = context.restored(State.class);
        State start = new State(folder.toString(), output.toString(), 0, 0, 0, 0);
        boolean known =
                saved.isPresent()
                        && saved.get().folder().equals(start.folder())
                        && saved.get().output().equals(start.output());
        if (saved.isPresent() && !known) {
            context.log().log(
                    Level.INFO,
                    "another folder or output than before, so every file in the folder is new");
        }
        Ledger ledger = new Ledger(context, path, known ? saved.get() : start);
        if (known) {
            ledger.goOn();
        } else {
            ledger.startOver();
        }
        return ledger;
    }

    boolean has(String name) {
        return handled.contains(name);
    }

    long files() {
        return state.files();
    }

    /** Writes files down. When it returns they are handled for good. */
    void add(List<Entry> entries) throws IOException, InterruptedException {
        if (size(output) != state.outputBytes()) {
            adoptOutput("was changed by somebody else");
        }
        if (size(names) != state.namesBytes()) {
            rewriteNames("was changed by somebody else");
        }
        StringBuilder lines = new StringBuilder();
        StringBuilder list = new StringBuilder();
        byte[] tail = tail(state.outputBytes());
        if (tail.length > 0 && tail[tail.length - 1] != '\n') {
            lines.append('\n'); // behind a last line of somebody else's
        }
        for (Entry entry : entries) {
            lines.append(entry.line());
            list.append(Json.quote(entry.name())).append('\n');
        }
        long outputBytes = write(output, state.outputBytes(), lines.toString());
        long namesBytes = write(names, state.namesBytes(), list.toString());
        save(state.files() + entries.size(), outputBytes, namesBytes);
        entries.forEach(entry -> handled.add(entry.name()));
    }

    /** Cuts off what was written down and could not be saved, as the next run would. */
    void takeBack() throws IOException {
        cut(output, state.outputBytes());
        cut(names, state.namesBytes());
    }

    // Opening

    private void startOver() throws IOException, InterruptedException {
        write(names, 0, "");
        // Before the first line: one without a checkpoint before it could not be told from somebody
        // else's.
        save(0, size(output), 0);
    }

    private void goOn() throws IOException, InterruptedException {
        boolean intact =
                size(output) >= state.outputBytes()
                        && checksum(tail(state.outputBytes())) == state.outputTail();
        if (intact) {
            cut(output, state.outputBytes());
        } else {
            adoptOutput("is not the file it was, or was cut short");
        }
        if (size(names) >= state.namesBytes()) {
            cut(names, state.namesBytes());
            read(names, line -> Json.unquote(line, 0));
        } else {
            read(names, line -> Json.unquote(line, 0));
            read(output, FileFacts::nameIn);
            rewriteNames("is gone or was cut short");
        }
    }

    private void adoptOutput(String why) throws IOException, InterruptedException {
        long size = size(output);
        context.log().log(
                Level.WARNING,
                "%s %s; going on at its end, and files handled before are not handled again"
                        .formatted(output, why));
        // Before anything is written there, for the same reason as in startOver.
        save(state.files(), size, state.namesBytes());
    }

    /**
     * Writes the names that are known; never more bytes than before, so a crash before the
     * checkpoint does no harm.
     */
    private void rewriteNames(String why) throws IOException, InterruptedException {
        context.log().log(
                Level.WARNING,
                "%s %s; it is written anew with %d of %d names, and a file whose name is lost is handled again"
                        .formatted(names, why, handled.size(), state.files()));
        StringBuilder list = new StringBuilder();
        handled.forEach(name -> list.append(Json.quote(name)).append('\n'));
        save(handled.size(), state.outputBytes(), write(names, 0, list.toString()));
    }

    private void read(Path file, Function<String, String> name) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        // This reader, unlike that of Files, does not stumble over what is not UTF-8.
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(
                                Files.newInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                try {
                    handled.add(name.apply(line));
                } catch (IllegalArgumentException e) {
                    context.log().log(
                            Level.WARNING, "a line in " + file + " is not ours: " + e.getMessage());
                }
            }
        }
    }

    // Files

    private void save(long files, long outputBytes, long namesBytes)
            throws IOException, InterruptedException {
        State next =
                new State(
                        state.folder(),
                        state.output(),
                        files,
                        outputBytes,
                        checksum(tail(outputBytes)),
                        namesBytes);
        context.checkpoint(next);
        state = next;
    }

    /**
     * Writes at a position, cuts off what is behind, and returns when all is on the disk: how long
     * the file is now.
     */
    private static long write(Path file, long position, String text) throws IOException {
        boolean isNew = !Files.exists(file);
        long end = position;
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                end += channel.write(bytes, end);
            }
            channel.truncate(end);
            channel.force(true);
        }
        if (isNew) {
            forceEntry(file);
        }
        return end;
    }

    /** After a power failure a new file may be there without its entry in the folder. */
    private static void forceEntry(Path file) {
        try (FileChannel folder =
                FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        } catch (IOException e) {
            return; // not every operating system can open a folder
        }
    }

    private static void cut(Path file, long length) throws IOException {
        if (size(file) > length) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(length);
                channel.force(true);
            }
        }
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** The last bytes of the output before an end. */
    private byte[] tail(long end) throws IOException {
        int length = (int) Math.min(TAIL, end);
        ByteBuffer bytes = ByteBuffer.allocate(length);
        if (length > 0) {
            try (FileChannel channel = FileChannel.open(output, StandardOpenOption.READ)) {
                int count = 0;
                while (bytes.hasRemaining() && count >= 0) {
                    count = channel.read(bytes, end - bytes.remaining());
                }
            }
        }
        return bytes.array();
    }

    private static long checksum(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }
}
