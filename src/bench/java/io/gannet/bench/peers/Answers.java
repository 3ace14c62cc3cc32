package io.gannet.bench.peers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** What every server answers, and where it listens: the environment says so. */
final class Answers {
    static final String HOST = "127.0.0.1";
    static final String TEXT_TYPE = "text/plain; charset=utf-8";
    static final String JSON_TYPE = "application/json";
    static final String BYTES_TYPE = "application/octet-stream";
    static final String USERS = "/users/";

    private static final byte[] HELLO = ascii("Hello, World!");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** What {@code /json} answers. */
    record Message(String message) {}

    private Answers() {}

    static int port() {
        return Integer.parseInt(System.getenv("PORT"));
    }

    static int threads() {
        return Integer.parseInt(System.getenv("LOOPS"));
    }

    static byte[] hello() {
        return HELLO;
    }

    /** Encoded for each request. */
    static byte[] json() {
        try {
            return MAPPER.writeValueAsBytes(new Message("Hello, World!"));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The id of {@code /users/{id}}. */
    static byte[] user(String path) {
        return ascii(path.substring(USERS.length()));
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** For servers that do not write Date themselves; they ask once a second. */
    static String date() {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
    }
}
