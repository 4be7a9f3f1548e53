package ai.terraphim.supervisor.distribution;

import java.util.List;
import picocli.CommandLine.Option;

/** How a reading command prints. */
final class Format {

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    boolean isJson() {
        return json;
    }

    <T> void print(Listing<T> listing, List<T> rows) {
        Terminal terminal = Terminal.standard();
        if (json) {
            terminal.line(Json.lines(rows.stream().map(listing.json()).toList()));
        } else {
            listing.text().apply(rows).forEach(terminal::line);
        }
    }
}
