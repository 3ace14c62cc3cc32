package io.gannet.internal.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forms of several parts, whole, split after every byte, and byte by byte. */
class MultipartParserTest {
    private static final int PARTS = 3;
    private static final int HEADER = 120;
    private static final String A = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";

    /** Writes down what it hears; pieces of one part are joined. */
    private static class Notes implements MultipartParser.Sink {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void begin(PartHeader header) {
            text.append(header.name()).append(header.hasFileName() ? "!" : "")
                    .append(header.fileName()).append('(').append(header.type()).append(")=");
        }

        @Override
        public void data(byte[] bytes, int from, int count) {
            assertThat(count).isPositive();
            text.append(new String(bytes, from, count, StandardCharsets.ISO_8859_1));
        }

        @Override
        public void end() {
            text.append(";");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Feeds pieces that end at these places. */
    private static String parse(String boundary, String body, int... ends) {
        Notes notes = new Notes();
        MultipartParser parser = new MultipartParser(boundary, PARTS, HEADER, notes);
        byte[] all = bytes(body);
        int from = 0;
        for (int end : ends) {
            parser.feed(all.clone(), from, end - from);
            from = end;
        }
        parser.feed(all, from, all.length - from);
        parser.end();
        return notes.text.toString();
    }

    private static void check(String body, String expected) {
        assertThat(parse("b", body)).isEqualTo(expected);
        for (int i = 0; i <= body.length(); i++) {
            assertThat(parse("b", body, i)).as("split at " + i).isEqualTo(expected);
        }
        int[] each = new int[body.length()];
        for (int i = 0; i < each.length; i++) {
            each[i] = i + 1;
        }
        assertThat(parse("b", body, each)).isEqualTo(expected);
    }

    private static void refuse(String body, boolean tooLarge) {
        for (int i = 0; i <= body.length(); i++) {
            int split = i;
            assertThatExceptionOfType(BadMultipart.class).as("split at " + i)
                    .isThrownBy(() -> parse("b", body, split))
                    .matches(e -> e.isTooLarge() == tooLarge);
        }
    }

    @Test
    void partsAreReadInOrder() {
        check("--b\r\n" + A + "1\r\n--b--\r\n", "a()=1;");
        check("--b\r\n" + A + "1\r\n--b--", "a()=1;");
        check("--b\r\n" + A + "1\r\n--b\r\n" + A + "2\r\n--b--\r\n", "a()=1;a()=2;");
        check("--b\r\nContent-Type: image/png\r\nCONTENT-disposition:form-data;name=f;"
                + " filename=\"x y.png\"\r\n\r\nPNG\r\n--b--\r\n", "f!x y.png(image/png)=PNG;");
    }

    @Test
    void emptyPartsAndFormsAreParts() {
        check("--b--\r\n", "");
        check("--b\r\n" + A + "\r\n--b--", "a()=;");
        check("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--", "a()=;");
        check("--b\r\nContent-Disposition: form-data; name=\"\"; filename=\"\"\r\n\r\n\r\n--b--",
                "!()=;");
    }

    @Test
    void whatLooksLikeADelimiterIsData() {
        check("--b\r\n" + A + "\r\n\r\n--b--", "a()=\r\n;");
        check("--b\r\n" + A + "\r\r\n\r\n-\r\n--\r\n--c--b\n--b\r--b\r\n--b--",
                "a()=\r\r\n\r\n-\r\n--\r\n--c--b\n--b\r--b;");
        check("--b\r\n" + A + "--c\r\n--b--", "a()=--c;");
        check("--b\r\n" + A + "\r\n-\r\n--b--", "a()=\r\n-;");
        check("--b\r\n" + A + "x--b--\r\n--b--", "a()=x--b--;");
    }

    @Test
    void whatStandsAroundThePartsIsPassedOver() {
        check("\r\n--b\r\n" + A + "1\r\n--b--", "a()=1;");
        check("pre\r\namble --b\r\n--b \t\r\n" + A + "1\r\n--b-- \r\nepi\r\n--b\r\nlogue",
                "a()=1;");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "-", "--", "--b", "--b-", "--b\r", "--b\r\n", "--b--\r", "x", "--c\r\n", "--b--x",
        "--b--\rx", "--b-x", "--bx\r\n", "--b x\r\n", "--b\rx", "--b\n", "--b\r\n\r\n\r\n--b--",
        "--b\r\nX: y\r\n\r\n1\r\n--b--", "--b\r\n" + A, "--b\r\n" + A + "1",
        "--b\r\n" + A + "1\r\n",
        "--b\r\n" + A + "1\r\n--b", "--b\r\n" + A + "1\r\n--b-", "--b\r\n" + A + "1\r\n--bb--",
        "--b\r\n" + A + "1\n--b--", "--b\r\n" + A + "1\r\n--b-\r\n", "--b \r\n"
    })
    void formsThatAreMalformedOrCutAreRefused(String body) {
        refuse(body, false);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "Content-Disposition: form-data", "Content-Disposition: form-data; name",
        "Content-Disposition: attachment; name=a", "Content-Disposition: form-data; name=\"a",
        "Content-Disposition: form-data; name=a; name=b", "Content-Disposition: form-data name=a",
        "Content-Disposition: form-data; name=a; filename=x; filename=y",
        "Content-Disposition: form-data; name=a; filename*=utf-8''x",
        "Content-Disposition: form-data; name*=utf-8''x",
        "Content-Disposition: form-data; name=a b",
        "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=a",
        "Content-Disposition: form-data; name=a\r\n folded", "Content-Disposition",
        "Content-Disposition : form-data; name=a", ": x", "Content-Disposition: form-data; name=\0",
        "Content-Disposition: form-data; name=a\nX: y", "Content-Disposition: form-data; name=a\rx",
        "Content-Disposition: form-data; name=\"\u00ff\"", "Content-Disposition:",
        "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64",
        "Content-Disposition: form-data; name=a\r\nContent-Type: a/b\r\nContent-Type: a/c"
    })
    void headersThatAreMalformedAreRefused(String header) {
        refuse("--b\r\n" + header + "\r\n\r\n1\r\n--b--", false);
    }

