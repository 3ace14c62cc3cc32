package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gannet.internal.ip.IpText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is believed to be the client. */
class ProxiesTest {
    private static final Proxies TEN = Proxies.of(List.of("10.0.0.0/8", "fd00::/8"));

    private static Proxies.Client ask(Proxies proxies, String peer, Map<String, List<String>> all) {
        byte[] ip = peer.equals("unix") ? new byte[0] : IpText.parse(peer);
        return proxies.client(ip, name -> all.getOrDefault(name, List.of()));
    }

    private static Proxies.Client old(String addresses) {
        return ask(TEN, "10.0.0.1", Map.of("X-Forwarded-For", List.of(addresses)));
    }

    private static Proxies.Client forwarded(String... lines) {
        return ask(TEN, "10.0.0.1", Map.of("Forwarded", List.of(lines)));
    }

    @Test
    void whoIsNotTrustedIsNotBelieved() {
        Map<String, List<String>> all = Map.of("X-Forwarded-For", List.of("1.1.1.1"),
                "X-Forwarded-Proto", List.of("https"), "X-Forwarded-Host", List.of("x"),
                "Forwarded", List.of("for=2.2.2.2"));
        assertThat(ask(TEN, "11.0.0.1", all)).isEqualTo(new Proxies.Client("11.0.0.1", "", ""));
        assertThat(ask(TEN, "unix", all)).isEqualTo(new Proxies.Client("unix", "", ""));
        assertThat(ask(Proxies.NONE, "10.0.0.1", all).ip()).isEqualTo("10.0.0.1");
        assertThat(ask(Proxies.of(List.of("unix")), "unix", all))
                .isEqualTo(new Proxies.Client("1.1.1.1", "https", "x"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "1.1.1.1|1.1.1.1", "2.2.2.2, 1.1.1.1|1.1.1.1", "2.2.2.2, 1.1.1.1, 10.0.0.2|1.1.1.1",
        "10.0.0.3, 10.0.0.2|10.0.0.3", "1.1.1.1:5678|1.1.1.1", "[2001:db8::1]:80|2001:db8::1",
        "2001:DB8:0::1|2001:db8::1", "1.1.1.1,,10.0.0.2,|1.1.1.1", "unknown|10.0.0.1",
        "2.2.2.2, unknown, 10.0.0.2|10.0.0.2", "2.2.2.2, x|10.0.0.1", "1.1.1.1:x|10.0.0.1",
        "2.2.2.2, 1.1.1.1:|10.0.0.1", "localhost|10.0.0.1", "::ffff:1.1.1.1, 10.0.0.9|1.1.1.1",
        "'2.2.2.2, \"1.1.1.1'|10.0.0.1", "1.1.1.1, fd00::2|1.1.1.1", "127.1|10.0.0.1",
        "''|10.0.0.1",
        ",|10.0.0.1", "fe80::1%eth0|10.0.0.1", "[::1|10.0.0.1", "[::1]x|10.0.0.1",
        "::1:80:|10.0.0.1"
    })
    void addressesAreReadFromTheRight(String header, String client) {
        assertThat(old(header).ip()).isEqualTo(client);
    }

    @Test
    void severalHeadersAreOneList() {
        Proxies.Client client = ask(TEN, "10.0.0.1", Map.of("X-Forwarded-For",
                List.of("9.9.9.9", "1.1.1.1, 10.0.0.3", "10.0.0.2")));
        assertThat(client.ip()).isEqualTo("1.1.1.1");
        assertThat(forwarded("for=9.9.9.9", "for=1.1.1.1,for=10.0.0.3", "for=10.0.0.2").ip())
                .isEqualTo("1.1.1.1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "for=1.1.1.1|1.1.1.1", "For=\"1.1.1.1:80\";by=10.0.0.1|1.1.1.1",
        "for=\"[2001:db8::1]:4711\"|2001:db8::1", "for=\"[2001:db8::1]\"|2001:db8::1",
        "for=2.2.2.2, for=1.1.1.1, for=10.0.0.2|1.1.1.1", "for=unknown|10.0.0.1",
        "for=_hidden|10.0.0.1", "for=1.1.1.1, for=_hidden, for=10.0.0.2|10.0.0.2",
        "for=\"1.1.1.1:_x\"|1.1.1.1", "for=1.1.1.1;for=2.2.2.2|10.0.0.1", "for=|10.0.0.1",
        "for|10.0.0.1", "1.1.1.1|10.0.0.1", "for=2.2.2.2, for=1.1.1.1 x|10.0.0.1",
        "for=[::1]|10.0.0.1", "for=1.1.1.1;;by=x|10.0.0.1", "proto=https|10.0.0.1",
        "for = 1.1.1.1|10.0.0.1", "for=1.1.1.1 ; by=_x|1.1.1.1"
    })
    void elementsOfForwardedAreReadFromTheRight(String header, String client) {
        assertThat(forwarded(header).ip()).isEqualTo(client);
    }

    @Test
    void aQuoteOnTheLeftCannotSwallowWhatTheProxyAdded() {
        assertThat(forwarded("for=\"2.2.2.2, for=1.1.1.1").ip()).isEqualTo("1.1.1.1");
        assertThat(forwarded("for=2.2.2.2;by=\", for=\"[2001:db8::1]\"").ip())
                .isEqualTo("2001:db8::1");
        assertThat(forwarded("for=2.2.2.2;by=\"\\", "for=1.1.1.1").ip()).isEqualTo("1.1.1.1");
        assertThat(forwarded("for=2.2.2.2, for=1.1.1.1;host=\"a,b\"").ip()).isEqualTo("1.1.1.1");
    }

    @Test
    void schemeAndHostComeFromTheOutermostTrustedProxy() {
        Proxies.Client client = forwarded("for=2.2.2.2;proto=http;host=evil",
                "for=1.1.1.1;proto=HTTPS;host=\"a.example:8443\"", "for=10.0.0.2;proto=http");
        assertThat(client).isEqualTo(new Proxies.Client("1.1.1.1", "https", "a.example:8443"));
        Map<String, List<String>> all = Map.of("X-Forwarded-For", List.of("1.1.1.1, 10.0.0.2"),
                "X-Forwarded-Proto", List.of("gopher, https, http"),
                "X-Forwarded-Host", List.of("a.example"));
        assertThat(ask(TEN, "10.0.0.1", all))
                .isEqualTo(new Proxies.Client("1.1.1.1", "https", "a.example"));
    }

    @Test
    void schemesAndHostsThatMakeNoSenseAreNotSaid() {
        for (String bad : List.of("javascript", "h ttp", "https\"", "")) {
            assertThat(ask(TEN, "10.0.0.1", Map.of("X-Forwarded-Proto", List.of(bad))).scheme())
                    .isEmpty();
        }
        for (String bad : List.of("a/b", "a b", "u@h", "<x>", "h:x")) {
            assertThat(ask(TEN, "10.0.0.1", Map.of("X-Forwarded-Host", List.of(bad))).host())
                    .isEmpty();
            assertThat(forwarded("for=1.1.1.1;host=\"" + bad + "\"").host()).isEmpty();
        }
    }

    @Test
    void forwardedOfAClientDoesNotCountBesideTheOtherHeaders() {
        Proxies.Client client = ask(TEN, "10.0.0.1", Map.of("Forwarded", List.of("for=6.6.6.6"),
                "X-Forwarded-For", List.of("1.1.1.1")));
        assertThat(client.ip()).isEqualTo("1.1.1.1");
    }

    @Test
    void rangesAreChecked() {
        for (String bad : List.of("", "UNIX", "10.0.0.0/33", "example.com")) {
            assertThatIllegalArgumentException().isThrownBy(() -> Proxies.of(List.of(bad)));
        }
        assertThat(Proxies.of(List.of())).isSameAs(Proxies.NONE);
    }
}
