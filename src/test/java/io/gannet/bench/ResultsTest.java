package io.gannet.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResultsTest {
    @Test
    void theBestServerComesFirst() {
        Results results = Measured.of(Scenario.JSON);
        assertThat(results.servers(Scenario.JSON)).containsExactly("gannet-epoll", "netty");
        assertThat(results.servers(Scenario.PARAMS)).isEmpty();
    }

    @Test
    void aFigureIsTheMedianOfTheRounds() {
        Results results = Measured.of(Scenario.JSON);
        assertThat(results.figure(Scenario.JSON, "netty")).isEqualTo(9);
        assertThat(results.range(Scenario.JSON, "netty")).containsExactly(8, 12);
        results.add(Scenario.JSON, "netty", Measured.sample(10));
        assertThat(results.figure(Scenario.JSON, "netty")).isEqualTo(9.5);
    }

    @Test
    void oneRoundIsItsOwnMedian() {
        Results results = new Results();
        results.add(Scenario.START, "netty", 480);
        assertThat(results.figure(Scenario.START, "netty")).isEqualTo(480);
        assertThat(results.range(Scenario.START, "netty")).containsExactly(480, 480);
    }

    @Test
    void aFixedRateRanksByTheLatencyThatOneInAThousandExceeds() {
        Results results = Measured.of(Scenario.RATE);
        assertThat(results.figure(Scenario.RATE, "netty")).isEqualTo(900);
        assertThat(results.range(Scenario.RATE, "netty")).containsExactly(800, 1200);
        assertThat(results.percentile(Scenario.RATE, "netty", 0)).isEqualTo(90);
    }
}
