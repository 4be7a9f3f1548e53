package ai.terraphim.supervisor.plugins.watch;

import ai.terraphim.supervisor.api.AgentContext;
import ai.terraphim.supervisor.api.InitArgs;
import ai.terraphim.supervisor.api.InitResult;
import ai.terraphim.supervisor.api.LoopAgent;
import ai.terraphim.supervisor.api.StorageException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks into a folder at intervals. A file is handled when two looks have found it with the same
 * size and time, for then whoever writes it has most likely finished.
 *
 * <p>A plain look and no WatchService: that one loses events when many files come at once and does
 * not notice a folder that was made anew, so the look is needed anyway.
 */
final class WatchAgent implements LoopAgent {
    private static final int BATCH_FILES = 100;
    private static final Duration BATCH_TIME = Duration.ofMillis(500);

    /** What a look found of a file that is not handled yet. */
    private record Found(Path path, String name, long size, FileTime modified) {
        boolean isUnchangedSince(@Nullable Found before) {
            return before != null && size == before.size && modified.equals(before.modified);
        }
    }

    private final WatchConfig config;
    private final PathMatcher included;
    private @Nullable Path folder;
    private @Nullable Ledger ledger;
    private Map<String, Found> lastLook = Map.of();
    private final Set<String> troubled = new HashSet<>();
    private boolean folderIsMissing;
    private boolean nothingIsKept;

    WatchAgent(WatchConfig config) {
        this.config = config;
        this.included = config.matcher();
    }

    @Override
    public InitResult init(InitArgs args) throws Exception {
        AgentContext context = args.context();
        Path watched = context.dataFolder().resolve(config.folder());
        Path output = context.dataFolder().resolve(config.output());
        if (Files.exists(watched) && !Files.isDirectory(watched)) {
            throw new IOException("folder " + watched + " is a file; name a folder");
        }
        if (Files.isDirectory(output)) {
            throw new IOException("output " + output + " is a folder; name a file");
        }
        Files.createDirectories(watched);
        Files.createDirectories(output.toAbsolutePath().getParent());
        if (Files.isSameFile(watched, output.toAbsolutePath().getParent())) {
            throw new IOException(
                    "output " + output + " is in the watched folder; put it elsewhere");
        }
        folder = watched;
        ledger = Ledger.open(context, config.folder(), config.output());
        return InitResult.ok();
    }

    @Override
    public void run(AgentContext context) throws Exception {
        if (folder == null || ledger == null) {
            throw new IllegalStateException("the agent was not initialised");
        }
        try {
            Duration pause;
            do {
                long began = System.nanoTime();
                List<Found> ready = look(context, folder, ledger);
                // With a million files in the folder looking takes a second: then it is done less
                // often.
                Duration rest = Duration.ofNanos(4 * (System.nanoTime() - began));
                pause = rest.compareTo(config.interval()) > 0 ? rest : config.interval();
                handle(context, ledger, ready);
            } while (!context.awaitStop(pause));
        } catch (ClosedByInterruptException e) {
            InterruptedException interrupted = new InterruptedException("in the middle of a file");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    // Looking

    /** The files that can be handled, oldest first. */
    private List<Found> look(AgentContext context, Path folder, Ledger ledger) {
        Map<String, Found> look = new HashMap<>();
        Set<String> present = new HashSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path path : entries) {
                String name = name(path);
                if (!ledger.has(name) && isCandidate(path, name)) {
                    present.add(name);
                    find(context, path, name).ifPresent(found -> look.put(name, found));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            folderTrouble(context, folder, e);
            return List.of();
        }
        if (folderIsMissing) {
            folderIsMissing = false;
            context.log().log(Level.INFO, folder + " can be read again");
        }
        troubled.retainAll(present);
        List<Found> ready =
                new ArrayList<>(
                        look.values().stream()
                                .filter(found -> found.isUnchangedSince(lastLook.get(found.name())))
                                .toList());
        ready.sort(Comparator.comparing(Found::modified).thenComparing(Found::name));
        lastLook = look;
        return ready;
    }

    private boolean isCandidate(Path path, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return !name.startsWith(".")
                && !lower.endsWith(".tmp")
                && !lower.endsWith(".part")
                && included.matches(path.getFileName());
    }

    private Optional<Found> find(AgentContext context, Path path, String name) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return attributes.isRegularFile()
                    ? Optional.of(
                            new Found(path, name, attributes.size(), attributes.lastModifiedTime()))
                    : Optional.empty();
        } catch (IOException e) {
            trouble(context, name, e);
            return Optional.empty();
        }
    }