    @Test
    void namesAreUtf8AndMayHoldQuotesAndBackslashes() {
        String start = "--b\r\nContent-Disposition: form-data; name=a; filename=";
        String utf8 = new String("ä€".getBytes(StandardCharsets.UTF_8),
                StandardCharsets.ISO_8859_1);
        check(start + "\"" + utf8 + "\"\r\n\r\n\r\n--b--", "a!ä€()=;");
        check(start + "\"a\\\"b\\\\c\\d\"\r\n\r\n\r\n--b--", "a!a\"b\\c\\d()=;");
        check(start + "\"../../etc/passwd\"\r\n\r\n\r\n--b--", "a!../../etc/passwd()=;");
        check(start + "\"a%22;name=b\"\r\n\r\n\r\n--b--", "a!a%22;name=b()=;");
    }

    @Test
    void partsAreCounted() {
        String part = "--b\r\n" + A + "\r\n";
        check(part.repeat(PARTS - 1) + "--b--", "a()=;".repeat(PARTS - 1));
        check(part.repeat(PARTS) + "--b--", "a()=;".repeat(PARTS));
        refuse(part.repeat(PARTS + 1) + "--b--", true);
    }

    @Test
    void headersAreBounded() {
        int rest = HEADER - A.length() - "X: \r\n".length();
        for (int more = -1; more <= 0; more++) {
            check("--b\r\nX: " + "y".repeat(rest + more) + "\r\n" + A + "\r\n--b--", "a()=;");
        }
        refuse("--b\r\nX: " + "y".repeat(rest + 1) + "\r\n" + A + "\r\n--b--", true);
        refuse("--b\r\n" + "y".repeat(HEADER + 1), true);
        refuse("--b" + " ".repeat(HEADER + 1) + "\r\n" + A + "\r\n--b--", false);
    }

