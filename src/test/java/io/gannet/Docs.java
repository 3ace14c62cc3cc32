package io.gannet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page in Markdown, as far as tests have to understand it. */
final class Docs {
    private static final String FENCE = "```";
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final Path path;
    private final List<String> lines;

    private Docs(Path path, List<String> lines) {
        this.path = path;
        this.lines = lines;
    }

    /**
     * What stands between two fences.
     *
     * @param where file and line of the first
     * @param text what stands between them
     */
    record Fence(String where, String text) {
        @Override
        public String toString() {
            return where;
        }
    }

    static Docs read(String name) {
        Path path = Path.of(name);
        try {
            return new Docs(path, Files.readAllLines(path, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    List<String> lines() {
        return lines;
    }

    /** All fences of a language. */
    List<Fence> fences(String language) {
        List<Fence> found = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith(FENCE)) {
                int end = lines.subList(i + 1, lines.size()).indexOf(FENCE) + i + 1;
                if (lines.get(i).equals(FENCE + language)) {
                    found.add(new Fence(path + ":" + (i + 1),
                            String.join("\n", lines.subList(i + 1, end))));
                }
                i = end;
            }
        }
        return found;
    }

    /** What stands below a heading, until the next one of its level or above. */
    Docs section(String heading) {
        int level = heading.indexOf(' ');
        int from = lines.indexOf(heading) + 1;
        if (from == 0) {
            throw new IllegalArgumentException(path + " has no " + heading);
        }
        int to = from;
        while (to < lines.size() && !lines.get(to).matches("#{1," + level + "} .*")) {
            to++;
        }
        return new Docs(path, lines.subList(from, to));
    }

    /** The rows of its tables without their heads; cells are trimmed. */
    List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("|---")) {
                for (i++; i < lines.size() && lines.get(i).startsWith("|"); i++) {
                    String row = lines.get(i);
                    rows.add(List.of(row.substring(1, row.length() - 1).strip()
                            .split("\\s*\\|\\s*")));
                }
            }
        }
        return rows;
    }

    /** What is set as code outside of fences. */
    Set<String> code() {
        StringBuilder text = new StringBuilder();
        boolean inside = false;
        for (String line : lines) {
            inside ^= line.startsWith(FENCE);
            if (!inside && !line.startsWith(FENCE)) {
                text.append(line).append('\n');
            }
        }
        return code(text.toString());
    }

    static Set<String> code(String text) {
        Set<String> found = new LinkedHashSet<>();
        Matcher matcher = CODE.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1).replace('\n', ' '));
        }
        return found;
    }
}
