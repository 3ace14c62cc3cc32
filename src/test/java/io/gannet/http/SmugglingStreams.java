package io.gannet.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What a client may send to make two servers disagree about where a request ends: the cases of the
 * parser, contradictions of every kind about bodies, and both of them with random damage. Always
 * the same.
 */
final class SmugglingStreams {
    private static final long SEED = 9112;
    private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: hidden\r\n\r\n";

    private static final List<String> LENGTHS = List.of("", "Content-Length: 5\r\n",
            "Content-Length: 0\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5, 5\r\n",
            "Content-Length: +5\r\n", "Content-Length: 0x5\r\n", "Content-Length: 5 \r\n",
            "Content-Length:5\r\n", "Content-Length : 5\r\n", "Content-Length: 005\r\n",
            "Content-Length: -1\r\n", "Content-Length:\r\n", "Content-Length: 5\n",
            "Content-Length: 18446744073709551621\r\n", "Content-Length: 5;\r\n",
            "\tContent-Length: 5\r\n", "Content_Length: 5\r\n", "Content-Length\0: 5\r\n");

    private static final List<String> CODINGS = List.of("", "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: Chunked\r\n", "transfer-encoding:chunked\r\n",
            "Transfer-Encoding : chunked\r\n", "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: identity, chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: \"chunked\"\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "Transfer-Encoding: identity\r\n", "Transfer-Encoding:\r\n",
            "Transfer-Encoding:\tchunked\r\n", "Transfer-Encoding:\u000bchunked\r\n",
            "Transfer-Encoding: chunked\t\r\n", "Transfer-Encoding:\r\n chunked\r\n",
            " Transfer-Encoding: chunked\r\n", "X: y\r\n Transfer-Encoding: chunked\r\n",
            "X: y\nTransfer-Encoding: chunked\r\n", "X: y\rTransfer-Encoding: chunked\r\n",
            "Transfer_Encoding: chunked\r\n", "Transfer-Encoding\0: chunked\r\n",
            "Transfer-Encoding: chunked\0\r\n", "Transfer-Encoding: chun\u00adked\r\n",
            "Transfer-Encoding: chunked;q=1\r\n", "Transfer-Encoding: ,chunked\r\n",
            "TE: chunked\r\n", "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n",
            "Connection: Content-Length\r\n", "Connection: X-Front, close\r\n",
            "Expect: 100-continue\r\n", "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n",
            "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n");

    private static final List<String> BODIES = List.of("", "hello", "0\r\n\r\n", HIDDEN,
            "5\r\nhello\r\n0\r\n\r\n", "0\r\n\r\n" + HIDDEN, "5\r\nhello\r\n0\r\n\r\n" + HIDDEN,
            "5;a=b\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n", "5 \r\nhello\r\n0\r\n\r\n",
            "05\r\nhello\r\n000\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n",
            "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello\r\n0\r\n",
            "5;\nhello\r\n0\r\n\r\n", "5;a=\"\r\nhello\r\n0\r\n\r\n\"",
            "5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n" + HIDDEN,
            "5\r\nhello\r\n0\r\nHost: other\r\nX-Trailer: y\r\n\r\n",
            "5\r\nhello\r\n0\r\nGET /hidden HTTP/1.1\r\nHost: h\r\n\r\n",
            "10000000000000005\r\nhello\r\n0\r\n\r\n", "-1\r\nhello\r\n0\r\n\r\n",
            "25\r\n" + HIDDEN + "\r\n0\r\n\r\n", "5\r\nhello\r\r\n0\r\n\r\n", "\r\n" + HIDDEN);

    private static final List<String> STARTS = List.of("POST /s HTTP/1.1\r\nHost: s\r\n",
            "POST /s HTTP/1.1\r\nHost: s\r\n", "GET /s HTTP/1.1\r\nHost: s\r\n",
            "POST /s HTTP/1.0\r\nHost: s\r\nConnection: keep-alive\r\n",
            "GET http://s/s HTTP/1.1\r\nHost: s\r\n", "POST http://s:80/s HTTP/1.1\r\nHost: x\r\n",
            "HEAD /s HTTP/1.1\r\nHost: s\r\n", "OPTIONS * HTTP/1.1\r\nHost: s\r\n",
            "DELETE /s HTTP/1.1\r\nHost: s\r\n", "CONNECT s:80 HTTP/1.1\r\nHost: s:80\r\n",
            "PUT //s/../x?a b HTTP/1.1\r\nHost: s\r\n",
            "POST /s HTTP/1.1\r\nHost: s\r\nHost: t\r\n",
            "\r\nPOST /s HTTP/1.1\r\nHost: s\r\n", "post /s HTTP/1.1\r\nHost: s\r\n",
            "POST /s HTTP/1.1 \r\nHost: s\r\n", "POST  /s HTTP/1.1\r\nHost: s\r\n",
            "POST /s#f HTTP/1.1\r\nHost: s\r\n", "POST /s HTTP/1.2\r\nHost: s\r\n",
            "GET /s HTTP/1.1\r\nHost: s\r\n\r\nPOST /s HTTP/1.1\r\nHost: s\r\n");

    /** What damage puts in. */
    private static final List<String> SPLINTERS = List.of("\r", "\n", "\r\n", "\0", " ", "\t", ":",
            ",", ";", "0", "5", "\u0080", "\u00ff", "\"", "%00", "%0d%0a", "\r\n\r\n", HIDDEN);

    private final Random random = new Random(SEED);

    private SmugglingStreams() {}

    /** At most so many streams of each kind. */
    static List<String> make(int count) throws IOException {
        SmugglingStreams make = new SmugglingStreams();
        List<String> cases = make.cases();
        Collections.shuffle(cases, make.random);
        List<String> streams = new ArrayList<>(cases.subList(0, Math.min(count, cases.size())));
        List<String> contradictions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            contradictions.add(make.contradiction());
        }
        streams.addAll(contradictions);
        for (int i = 0; i < count; i++) {
            streams.add(make.damaged(make.pick(i % 2 == 0 ? cases : contradictions)));
        }
        return streams;
    }

    private List<String> cases() throws IOException {
        List<String> streams = new ArrayList<>();
        for (HttpCase test : HttpCase.readAll()) {
            if (!test.limits().isEmpty()) {
                continue;
            }
            if (test.kind().equals("request")) {
                streams.add(test.bytes());
            } else if (test.kind().equals("chunked")) {
                streams.add("POST /s HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + test.bytes());
            }
        }
        return streams;
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }

    private String contradiction() {
        String length = pick(LENGTHS);
        String coding = pick(CODINGS);
        String headers = random.nextBoolean() ? length + coding : coding + length;
        return pick(STARTS) + headers + "\r\n" + pick(BODIES);
    }

    private String damaged(String stream) {
        StringBuilder text = new StringBuilder(stream);
        int faults = 1 + random.nextInt(2);
        for (int i = 0; i < faults && text.length() > 0; i++) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, pick(SPLINTERS));
                case 2 -> text.replace(at, at + 1, pick(SPLINTERS));
                default -> text.setCharAt(at, (char) (text.charAt(at) ^ 1 << random.nextInt(8)));
            }
        }
        return text.toString();
    }
}
