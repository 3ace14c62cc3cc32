package io.gannet.internal.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Which shapes a path matches, and in what order. */
class RouteTreeTest {
    private static final String[] WORDS = {"a", "ab", "abc", "b", "users", "user", "é", "a b"};

    /** The patterns that match a path, best first. */
    private static List<String> matches(String path, String... patterns) {
        return matches(path, tree(patterns), patterns);
    }

    private static List<String> matches(String path, RouteTree tree, String... patterns) {
        List<String> found = new ArrayList<>();
        for (int at = tree.find(path); at >= 0; at = tree.next(path, at)) {
            found.add(patterns[tree.value(at)]);
            if (found.size() > patterns.length) {
                throw new AssertionError("it goes round in circles: " + found);
            }
        }
        return found;
    }

    private static RouteTree tree(String... patterns) {
        RouteTree.Builder builder = new RouteTree.Builder();
        for (String pattern : patterns) {
            builder.add(RoutePattern.of(pattern).shape());
        }
        return builder.build();
    }

    @Test
    void literalTextComesBeforeAParameterAndThatBeforeARest() {
        String[] patterns = {"/{p*}", "/users/{id}", "/users/me", "/users/{p*}", "/{a}/{b}"};
        assertThat(matches("/users/me", patterns)).containsExactly(
                "/users/me", "/users/{id}", "/users/{p*}", "/{a}/{b}", "/{p*}");
        assertThat(matches("/users/7", patterns)).containsExactly(
                "/users/{id}", "/users/{p*}", "/{a}/{b}", "/{p*}");
        assertThat(matches("/users/", patterns)).containsExactly("/users/{p*}", "/{p*}");
        assertThat(matches("/users", patterns)).containsExactly("/{p*}");
    }

    @Test
    void aWrongBeginningIsTakenBack() {
        assertThat(matches("/a/b/x", "/a/b/c", "/{p}/b/x")).containsExactly("/{p}/b/x");
        assertThat(matches("/users/mix", "/users/max", "/users/{id}")).containsExactly(
                "/users/{id}");
        assertThat(matches("/a/b/c/d", "/a/{x}/c/e", "/a/b/{y}/e", "/{p}/b/c/{q}", "/a/{r*}"))
                .containsExactly("/a/{r*}", "/{p}/b/c/{q}");
    }

    @Test
    void aParameterIsOneSegmentThatIsNotEmpty() {
        assertThat(matches("/", "/{a}")).isEmpty();
        assertThat(matches("/x/", "/{a}")).isEmpty();
        assertThat(matches("/x/y", "/{a}")).isEmpty();
        assertThat(matches("//y", "/{a}/y")).isEmpty();
        assertThat(matches("/x/", "/{a}/")).containsExactly("/{a}/");
        assertThat(matches("/a" + PathText.SLASH + "b", "/{a}")).containsExactly("/{a}");
    }

    @Test
    void aRestMayBeEmpty() {
        assertThat(matches("/", "/{p*}")).containsExactly("/{p*}");
        assertThat(matches("/s/", "/s/{p*}", "/s/")).containsExactly("/s/", "/s/{p*}");
        assertThat(matches("/s", "/s/{p*}")).isEmpty();
        assertThat(matches("/s//a/", "/s/{p*}")).containsExactly("/s/{p*}");
    }

    @Test
    void anEmptyTreeMatchesNothing() {
        assertThat(matches("/")).isEmpty();
        assertThat(matches("")).isEmpty();
    }

    @Test
    void equalShapesAreOne() {
        RouteTree.Builder builder = new RouteTree.Builder();
        int one = builder.add(RoutePattern.of("/a/{x}/b").shape());
        assertThat(builder.add(RoutePattern.of("/a/{x}").shape())).isNotEqualTo(one);
        assertThat(builder.add(RoutePattern.of("/a/{y}/b").shape())).isEqualTo(one);
        assertThat(builder.add(RoutePattern.of("/%61/{z}/b").shape())).isEqualTo(one);
    }

