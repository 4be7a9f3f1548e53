package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.distribution.JvmProbe.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * What was seen of one life of a JVM under a steady load, and whether anything grows there without
 * end. The first third of the life is for warming up: code is compiled, caches and rings are
 * filled. What is the least in the last third may not be more than what was the least in the middle
 * third, with some slack: what comes and goes is left out so, and what stays is not.
 */
final class Soak {
    private static final long MIB = 1 << 20;

    /** One look. */
    record Sample(Use use, long database, long journal) {}

    private final List<Sample> samples = new ArrayList<>();

    void add(Sample sample) {
        samples.add(sample);
    }

    int size() {
        return samples.size();
    }

    /** The highest value that was seen. */
    long most(ToLongFunction<Sample> what) {
        return samples.stream().mapToLong(what).max().orElse(0);
    }

    private static long least(List<Sample> samples, ToLongFunction<Sample> what) {
        return samples.stream().mapToLong(what).min().orElse(0);
    }

    private List<Sample> third(int number) {
        int size = samples.size();
        return samples.subList(size * number / 3, size * (number + 1) / 3);
    }

    /** What grows, with the least of the middle third and of the last one. */
    SortedMap<String, String> growing() {
        SortedMap<String, String> growing = new TreeMap<>();
        // A tenth and 2 MiB: what is in mailboxes and on its way to the disk at a moment.
        note(growing, "heap", it -> it.use().heap(), 0.1, 2 * MIB);
        // The heap has all of its memory from the start; this is the code cache, and malloc's
        // arenas, which keep what was freed.
        note(growing, "resident memory", it -> it.use().resident(), 0.1, 16 * MIB);
        note(growing, "platform threads", it -> it.use().threads(), 0, 3);
        note(growing, "virtual threads", it -> it.use().virtualThreads(), 0.1, 30);
        // A restart of a process or of a probe has pipes and sockets open for a moment.
        note(growing, "descriptors", it -> it.use().descriptors(), 0, 5);
        note(growing, "classes", it -> it.use().classes(), 0.02, 50);
        // A file of SQLite never shrinks, so that what is free in it counts.
        note(growing, "database", Sample::database, 0.1, MIB);
        note(growing, "journal", Sample::journal, 0.1, 4 * MIB);
        // By class, the sharpest look: all mailboxes together take 200 messages, and 100 are
        // parked.
        Map<String, Long> objects = third(2).getLast().use().objects();
        for (String type : objects.keySet()) {
            note(
                    growing,
                    "objects of " + type,
                    it -> it.use().objects().getOrDefault(type, 0L),
                    0.05,
                    300);
        }
        return growing;
    }

    private void note(
            SortedMap<String, String> growing,
            String name,
            ToLongFunction<Sample> what,
            double part,
            long slack) {
        long before = least(third(1), what);
        long after = least(third(2), what);
        if (after > before * (1 + part) + slack) {
            growing.put(name, before + " -> " + after);
        }
    }

    /** For people: how much there was in each third. */
    String describe() {
        return "heap %s MiB, objects %s, threads %s, virtual threads %s, descriptors %s, classes %s, resident %s MiB, database %s KiB, journal %s KiB"
                .formatted(
                        thirds(it -> it.use().heap(), MIB),
                        thirds(
                                it ->
                                        it.use().objects().values().stream()
                                                .mapToLong(Long::longValue)
                                                .sum(),
                                1),
                        thirds(it -> it.use().threads(), 1),
                        thirds(it -> it.use().virtualThreads(), 1),
                        thirds(it -> it.use().descriptors(), 1),
                        thirds(it -> it.use().classes(), 1),
                        thirds(it -> it.use().resident(), MIB),
                        thirds(Sample::database, 1 << 10),
                        thirds(Sample::journal, 1 << 10));
    }

    private String thirds(ToLongFunction<Sample> what, long unit) {
        return "%d, %d, %d (at most %d)"
                .formatted(
                        least(third(0), what) / unit,
                        least(third(1), what) / unit,
                        least(third(2), what) / unit,
                        most(what) / unit);
    }
}
