package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What an error for the client may say. */
class HttpExceptionTest {
    @Test
    void onlyErrorsAreErrors() {
        for (int status : new int[] {399, 600, 200, 0, -1}) {
            assertThatIllegalArgumentException().isThrownBy(() -> new HttpException(status, "x"))
                    .withMessageContaining("" + status);
        }
        assertThat(new HttpException(400, "x").status()).isEqualTo(400);
        assertThat(new HttpException(599, "x").status()).isEqualTo(599);
    }

    @Test
    void theAnswerHasStatusMessageAndHeaders() {
        HttpResponse response = new HttpException(401, "wer da? ä", new IllegalStateException("no"))
                .header("WWW-Authenticate", "Basic realm=\"x\"").header("X-A", "1")
                .header("X-A", "2").toResponse();
        assertThat(response.status()).isEqualTo(401);
        assertThat(new String(response.body, StandardCharsets.UTF_8)).isEqualTo("wer da? ä");
        assertThat(new String(response.lines, StandardCharsets.ISO_8859_1).split("\r\n", -1))
                .containsExactly("WWW-Authenticate: Basic realm=\"x\"", "X-A: 1", "X-A: 2",
                        "Content-Type: text/plain; charset=utf-8", "");
    }

    @Test
    void itsHeadersCanBeAskedFor() {
        HttpException error = new HttpException(405, "x");
        assertThat(error.headers()).isEmpty();
        error.header("Allow", "GET").header("allow", "PUT");
        assertThat(error.headers()).containsExactly(
                Map.entry("Allow", "GET"), Map.entry("allow", "PUT"));
        error.headers().clear();
        assertThat(error.headers()).hasSize(2);
    }

    @Test
    void theAnswerInJsonKeepsStatusAndHeaders() {
        HttpResponse response = new HttpException(401, "wer da?")
                .header("WWW-Authenticate", "Basic").toResponse()
                .withJson(Map.of("error", "wer da?"));
        assertThat(response.status()).isEqualTo(401);
        assertThat(new String(response.body, StandardCharsets.UTF_8))
                .isEqualTo("{\"error\":\"wer da?\"}");
        assertThat(response.header("WWW-Authenticate")).contains("Basic");
        assertThat(response.headers("Content-Type")).containsExactly("application/json");
    }

    @Test
    void aContentTypeOfItsOwnReplacesThatOfATextAndCloseCloses() {
        HttpResponse response = new HttpException(400, "{}")
                .header("content-type", "application/json").header("Connection", "close")
                .toResponse();
        assertThat(new String(response.lines, StandardCharsets.ISO_8859_1))
                .isEqualTo("content-type: application/json\r\n");
        assertThat(response.close).isTrue();
    }

    @Test
    void headersThatNoResponseTakesAreRefusedAtOnce() {
        HttpException error = new HttpException(400, "x");
        assertThatIllegalArgumentException().isThrownBy(() -> error.header("a b", "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> error.header("a", "x\r\nb: c"));
        assertThatIllegalArgumentException().isThrownBy(() -> error.header("Content-Length", "1"));
        assertThatIllegalArgumentException().isThrownBy(
                () -> error.header("transfer-encoding", "chunked"));
        assertThat(error.toResponse().status()).isEqualTo(400);
    }
}
