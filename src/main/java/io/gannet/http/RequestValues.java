package io.gannet.http;

import io.gannet.internal.web.CookieText;
import io.gannet.internal.web.FormText;
import io.gannet.internal.web.HeaderValues;
import io.gannet.internal.web.MediaType;
import io.gannet.internal.web.Proxies;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a request was asked for beyond its head and body: made for the few requests that need it.
 * Any thread; what two threads find at a time is the same.
 */
final class RequestValues {
    /** More fields than this are refused, in forms and queries alike. */
    static final int FIELDS_MAX = 1000;

    /** Browsers keep fewer for one host. */
    private static final int COOKIES_MAX = 300;

    private static final String UNKNOWN = "unknown";
    private static final byte[] UNIX_PEER = new byte[0];

    private final Exchange exchange;
    private volatile @Nullable HttpParams query;
    private volatile @Nullable HttpParams form;
    private volatile @Nullable HttpParams cookies;
    private volatile @Nullable HttpMultipart multipart;
    private volatile Proxies.@Nullable Client client;
    /** Guarded by this; null until something is set. */
    private @Nullable Map<String, Object> attributes;

    RequestValues(Exchange exchange) {
        this.exchange = exchange;
    }

    // ---- names and values ----

    HttpParams query() {
        HttpParams known = query;
        if (known == null) {
            known = fields(exchange.query(), 400, "the query");
            query = known;
        }
        return known;
    }

    HttpParams form() {
        HttpParams known = form;
        if (known == null) {
            checkForm(exchange);
            String text = new String(exchange.bytes(), StandardCharsets.ISO_8859_1);
            known = fields(text, 413, "the form");
            form = known;
        }
        return known;
    }

    HttpMultipart multipart(HttpMultipartOptions options) {
        HttpMultipart known = multipart;
        if (known == null) {
            known = MultipartReader.read(exchange, options);
            multipart = known;
        }
        return known;
    }

    private static HttpParams fields(String text, int tooMany, String what) {
        if (text.isEmpty()) {
            return HttpParams.NONE;
        }
        if (FormText.count(text) > FIELDS_MAX) {
            throw new HttpException(tooMany, what + " has more than " + FIELDS_MAX + " fields");
        }
        try {
            return new HttpParams(FormText.parse(text));
        } catch (IllegalArgumentException e) {
            throw new HttpException(400, what + " has " + e.getMessage(), e);
        }
    }

    HttpParams cookies() {
        HttpParams known = cookies;
        if (known == null) {
            List<String> headers = exchange.headers().all("Cookie");
            known = headers.isEmpty()
                    ? HttpParams.NONE
                    : new HttpParams(CookieText.parse(headers, COOKIES_MAX));
            cookies = known;
        }
        return known;
    }

    // ---- what the body is ----

    /** Nothing when the request does not say, or says what makes no sense. */
    static Optional<MediaType> mediaType(Exchange exchange) {
        Optional<String> value = exchange.header("Content-Type");
        return value.isEmpty() ? Optional.empty() : MediaType.parse(value.get());
    }

    /** The charset of a text. */
    static Charset charset(Exchange exchange) {
        Optional<String> value = exchange.header("Content-Type");
        return value.isEmpty() ? StandardCharsets.UTF_8 : charset(value.get());
    }

    /** The charset that a Content-Type names. */
    static Charset charset(String contentType) {
        if (contentType.indexOf(';') < 0) {
            return StandardCharsets.UTF_8;
        }
        Optional<MediaType> type = MediaType.parse(contentType);
        Optional<String> name = type.isEmpty()
                ? Optional.empty()
                : type.get().parameter("charset");
        if (name.isEmpty() || name.get().equalsIgnoreCase("utf-8")) {
            return StandardCharsets.UTF_8;
        }
        try {
            return Charset.forName(name.get());
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw new HttpException(415, "the charset of the body is not known here", e);
        }
    }

    /** Refuses what is no JSON. A client that does not say what it sends is believed. */
    static void checkJson(Exchange exchange) {
        Optional<String> value = exchange.header("Content-Type");
        if (value.isEmpty() || value.get().equals("application/json")) {
            return;
        }
        Optional<MediaType> type = MediaType.parse(value.get());
        String name = type.isEmpty() ? "" : type.get().name();
        if (!name.equals("application/json") && !name.endsWith("+json")) {
            throw new HttpException(415, "the body must be application/json");
        }
        checkUtf8(type);
    }

    private static void checkForm(Exchange exchange) {
        Optional<MediaType> type = mediaType(exchange);
        if (type.isEmpty() || !type.get().name().equals("application/x-www-form-urlencoded")) {
            throw new HttpException(415, "the body must be application/x-www-form-urlencoded");
        }
        checkUtf8(type);
    }

    private static void checkUtf8(Optional<MediaType> type) {
        Optional<String> charset = type.isEmpty()
                ? Optional.empty()
                : type.get().parameter("charset");
        if (charset.isPresent() && !charset.get().equalsIgnoreCase("utf-8")
                && !charset.get().equalsIgnoreCase("us-ascii")) {
            throw new HttpException(415, "the charset of the body must be UTF-8");
        }
    }

    // ---- who asks ----

    Proxies.Client client() {
        Proxies.Client known = client;
        if (known == null) {
            known = findClient();
            client = known;
        }
        return known;
    }

    private Proxies.Client findClient() {
        SocketAddress remote = exchange.remoteAddress();
        byte[] peer = UNIX_PEER;
        if (remote instanceof InetSocketAddress address && address.getAddress() != null) {
            peer = address.getAddress().getAddress();
        } else if (exchange.connection().session().isAnnounced()
                || !isUnix(exchange.localAddress())) {
            /* A Unix peer that a proxy announced lives on a machine that is not known here. */
            return new Proxies.Client(UNKNOWN, "", "");
        }
        return exchange.proxies().client(peer, new HeaderValues() {
            @Override
            public List<String> all(String name) {
                return exchange.headers().all(name);
            }
        });
    }

    /** An address that the system did not tell is a Unix one without a path. */
    private static boolean isUnix(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress unix
                && !unix.getPath().toString().isEmpty();
    }

    // ---- what handlers leave for each other ----

    synchronized Optional<Object> attribute(String key) {
        return attributes == null ? Optional.empty() : Optional.ofNullable(attributes.get(key));
    }

    synchronized void attribute(String key, Object value) {
        if (attributes == null) {
            attributes = new HashMap<>();
        }
        attributes.put(key, value);
    }
}
