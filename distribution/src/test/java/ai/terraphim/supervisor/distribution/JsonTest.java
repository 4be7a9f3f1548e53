package ai.terraphim.supervisor.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

class JsonTest {
    private static final JsonMapper READER = new JsonMapper();

    @Test
    void aListHasOneItemALine() {
        assertThat(Json.lines(List.of())).isEqualTo("[]");
        assertThat(Json.lines(List.of(Map.of("a", 1), Map.of("a", 2))))
                .isEqualTo("[\n  {\"a\": 1},\n  {\"a\": 2}\n]");
    }

    @Test
    void everyValueIsReadBackAsItWas() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("text", "a \"quote\", a \\ and\r\n\tmore\0");
        value.put("none", null);
        value.put("yes", true);
        value.put("number", Long.MAX_VALUE);
        value.put("list", List.of("x", List.of(), Map.of()));
        assertThat(READER.readValue(Json.text(value), new TypeReference<Map<String, Object>>() {}))
                .isEqualTo(value);
    }

    @Test
    void anyTextIsReadBackAsItWasAndWrittenInAscii() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 1_000; i++) {
            String text =
                    random.ints(random.nextInt(40), 0, Character.MAX_CODE_POINT + 1)
                            .filter(c -> Character.getType(c) != Character.SURROGATE)
                            .collect(
                                    StringBuilder::new,
                                    StringBuilder::appendCodePoint,
                                    StringBuilder::append)
                            .toString();
            String json = Json.text(text);
            assertThat(json.chars()).as("seed %d", seed).allMatch(c -> c >= ' ' && c < 0x7f);
            assertThat(READER.readValue(json, String.class)).as("seed %d", seed).isEqualTo(text);
        }
    }
}
