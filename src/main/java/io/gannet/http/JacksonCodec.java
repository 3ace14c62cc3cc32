package io.gannet.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * JSON by Jackson; this class can only be used where that is on the path. What a client got wrong
 * is answered with 400, line and column, and the path to the property, but nothing of the program.
 */
public final class JacksonCodec implements JsonCodec {
    /** Types with arguments are written in programs, so there are few; more are not kept. */
    private static final int TYPES_MAX = 1000;

    private final ObjectMapper mapper;
    private final ClassValue<ObjectWriter> writers = new ClassValue<>() {
        @Override
        protected ObjectWriter computeValue(Class<?> type) {
            return mapper.writerFor(type);
        }
    };
    private final ClassValue<ObjectReader> readers = new ClassValue<>() {
        @Override
        protected ObjectReader computeValue(Class<?> type) {
            return mapper.readerFor(type);
        }
    };
    private final Map<Type, ObjectReader> others = new ConcurrentHashMap<>();

    private JacksonCodec(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * A codec with a mapper of one's own.
     *
     * @param mapper takes it: its configuration must not change any more
     * @return the codec
     */
    @SuppressWarnings("exports") /* who calls this has Jackson */
    public static JacksonCodec of(ObjectMapper mapper) {
        return new JacksonCodec(Objects.requireNonNull(mapper, "mapper"));
    }

    static JacksonCodec standard() {
        return of(JsonMapper.builder()
                .addModules(JsonMapper.findModules(JsonCodec.class.getClassLoader()))
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build());
    }

    @Override
    public byte[] encode(Object value) {
        try {
            return writers.get(value.getClass()).writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("a value cannot be written as JSON", e);
        }
    }

    @Override
    public Object decode(byte[] json, Type type) {
        Object value;
        try {
            value = reader(type).readValue(json);
        } catch (IOException e) {
            throw JacksonErrors.of(e);
        }
        if (value == null) {
            throw new HttpException(400, "the JSON is null");
        }
        return value;
    }

    private ObjectReader reader(Type type) {
        if (type instanceof Class<?> simple) {
            return readers.get(simple);
        }
        ObjectReader reader = others.get(type);
        if (reader == null) {
            reader = mapper.readerFor(mapper.constructType(type));
            if (others.size() < TYPES_MAX) {
                others.put(type, reader);
            }
        }
        return reader;
    }
}
