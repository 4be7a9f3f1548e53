package ai.terraphim.supervisor.runtime.core;

import static org.assertj.core.api.Assertions.assertThat;

import ai.terraphim.supervisor.api.AgentSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChildrenTest {

    private static Child child(String id) {
        return new Child(AgentSpec.of(id, "any"), true);
    }

    private static List<Child> walk(Children children) {
        List<Child> seen = new ArrayList<>();
        for (Child child = children.first(); child != null; child = child.next()) {
            seen.add(child);
        }
        return seen;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void agreesWithALinkedHashMapWhateverIsAddedAndRemoved(long seed) {
        Random random = new Random(seed);
        Children children = new Children();
        Map<String, Child> expected = new LinkedHashMap<>();
        for (int step = 0; step < 20_000; step++) {
            String id = "agent-" + random.nextInt(200);
            Child known = expected.get(id);
            assertThat(children.find(id)).as("seed %d step %d", seed, step).isSameAs(known);
            if (known == null) {
                Child added = child(id);
                children.append(added);
                expected.put(id, added);
            } else if (random.nextInt(3) > 0) {
                children.remove(known);
                children.remove(known);
                expected.remove(id);
            }
            assertThat(children.size()).isEqualTo(expected.size());
        }
        assertThat(walk(children)).containsExactlyElementsOf(expected.values());
    }

    @Test
    void isFoundByOthersWhileNeighboursComeAndGo() {
        Children children = new Children();
        Child stays = child("stays");
        children.append(stays);
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Long> missed =
                CompletableFuture.supplyAsync(() -> {
                    long misses = 0;
                    while (!over.get()) {
                        misses += children.find("stays") == stays ? 0 : 1;
                        misses += walk(children).contains(stays) ? 0 : 1;
                    }
                    return misses;
                });
        for (int round = 0; round < 2_000; round++) {
            List<Child> neighbours = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                Child neighbour = child("n" + round * 7 + i);
                neighbours.add(neighbour);
                children.append(neighbour);
            }
            neighbours.forEach(children::remove);
        }
        over.set(true);
        assertThat(missed.join()).isZero();
    }
}
