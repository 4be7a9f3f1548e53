package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.persistence.StoreBackup;
import ai.terraphim.supervisor.persistence.StoreCheck;
import ai.terraphim.supervisor.persistence.StoreExport;
import ai.terraphim.supervisor.persistence.StoreImport;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The commands that work on the files of a home, whether or not a supervisor runs on it. */
abstract class StoreCommands {

    abstract Home home();

    @Command(
            name = "backup",
            description = {
                "Copies the database into one file, also while a supervisor runs.",
                "The file holds all that was acknowledged when the copy began, and appears when it is complete."
            })
    void backup(
            @Parameters(paramLabel = "FILE", description = "The file to make; there must be none.")
                    Path file) {
        StoreBackup.backup(home().data(), file);
        Terminal.standard().line("backed up to " + file.toAbsolutePath());
    }

    @Command(
            name = "restore",
            description = {
                "Puts a backup in the place of the database; no supervisor may run.",
                "What was there is kept beside it under another name."
            })
    void restore(
            @Parameters(paramLabel = "FILE", description = "What backup has made.") Path file) {
        Terminal terminal = Terminal.standard();
        Path data = home().data();
        StoreBackup.restore(file, data)
                .ifPresent(kept -> terminal.line("what was there is kept as " + kept));
        terminal.line("restored %s to %s".formatted(file.toAbsolutePath(), data));
    }

    @Command(
            name = "export",
            description = {
                "Writes everything in the database as JSON lines, also while a supervisor runs.",
                "Rows that are damaged are left out and named; the exit code is 10 then."
            })
    int export(
            @Parameters(paramLabel = "FILE", description = "The file to make; there must be none.")
                    Path file) {
        Terminal terminal = Terminal.standard();
        StoreExport.Summary written = StoreExport.export(home().data(), file);
        written.leftOut().forEach(row -> terminal.line(terminal.red("left out: " + row)));
        terminal.line("exported %s to %s".formatted(counts(written.rows()), file.toAbsolutePath()));
        return (written.leftOut().isEmpty() ? ExitCode.OK : ExitCode.DAMAGED).code();
    }

    @Command(
            name = "import",
            description = {
                "Makes a database of what export has written, all of it or nothing.",
                "There must be none in the data folder, and no supervisor may run."
            })
    void importFile(
            @Parameters(paramLabel = "FILE", description = "What export has made.") Path file) {
        Path data = home().data();
        StoreExport.Summary read = StoreImport.importInto(file, data);
        Terminal.standard()
                .line(
                        "imported %s from %s to %s"
                                .formatted(counts(read.rows()), file.toAbsolutePath(), data));
    }

    @Command(
            name = "check-store",
            description = {
                "Looks at everything in the database, also while a supervisor runs, and changes nothing.",
                "Prints what is damaged; the exit code is 10 then."
            })
    int checkStore(@Mixin Format format) {
        Terminal terminal = Terminal.standard();
        Path data = home().data();
        StoreCheck.Report report = StoreCheck.check(data);
        if (format.isJson()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("data", data.toString());
            json.put("sound", report.isSound());
            json.put("layout", report.layout());
            json.put("commits", report.commits());
            json.put("bytes", report.bytes());
            json.put("rows", report.rows());
            json.put("damage", report.damage());
            terminal.line(Json.text(json));
        } else {
            report.damage().forEach(line -> terminal.line(terminal.red("damaged: " + line)));
            terminal.line(
                    "%s is %s: %s; layout %d, %d commits, %.1f MB"
                            .formatted(
                                    data,
                                    report.isSound() ? "sound" : "damaged",
                                    counts(report.rows()),
                                    report.layout(),
                                    report.commits(),
                                    report.bytes() / 1e6));
        }
        return (report.isSound() ? ExitCode.OK : ExitCode.DAMAGED).code();
    }

    private static String counts(Map<String, Long> rows) {
        return rows.entrySet().stream()
                .filter(kind -> !kind.getKey().equals("meta"))
                .map(kind -> kind.getKey() + " " + kind.getValue())
                .collect(Collectors.joining(", "));
    }
}
