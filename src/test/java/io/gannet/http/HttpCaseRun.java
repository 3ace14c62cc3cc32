package io.gannet.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A case as a conversation with a server: what to send, which requests a handler must see, and how
 * they must be answered. Where a case is about a body alone, a head that announces it comes first.
 * Where the connection must survive, another request follows and must be seen as it is.
 */
final class HttpCaseRun {
    /** HTTP/1.0, so that the server closes behind it, and short enough for every limit. */
    private static final String NEXT = "GET /next HTTP/1.0\r\n\r\n";
    private static final List<String> NEXT_SEEN =
            List.of("GET /next HTTP/1.0", "path /next", "query", "authority");
    private static final String BODY_OF = "POST /body HTTP/1.1\r\nHost: h\r\n";
    private static final Path HEADER = Path.of("native/http/http.h");
    private static final Pattern REASON =
            Pattern.compile("X\\(\\w+, [0-9]+, \"(\\w+)\", +\"([^\"]*)\"\\)");
    /** What is said of a reason, by its name. */
    private static final Map<String, String> REASONS = reasons();

    /** An answer to come: what its request looked like, or the status of a refusal. */
    private static final class Answer {
        final List<String> seen = new ArrayList<>();
        int status = 200;
        String reason = "";
        boolean closes;
        boolean bare;
    }

    final HttpCase test;
    final String input;
    /** The input ends too early, and the server must hear so. */
    final boolean endsInput;
    private final List<Answer> answers = new ArrayList<>();

