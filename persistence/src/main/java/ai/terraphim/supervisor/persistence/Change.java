package ai.terraphim.supervisor.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.ParkedMessage;
import ai.terraphim.supervisor.api.Snapshot;
import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisorConfig;
import ai.terraphim.supervisor.api.SupervisorId;
import ai.terraphim.supervisor.api.store.StoredCheckpoint;
import ai.terraphim.supervisor.api.store.StoredChild;
import ai.terraphim.supervisor.api.store.StoredCondition;
import ai.terraphim.supervisor.api.store.StoredCondition.Aside;
import ai.terraphim.supervisor.api.store.StoredCondition.Kind;
import ai.terraphim.supervisor.api.store.StoredMessage;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One write, encoded by its caller so that the writer only has to bind it. */
sealed interface Change {

    /** About how much memory it takes while it waits. */
    long bytes();

    /**
     * A state of an agent.
     *
     * @param plugin the number of the version whose agent it was, 0 for none
     */
    @SuppressWarnings("ArrayRecordComponent") // a copy that nobody else has, and never compared
    record Checkpoint(
            String path,
            long number,
            long run,
            long epoch,
            long at,
            String contentType,
            int stateVersion,
            byte[] state,
            String handled,
            long plugin)
            implements Change {

        static Checkpoint of(StoredCheckpoint stored, long epoch, Plugins plugins) {
            return new Checkpoint(
                    stored.pid().path(),
                    stored.number(),
                    stored.run(),
                    epoch,
                    nanos(stored.at()),
                    stored.snapshot().contentType(),
                    stored.snapshot().stateVersion(),
                    stored.snapshot().state(),
                    String.join("\n", stored.handled()),
                    plugins.number(stored.plugin()));
        }

        static Checkpoint of(Row row) throws SQLException {
            return new Checkpoint(
                    row.text("path"),
                    row.number("number"),
                    row.number("run"),
                    row.number("epoch"),
                    row.number("at"),
                    row.text("content_type"),
                    (int) row.number("state_version"),
                    row.bytes("state"),
                    row.text("handled"),
                    row.number("plugin"));
        }

        StoredCheckpoint stored(AgentPid pid, Plugins plugins) {
            return new StoredCheckpoint(
                    pid,
                    number,
                    run,
                    instant(at),
                    new Snapshot(state, contentType, stateVersion),
                    handled.isEmpty() ? List.of() : List.of(handled.split("\n")),
                    plugins.version(plugin));
        }

        long checksum() {
            return checksum(
                    utf8(path),
                    number,
                    run,
                    epoch,
                    at,
                    utf8(contentType),
                    stateVersion,
                    ByteBuffer.wrap(state),
                    utf8(handled),
                    plugin);
        }

        private static ByteBuffer utf8(String text) {
            return ByteBuffer.wrap(text.getBytes(UTF_8));
        }

        /** Covers the key and every column. */
        static long checksum(
                ByteBuffer path,
                long number,
                long run,
                long epoch,
                long at,
                ByteBuffer contentType,
                int stateVersion,
                ByteBuffer state,
                ByteBuffer handled,
                long plugin) {
            Checksum checksum =
                    new Checksum()
                            .add(path)
                            .add(contentType)
                            .add(run)
                            .add(epoch)
                            .add(at)
                            .addInt(stateVersion)
                            .add(state);
            if (number > 0) { // the first layouts had no numbers; their checksums stay good
                checksum.add(number);
            }
            if (handled.hasRemaining()) { // nor these
                checksum.add(handled);
            }
            if (plugin != 0) { // nor these
                checksum.add(plugin);
            }
            return checksum.value();
        }

        @Override
        public long bytes() {
            return OVERHEAD + state.length + 2L * handled.length();
        }
    }

