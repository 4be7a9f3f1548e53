package ai.terraphim.supervisor.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes tables in Markdown from the lines of {@link Report}: our figures against the targets and
 * against an older commit, then all figures. Every figure is the median of its repetitions.
 */
final class Table {
    private static final Pattern LINE =
            Pattern.compile(
                    "\\{\"peer\":\"([^\"]+)\",\"workload\":\"([^\"]+)\",\"value\":([-0-9.]+),\"unit\":\"([^\"]+)\",\"n\":\\d+,\"rep\":\\d+}");

    private record Series(String workload, String peer) {}

    /** A bound for the ratio of two figures, or for one figure if there is no other. */
    private record Target(
            String what, Series ours, @Nullable Series other, boolean atLeast, double bound) {}

    /** Inside it two figures count as equal. */
    private static final double NOISE = 1.2;

    private static final String MESSAGE = "ours-message";
    private static final String LOOP = "ours-loop";
    private static final String LAZY = "bare-lazy";
    private static final String THREAD = "bare-thread";
    private static final String PEKKO = "pekko-restart";

    private static final List<Target> TARGETS =
            List.of(
                    atLeast("W1 spawn, one by one", "W1.spawn", MESSAGE, 0.6, LAZY),
                    atLeast("W1 spawn, one by one", "W1.spawn", MESSAGE, 2, PEKKO),
                    atLeast("W1 spawn, one by one", "W1.spawn", LOOP, 0.6, THREAD),
                    atLeast("W1 ordered stop", "W1.stop", MESSAGE, 0.6, LAZY),
                    atLeast("W1 ordered stop", "W1.stop", LOOP, 0.6, THREAD),
                    atMost("W2 restart in place, p50", "W2.restart.p50", MESSAGE, 1, PEKKO),
                    atMost("W2 respawn, p50", "W2.restart.p50", LOOP, 2, THREAD),
                    new Target(
                            "W2 restart, last quarter of the window against the first",
                            new Series("W2.restart.last.p50", MESSAGE),
                            new Series("W2.restart.first.p50", MESSAGE),
                            false,
                            1),
                    atLeast("W2 storm", "W2.storm", MESSAGE, 1, PEKKO),
                    atLeast("W2 storm", "W2.storm", MESSAGE, 1, "pekko-watch"),
                    atLeast("W2 storm", "W2.storm", MESSAGE, 0.5, LAZY),
                    atLeast("W2 storm", "W2.storm", MESSAGE, 20, "otp-static"),
                    atLeast("W2 storm", "W2.storm", MESSAGE, 20, "otp-simple"),
                    atMost("W3 one_for_all of 1,000", "W3.group1000", MESSAGE, 1.5, LAZY),
                    atMost("W3 one_for_all of 1,000", "W3.group1000", LOOP, 1.5, THREAD),
                    tenThousand(MESSAGE),
                    tenThousand(LOOP),
                    bytes("W4.100000.live", MESSAGE, 400),
                    atMost("W4 live bytes, 100 k idle", "W4.100000.live", LOOP, 1.2, THREAD),
                    atMost("W4 spawn of a million", "W4.1000000.spawn", MESSAGE, 4, LAZY),
                    bytes("W4.1000000.live", MESSAGE, 500),
                    atMost("W5 ask, p50", "W5.ask.p50", MESSAGE, 2, LAZY),
                    atMost("W5 ask, p50", "W5.ask.p50", MESSAGE, 1, "otp"),
                    atLeast("W5 tell to one", "W5.tell1", MESSAGE, 0.6, LAZY),
                    atLeast("W5 tell to 10 k", "W5.tell10k", MESSAGE, 0.6, LAZY),
                    atMost("W7 tree, start", "W7.tree.start", MESSAGE, 1.6, LAZY),
                    atMost("W7 tree, start", "W7.tree.start", LOOP, 1.6, THREAD),
                    atMost("W7 tree, stop", "W7.tree.stop", MESSAGE, 1.6, LAZY),
                    atMost("W7 tree, stop", "W7.tree.stop", LOOP, 1.6, THREAD),
                    atMost("W7 escalate 5 levels, p50", "W7.escalate5.p50", MESSAGE, 2, LAZY),
                    atMost("W7 escalate 5 levels, p50", "W7.escalate5.p50", LOOP, 2, THREAD),
                    everything("W2 restart, p50", "W2.restart.p50", MESSAGE, false, 1.25),
                    everything("W2 restart, p50", "W2.restart.p50", LOOP, false, 1.25),
                    everything("W2 storm", "W2.storm", MESSAGE, true, 0.5),
                    everything("W2 storm", "W2.storm", LOOP, true, 0.5));

    private static Target atLeast(
            String what, String workload, String ours, double bound, String other) {
        return new Target(
                what, new Series(workload, ours), new Series(workload, other), true, bound);
    }

    private static Target atMost(
            String what, String workload, String ours, double bound, String other) {
        return new Target(
                what, new Series(workload, ours), new Series(workload, other), false, bound);
    }