    @Test
    void boundariesAreChecked() {
        for (String bad : new String[] {
            "", "a ", " ", "x".repeat(71), "ä", "a\r\nb", "a\"", "a;"}) {
            assertThatExceptionOfType(BadMultipart.class).as(bad)
                    .isThrownBy(() -> new MultipartParser(bad, 1, 64, new Notes()));
        }
        for (String good : new String[] {"x".repeat(70), "a b", "'()+_,-./:=?", "-", "--"}) {
            assertThat(parse(good, "--" + good + "\r\n" + A + "1\r\n--" + good + "--"))
                    .isEqualTo("a()=1;");
        }
    }

    @Test
    void whatWasMalformedStaysSo() {
        MultipartParser parser = new MultipartParser("b", PARTS, HEADER, new Notes());
        assertThatExceptionOfType(BadMultipart.class)
                .isThrownBy(() -> parser.feed(bytes("--bx"), 0, 4));
        assertThatExceptionOfType(BadMultipart.class)
                .isThrownBy(() -> parser.feed(bytes("--b--"), 0, 5));
        assertThatExceptionOfType(BadMultipart.class).isThrownBy(parser::end);
    }

    @Test
    void anyBytesComeBackHoweverTheyAreSplit() {
        Random random = new Random(11);
        char[] letters = {'\r', '\n', '-', 'b', 'c', 0, 0xff};
        for (int round = 0; round < 3000; round++) {
            StringBuilder data = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                data.append(letters[random.nextInt(letters.length)]);
            }
            String text = data.toString();
            if (("\r\n" + text + "\r\n").contains("\r\n--b")) {
                continue;
            }
            String body = "--b\r\n" + A + text + "\r\n--b--";
            int first = random.nextInt(body.length());
            int second = first + random.nextInt(body.length() - first);
            assertThat(parse("b", body, first, second)).isEqualTo("a()=" + text + ";");
        }
    }

    @Test
    void noiseNeverEscapesAsAnotherError() {
        Random random = new Random(13);
        String[] words = {
            "--b", "\r\n", "--", A, "Content-Type: a/b\r\n", "x", "\r", "\n", ":", "\""};
        for (int round = 0; round < 20_000; round++) {
            StringBuilder body = new StringBuilder("--b\r\n");
            for (int i = random.nextInt(12); i > 0; i--) {
                body.append(words[random.nextInt(words.length)]);
            }
            assertThatCode(() -> {
                try {
                    parse("b", body.toString());
                } catch (BadMultipart e) {
                    assertThat(e.getMessage()).isNotEmpty();
                }
            }).doesNotThrowAnyException();
        }
    }

    @Test
    void whateverIsInAPartItComesInPiecesAsLargeAsTheyWereFed() {
        for (String unit : new String[] {"a", "\r", "\r\n", "\r\n-", "\r\n--", "a\r\n--c"}) {
            AtomicInteger calls = new AtomicInteger();
            AtomicInteger bytes = new AtomicInteger();
            MultipartParser parser = new MultipartParser("b", PARTS, HEADER, new Notes() {
                @Override
                public void data(byte[] data, int from, int count) {
                    calls.incrementAndGet();
                    bytes.addAndGet(count);
                }
            });
            byte[] begin = bytes("--b\r\n" + A);
            byte[] piece = bytes(unit.repeat(1000));
            byte[] end = bytes("\r\n--b--");
            parser.feed(begin, 0, begin.length);
            for (int i = 0; i < 3; i++) {
                parser.feed(piece, 0, piece.length);
            }
            parser.feed(end, 0, end.length);
            parser.end();
            assertThat(bytes).as(unit).hasValue(3 * piece.length);
            assertThat(calls.get()).as(unit).isLessThanOrEqualTo(2 * 4);
        }
    }
}
