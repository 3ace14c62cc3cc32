package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a response refuses to be. */
class HttpResponseTest {
    private static HttpResponse.Builder builder() {
        return HttpResponse.builder();
    }

    @Test
    void namesMustBeTokens() {
        for (String name : List.of("", " ", "a b", "a:", "a\r", "a\nb", "a\0", "ä", "a(", "\"")) {
            assertThatIllegalArgumentException().as(name)
                    .isThrownBy(() -> builder().header(name, "x"))
                    .withMessageContaining("token");
        }
        assertThatCode(() -> builder().header("!#$%&'*+-.^_`|~09azAZ", "x").build())
                .doesNotThrowAnyException();
    }

    @Test
    void valuesCannotSplitAResponse() {
        for (String value : List.of("a\r\nSet-Cookie: b", "a\rb", "a\nb", "a\0b", "\u007f",
                "a\u010a", "\u560d\u560a", " a", "a ", "\u0001")) {
            assertThatIllegalArgumentException().as(value)
                    .isThrownBy(() -> builder().header("X", value));
        }
        assertThatCode(() -> builder().header("X", "").header("Y", "a\tb é").build())
                .doesNotThrowAnyException();
    }

    @Test
    void whatIsRefusedIsNotQuotedWithItsControls() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().header("X", "a\r\nforged"))
                .withMessageContaining("\"a??forged\"");
    }

    @Test
    void framingThatContradictsTheBodyIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().header("Transfer-Encoding", "chunked"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().header("content-length", "4").body("hello").build());
        assertThatIllegalArgumentException().isThrownBy(
                () -> builder().header("Content-Length", "5").header("Content-Length", "6"));
        assertThatIllegalArgumentException().isThrownBy(
                () -> builder().header("Content-Length", "5").stream(body -> {}).build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().status(204).body("hello").build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().status(304).header("Content-Length", "1").build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().header("Connection", "keep-alive"));
        assertThatCode(() -> builder().header("Content-Length", "5").body("hello").build())
                .doesNotThrowAnyException();
        assertThatCode(() -> builder().header("Content-Length", "7").stream(7, body -> {}).build())
                .doesNotThrowAnyException();
    }

    @Test
    void statusesAreFinalOnes() {
        for (int status : new int[] {-1, 0, 100, 199, 600}) {
            assertThatIllegalArgumentException().isThrownBy(() -> builder().status(status));
            assertThatIllegalArgumentException().isThrownBy(() -> HttpResponse.status(status));
        }
        assertThat(HttpResponse.status(599).status()).isEqualTo(599);
        assertThat(HttpResponse.later(new CompletableFuture<>()).status()).isZero();
    }

    @Test
    void aBufferIsCopiedAndConsumed() {
        ByteBuffer data = ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII));
        HttpResponse response = builder().body(data).build();
        assertThat(data.hasRemaining()).isFalse();
        data.put(0, (byte) 'j');
        assertThat(new String(response.body, StandardCharsets.US_ASCII)).isEqualTo("hello");
    }

    @Test
    void negativeLengthsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> builder().stream(-1, body -> {}));
    }
}