    private static Map<String, String> reasons() {
        Map<String, String> reasons = new HashMap<>();
        try {
            Matcher matcher = REASON.matcher(Files.readString(HEADER));
            while (matcher.find()) {
                reasons.put(matcher.group(1), matcher.group(2));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return reasons;
    }

    private HttpCaseRun(HttpCase test, String input, boolean endsInput) {
        this.test = test;
        this.input = input;
        this.endsInput = endsInput;
    }

    /** Whether a server reads such bytes: no responses, and no bodies that last until the end. */
    static boolean isForServers(HttpCase test) {
        return test.kind().equals("request") || test.kind().equals("chunked")
                || test.kind().startsWith("length ");
    }

    static HttpCaseRun of(HttpCase test) {
        List<String> lines = new ArrayList<>(test.expected());
        String input = test.bytes();
        boolean upgrades = lines.contains("upgrade");
        String last = lines.get(lines.size() - 1);
        if (!test.kind().equals("request")) {
            boolean chunked = test.kind().equals("chunked");
            lines.addAll(0, List.of("POST /body HTTP/1.1", "header Host: h",
                    chunked ? "header Transfer-Encoding: chunked"
                            : "header Content-Length: " + test.kind().substring(7)));
            input = BODY_OF + lines.get(2).substring("header ".length()) + "\r\n\r\n" + input;
        }
        if (last.startsWith("rest ") && (upgrades || !test.kind().equals("request"))) {
            /* A server goes on where these stop: it upgrades nothing. */
            int rest = HttpCase.plain(last.substring("rest ".length())).length();
            input = input.substring(0, input.length() - rest);
        }
        List<Answer> answers = answers(lines);
        boolean survives = lines.contains("end")
                && (answers.isEmpty() || !answers.get(answers.size() - 1).closes);
        boolean endsInput = last.equals("more");
        if (survives && !endsInput) {
            input += NEXT;
            Answer next = new Answer();
            next.seen.addAll(NEXT_SEEN);
            next.closes = true;
            answers.add(next);
        }
        HttpCaseRun run = new HttpCaseRun(test, input, endsInput);
        run.answers.addAll(answers);
        return run;
    }

    // ---- what must happen ----

    private static List<Answer> answers(List<String> lines) {
        List<Answer> answers = new ArrayList<>();
        int from = 0;
        while (from < lines.size()) {
            int to = from;
            while (to < lines.size() && !isEnd(lines.get(to))) {
                to++;
            }
            if (to == lines.size()) {
                break; /* the rest, which must not be looked at */
            }
            List<String> message = lines.subList(from, to);
            String end = lines.get(to);
            if (end.equals("end")) {
                answers.add(complete(message));
            } else if (end.startsWith("error ")) {
                String[] words = end.split(" ", -1);
                answers.add(expects(message)
                        ? refusedExpectation()
                        : refused(Integer.parseInt(words[1]), REASONS.getOrDefault(words[2], "?")));
            } else if (expects(message)) {
                answers.add(refusedExpectation());
            } else if (!message.isEmpty()) {
                answers.add(refused(400, "the connection ended inside the body"));
            }
            from = to + 1;
        }
        return answers;
    }

    private static boolean isEnd(String line) {
        return line.equals("end") || line.equals("more") || line.startsWith("error ");
    }

    private static boolean expects(List<String> message) {
        return message.contains("expect other");
    }

    private static Answer refusedExpectation() {
        return refused(417, "the expectation cannot be met");
    }

    private static Answer refused(int status, String reason) {
        Answer answer = new Answer();
        answer.status = status;
        answer.reason = reason;
        answer.closes = true;
        return answer;
    }

    /** What a handler sees of a message: what the case mentions, and what it leaves out. */
    private static Answer complete(List<String> message) {
        String start = message.get(0);
        if (start.startsWith("CONNECT ")) {
            return refused(501, "there are no tunnels here");
        }
        if (expects(message)) {
            return refusedExpectation();
        }
        Answer answer = new Answer();
        String target = start.split(" ", -1)[1];
        boolean pathless = message.contains("form asterisk");
        answer.bare = start.startsWith("HEAD ");
        answer.closes = message.contains("close");
        answer.seen.add(start);
        answer.seen.add(found(message, "path", pathless ? "path" : "path " + target));
        answer.seen.add(found(message, "query", "query"));
        answer.seen.add(found(message, "authority", authority(message)));
        for (String line : message) {
            if (line.startsWith("header ") || line.startsWith("body ")
                    || line.startsWith("trailer ")) {
                answer.seen.add(line);
            }
        }
        return answer;
    }

    private static String found(List<String> message, String word, String otherwise) {
        for (String line : message) {
            if (line.equals(word) || line.startsWith(word + " ")) {
                return line;
            }
        }
        return otherwise;
    }

    private static String authority(List<String> message) {
        for (String line : message) {
            if (line.toLowerCase(Locale.ROOT).startsWith("header host: ")) {
                return "authority " + line.substring("header host: ".length());
            }
        }
        return "authority";
    }

    // ---- what happened ----

    /** Compares; returns what is wrong, or nothing. */
    String problem(List<List<String>> seen, String output) {
        List<List<String>> wanted = new ArrayList<>();
        for (Answer answer : answers) {
            if (answer.status == 200) {
                wanted.add(answer.seen);
            }
        }
        if (!seen.equals(wanted)) {
            return "the handler saw " + seen + ", not " + wanted;
        }
        String left = output;
        for (Answer answer : answers) {
            left = withoutContinue(left);
            int end = left.indexOf("\r\n\r\n");
            if (end < 0 || !left.startsWith("HTTP/1.1 " + answer.status + " ")) {
                return "not answered with " + answer.status + ": " + output;
            }
            String head = left.substring(0, end + 2);
            left = left.substring(end + 4);
            boolean closes = head.contains("\r\nConnection: close\r\n");
            if (closes != answer.closes && !endsInput) {
                return (closes ? "closed" : "not closed") + " behind: " + output;
            }
            if (answer.status != 200) {
                /* Nothing follows but its text, maybe with a number; an answer to HEAD lacks it. */
                boolean says = left.isEmpty() || left.contains(": " + answer.reason);
                return says ? "" : "not because of " + answer.reason + ": " + output;
            }
            if (!answer.bare && !left.startsWith(HttpCasesIT.BODY)) {
                return "no body in: " + output;
            }
            left = answer.bare ? left : left.substring(HttpCasesIT.BODY.length());
        }
        return left.isEmpty() ? "" : "answered too much: " + output;
    }

    private static String withoutContinue(String output) {
        String interim = "HTTP/1.1 100 Continue\r\n\r\n";
        return output.startsWith(interim) ? output.substring(interim.length()) : output;
    }
}
