package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gannet.http.HttpCookie.SameSite;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Cookies that are set. */
class HttpCookieTest {
    private static HttpCookie.Builder builder() {
        return HttpCookie.builder("a", "1");
    }

    @Test
    void everyAttributeIsSaid() {
        assertThat(builder().build().toHeader()).isEqualTo("a=1");
        assertThat(HttpCookie.builder("a", "").build().toHeader()).isEqualTo("a=");
        HttpCookie all = builder().path("/p").domain("example.com").maxAge(Duration.ofMinutes(1))
                .expires(Instant.parse("1994-11-06T08:49:37Z")).secure(true).httpOnly(true)
                .sameSite(SameSite.NONE).partitioned(true).build();
        assertThat(all.toHeader()).isEqualTo("a=1; Path=/p; Domain=example.com; Max-Age=60; "
                + "Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; HttpOnly; SameSite=None; "
                + "Partitioned");
        assertThat(all.toBuilder().build()).isEqualTo(all);
        assertThat(builder().sameSite(SameSite.LAX).build().toHeader())
                .isEqualTo("a=1; SameSite=Lax");
        assertThat(builder().sameSite(SameSite.STRICT).build().toHeader())
                .isEqualTo("a=1; SameSite=Strict");
        assertThat(builder().maxAge(Duration.ZERO).build().toHeader()).isEqualTo("a=1; Max-Age=0");
    }

    @Test
    void aPlainCookieIsForTheWholeHostAndNoScript() {
        assertThat(HttpCookie.of("a", "1").toHeader())
                .isEqualTo("a=1; Path=/; HttpOnly; SameSite=Lax");
        for (String name : List.of("__Host-a", "__host-a", "__Secure-a", "__SECURE-a")) {
            assertThat(HttpCookie.of(name, "1").toHeader())
                    .isEqualTo(name + "=1; Path=/; Secure; HttpOnly; SameSite=Lax");
        }
        assertThat(HttpCookie.of("__a", "1").secure()).isFalse();
    }

    @Test
    void whatIsSetPlainlyIsForgottenPlainly() {
        for (String name : List.of("a", "__Host-a", "__Secure-a")) {
            HttpCookie set = HttpCookie.of(name, "1");
            assertThat(HttpResponse.noContent().withoutCookie(name).header("Set-Cookie"))
                    .contains(set.expired().toHeader());
        }
    }

    @Test
    void whatIsMalformedIsRefused() {
        for (String name : List.of("", "a b", "a=b", "a;b", "ä", "a\r\n", "\"a\"")) {
            assertThatIllegalArgumentException().isThrownBy(() -> HttpCookie.of(name, "1"));
        }
        for (String value : List.of("a b", "a;b", "a,b", "ä", "a\r\nSet-Cookie: b", "\0", "\"")) {
            assertThatIllegalArgumentException().isThrownBy(() -> HttpCookie.of("a", value));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> builder().path("x").build());
        assertThatIllegalArgumentException().isThrownBy(() -> builder().path("/;Secure").build());
        assertThatIllegalArgumentException().isThrownBy(() -> builder().domain(".a").build());
        assertThatIllegalArgumentException().isThrownBy(() -> builder().domain("a; b").build());
        for (String time : List.of("1600-12-31T23:59:59Z", "+10000-01-01T00:00:00Z")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder().expires(Instant.parse(time)).build());
        }
        assertThat(builder().expires(Instant.parse("1601-01-01T00:00:00Z")).build().toHeader())
                .isEqualTo("a=1; Expires=Mon, 01 Jan 1601 00:00:00 GMT");
        assertThat(builder().expires(Instant.parse("9999-12-31T23:59:59Z")).build().toHeader())
                .isEqualTo("a=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT");
    }

    @Test
    void lengthsAreBounded() {
        assertThatCode(() -> HttpCookie.of("a", "x".repeat(4095))).doesNotThrowAnyException();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpCookie.of("a", "x".repeat(4096)));
        assertThatCode(() -> builder().path("/" + "x".repeat(1023)).build())
                .doesNotThrowAnyException();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().path("/" + "x".repeat(1024)).build());
    }

    @Test
    void someAttributesNeedOthers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().sameSite(SameSite.NONE).build());
        assertThatIllegalArgumentException().isThrownBy(() -> builder().partitioned(true).build());
        for (String name : List.of("__Secure-a", "__secure-A", "__Host-a", "__HOST-a")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HttpCookie.builder(name, "1").path("/").build());
        }
        assertThatCode(() -> HttpCookie.builder("__Secure-a", "1").secure(true).build())
                .doesNotThrowAnyException();
        HttpCookie.Builder host = HttpCookie.builder("__Host-a", "1").secure(true);
        assertThatIllegalArgumentException().isThrownBy(host::build);
        assertThatIllegalArgumentException().isThrownBy(() -> host.path("/x").build());
        assertThatCode(() -> host.path("/").build()).doesNotThrowAnyException();
        assertThatIllegalArgumentException().isThrownBy(() -> host.domain("a.example").build());
    }

    @Test
    void anExpiredCookieKeepsWhatItIsKnownBy() {
        HttpCookie gone = builder().path("/p").domain("a.example").httpOnly(true).build().expired();
        assertThat(gone.toHeader()).isEqualTo("a=; Path=/p; Domain=a.example; Max-Age=0; "
                + "Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly");
    }

    @Test
    void aTextOfItTellsNoSecret() {
        assertThat(HttpCookie.of("sid", "secret")).hasToString("HttpCookie[sid]");
    }

    @Test
    void responsesSetAndForgetCookies() {
        HttpResponse response = HttpResponse.text("x")
                .addHeader("Set-Cookie", "ab=0").withCookie(HttpCookie.of("a", "1"))
                .withCookie(HttpCookie.of("b", "2")).withCookie(HttpCookie.of("a", "3"));
        assertThat(response.headers("Set-Cookie")).containsExactly("ab=0",
                "b=2; Path=/; HttpOnly; SameSite=Lax", "a=3; Path=/; HttpOnly; SameSite=Lax");
        assertThat(response.withoutCookie("b").headers("Set-Cookie")).containsExactly("ab=0",
                "a=3; Path=/; HttpOnly; SameSite=Lax", "b=; Path=/; Max-Age=0; "
                        + "Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax");
        assertThat(HttpResponse.noContent().withoutCookie("__Host-s").header("Set-Cookie"))
                .contains("__Host-s=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
                        + "Secure; HttpOnly; SameSite=Lax");
    }
}
