package ai.terraphim.supervisor.runtime.config;

import ai.terraphim.supervisor.api.StoreOptions;
import ai.terraphim.supervisor.api.StoreOptions.Durability;
import ai.terraphim.supervisor.api.StoreOptions.HistoryLimits;
import ai.terraphim.supervisor.api.StoreOptions.OrphanLimits;
import java.util.List;
import java.util.Optional;

/** Reads how state and history are kept. */
final class StoreReader {
    private StoreReader() {}

    /** Reads what stands at {@code store} of a tree file. */
    static StoreOptions read(Fields file) {
        StoreOptions otherwise = StoreOptions.DEFAULT;
        return file.inner("store", List.of("durability", "history", "orphans"))
                .map(store ->
                        new StoreOptions(
                                store.word(
                                        "durability", Durability.values(), otherwise.durability()),
                                history(store),
                                orphans(store)))
                .orElse(otherwise);
    }

    private static OrphanLimits orphans(Fields store) {
        OrphanLimits otherwise = OrphanLimits.DEFAULT;
        return store.inner("orphans", List.of("max_age"))
                .flatMap(orphans ->
                        orphans.make(it ->
                                Optional.of(
                                        "never".equals(it.text("max_age"))
                                                ? OrphanLimits.KEEP
                                                : it.duration("max_age", ", or never")
                                                        .map(age ->
                                                                new OrphanLimits(Optional.of(age)))
                                                        .orElse(otherwise))))
                .orElse(otherwise);
    }

    private static HistoryLimits history(Fields store) {
        HistoryLimits otherwise = HistoryLimits.DEFAULT;
        return store.inner("history", List.of("max_facts", "max_age"))
                .flatMap(history ->
                        history.make(it ->
                                Optional.of(
                                        new HistoryLimits(
                                                it.whole("max_facts").orElse(otherwise.maxFacts()),
                                                it.duration("max_age")
                                                        .orElse(otherwise.maxAge())))))
                .orElse(otherwise);
    }
}
