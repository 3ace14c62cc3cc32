package io.gannet.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A form of several parts, {@code multipart/form-data}; see {@link HttpRequest#multipart()}.
 * Immutable; parts can be read from any thread until the response is complete.
 */
public final class HttpMultipart {
    private final List<HttpPart> parts;

    HttpMultipart(List<HttpPart> parts) {
        this.parts = List.copyOf(parts);
    }

    /**
     * All parts.
     *
     * @return in the order they came
     */
    public List<HttpPart> parts() {
        return parts;
    }

    /**
     * All parts of a name.
     *
     * @param name of the field
     * @return in the order they came
     */
    public List<HttpPart> parts(String name) {
        List<HttpPart> found = new ArrayList<>();
        for (HttpPart part : parts) {
            if (part.name().equals(name)) {
                found.add(part);
            }
        }
        return found;
    }

    /**
     * The first part of a name.
     *
     * @param name of the field
     * @return the part, or nothing
     */
    public Optional<HttpPart> part(String name) {
        List<HttpPart> found = parts(name);
        return found.isEmpty() ? Optional.empty() : Optional.of(found.get(0));
    }

    /**
     * The text of the first part of a name.
     *
     * @param name of the field
     * @return the text, or nothing when there is no such part, or it is a file
     */
    public Optional<String> field(String name) {
        Optional<HttpPart> found = part(name);
        return found.isEmpty() || found.get().isFile()
                ? Optional.empty()
                : Optional.of(found.get().text());
    }
}