    private static Target tenThousand(String ours) {
        return new Target(
                "W3 one_for_all of 10,000 against 1,000",
                new Series("W3.group10000", ours),
                new Series("W3.group1000", ours),
                false,
                15);
    }

    private static Target bytes(String workload, String ours, double bound) {
        return new Target("W4 live bytes a child", new Series(workload, ours), null, false, bound);
    }

    private static Target everything(
            String what, String workload, String ours, boolean atLeast, double bound) {
        return new Target(
                what + ", everything on",
                new Series(workload, ours + "+all"),
                new Series(workload, ours),
                atLeast,
                bound);
    }

    private final Map<String, Map<String, List<Double>>> figures = new TreeMap<>();
    private final Map<String, String> units = new TreeMap<>();

    private Table() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            throw new IllegalArgumentException("usage: table.sh FILE");
        }
        print(Files.readAllLines(Path.of(args[0])), System.out);
    }

    static void print(List<String> lines, PrintStream out) {
        Table table = new Table();
        lines.forEach(table::add);
        table.printTargets(out);
        out.println();
        table.printAgainst(out);
        table.printFigures(out);
    }

    private void add(String line) {
        Matcher fields = LINE.matcher(line);
        if (fields.matches()) {
            figures.computeIfAbsent(fields.group(2), _ -> new TreeMap<>())
                    .computeIfAbsent(fields.group(1), _ -> new ArrayList<>())
                    .add(Double.valueOf(fields.group(3)));
            units.put(fields.group(2), fields.group(4));
        }
    }

    private OptionalDouble median(Series series) {
        double[] values =
                figures
                        .getOrDefault(series.workload, Map.of())
                        .getOrDefault(series.peer, List.of())
                        .stream()
                        .mapToDouble(Double::doubleValue)
                        .sorted()
                        .toArray();
        return values.length == 0
                ? OptionalDouble.empty()
                : Arrays.stream(values, (values.length - 1) / 2, values.length / 2 + 1).average();
    }

    private void printTargets(PrintStream out) {
        out.println("| workload | ours | against | which has | ratio | wanted | |");
        out.println("| --- | --- | --- | ---: | ---: | ---: | --- |");
        for (Target target : TARGETS) {
            OptionalDouble ours = median(target.ours);
            OptionalDouble other =
                    target.other == null ? OptionalDouble.of(1) : median(target.other);
            if (ours.isEmpty() || other.isEmpty()) {
                continue; // not measured in this run
            }
            double ratio = ours.getAsDouble() / other.getAsDouble();
            out.printf(
                    Locale.ROOT,
                    "| %s | %s %s | %s | %s | %s | %s %s | %s |%n",
                    target.what,
                    target.ours.peer,
                    figure(target.ours.workload, ours.getAsDouble()),
                    target.other == null ? "" : target.other.peer,
                    target.other == null ? "" : figure(target.other.workload, other.getAsDouble()),
                    number(ratio),
                    target.atLeast ? "≥" : "≤",
                    number(target.bound),
                    verdict(target, ratio));
        }
    }

    private static String verdict(Target target, double ratio) {
        double excess = target.atLeast ? target.bound / ratio : ratio / target.bound;
        if (excess <= 1) {
            return "met";
        }
        return excess <= NOISE && target.bound == 1 ? "equal" : "**missed**";
    }

    /** Each peer beside itself at an older commit, which is called {@code PEER@COMMIT}. */
    private void printAgainst(PrintStream out) {
        out.println("| workload | peer | now | before | ratio |");
        out.println("| --- | --- | ---: | ---: | ---: |");
        figures.forEach((workload, peers) ->
                peers.keySet().stream()
                        .filter(peer -> peer.contains("@"))
                        .forEach(old -> {
                            String peer = old.substring(0, old.indexOf('@'));
                            OptionalDouble now = median(new Series(workload, peer));
                            double before = median(new Series(workload, old)).orElseThrow();
                            now.ifPresent(value ->
                                    out.printf(
                                            Locale.ROOT,
                                            "| %s | %s | %s | %s | %s |%n",
                                            workload,
                                            peer,
                                            figure(workload, value),
                                            figure(workload, before),
                                            number(value / before)));
                        }));
        out.println();
    }

    private void printFigures(PrintStream out) {
        out.println("| workload | peer | median | least | most | repetitions |");
        out.println("| --- | --- | ---: | ---: | ---: | ---: |");
        figures.forEach((workload, peers) ->
                peers.forEach((peer, values) -> {
                    out.printf(
                            Locale.ROOT,
                            "| %s | %s | %s | %s | %s | %d |%n",
                            workload,
                            peer,
                            figure(workload, median(new Series(workload, peer)).orElseThrow()),
                            number(Collections.min(values)),
                            number(Collections.max(values)),
                            values.size());
                }));
    }

    private String figure(String workload, double value) {
        return number(value) + " " + units.getOrDefault(workload, "").replace("_", " ");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }
}
