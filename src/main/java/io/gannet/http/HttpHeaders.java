package io.gannet.http;

import io.gannet.internal.HttpFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The headers or trailers of a request, as they were sent: in order, repeated names included. Names
 * are looked for in any case. Any thread, as long as the request is valid; afterwards every method
 * throws {@link IllegalStateException}.
 */
public final class HttpHeaders {
    private final Exchange exchange;
    private final boolean trailers;

    HttpHeaders(Exchange exchange, boolean trailers) {
        this.exchange = exchange;
        this.trailers = trailers;
    }

    private HttpFields fields() {
        return trailers ? exchange.trailerFields() : exchange.head();
    }

    /**
     * How many there are.
     *
     * @return the count of lines
     */
    public int size() {
        return fields().count();
    }

    /**
     * The name in a line.
     *
     * @param index from 0
     * @return the name as it was sent
     * @throws IndexOutOfBoundsException when there is no such line
     */
    public String name(int index) {
        HttpFields fields = fields();
        return fields.name(Objects.checkIndex(index, fields.count()));
    }

    /**
     * The value in a line.
     *
     * @param index from 0
     * @return the value without white space around it
     * @throws IndexOutOfBoundsException when there is no such line
     */
    public String value(int index) {
        HttpFields fields = fields();
        return fields.value(Objects.checkIndex(index, fields.count()));
    }

    /**
     * Tells whether there is a header of that name.
     *
     * @param name in any case
     * @return true if there is
     */
    public boolean contains(String name) {
        return fields().find(name, 0) >= 0;
    }

    /**
     * The first value for a name.
     *
     * @param name in any case
     * @return the value, or nothing
     */
    public Optional<String> first(String name) {
        HttpFields fields = fields();
        int index = fields.find(name, 0);
        return index < 0 ? Optional.empty() : Optional.of(fields.value(index));
    }

    /**
     * All values for a name.
     *
     * @param name in any case
     * @return the values in order, empty when there is none
     */
    public List<String> all(String name) {
        HttpFields fields = fields();
        List<String> values = new ArrayList<>();
        for (int i = fields.find(name, 0); i >= 0; i = fields.find(name, i + 1)) {
            values.add(fields.value(i));
        }
        return values;
    }
}
