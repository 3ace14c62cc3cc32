package io.gannet.http.filter;

import io.gannet.http.HttpResponse;
import java.util.List;

/** What several filters do with headers. */
final class Headers {
    private Headers() {}

    /** Says that the response depends on a request header, in one line with what else it says. */
    static HttpResponse vary(HttpResponse response, String name) {
        List<String> values = response.headers("Vary");
        if (values.isEmpty()) {
            return response.addHeader("Vary", name);
        }
        return names(values, name) || names(values, "*")
                ? response
                : response.withHeader("Vary", String.join(", ", values) + ", " + name);
    }

    /** Whether a list in a header names something. */
    static boolean names(List<String> values, String name) {
        for (String value : values) {
            int at = 0;
            while (at <= value.length()) {
                int comma = value.indexOf(',', at);
                int end = comma < 0 ? value.length() : comma;
                if (value.substring(at, end).strip().equalsIgnoreCase(name)) {
                    return true;
                }
                at = end + 1;
            }
        }
        return false;
    }
}
