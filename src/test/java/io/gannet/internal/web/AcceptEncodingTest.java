package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients say of content codings, well-formed and not. */
class AcceptEncodingTest {
    private static final List<String> OFFERED = List.of("br", "gzip", "deflate");

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "gzip                              | gzip",
        "GZip                              | gzip",
        "x-gzip                            | gzip",
        "gzip, deflate, br                 | br",
        "gzip, deflate                     | gzip",
        "deflate, gzip;q=0.5               | deflate",
        "gzip;q=0.5, deflate;q=0.501       | deflate",
        "gzip;q=1.000,br;q=0.999           | gzip",
        "gzip ; Q=0.5 , br ; q=0.4         | gzip",
        "*                                 | br",
        "*;q=0.1                           | br",
        "*, br;q=0                         | gzip",
        "*;q=0, gzip                       | gzip",
        "*;q=0                             | identity",
        "gzip;q=0                          | identity",
        "identity                          | identity",
        "identity, gzip                    | gzip",
        "identity;q=1, gzip;q=0.5          | identity",
        "identity;q=0.5, gzip;q=1          | gzip",
        "identity;q=0, gzip;q=0.001        | gzip",
        "zstd                              | identity",
        "zstd, *;q=0                       | identity",
        "identity, *;q=0                   | identity",
        "gzip;level=9;q=0.3, deflate;q=0.2 | gzip",
        "gzip;q=0.3;q=1, deflate;q=0.4     | deflate",
        "gzip;q=0, gzip;q=1                | identity",
    })
    void theClientsFavouriteIsChosenAndThenTheServers(String header, String chosen) {
        assertThat(AcceptEncoding.parse(List.of(header)).best(OFFERED)).isEqualTo(chosen);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ",", ";", ";q=1", ",,,;;;", "gzip;q=", "gzip;q=2",
        "gzip;q=1.001", "gzip;q=0.5555", "gzip;q=-1", "gzip;q=+1", "gzip;q=.5", "gzip;q=1e0",
        "gzip;q=0x1", "gz ip", "gzip;q=NaN", "gzip;q=\"1\"", "gzip;q=1.0.0", "gzip;q=00.5",
        "\"gzip\"", "gzip;q=٠.٥"})
    void anElementThatIsMalformedCountsAsAbsent(String header) {
        AcceptEncoding accept = AcceptEncoding.parse(List.of(header));
        assertThat(accept.best(OFFERED)).isEqualTo("identity");
        assertThat(accept.refusesIdentity()).isFalse();
    }

    @Test
    void aMalformedElementDoesNotSpoilTheOthers() {
        assertThat(AcceptEncoding.parse(List.of("br;q=7, gzip")).best(OFFERED)).isEqualTo("gzip");
        assertThat(AcceptEncoding.parse(List.of("gzip;q=1.")).best(OFFERED)).isEqualTo("gzip");
        assertThat(AcceptEncoding.parse(List.of("gzip;q=0.")).weight("gzip")).isZero();
    }

    @Test
    void whoSaysNothingGetsThePlainBytes() {
        assertThat(AcceptEncoding.parse(List.of()).best(OFFERED)).isEqualTo("identity");
        assertThat(AcceptEncoding.parse(List.of("")).best(OFFERED)).isEqualTo("identity");
    }

    @Test
    void severalLinesAreOneList() {
        AcceptEncoding accept = AcceptEncoding.parse(List.of("gzip;q=0.5", "deflate"));
        assertThat(accept.best(OFFERED)).isEqualTo("deflate");
        assertThat(accept.weight("gzip")).isEqualTo(500);
        assertThat(accept.weight("br")).isZero();
        assertThat(accept.weight("identity")).isEqualTo(1);
    }

    @Test
    void thePlainBytesAreRefusedByNameOrWithAllOthers() {
        assertThat(AcceptEncoding.parse(List.of("identity;q=0")).refusesIdentity()).isTrue();
        assertThat(AcceptEncoding.parse(List.of("*;q=0")).refusesIdentity()).isTrue();
        assertThat(AcceptEncoding.parse(List.of("*;q=0, identity;q=0.1")).refusesIdentity())
                .isFalse();
        assertThat(AcceptEncoding.parse(List.of("gzip")).refusesIdentity()).isFalse();
    }

    @Test
    void elementsBeyondTheLimitAreNotRead() {
        String filler = "a,".repeat(QualityList.ITEMS_MAX - 1);
        assertThat(AcceptEncoding.parse(List.of(filler + "gzip")).best(OFFERED)).isEqualTo("gzip");
        assertThat(AcceptEncoding.parse(List.of("a," + filler + "gzip")).best(OFFERED))
                .isEqualTo("identity");
        assertThat(AcceptEncoding.parse(List.of(filler, "gzip", "gzip")).best(OFFERED))
                .isEqualTo("identity");
        assertThat(QualityList.parse(List.of("a;q=0.25, B")).names()).containsExactly("a", "b");
    }
}
