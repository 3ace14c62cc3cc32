package io.gannet.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.LinkedHashMap;
import java.util.Map;

/** Every measurement, for programs. */
final class Json {
    private Json() {}

    static String of(Results results, Options options, String machine)
            throws JsonProcessingException {
        Map<String, Object> scenarios = new LinkedHashMap<>();
        for (Scenario scenario : Scenario.values()) {
            Object all = scenario.isLoad() ? results.samples(scenario) : results.values(scenario);
            if (!results.servers(scenario).isEmpty()) {
                scenarios.put(scenario.key(), all);
            }
        }
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("machine", machine);
        root.put("settings", Machine.settings(options));
        root.put("scenarios", scenarios);
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT)
                .writeValueAsString(root) + "\n";
    }
}