    /** A name that is different for different files, even where the locale cannot show it. */
    private static String name(Path path) {
        String name = path.getFileName().toString();
        if (name.indexOf('\uFFFD') < 0) {
            return name;
        }
        // The JDK shows bytes that its locale does not know as this one character, but a URI has
        // them all.
        String bytes = path.toUri().getRawPath();
        String decoded = Path.of(path.toUri().getPath()).getFileName().toString();
        return decoded.indexOf('\uFFFD') < 0
                ? decoded
                : bytes.substring(bytes.lastIndexOf('/') + 1);
    }

    // Handling

    private void handle(AgentContext context, Ledger ledger, List<Found> ready)
            throws IOException, InterruptedException {
        List<Ledger.Entry> batch = new ArrayList<>();
        long began = System.nanoTime();
        for (Found found : ready) {
            if (context.stopRequested()) {
                break;
            }
            read(context, found).ifPresent(batch::add);
            if (batch.size() >= BATCH_FILES || System.nanoTime() - began > BATCH_TIME.toNanos()) {
                if (!finish(context, ledger, batch)) {
                    return;
                }
                began = System.nanoTime();
            }
        }
        finish(context, ledger, batch);
    }

    private Optional<Ledger.Entry> read(AgentContext context, Found found)
            throws InterruptedException, ClosedByInterruptException {
        try {
            FileFacts facts = FileFacts.read(found.path(), context::stopRequested);
            BasicFileAttributes now = Files.readAttributes(found.path(), BasicFileAttributes.class);
            boolean unchanged =
                    facts.size() == found.size()
                            && now.size() == found.size()
                            && now.lastModifiedTime().equals(found.modified());
            // Still being written after all: another look will find it changed.
            return unchanged
                    ? Optional.of(
                            new Ledger.Entry(found.name(), facts.line(found.name(), context.now())))
                    : Optional.empty();
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            trouble(context, found.name(), e);
            return Optional.empty();
        }
    }

    /** Says false if the disk is full, for example: then another look finds them again. */
    private boolean finish(AgentContext context, Ledger ledger, List<Ledger.Entry> batch)
            throws IOException, InterruptedException {
        if (batch.isEmpty()) {
            return true;
        }
        try {
            ledger.add(List.copyOf(batch));
        } catch (IOException | StorageException e) {
            if (e instanceof ClosedByInterruptException
                    || (e instanceof StorageException storage && !storage.isRecoverable())) {
                throw e;
            }
            ledger.takeBack();
            if (!nothingIsKept) {
                nothingIsKept = true;
                context.log().log(Level.WARNING, "files cannot be handled yet: " + e.getMessage());
            }
            return false;
        }
        nothingIsKept = false;
        context.log().log(
                Level.INFO,
                (batch.size() == 1
                                ? "handled " + batch.getFirst().name()
                                : "handled " + batch.size() + " files")
                        + "; "
                        + ledger.files()
                        + " in all");
        batch.clear();
        return true;
    }

    // What can go wrong with what is not ours is said once and tried again at the next look.

    private void trouble(AgentContext context, String name, IOException e) {
        if (troubled.add(name)) {
            String what =
                    e instanceof NoSuchFileException
                            ? "is gone, or a link to nowhere"
                            : e.toString();
            context.log().log(Level.WARNING, name + " cannot be read yet: " + what);
        }
    }

    private void folderTrouble(AgentContext context, Path folder, Exception e) {
        if (!folderIsMissing) {
            folderIsMissing = true;
            context.log().log(Level.WARNING, folder + " cannot be read, and is tried again: " + e);
        }
    }
}
