package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Server-sent events as text: nothing in a field may become another one. */
class EventTextTest {
    private static String event(String id, String event, String data, long retry) {
        return new String(EventText.event(id, event, data, retry), StandardCharsets.UTF_8);
    }

    private static String comment(String text) {
        return new String(EventText.comment(text), StandardCharsets.UTF_8);
    }

    @Test
    void anEventHasTheFieldsThatAreGiven() {
        assertThat(event("", "", "hello", 0)).isEqualTo("data: hello\n\n");
        assertThat(event("7", "tick", "hello", 1500))
                .isEqualTo("event: tick\nid: 7\nretry: 1500\ndata: hello\n\n");
        assertThat(event("", "", "", 0)).isEqualTo("data: \n\n");
        assertThat(event("", "", " ä😀", 0)).isEqualTo("data:  ä😀\n\n");
        assertThat(event("", "", "\ud800", 0)).isEqualTo("data: ?\n\n");
    }

    @Test
    void everyKindOfLineBreakInDataBeginsALine() {
        assertThat(event("", "", "a\nb", 0)).isEqualTo("data: a\ndata: b\n\n");
        assertThat(event("", "", "a\r\nb", 0)).isEqualTo("data: a\ndata: b\n\n");
        assertThat(event("", "", "a\rb", 0)).isEqualTo("data: a\ndata: b\n\n");
        assertThat(event("", "", "a\n\rb", 0)).isEqualTo("data: a\ndata: \ndata: b\n\n");
        assertThat(event("", "", "a\n\nb\n", 0))
                .isEqualTo("data: a\ndata: \ndata: b\ndata: \n\n");
        assertThat(event("", "", "\r\n\r\nid: 9\r\n\r\ndata: forged", 0)).isEqualTo(
                "data: \ndata: \ndata: id: 9\ndata: \ndata: data: forged\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1\ndata: x", "1\r", "\r\n", "\0", "a\0b"})
    void aNameThatIsMoreThanALineIsRefused(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> event(name, "", "", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> event("", name, "", 0));
    }

    @Test
    void aCommentStaysAComment() {
        assertThat(comment("")).isEqualTo(":\n\n");
        assertThat(comment("hi")).isEqualTo(": hi\n\n");
        assertThat(comment("a\ndata: b\r\n\rc")).isEqualTo(": a\n: data: b\n: \n: c\n\n");
    }
}
