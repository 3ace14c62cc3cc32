package io.gannet.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.gannet.NetOptions;
import io.gannet.NetServer;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a response refuses to be. */
class HttpResponseTest {
    private static HttpResponseBuilder builder() {
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
    void aValueThatIsRefusedNamesItsHeader() {
        HttpResponse response = HttpResponse.text("x");
        for (String value : List.of("a\n", " a")) {
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> builder().header("X-A", value),
                    () -> response.withHeader("X-A", value),
                    () -> response.addHeader("X-A", value),
                    () -> new HttpException(400, "x").header("X-A", value))) {
                assertThatIllegalArgumentException().isThrownBy(call)
                        .withMessageContaining("the header X-A must");
            }
        }
    }

    @Test
    void whatIsNullIsNamed() {
        HttpResponse response = HttpResponse.text("x");
        Map<String, ThrowingCallable> calls = Map.of(
                "name", () -> response.withHeader(null, "x"),
                "value", () -> response.withHeader("X", null),
                "text", () -> HttpResponse.text(null),
                "method", () -> Router.create().route(null, "/", request -> response),
                "path", () -> Router.create().get(null, request -> response),
                "host", () -> HttpServer.create().listen(null, 0),
                "listen", () -> NetOptions.builder().listen((SocketAddress[]) null),
                "options", () -> NetServer.create(null, (session, data) -> {}));
        calls.forEach((name, call) -> assertThatNullPointerException().as(name).isThrownBy(call)
                .withMessageContaining(name));
        assertThatNullPointerException().isThrownBy(() -> HttpCookie.of("a", null))
                .withMessage("value");
    }

    @Test
    void jsonTakesThePlaceOfABodyAndItsType() {
        HttpResponse text = HttpResponse.text("x").withStatus(422).withHeader("X-A", "1");
        HttpResponse json = text.withJson(List.of(1, 2));
        assertThat(new String(json.body, UTF_8)).isEqualTo("[1,2]");
        assertThat(json.status()).isEqualTo(422);
        assertThat(json.headers("Content-Type")).containsExactly("application/json");
        assertThat(json.header("X-A")).contains("1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpResponse.noContent().withJson("x"));
        assertThatNullPointerException().isThrownBy(() -> text.withJson(null));
        CompletableFuture<HttpResponse> promise = new CompletableFuture<>();
        HttpResponse later = HttpResponse.later(promise).withJson("y");
        promise.complete(text);
        assertThat(later.stage).isCompletedWithValueMatching(
                known -> new String(known.body, UTF_8).equals("\"y\""));
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
                .isThrownBy(() -> builder().status(204).header("Content-Length", "0").build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().status(205).body("hello").build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().status(205).stream(body -> {}).build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().status(205).header("Content-Length", "1").build());
        assertThat(builder().status(205).header("Content-Length", "0").build().status())
                .isEqualTo(205);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().status(304).body("hello").build());
        for (String length : List.of("", "+5", "-5", "0x5", "5a", "1".repeat(19), "\u0665")) {
            assertThatIllegalArgumentException().as(length)
                    .isThrownBy(() -> builder().header("Content-Length", length));
        }
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

    @Test
    void aLengthWithoutABodyIsWhatGetWouldHave() {
        HttpResponse head = builder().header("Content-Length", "1234").build();
        assertThat(head.header("content-length")).contains("1234");
        assertThat(head.length()).isZero();
        assertThat(head.lacksBody()).isTrue();
        assertThat(head.withBody("hello").header("Content-Length")).isEmpty();
        assertThat(head.withBody("hello").lacksBody()).isFalse();
        assertThat(head.withoutHeader("content-LENGTH").lacksBody()).isFalse();
        assertThat(head.withHeader("Content-Length", "5").header("Content-Length")).contains("5");
        HttpResponse unchanged = builder().status(304).header("Content-Length", "7").build();
        assertThat(unchanged.lacksBody()).isFalse();
        assertThat(unchanged.withStatus(200).lacksBody()).isTrue();
        assertThatIllegalArgumentException().isThrownBy(() -> unchanged.withStatus(204));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> head.addHeader("Content-Length", "1235"));
    }

    @Test
    void whatIsChangedIsAnotherResponse() {
        HttpResponse text = HttpResponse.text("hello");
        HttpResponse changed = text.withStatus(201).withHeader("X-A", "1").withType("text/css");
        assertThat(text.status()).isEqualTo(200);
        assertThat(text.header("X-A")).isEmpty();
        assertThat(text.headers("Content-Type")).containsExactly("text/plain; charset=utf-8");
        assertThat(changed.status()).isEqualTo(201);
        assertThat(changed.header("x-a")).contains("1");
        assertThat(changed.headers("Content-Type")).containsExactly("text/css");
        assertThat(changed.body()).isEqualTo(ByteBuffer.wrap("hello".getBytes(UTF_8)));
        assertThat(changed.body().isReadOnly()).isTrue();
        assertThat(changed.length()).isEqualTo(5);
    }

    @Test
    void headersAreReplacedAddedAndRemovedByName() {
        HttpResponse many = HttpResponse.status(200)
                .addHeader("Set-Cookie", "a=1").addHeader("X", "x").addHeader("set-cookie", "b=2")
                .addHeader("X-Y", "y").addHeader("SET-COOKIE", "");
        assertThat(many.headers("Set-Cookie")).containsExactly("a=1", "b=2", "");
        assertThat(many.headers("X")).containsExactly("x");
        assertThat(many.headers("")).isEmpty();
        HttpResponse one = many.withHeader("sEt-cookie", "c=3");
        assertThat(one.headers("Set-Cookie")).containsExactly("c=3");
        assertThat(one.header("X")).contains("x");
        assertThat(one.header("X-Y")).contains("y");
        HttpResponse none = many.withoutHeader("set-cookie").withoutHeader("Not-There");
        assertThat(ascii(none.lines)).isEqualTo("X: x\r\nX-Y: y\r\n");
        assertThat(none.withoutHeader("X").withoutHeader("X-Y").lines).isEmpty();
    }

    @Test
    void changesAreCheckedAsInABuilder() {
        HttpResponse text = HttpResponse.text("hello");
        HttpResponse later = HttpResponse.later(new CompletableFuture<>());
        for (HttpResponse response : List.of(text, later)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> response.withHeader("X", "a\r\nb"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> response.addHeader("X\n", "a"));
            assertThatIllegalArgumentException().isThrownBy(() -> response.withType("a\0b"));
            assertThatIllegalArgumentException().isThrownBy(() -> response.withStatus(199));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> text.withStatus(204));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text.withHeader("Transfer-Encoding", "chunked"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text.withHeader("Content-Length", "4"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text.withHeader("Connection", "upgrade"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpResponse.status(304).withBody("x"));
        HttpResponse closes = text.withHeader("Connection", "close");
        assertThat(closes.close).isTrue();
        assertThat(closes.header("connection")).contains("close");
        assertThat(closes.withoutHeader("connection").close).isFalse();
        HttpResponse own = text.withHeader("Date", "now").withHeader("Server", "me");
        assertThat(own.ownDate && own.ownServer).isTrue();
        HttpResponse plain = own.withoutHeader("date").withoutHeader("SERVER");
        assertThat(plain.ownDate || plain.ownServer).isFalse();
    }

    @Test
    void aStreamedBodyStaysUntilItIsReplaced() {
        HttpResponse streamed = builder().stream(7, body -> {}).build();
        assertThat(streamed.isStreamed()).isTrue();
        assertThat(streamed.length()).isEqualTo(7);
        assertThat(streamed.withStatus(201).length()).isEqualTo(7);
        assertThat(streamed.withStatus(201).producer).isSameAs(streamed.producer);
        assertThat(streamed.header("Content-Length")).isEmpty();
        assertThat(streamed.body().hasRemaining()).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> streamed.withHeader("Content-Length", "8"));
        HttpResponse open = builder().stream(body -> {}).build();
        assertThat(open.withHeader("X", "x").length()).isEqualTo(-1);
        HttpResponse replaced = streamed.withBody("hello");
        assertThat(replaced.isStreamed()).isFalse();
        assertThat(replaced.length()).isEqualTo(5);
    }

    @Test
    void changesToWhatIsNotKnownAreMadeWhenItComes() {
        CompletableFuture<HttpResponse> stage = new CompletableFuture<>();
        HttpResponse later = HttpResponse.later(stage)
                .withStatus(201).withHeader("X", "1").addHeader("X", "2").withoutHeader("Y")
                .withType("text/css").withBody("bye")
                .map(known -> known.addHeader("Z", "" + known.status()));
        assertThat(later.status()).isZero();
        assertThat(later.header("X")).isEmpty();
        assertThat(later.length()).isEqualTo(-1);
        assertThat(later.isStreamed()).isFalse();
        HttpResponse inner = HttpResponse.later(CompletableFuture.completedFuture(
                HttpResponse.text("hello").withHeader("Y", "y")));
        stage.complete(inner);
        HttpResponse known = settled(later);
        assertThat(known.status()).isEqualTo(201);
        assertThat(known.headers("X")).containsExactly("1", "2");
        assertThat(known.headers("Y")).isEmpty();
        assertThat(known.header("Z")).contains("201");
        assertThat(known.header("Content-Type")).contains("text/css");
        assertThat(known.length()).isEqualTo(3);
    }

    @Test
    void aChangeThatFailsFailsWhatItWasFor() {
        CompletableFuture<HttpResponse> stage = new CompletableFuture<>();
        HttpResponse later = HttpResponse.later(stage).withStatus(204);
        stage.complete(HttpResponse.text("hello"));
        assertThat(later.stage.toCompletableFuture()).isCompletedExceptionally();
        CompletableFuture<HttpResponse> nothing = new CompletableFuture<>();
        HttpResponse mapped = HttpResponse.later(nothing).map(known -> known);
        nothing.complete(null);
        assertThat(mapped.stage.toCompletableFuture()).isCompletedExceptionally();
        assertThatNullPointerException()
                .isThrownBy(() -> HttpResponse.text("hello").map(known -> null));
    }

    private static HttpResponse settled(HttpResponse response) {
        HttpResponse known = response;
        while (known.stage != null) {
            known = known.stage.toCompletableFuture().join();
        }
        return known;
    }

    private static String ascii(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
