package io.gannet.probe;

import io.gannet.http.HttpResponse;
import io.gannet.http.JsonCodec;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Says in a JVM of its own what becomes of JSON there. */
public final class JsonProbe {
    private JsonProbe() {}

    /** A codec that the service loader finds when it is told of it. */
    public static final class Provided implements JsonCodec {
        @Override
        public byte[] encode(Object value) {
            return "provided".getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] json, Type type) {
            return "provided";
        }
    }

    public static void main(String[] arguments) {
        System.out.println("named: " + HttpResponse.class.getModule().isNamed());
        try {
            byte[] json = new byte[(int) HttpResponse.json(Map.of("a", 1)).length()];
            HttpResponse.json(Map.of("a", 1)).body().get(json);
            System.out.println(new String(json, StandardCharsets.UTF_8) + " "
                    + JsonCodec.standard().decode("{\"a\": [2]}".getBytes(StandardCharsets.UTF_8),
                            Map.class));
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
    }
}
