package io.gannet.http;

import java.util.Iterator;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Finds the codec for JSON, once. */
final class StandardJson {
    private static final String JACKSON = "com.fasterxml.jackson.databind.ObjectMapper";
    private static final String MISSING = "JSON needs a library: put "
            + "com.fasterxml.jackson.core:jackson-databind on the class path, or on the module "
            + "path with --add-modules com.fasterxml.jackson.databind or \"requires "
            + "com.fasterxml.jackson.databind;\" in module-info.java, or provide an "
            + "io.gannet.http.JsonCodec";

    private static final @Nullable Throwable FAILURE;
    private static final @Nullable JsonCodec CODEC;

    static {
        JsonCodec codec = null;
        Throwable failure = null;
        try {
            codec = find();
        } catch (Throwable t) {
            failure = t;
        }
        CODEC = codec;
        FAILURE = failure;
    }

    private StandardJson() {}

    static JsonCodec get() {
        JsonCodec codec = CODEC;
        if (codec == null) {
            throw missing();
        }
        return codec;
    }

    private static IllegalStateException missing() {
        return FAILURE instanceof ClassNotFoundException
                ? new IllegalStateException(MISSING)
                : new IllegalStateException("the codec for JSON cannot be loaded", FAILURE);
    }

    private static JsonCodec find() throws ClassNotFoundException {
        ClassLoader loader = JsonCodec.class.getClassLoader();
        Iterator<JsonCodec> provided = ServiceLoader.load(JsonCodec.class, loader).iterator();
        if (provided.hasNext()) {
            return provided.next();
        }
        Class.forName(JACKSON, false, loader);
        return JacksonCodec.standard();
    }
}
