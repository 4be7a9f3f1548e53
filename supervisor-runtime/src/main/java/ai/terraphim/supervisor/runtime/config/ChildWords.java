package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.RestartRules;
import ai.terraphim.supervisor.api.RestartType;
import ai.terraphim.supervisor.api.Shutdown;
import ai.terraphim.supervisor.api.StartMode;

/** What a tree file says of a child, be it an agent or a supervisor. */
record ChildWords(
        RestartType restart,
        StartMode start,
        Shutdown shutdown,
        boolean significant,
        RestartRules restarts) {
    /** Reads them; {@code otherwise} is how a child of this kind is stopped by default. */
    static ChildWords read(Fields fields, Shutdown otherwise) {
        RestartType restart = fields.word("restart", RestartType.values(), RestartType.PERMANENT);
        return new ChildWords(
                restart,
                fields.word("start", StartMode.values(), StartMode.SYNC),
                shutdown(fields, otherwise),
                fields.flag(
                        "significant",
                        restart != RestartType.PERMANENT,
                        "is for a child that can be done, and a permanent one never is; make it transient or temporary"),
                RestartReader.rules(fields));
    }

    private static Shutdown shutdown(Fields fields, Shutdown otherwise) {
        String word = fields.text("shutdown");
        return switch (word) {
            case null -> otherwise;
            case "brutal_kill" -> Shutdown.brutalKill();
            case "infinity" -> Shutdown.infinity();
            default ->
                    fields.duration("shutdown", "; or brutal_kill, or infinity")
                            .map(Shutdown::within)
                            .orElse(otherwise);
        };
    }
}
