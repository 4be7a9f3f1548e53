package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.EventKind;
import ai.terraphim.supervisor.api.SupervisionEvent;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class EventPrinterTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Test
    void aFactIsOneLineInColumns() {
        EventPrinter printer = printer(false);
        assertThat(printer.text(event(EventKind.CHILD_EXITED, "root/web", 1, "error: gone\nmore")))
                .isEqualTo("12:00:01.250  exited          root/web    run 1   error: gone");
        assertThat(printer.text(event(EventKind.CHILD_RESTARTED, "root/web/long-id", 12, "")))
                .isEqualTo("12:00:01.250  restarted       root/web/long-id  run 12");
    }

    @Test
    void theSubjectIsSaidWhereItIsNotWhoThePathNames() {
        EventPrinter printer = printer(false);
        assertThat(printer.text(event(EventKind.CHILD_PARKED, "root/web", 1, "")))
                .isEqualTo("12:00:01.250  parked          root/web    run 1");
        assertThat(printer.text(event(EventKind.MESSAGE_PARKED, "root/web", 1, "")))
                .isEqualTo("12:00:01.250  message.parked  root/web    run 1");
        assertThat(printer.text(event(EventKind.CIRCUIT_OPENED, "llm", 0, "")))
                .isEqualTo("12:00:01.250  opened          llm");
    }

    @Test
    void coloursAreThereOnATerminalOnly() {
        SupervisionEvent event = event(EventKind.CHILD_EXITED, "root/web", 1, "killed");
        assertThat(printer(false).text(event)).doesNotContain("\u001b");
        assertThat(printer(true).text(event)).contains("\u001b[31mexited");
    }

    @Test
    void boxDrawingIsReplacedWhereItCannotBeShown() {
        Charset ascii = StandardCharsets.US_ASCII;
        Terminal terminal = new Terminal(new PrintStream(bytes, true, ascii), false, ascii);
        terminal.line("│  ├─ a · b");
        terminal.line("   └─ c");
        assertThat(bytes.toString(ascii).lines()).containsExactly("|  |- a - b", "   `- c");
    }

    private EventPrinter printer(boolean colour) {
        Charset utf8 = StandardCharsets.UTF_8;
        Terminal terminal = new Terminal(new PrintStream(bytes, true, utf8), colour, utf8);
        return new EventPrinter(terminal, ZoneOffset.UTC, 10);
    }

    private static SupervisionEvent event(EventKind kind, String path, long run, String reason) {
        Instant at = Instant.parse("2026-01-01T12:00:01.250Z");
        return new SupervisionEvent(7, at, path, run, kind, reason, "detail");
    }
}
