package io.gannet.internal.web;

import java.util.List;

/** The headers of a request, for who reads some of them. */
public interface HeaderValues {
    /**
     * All values of a header.
     *
     * @param name of the header
     * @return in order, none when it was not sent
     */
    List<String> all(String name);
}
