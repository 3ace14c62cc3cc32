package io.gannet.http;

import java.lang.reflect.Type;

/**
 * Turns values into JSON and back. Implementations are safe from any thread, and should be quick:
 * they run where the handler runs.
 */
public interface JsonCodec {
    /**
     * Writes a value.
     *
     * @param value what to write
     * @return the JSON in UTF-8, which the caller may keep
     * @throws RuntimeException when the value cannot be written; answered with 500 and logged
     */
    byte[] encode(Object value);

    /**
     * Reads a value.
     *
     * @param json the JSON in UTF-8, borrowed
     * @param type a {@link Class}, or a type with arguments
     * @return the value, of that type
     * @throws HttpException status 400, when it is not JSON, or the type has no value for it
     * @throws RuntimeException when no such value can ever be read; answered with 500 and logged
     */
    Object decode(byte[] json, Type type);

    /**
     * The codec that is used where none is named: the first one that {@link
     * java.util.ServiceLoader} finds, else Jackson with its defaults, dates as texts, and the
     * modules it finds. Finding it takes long: call this at start-up if the first request should
     * not wait.
     *
     * @return the same each time
     * @throws IllegalStateException when there is none, and says what to do
     */
    static JsonCodec standard() {
        return StandardJson.get();
    }
}
