package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which parts of a file a Range header gives. */
class ByteRangesTest {
    private static String parse(String header, long size) {
        ByteRanges ranges = ByteRanges.parse(List.of(header), size);
        if (ranges == ByteRanges.WHOLE) {
            return "whole";
        }
        if (ranges == ByteRanges.UNSATISFIABLE) {
            return "none";
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < ranges.count(); i++) {
            text.append(i == 0 ? "" : " ").append(ranges.start(i)).append('-')
                    .append(ranges.end(i));
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "bytes=0-0|0-1", "bytes=0-99|0-100", "bytes=0-100|0-100", "bytes=0-|0-100",
        "bytes=99-|99-100", "bytes=99-99|99-100", "bytes=100-|none", "bytes=100-100|none",
        "bytes=-1|99-100", "bytes=-100|0-100", "bytes=-101|0-100", "bytes=-0|none",
        "BYTES=1-2|1-3", "bytes= 1-2 |1-3", "bytes=,1-2,,|1-3", "bytes=\t1-2\t, ,|1-3",
        "bytes=5-99999999999999999999999|5-100", "bytes=99999999999999999999999-|none",
        "bytes=9223372036854775807-9223372036854775807|none",
        "bytes=0-9223372036854775807|0-100", "bytes=-9223372036854775808|0-100",
        "bytes=100-200,1-2|1-3"})
    void aSingleRangeIsCutToTheFile(String header, String expected) {
        assertThat(parse(header, 100)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "bytes", "bytes=", "bytes=,", "bytes= ", "bytes=-", "bytes=a-b", "bytes=1", "bytes=2-1",
        "bytes=1-2-3", "bytes=1 -2", "bytes=1- 2", "bytes=+1-2", "bytes=--1", "bytes=0x1-2",
        "bytes=1-2,x", "bytes=x,1-2", "bytes=1-2;3-4", "bytes 1-2", "lines=1-2", " bytes=1-2",
        "bytes=1-2 3-4", "bytes=1-2,-", "bytes=\u0661-2", "none"})
    void whatIsMalformedIsIgnored(String header) {
        assertThat(parse(header, 100)).isEqualTo("whole");
    }

    @Test
    void anEmptyFileHasNoPart() {
        assertThat(parse("bytes=0-", 0)).isEqualTo("none");
        assertThat(parse("bytes=-0", 0)).isEqualTo("none");
        assertThat(parse("bytes=-5", 0)).isEqualTo("whole");
    }

    @Test
    void severalHeadersAndNoneMeanTheWhole() {
        assertThat(ByteRanges.parse(List.of(), 100)).isSameAs(ByteRanges.WHOLE);
        assertThat(ByteRanges.parse(List.of("bytes=0-1", "bytes=2-3"), 100))
                .isSameAs(ByteRanges.WHOLE);
    }

    @Test
    void severalRangesKeepTheirOrder() {
        assertThat(parse("bytes=5000-5009,0-9,-10", 10_000)).isEqualTo("5000-5010 0-10 9990-10000");
    }

    @Test
    void rangesThatTouchOverlapOrNearlyTouchBecomeOne() {
        assertThat(parse("bytes=0-9,10-19", 10_000)).isEqualTo("0-20");
        assertThat(parse("bytes=0-9,5-7", 10_000)).isEqualTo("0-10");
        assertThat(parse("bytes=5-7,0-9", 10_000)).isEqualTo("0-10");
        assertThat(parse("bytes=0-0,0-0,0-0", 10_000)).isEqualTo("0-1");
        int gap = ByteRanges.GAP;
        assertThat(parse("bytes=0-9," + (10 + gap) + "-1000", 10_000)).isEqualTo("0-1001");
        assertThat(parse("bytes=0-9," + (11 + gap) + "-1000", 10_000))
                .isEqualTo("0-10 " + (11 + gap) + "-1001");
        assertThat(parse("bytes=0-9,2000-2009,5-2004", 10_000)).isEqualTo("0-2010");
    }

    @Test
    void moreThanAHandfulOfPartsIsTheWhole() {
        assertThat(parse(spread(ByteRanges.PARTS_MAX - 1), 1 << 20)).contains("-");
        assertThat(parse(spread(ByteRanges.PARTS_MAX), 1 << 20)).contains("-");
        assertThat(parse(spread(ByteRanges.PARTS_MAX + 1), 1 << 20)).isEqualTo("whole");
    }

    @Test
    void moreThanTheLimitAreNotLookedAt() {
        int max = ByteRanges.ASKED_MAX;
        assertThat(parse("bytes=" + "0-9,".repeat(max - 1), 10_000)).isEqualTo("0-10");
        assertThat(parse("bytes=" + "0-9,".repeat(max), 10_000)).isEqualTo("0-10");
        assertThat(parse("bytes=" + "0-9,".repeat(max + 1), 10_000)).isEqualTo("whole");
        assertThat(parse("bytes=" + ",".repeat(8000) + "0-9", 10_000)).isEqualTo("0-10");
    }

    @Test
    void partsThatAreNearlyAllOfItAreTheWhole() {
        assertThat(parse("bytes=0-499,700-999", 1000)).isEqualTo("whole");
        assertThat(parse("bytes=0-99,700-999", 1000)).isEqualTo("0-100 700-1000");
    }

    /** The sum of the parts never exceeds the file, whatever is asked for. */
    @Test
    void nobodyGetsMoreThanThereIs() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            long size = random.nextInt(5000);
            StringBuilder header = new StringBuilder("bytes=");
            for (int k = random.nextInt(40); k >= 0; k--) {
                header.append(random.nextInt(4) == 0 ? "" : "" + random.nextInt(6000)).append('-')
                        .append(random.nextInt(4) == 0 ? "" : "" + random.nextInt(6000))
                        .append(',');
            }
            ByteRanges ranges = ByteRanges.parse(List.of(header.toString()), size);
            long total = 0;
            for (int k = 0; k < ranges.count(); k++) {
                assertThat(ranges.start(k)).isBetween(0L, size - 1);
                assertThat(ranges.end(k)).isBetween(ranges.start(k) + 1, size);
                total += ranges.end(k) - ranges.start(k);
            }
            assertThat(total).isLessThanOrEqualTo(size);
            assertThat(ranges.count()).isLessThanOrEqualTo(ByteRanges.PARTS_MAX);
        }
    }

    private static String spread(int count) {
        StringBuilder header = new StringBuilder("bytes=");
        for (int i = 0; i < count; i++) {
            header.append(i * 1000).append('-').append(i * 1000).append(',');
        }
        return header.toString();
    }
}
