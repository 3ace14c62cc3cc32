package io.gannet.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ChartTest {
    private static List<Double> all(String svg, String pattern) {
        List<Double> found = new ArrayList<>();
        Matcher matcher = Pattern.compile(pattern).matcher(svg);
        while (matcher.find()) {
            found.add(Double.valueOf(matcher.group(1)));
        }
        return found;
    }

    @Test
    void barsAreAsLongAsTheirFiguresSay() {
        String svg = Chart.cpu(Measured.of(Scenario.JSON), "A machine");
        List<Double> lengths = all(svg, "width=\"([0-9.]+)\" height=\"14\"");
        assertThat(lengths).hasSize(2);
        assertThat(lengths.get(1)).isEqualTo(2 * lengths.get(0));
        assertThat(svg).contains(">json<", ">gannet-epoll<", ">netty<", ">4.50<", ">9.00<",
                ">A machine<");
    }

    @Test
    void oursHasAColourOfItsOwn() {
        String svg = Chart.cpu(Measured.of(Scenario.JSON), "");
        assertThat(svg.split("fill=\"#0b6e99\"", -1)).hasSize(2);
        assertThat(svg.split("fill=\"#a9b4bd\"", -1)).hasSize(2);
    }

    @Test
    void threeScenariosTakeTwoRows() {
        Results results = new Results();
        for (Scenario scenario : List.of(Scenario.PLAINTEXT, Scenario.JSON, Scenario.PARAMS)) {
            results.add(scenario, "netty", Measured.sample(5));
        }
        String svg = Chart.cpu(results, "");
        List<Double> tops = all(svg, "y=\"([0-9]+)\" width=\"[0-9.]+\" height=\"14\"");
        assertThat(tops).hasSize(3);
        assertThat(tops.get(0)).isEqualTo(tops.get(1)).isLessThan(tops.get(2));
        assertThat(all(svg, "<svg [^>]*height=\"([0-9]+)\"").get(0)).isGreaterThan(tops.get(2));
    }

    @Test
    void percentilesLieOnALogarithmicScale() {
        String svg = Chart.latency(Measured.of(Scenario.RATE), "");
        List<Double> places = all(svg, "<circle cx=\"([0-9.]+)\" cy=\"92\"");
        assertThat(places).hasSize(4).isSorted();
        /* The second is twice the first, and so is that of the other server. */
        List<Double> others = all(svg, "<circle cx=\"([0-9.]+)\" cy=\"116\"");
        assertThat(others.get(1) - others.get(0))
                .isCloseTo(places.get(1) - places.get(0), within(0.11));
        assertThat(svg).contains(">10 us<", ">100 us<", ">1 ms<");
    }

    @Test
    void whatWasNotMeasuredIsNotDrawn() {
        assertThat(Chart.cpu(Measured.of(Scenario.RATE), "")).isEmpty();
        assertThat(Chart.latency(Measured.of(Scenario.JSON), "")).isEmpty();
    }

    @Test
    void textsCannotBeTakenForElements() {
        assertThat(Chart.cpu(Measured.of(Scenario.JSON), "A&B <i> 2"))
                .contains(">A&amp;B &lt;i> 2<");
    }
}
