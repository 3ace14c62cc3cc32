package io.gannet.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void everyMeasurementIsThere() throws Exception {
        Results results = Measured.of(Scenario.ECHO_64K);
        results.add(Scenario.START, "netty", 480);
        JsonNode root = new ObjectMapper()
                .readTree(Json.of(results, Measured.options("--rounds=3"), "A \"machine\""));
        assertThat(root.at("/machine").asText()).isEqualTo("A \"machine\"");
        assertThat(root.at("/settings/rounds").asText()).isEqualTo("3");
        assertThat(root.at("/settings/processors").asText()).isEqualTo("apart");
        assertThat(root.at("/scenarios").fieldNames()).toIterable()
                .containsExactly("echo64k", "start");
        JsonNode rounds = root.at("/scenarios/echo64k/netty");
        assertThat(rounds).hasSize(3);
        assertThat(rounds.at("/1/cpuMicros").asDouble()).isEqualTo(12);
        assertThat(rounds.at("/1/percentiles/3").asDouble()).isEqualTo(1200);
        assertThat(root.at("/scenarios/start/netty/0").asDouble()).isEqualTo(480);
    }
}
