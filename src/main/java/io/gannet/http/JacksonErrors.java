package io.gannet.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Says to a client what Jackson says to a programmer, without what is none of its business. */
final class JacksonErrors {
    private static final int PATH_MAX = 200;
    /** Deeper than Jackson lets values nest. */
    private static final int DEPTH_MAX = 2000;

    private JacksonErrors() {}

    static RuntimeException of(IOException error) {
        IOException inText = inText(error);
        if (inText != null) {
            JsonLocation location = inText instanceof JsonProcessingException known
                    ? known.getLocation()
                    : null;
            return refusal("the JSON is malformed", error, location);
        }
        if (error instanceof JsonMappingException mapping
                && !(error instanceof InvalidDefinitionException)) {
            return refusal(reason(mapping), error, mapping.getLocation());
        }
        return new UncheckedIOException("no value of this type can be read from JSON", error);
    }

    /** What is wrong with the text itself; often wrapped, once for each list or map around it. */
    private static @Nullable IOException inText(Throwable error) {
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < DEPTH_MAX; depth++) {
            if (cause instanceof IOException found && !(cause instanceof JsonMappingException)) {
                return found;
            }
            cause = cause.getCause();
        }
        return null;
    }

    private static HttpException refusal(String reason, Exception error,
            @Nullable JsonLocation location) {
        String place = location == null || location.getLineNr() < 1
                ? ""
                : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
        return new HttpException(400, reason + place, error);
    }

    private static String reason(JsonMappingException error) {
        String path = path(error);
        String said = error.getOriginalMessage();
        if (path.isEmpty() && said.startsWith("No content")) {
            return "the body is empty";
        }
        if (path.isEmpty() && said.startsWith("Trailing token")) {
            return "something follows the JSON";
        }
        String what = path.isEmpty() ? "the JSON" : path;
        if (error instanceof UnrecognizedPropertyException) {
            return what + " is not known";
        }
        if (error instanceof MismatchedInputException) {
            return said.startsWith("Missing") ? what + " is missing" : what + " has a wrong type";
        }
        return what + " is not acceptable";
    }

    /** As {@code items[2].price}. */
    private static String path(JsonMappingException error) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : error.getPath()) {
            String name = step.getFieldName();
            if (name == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.length() > 0 ? "." : "");
                name.codePoints().limit(PATH_MAX)
                        .map(c -> Character.isISOControl(c) ? '?' : c)
                        .forEach(path::appendCodePoint);
            }
            if (path.length() > PATH_MAX) {
                return path.substring(0, PATH_MAX) + "…";
            }
        }
        return path.toString();
    }
}