    /**
     * A fact for the history.
     *
     * @param stack the digest of the detail if that is long, and so stored once for all facts that
     *     have it
     */
    @SuppressWarnings("ArrayRecordComponent") // never changed or compared
    record Event(
            long seq,
            long at,
            String path,
            long run,
            String word,
            String reason,
            String detail,
            byte @Nullable [] stack)
            implements Change {

        /** How many characters a detail has that is stored beside the facts. */
        static final int LONG_DETAIL = 200;

        static Event of(SupervisionEvent event) {
            return new Event(
                    event.seq(),
                    nanos(event.at()),
                    event.path(),
                    event.run(),
                    event.kind().word(),
                    event.reason(),
                    event.detail(),
                    event.detail().length() < LONG_DETAIL ? null : Checksum.digest(event.detail()));
        }

        /**
         * @param detail the fact's own, or the text that is stored once for several
         */
        static Event of(Row row, String detail) throws SQLException {
            return new Event(
                    row.number("seq"),
                    row.number("at"),
                    row.text("path"),
                    row.number("run"),
                    row.text("event"),
                    row.text("reason"),
                    detail,
                    row.bytesOrNull("stack"));
        }

        SupervisionEvent event() {
            return new SupervisionEvent(
                    seq, instant(at), path, run, EventKind.ofWord(word), reason, detail);
        }

        long checksum() {
            Checksum checksum =
                    new Checksum().add(seq).add(at).add(path).add(run).add(word).add(reason);
            return (stack == null ? checksum.add(detail) : checksum.add(stack)).value();
        }

        @Override
        public long bytes() {
            return OVERHEAD + 2L * (reason.length() + detail.length());
        }
    }

    /** A child that was added. */
    record SaveChild(String path, String supervisor, String spec) implements Change {
        @Override
        public long bytes() {
            return OVERHEAD + 2L * spec.length();
        }
    }

    /** A child that was stopped. */
    record SaveStop(String path, String supervisor, String spec) implements Change {
        @Override
        public long bytes() {
            return OVERHEAD + 2L * spec.length();
        }
    }

    /** A child that was stopped and starts again. */
    record DeleteStop(String path) implements Change {
        @Override
        public long bytes() {
            return OVERHEAD;
        }
    }

    /**
     * How a child stands with its restarts.
     *
     * @param aside the word for how it is put aside; empty if it is not
     * @param lasts for how many nanoseconds; 0 until somebody restarts it
     * @param restarts instants, one a line
     */
    record Condition(
            String path,
            String supervisor,
            String spec,
            String aside,
            long since,
            long lasts,
            String why,
            long shortRuns,
            String restarts)
            implements Change {

        static Condition of(StoredCondition stored) {
            Optional<Aside> aside = stored.aside();
            return new Condition(
                    stored.path(),
                    stored.child().supervisor().path(),
                    SpecJson.write(stored.child().spec()),
                    aside.map(it -> it.kind().word()).orElse(""),
                    aside.map(it -> nanos(it.since())).orElse(0L),
                    aside.flatMap(Aside::time).map(Condition::length).orElse(0L),
                    aside.map(Aside::why).orElse(""),
                    stored.shortRuns(),
                    stored.restarts().stream()
                            .map(Instant::toString)
                            .collect(Collectors.joining("\n")));
        }

        static Condition of(Row row) throws SQLException {
            return new Condition(
                    row.text("path"),
                    row.text("supervisor"),
                    row.text("spec"),
                    row.text("aside"),
                    row.number("since"),
                    row.number("lasts"),
                    row.text("why"),
                    row.number("short_runs"),
                    row.text("restarts"));
        }

        /** A time that is too long to be told from for ever is 292 years. */
        private static long length(Duration time) {
            try {
                return time.toNanos();
            } catch (ArithmeticException _) {
                return Long.MAX_VALUE;
            }
        }

        /**
         * @throws IllegalArgumentException if it is not what {@link #of(StoredCondition)} gives
         */
        StoredCondition stored() {
            try {
                return new StoredCondition(
                        new StoredChild(new SupervisorId(supervisor), SpecJson.read(spec)),
                        storedAside(),
                        Math.toIntExact(shortRuns),
                        restarts.lines().map(Instant::parse).toList());
            } catch (DateTimeException | ArithmeticException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        }

        private Optional<Aside> storedAside() {
            if (aside.isEmpty()) {
                return Optional.empty();
            }
            Kind kind =
                    Arrays.stream(Kind.values())
                            .filter(it -> it.word().equals(aside))
                            .findFirst()
                            .orElseThrow(() ->
                                    new IllegalArgumentException(
                                            "'" + aside + "' is no way to be put aside"));
            return Optional.of(
                    new Aside(
                            kind,
                            instant(since),
                            lasts == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(lasts)),
                            why));
        }

        long checksum() {
            return new Checksum()
                    .add(path)
                    .add(supervisor)
                    .add(spec)
                    .add(aside)
                    .add(since)
                    .add(lasts)
                    .add(why)
                    .add(shortRuns)
                    .add(restarts)
                    .value();
        }

        @Override
        public long bytes() {
            return OVERHEAD + 2L * (spec.length() + why.length() + restarts.length());
        }
    }