    /** Thousands of paths against sets of routes, judged by a matcher that is too simple to err. */
    @Test
    void itAgreesWithANaiveMatcher() {
        Random random = new Random(20_261_120);
        int hits = 0;
        for (int round = 0; round < 300; round++) {
            Map<String, String> patterns = new LinkedHashMap<>();
            for (int i = random.nextInt(1, 40); i > 0; i--) {
                String pattern = path(random, true);
                patterns.putIfAbsent(RoutePattern.of(pattern).shape(), pattern);
            }
            String[] all = patterns.values().toArray(new String[0]);
            RouteTree tree = tree(all);
            for (int i = 0; i < 100; i++) {
                String path = path(random, false);
                List<String> expected = naive(path, all);
                hits += expected.size();
                if (!matches(path, tree, all).equals(expected)) {
                    assertThat(matches(path, tree, all)).as("%s in %s", path, List.of(all))
                            .isEqualTo(expected);
                }
            }
        }
        assertThat(hits).as("a test that matches nothing shows nothing").isGreaterThan(10_000);
    }

    private static String path(Random random, boolean pattern) {
        StringBuilder path = new StringBuilder();
        int segments = random.nextInt(1, 5);
        for (int i = 0; i < segments; i++) {
            int kind = random.nextInt(pattern ? 10 : 7);
            if (kind == 9 && i == segments - 1) {
                path.append("/{r*}");
            } else if (kind >= 7) {
                path.append("/{p").append(i).append('}');
            } else if (kind == 0 && (i == segments - 1 || !pattern)) {
                path.append('/');
            } else {
                path.append('/').append(WORDS[random.nextInt(WORDS.length)]);
            }
        }
        return path.toString();
    }

    /** Segment by segment; the order is that of texts in which a mark says how good each is. */
    private static List<String> naive(String path, String[] patterns) {
        TreeSet<String> found = new TreeSet<>();
        String[] have = path.split("/", -1);
        for (String pattern : patterns) {
            String[] want = pattern.split("/", -1);
            StringBuilder order = new StringBuilder();
            boolean rest = pattern.endsWith("*}");
            boolean matches = rest ? have.length >= want.length : have.length == want.length;
            for (int i = 1; i < want.length && matches; i++) {
                boolean takesRest = rest && i == want.length - 1;
                boolean param = !takesRest && want[i].startsWith("{");
                order.append(takesRest ? '3' : param ? '2' : '1');
                matches = takesRest || (param ? !have[i].isEmpty() : have[i].equals(want[i]));
            }
            if (matches) {
                found.add(order + " " + pattern);
            }
        }
        return found.stream().map(text -> text.substring(text.indexOf(' ') + 1)).toList();
    }

    /** Their second halves are what stands for a parameter and for a rest. */
    @Test
    void noCharacterIsAWildcard() {
        String rat = "\uD83D\uDC00";
        String mouse = "\uD83D\uDC01";
        for (String animal : new String[] {rat, mouse}) {
            String[] patterns = {"/" + animal, "/x" + animal + "/b", "/" + animal + "/{p*}"};
            assertThat(matches("/" + animal, patterns)).containsExactly(patterns[0]);
            assertThat(matches("/x" + animal + "/b", patterns)).containsExactly(patterns[1]);
            assertThat(matches("/" + animal + "/c", patterns)).containsExactly(patterns[2]);
            assertThat(matches("/\uD83D\uDE00", patterns)).isEmpty();
            assertThat(matches("/\uD83D", patterns)).isEmpty();
            assertThat(matches("/x\uD83D\uDE00/b", patterns)).isEmpty();
        }
        assertThat(matches("/" + rat, "/" + rat, "/{p}", "/{p*}"))
                .containsExactly("/" + rat, "/{p}", "/{p*}");
    }
}
