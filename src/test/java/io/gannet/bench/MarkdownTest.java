package io.gannet.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MarkdownTest {
    @Test
    void aTableHasTheBestFirstAndTheOthersAgainstIt() {
        String text = Markdown.of(Measured.of(Scenario.ECHO_1K), Measured.options(), "A machine");
        assertThat(text).isEqualTo("""
                # Gannet beside its peers

                A machine.
                One loop for each server; medians of 3 interleaved rounds of 2.0 s; server and load\
                 generator on a processor each.

                ## echo 1 KiB: `POST /echo`

                | server | CPU us/request | min..max | x best | p50 us | p99 us | requests/s |
                |---|--:|--:|--:|--:|--:|--:|
                | gannet-epoll | 4.50 | 4.00..6.00 | 1.00 | 45 | 135 | 222222 |
                | netty | 9.00 | 8.00..12.00 | 2.00 | 90 | 270 | 111111 |
                """);
    }

    @Test
    void latenciesComeWithTheirPriceInProcessorTime() {
        assertThat(Markdown.of(Measured.of(Scenario.RATE), Measured.options(), "")).endsWith("""
                | server | p99.9 us | min..max | x best | p50 us | p99 us | CPU us/request |
                |---|--:|--:|--:|--:|--:|--:|
                | gannet-epoll | 450 | 400..600 | 1.00 | 45 | 135 | 4.50 |
                | netty | 900 | 800..1200 | 2.00 | 90 | 270 | 9.00 |
                """);
    }

    @Test
    void whatIsOneNumberHasNoPercentiles() {
        Results results = new Results();
        results.add(Scenario.IDLE, "gannet-epoll", 400);
        results.add(Scenario.IDLE, "netty", 3000);
        String text = Markdown.of(results, Measured.options("--client-cpu=0"), "");
        assertThat(text).contains("on one processor.").endsWith("""
                | server | bytes/connection | min..max | x best |
                |---|--:|--:|--:|
                | gannet-epoll | 400 | 400..400 | 1.00 |
                | netty | 3000 | 3000..3000 | 7.50 |
                """);
    }

    @Test
    void whatWasNotMeasuredHasNoTable() {
        assertThat(Markdown.of(new Results(), Measured.options(), "")).doesNotContain("##", "|");
    }
}
