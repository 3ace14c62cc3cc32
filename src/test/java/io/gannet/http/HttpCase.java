package io.gannet.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A case of {@code native/test/cases/http/}, whose format {@code native/test/http_cases.h}
 * describes: bytes in, and the lines that tell what comes out.
 *
 * @param place file and line
 * @param name a sentence
 * @param kind what the bytes are, {@code "request"} for requests
 * @param limits those that the case lowers, by name
 * @param bytes the input, each byte as one character
 * @param expected the lines, as they stand there
 */
record HttpCase(String place, String name, String kind, Map<String, String> limits, String bytes,
        List<String> expected) {
    private static final Path FOLDER = Path.of("native/test/cases/http");
    private static final Pattern REPEATED = Pattern.compile(">x([0-9]+)\\s+(.*)");

    @Override
    public String toString() {
        return place + ": " + name;
    }

    /** Reads the cases of all files. */
    static List<HttpCase> readAll() throws IOException {
        List<HttpCase> cases = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(FOLDER, "*.case")) {
            found.forEach(files::add);
        }
        Collections.sort(files);
        for (Path file : files) {
            read(file, cases);
        }
        return cases;
    }

    private static void read(Path file, List<HttpCase> cases) throws IOException {
        List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
        List<String> own = new ArrayList<>();
        for (int i = lines.size() - 1; i >= 0; i--) {
            String line = lines.get(i);
            if (line.startsWith("case: ")) {
                String place = file.getFileName() + ":" + (i + 1);
                cases.add(of(place, line.substring("case: ".length()), own));
                own.clear();
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                own.add(0, line);
            }
        }
        if (!own.isEmpty()) {
            throw new IOException(file + " has something in front of the first case");
        }
    }

    private static HttpCase of(String place, String name, List<String> lines) throws IOException {
        String kind = "request";
        Map<String, String> limits = new TreeMap<>();
        StringBuilder bytes = new StringBuilder();
        List<String> expected = new ArrayList<>();
        for (String line : lines) {
            Matcher repeated = REPEATED.matcher(line);
            if (line.startsWith("kind: ")) {
                kind = line.substring("kind: ".length());
            } else if (line.startsWith("limit: ")) {
                String[] words = line.split(" ", -1);
                limits.put(words[1], words[2]);
            } else if (line.startsWith("= ")) {
                expected.add(line.substring(2));
            } else if (line.startsWith("> ")) {
                bytes.append(plain(line.substring(2)));
            } else if (repeated.matches()) {
                bytes.append(plain(repeated.group(2)).repeat(Integer.parseInt(repeated.group(1))));
            } else {
                throw new IOException(place + " has a line with no known word: " + line);
            }
        }
        if (expected.isEmpty()) {
            throw new IOException(place + " expects nothing");
        }
        return new HttpCase(place, name, kind, limits, bytes.toString(), expected);
    }

    /** The bytes that a text with escapes stands for. */
    static String plain(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                c = text.charAt(++i);
                switch (c) {
                    case 'r' -> c = '\r';
                    case 'n' -> c = '\n';
                    case 't' -> c = '\t';
                    case 'x' -> {
                        c = (char) Integer.parseInt(text.substring(i + 1, i + 3), 16);
                        i += 2;
                    }
                    case '\\' -> { }
                    default -> throw new IllegalArgumentException("an unknown escape in " + text);
                }
            }
            bytes.write(c);
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** A line of what came out, as the cases write it. */
    static String line(String word, String value) {
        StringBuilder text = new StringBuilder(word);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\r' -> text.append("\\r");
                case '\n' -> text.append("\\n");
                case '\t' -> text.append("\\t");
                case '\\' -> text.append("\\\\");
                default -> {
                    if (c >= 0x20 && c < 0x7f) {
                        text.append(c);
                    } else {
                        text.append(String.format("\\x%02x", (int) c));
                    }
                }
            }
        }
        /* Editors like to take white space at the end of a line away. */
        boolean blank = text.charAt(text.length() - 1) == ' ' && !word.equals("body ");
        return blank ? text.substring(0, text.length() - 1) : text.toString();
    }
}
