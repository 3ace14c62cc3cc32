package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JSON to values and back, and what is said of what is wrong. */
class JacksonCodecTest {
    private static final JsonCodec CODEC = JsonCodec.standard();

    record Item(String name, @JsonProperty(required = true) int price) {}

    record Order(String id, List<Item> items, Map<String, Integer> counts) {}

    record Even(int value) {
        Even {
            if (value % 2 != 0) {
                throw new IllegalArgumentException("secret: odd");
            }
        }
    }

    /** Cannot be written. */
    static final class Broken {
        public int getNumber() {
            return 1 / Integer.parseInt("0");
        }
    }

    interface Unknown {
        String name();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Object decode(String json, Type type) {
        return CODEC.decode(utf8(json), type);
    }

    private static HttpException refusal(Callable<?> call) {
        try {
            Object value = call.call();
            throw new AssertionError("was not refused: " + value);
        } catch (HttpException e) {
            assertThat(e.status()).isEqualTo(400);
            assertThat(e.getMessage()).doesNotContain("gannet", "java", "jackson", "secret");
            return e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void valuesComeBackAsTheyWent() {
        Order order = new Order("ä\"", List.of(new Item("x", 1)), Map.of("y", 2));
        byte[] json = CODEC.encode(order);
        assertThat(new String(json, StandardCharsets.UTF_8)).isEqualTo(
                "{\"id\":\"ä\\\"\",\"items\":[{\"name\":\"x\",\"price\":1}],\"counts\":{\"y\":2}}");
        assertThat(CODEC.decode(json, Order.class)).isEqualTo(order);
        assertThat(CODEC.encode("x")).isEqualTo(utf8("\"x\""));
        assertThat(CODEC.encode(List.of(1, "a"))).isEqualTo(utf8("[1,\"a\"]"));
        assertThat(decode("5", int.class)).isEqualTo(5);
    }

    @Test
    void typesWithArgumentsAreRead() {
        Type type = new JsonType<Map<String, List<Item>>>() {}.type();
        Object value = decode("{\"a\":[{\"name\":\"x\",\"price\":1}]}", type);
        assertThat(value).isEqualTo(Map.of("a", List.of(new Item("x", 1))));
        assertThat(decode("[]", new JsonType<List<String>>() {}.type())).isEqualTo(List.of());
        assertThat(new JsonType<Item>() {}.type()).isEqualTo(Item.class);
    }

    @SuppressWarnings("rawtypes")
    private static final class Raw implements JsonType {}

    private static <T> JsonType<List<T>> open() {
        return new JsonType<>() {};
    }

    @Test
    void aTypeMustBeKnown() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Raw().type());
        JsonType<List<String>> open = open();
        assertThatIllegalArgumentException().isThrownBy(open::type);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '~', value = {
        "{\"name\":}!the JSON is malformed at line 1, column 9",
        "{\"name\":\"x\"!the JSON is malformed at line 1, column 1",
        "nonsense!the JSON is malformed at line 1, column ",
        "{\"name\":\"x\",\"nom\":1,\"price\":1}!nom is not known at line 1, column ",
        "{\"name\":\"x\",\"price\":\"y\"}!price has a wrong type at line 1, column 21",
        "{\"name\":[],\"price\":1}!name has a wrong type at line 1, column 9",
        "{\"name\":\"x\"}!price is missing at line 1, column 12",
        "[]!the JSON has a wrong type at line 1, column 1",
        "{\"price\":99999999999}!the JSON is malformed at line 1, column 21",
        "null!the JSON is null", "~ ~!the body is empty",
        "{\"price\":1} x!the JSON is malformed at line 1, column 13",
        "{\"price\":1} {}!something follows the JSON",
        "{\"price\":1,\"price\":!the JSON is malformed"
    })
    void whatIsWrongIsSaid(String json, String message) {
        assertThat(refusal(() -> decode(json, Item.class))).hasMessageStartingWith(message);
    }

    @Test
    void thePathLeadsToWhatIsWrong() {
        String deep = "{\n\"items\":[{\"price\":1},\n  {\"price\":true}]}";
        assertThat(refusal(() -> decode(deep, Order.class)))
                .hasMessage("items[1].price has a wrong type at line 3, column 12");
        assertThat(refusal(() -> decode("{\"counts\":{\"a b\":\"x\"}}", Order.class)))
                .hasMessageStartingWith("counts.a b has a wrong type");
        String cut = "{\"items\":[{\"price\":1},\n{\"price\":,";
        assertThat(refusal(() -> decode(cut, Order.class)))
                .hasMessage("the JSON is malformed at line 2, column 10");
        assertThat(refusal(() -> decode("{\"value\":3}", Even.class)))
                .hasMessageStartingWith("the JSON is not acceptable");
        assertThat(refusal(() -> decode("[3]", new JsonType<List<Even>>() {}.type())))
                .hasMessageStartingWith("[0]");
    }

    @Test
    void namesOfAClientCannotFloodOrForge() {
        String name = "\\r\\nforged" + "x".repeat(5000);
        HttpException e = refusal(() -> decode("{\"price\":1,\"" + name + "\":1}", Item.class));
        assertThat(e.getMessage()).startsWith("??forged").hasSizeLessThan(300);
    }

    @Test
    void hostileJsonIsRefused() {
        assertThat(refusal(() -> decode("[".repeat(100_000), List.class)).getMessage())
                .startsWith("the JSON is malformed");
        assertThat(refusal(() -> decode("9".repeat(10_000), Object.class)).getMessage())
                .startsWith("the JSON is malformed");
        for (byte[] bad : new byte[][] {{'"', (byte) 0xff, '"'}, {'"', (byte) 0xc3, '"'},
                {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}, {'"', 0, '"'}, {0}, {0, 0, 0, 0},
                {(byte) 0xfe, (byte) 0xff}}) {
            refusal(() -> CODEC.decode(bad, String.class));
        }
    }

    @Test
    void whatTheProgramGotWrongIsNoRefusal() {
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> CODEC.encode(new Broken()));
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> decode("{\"name\":\"x\"}", Unknown.class));
    }

    @Test
    void aMapperOfOnesOwnIsUsed() {
        ObjectMapper mapper = JsonMapper.builder()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
        JsonCodec own = JacksonCodec.of(mapper);
        assertThat(own.decode(utf8("{\"price\":1,\"x\":2}"), Item.class))
                .isEqualTo(new Item(null, 1));
        assertThat(HttpResponse.json(Map.of("a", 1), own).header("Content-Type"))
                .contains("application/json");
    }
}
