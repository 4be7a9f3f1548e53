package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.AgentPid;
import ai.terraphim.supervisor.api.SupervisionException;
import ai.terraphim.supervisor.api.store.StoreMaintenance;
import ai.terraphim.supervisor.persistence.SqliteStore;
import ai.terraphim.supervisor.runtime.jmx.OrphanView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The agents that have states and no place in the tree, whether or not a supervisor runs. */
final class Orphans {
    private static final int PAGE = 1_000;

    private Orphans() {}

    static List<OrphanView> list(Target target) {
        return target.isAtRest()
                ? inStore(
                        target.home(),
                        store ->
                                all((after, limit) ->
                                        join(store.orphans(after, limit)).stream()
                                                .map(OrphanView::of)
                                                .toList()))
                : target.ask(connection ->
                        all((after, limit) ->
                                connection.askStore(bean -> bean.listOrphans(after, limit))));
    }

    static void delete(Target target, String path) {
        if (target.isAtRest()) {
            inStore(
                    target.home(),
                    store -> {
                        join(store.deleteOrphan(new AgentPid(path)));
                        return true;
                    });
        } else {
            target.ask(connection ->
                    connection.askStore(bean -> {
                        bean.deleteOrphan(path);
                        return true;
                    }));
        }
    }

    private static List<OrphanView> all(BiFunction<String, Integer, List<OrphanView>> page) {
        List<OrphanView> all = new ArrayList<>();
        List<OrphanView> next;
        do {
            next = page.apply(all.isEmpty() ? "" : all.getLast().path(), PAGE);
            all.addAll(next);
        } while (next.size() == PAGE);
        return all;
    }

    private static <T> T inStore(Home home, Function<StoreMaintenance, T> question) {
        try (SqliteStore store = SqliteStore.open(home.data(), "orphans")) {
            store.recover();
            return question.apply(store.maintenance().orElseThrow());
        }
    }

    private static <T> T join(CompletionStage<T> answer) {
        try {
            return answer.toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof SupervisionException refusal) {
                throw new CommandFailure(
                        ExitCode.REFUSED, String.valueOf(refusal.getMessage()), refusal);
            }
            throw e;
        }
    }
}
