package ai.terraphim.supervisor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything runs and prints what it should. How fast it is, no test says. */
class BenchmarksTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bare-thread",
                "bare-lazy",
                "ours-loop",
                "ours-message",
                "ours-loop+all",
                "ours-message+all"
            })
    void everyWorkloadPrintsItsFigures(String peer) throws Exception {
        assertThat(workloads(run(peer, "w1"))).containsOnly("W1.spawn", "W1.stop", "W1.boot");
        assertThat(workloads(run(peer, "w2")))
                .contains("W2.restart.p50", "W2.restart.p99", "W2.restart.max", "W2.storm");
        assertThat(workloads(run(peer, "w3"))).containsOnly("W3.group10");
        assertThat(workloads(run(peer, "w4")))
                .containsOnly("W4.20.live", "W4.20.rss", "W4.20.spawn");
        assertThat(workloads(run(peer, "w5")))
                .contains("W5.pingpong.p50", "W5.ask.p50", "W5.tell1", "W5.tell10k");
        assertThat(workloads(run(peer, "w7")))
                .contains("W7.tree.start", "W7.tree.stop", "W7.escalate5.p50");
    }

    @Test
    void aPeerWithAHistorySaysWhenItIsDurable() throws Exception {
        assertThat(workloads(run("ours-message+all", "w2")))
                .contains("W2.restart.durable", "W2.storm.durable");
    }

    @Test
    void agentsThatHangAreFoundAndReplaced() throws Exception {
        var out = new ByteArrayOutputStream();
        Detection.run(2, new Report("ours-message", new PrintStream(out, true)));
        assertThat(workloads(out.toString().lines().toList()))
                .contains("detect.message.p50", "replace.deaf.max", "detect.health.p99");
    }

    @Test
    void theStoreIsHeldAgainstBareJdbc() throws Exception {
        var out = new ByteArrayOutputStream();
        new StoreFigures(1, Duration.ofMillis(200), 1_000, new PrintStream(out, true))
                .run(StoreFigures.PARTS);
        assertThat(out.toString().lines())
                .hasSize(6)
                .allMatch(line -> line.endsWith(": met") || line.endsWith(": missed"));
    }

    @Test
    void pekkoRunsBesideUs() throws Exception {
        for (String workload : List.of("w1", "w2", "w3", "w5", "w7")) {
            assertThat(workloads(run("pekko", workload)))
                    .allMatch(name -> name.startsWith(workload.toUpperCase(java.util.Locale.ROOT)));
        }
    }

    @Test
    void theTableTakesTheMedianAndHoldsItAgainstTheTarget() {
        var out = new ByteArrayOutputStream();
        Table.print(
                List.of(
                        line("ours-message", 3, 1),
                        line("ours-message", 900, 2),
                        line("ours-message", 10, 3),
                        line("bare-lazy", 10, 1),
                        line("bare-lazy", 20, 2),
                        line("ours-message@abc", 20, 1),
                        "noise"),
                new PrintStream(out, true));
        assertThat(out.toString())
                .contains(
                        "| W2 storm | ours-message 10.00 per s | bare-lazy | 15.00 per s | 0.67 | ≥ 0.50 | met |")
                .contains("| W2.storm | ours-message | 10.00 per s | 20.00 per s | 0.50 |")
                .contains("| W2.storm | ours-message | 10.00 per s | 3.00 | 900 | 3 |");
    }

    private static String line(String peer, double value, int rep) {
        var out = new ByteArrayOutputStream();
        new Report(peer, new PrintStream(out, true)).value("W2.storm", value, "per_s", 1, rep);
        return out.toString().strip();
    }

    private static List<String> run(String peer, String workload) throws Exception {
        var out = new ByteArrayOutputStream();
        Main.run(workload, Size.TINY, new Report(peer, new PrintStream(out, true)));
        List<String> lines = out.toString().lines().toList();
        assertThat(lines)
                .isNotEmpty()
                .allMatch(line ->
                        line.matches(
                                "\\{\"peer\":\"(bare|ours|pekko)-[a-z+]+\",\"workload\":\"W[1-7][.a-z0-9]+\",\"value\":-?\\d+\\.\\d{3},\"unit\":\"(per_s|us|ms|B_per_child)\",\"n\":\\d+,\"rep\":1}"));
        return lines;
    }

    private static List<String> workloads(List<String> lines) {
        return lines.stream().map(line -> line.split("\"")[7]).distinct().toList();
    }
}