    /** There is nothing to remember of how a child stands with its restarts. */
    record DeleteCondition(String path) implements Change {
        @Override
        public long bytes() {
            return OVERHEAD;
        }
    }

    /**
     * A message that was parked.
     *
     * @param messageId empty if it was sent with none
     * @param type empty, as its content is, if nothing but its text is kept
     */
    record Message(
            long number,
            String path,
            long at,
            long crashes,
            String messageId,
            String text,
            String reason,
            String stackTrace,
            String type,
            String content)
            implements Change {

        static Message of(StoredMessage stored) {
            ParkedMessage parked = stored.parked();
            return new Message(
                    stored.number(),
                    parked.pid().path(),
                    nanos(parked.parkedAt()),
                    parked.crashes(),
                    stored.messageId().orElse(""),
                    parked.message(),
                    parked.reason(),
                    parked.stack(),
                    stored.content().map(StoredMessage.Content::type).orElse(""),
                    stored.content().map(StoredMessage.Content::json).orElse(""));
        }

        static Message of(Row row) throws SQLException {
            return new Message(
                    row.number("number"),
                    row.text("path"),
                    row.number("at"),
                    row.number("crashes"),
                    row.text("message_id"),
                    row.text("text"),
                    row.text("reason"),
                    row.text("stack_trace"),
                    row.text("type"),
                    row.text("content"));
        }

        StoredMessage stored() {
            return new StoredMessage(
                    new ParkedMessage(
                            number,
                            new AgentPid(path),
                            instant(at),
                            (int) crashes,
                            text,
                            reason,
                            stackTrace),
                    messageId.isEmpty() ? Optional.empty() : Optional.of(messageId),
                    type.isEmpty()
                            ? Optional.empty()
                            : Optional.of(new StoredMessage.Content(type, content)));
        }

        long checksum() {
            return new Checksum()
                    .add(number)
                    .add(path)
                    .add(at)
                    .add(crashes)
                    .add(messageId)
                    .add(text)
                    .add(reason)
                    .add(stackTrace)
                    .add(type)
                    .add(content)
                    .value();
        }

        @Override
        public long bytes() {
            return OVERHEAD
                    + 2L
                            * (text.length()
                                    + reason.length()
                                    + stackTrace.length()
                                    + content.length());
        }
    }

    /** A message that is parked no more. */
    record DeleteMessage(long number) implements Change {
        @Override
        public long bytes() {
            return OVERHEAD;
        }
    }

    /** A child that was removed with all below it, or only those below. */
    record DeleteChildren(String path, boolean itself) implements Change {
        @Override
        public long bytes() {
            return OVERHEAD;
        }
    }

    /** Nothing to write: from now on it is known what is configured. */
    record TreeStarts(
            SupervisorConfig tree, Predicate<AgentPid> isThere, Consumer<List<AgentPid>> deleted)
            implements Change {
        @Override
        public long bytes() {
            return OVERHEAD;
        }
    }

    /** States that somebody wants to be deleted, of an agent that has left the tree. */
    record DeleteOrphan(String path) implements Change {
        @Override
        public long bytes() {
            return OVERHEAD;
        }
    }

    /**
     * Of the row of a child.
     *
     * @param position 0 for one that was stopped, which has none
     */
    static long checksum(String path, long position, String supervisor, String spec) {
        return new Checksum().add(path).add(position).add(supervisor).add(spec).value();
    }

    /** A path and some objects. */
    long OVERHEAD = 400;

    /** How instants are stored: nanoseconds since 1970, for the years 1677 to 2262. */
    static long nanos(Instant at) {
        return Math.addExact(Math.multiplyExact(at.getEpochSecond(), 1_000_000_000L), at.getNano());
    }

    static Instant instant(long nanos) {
        return Instant.ofEpochSecond(
                Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
    }
}
