package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What may be registered, and what is found then. */
class RouterTest {
    private static final HttpHandler NOTHING = request -> HttpResponse.status(204);
    private static final HttpFilter THROUGH = (request, next) -> next.handle(request);

    /** The pattern of the route that answers, "-" for none. */
    private static String find(Router router, String method, String path) {
        Route route = router.table().lookup(path, method);
        return route == null ? "-" : route.text;
    }

    private static void refused(Runnable registration, String... words) {
        assertThatIllegalArgumentException().isThrownBy(registration::run)
                .satisfies(error -> assertThat(error.getMessage()).contains(words));
    }

    // ---- what is refused ----

    @Test
    void aRepeatedRouteIsRefusedAtOnce() {
        Router router = Router.create().get("/a", NOTHING).any("/a", NOTHING);
        refused(() -> router.get("/a", NOTHING), "GET /a", "already");
        refused(() -> router.any("/a", NOTHING), "any /a", "already");
        router.post("/a", NOTHING);
    }

    @Test
    void anAmbiguousRouteIsRefusedAtOnceWithBothNamed() {
        Router router = Router.create().get("/u/{id}/x", NOTHING).get("/s/{p*}", NOTHING)
                .get("/caf%C3%A9", NOTHING).mount("/m", NOTHING);
        refused(() -> router.get("/u/{name}/x", NOTHING), "GET /u/{id}/x", "GET /u/{name}/x");
        refused(() -> router.get("/s/{q*}", NOTHING), "GET /s/{p*}", "GET /s/{q*}");
        refused(() -> router.get("/café", NOTHING), "GET /caf%C3%A9", "GET /café");
        refused(() -> router.mount("/m/", NOTHING), "any /m/{*}", "already");
        router.delete("/u/{name}/x", NOTHING).get("/u/{name}/y", NOTHING);
    }

    @Test
    void routesOfDifferentRoutersThatClashAreRefusedWithBothNamed() {
        Router router = Router.create().get("/a/{id}", NOTHING)
                .group("/a", group -> group.get("/{name}", NOTHING));
        refused(router::table, "GET /a/{id}", "GET /a/{name}");
        Router inner = Router.create().get("/x", NOTHING);
        refused(Router.create().mount("/m", inner).mount("/m", inner)::table, "GET /m/x", "alread");
    }

    @Test
    void aParameterThatIsNamedTwiceThroughAPrefixIsRefused() {
        refused(Router.create().group("/{id}", group -> group.get("/{id}", NOTHING))::table,
                "/{id}/{id}", "two parameters named id");
    }

    @Test
    void badPatternsAndPrefixesAreRefusedAtOnce() {
        Router router = Router.create();
        refused(() -> router.get("a", NOTHING), "\"a\"", "slash");
        refused(() -> router.get("*", NOTHING), "\"*\"", "slash");
        refused(() -> router.group("a", group -> { }), "\"a\"", "slash");
        refused(() -> router.group("/{a*}", group -> { }), "/{a*}", "rest");
        refused(() -> router.mount("/{a", NOTHING), "/{a", "brace");
        refused(() -> router.get("/{a}b", NOTHING), "/{a}b", "whole segment");
    }

    @Test
    void badMethodsAreRefusedAtOnce() {
        Router router = Router.create();
        refused(() -> router.route("", "/", NOTHING), "method", "token");
        refused(() -> router.route("G T", "/", NOTHING), "method", "token");
        refused(() -> router.route("get", "/", NOTHING), "get is not GET");
        refused(() -> router.route("CONNECT", "/", NOTHING), "CONNECT");
        router.route("BREW", "/", NOTHING).route("brew", "/", NOTHING);
    }

    @Test
    void nullsAreRefusedAtOnce() {
        Router router = Router.create();
        assertThatNullPointerException().isThrownBy(() -> router.get("/", null));
        assertThatNullPointerException().isThrownBy(
                () -> router.get("/", NOTHING, (HttpFilter) null));
        assertThatNullPointerException().isThrownBy(() -> router.mount("/", null));
        assertThatNullPointerException().isThrownBy(() -> router.filter(null));
        assertThatNullPointerException().isThrownBy(() -> router.before(null));
        assertThatNullPointerException().isThrownBy(() -> router.after(null));
        assertThatNullPointerException().isThrownBy(() -> router.notFound(null));
        assertThatNullPointerException().isThrownBy(() -> router.error(Exception.class, null));
        assertThat(find(router, "GET", "/")).isEqualTo("-");
    }

    @Test
    void handlersThatCouldAnswerForEachOtherAreRefused() {
        Router router = Router.create().notFound(NOTHING)
                .error(Exception.class, (request, e) -> HttpResponse.status(500));
        refused(() -> router.notFound(NOTHING), "not found");
        refused(() -> router.error(Exception.class, (request, e) -> HttpResponse.status(500)),
                "java.lang.Exception");
        router.error(RuntimeException.class, (request, e) -> HttpResponse.status(500));
    }

    @Test
    void aRouterCannotBeInsideOfItself() {
        Router one = Router.create();
        Router two = Router.create().mount("/one", one);
        Router three = Router.create().mount("/two", two);
        refused(() -> one.mount("/", one), "inside itself");
        refused(() -> one.mount("/three", three), "inside itself");
        one.get("/x", NOTHING);
        assertThat(find(three, "GET", "/two/one/x")).isEqualTo("/two/one/x");
    }

    @Test
    void nothingCanBeAddedAfterTheFirstUse() {
        Router inner = Router.create();
        Router router = Router.create().mount("/inner", inner);
        router.table();
        for (Router closed : List.of(inner, router)) {
            assertThatIllegalStateException().isThrownBy(() -> closed.get("/late", NOTHING));
            assertThatIllegalStateException().isThrownBy(() -> closed.mount("/late", NOTHING));
            assertThatIllegalStateException().isThrownBy(() -> closed.group("/x", group -> { }));
            assertThatIllegalStateException().isThrownBy(() -> closed.filter(THROUGH));
            assertThatIllegalStateException().isThrownBy(() -> closed.notFound(NOTHING));
            assertThatIllegalStateException().isThrownBy(() -> closed.ignoreTrailingSlash(true));
            assertThatIllegalStateException().isThrownBy(() -> closed.error(
                    Exception.class, (request, e) -> HttpResponse.status(500)));
        }
    }

    @Test
    void aServerWithAHandlerTakesNoRoutes() {
        HttpServer server = HttpServer.create(HttpOptions.port(0), NOTHING);
        assertThatIllegalStateException().isThrownBy(() -> server.get("/", NOTHING))
                .withMessageContaining("handler");
        assertThatIllegalStateException().isThrownBy(() -> server.filter(THROUGH));
    }

    @Test
    void aServerWithoutAnAddressDoesNotStart() {
        assertThatIllegalArgumentException().isThrownBy(() -> HttpServer.create().start())
                .withMessageContaining("no address");
    }

    // ---- what is found ----

    @Test
    void theOrderOfRegistrationDoesNotMatter() {
        List<String> patterns = new ArrayList<>(List.of(
                "/", "/{p*}", "/users", "/users/", "/users/{id}", "/users/me", "/users/{id}/posts",
                "/users/{id}/{kind}", "/users/{p*}", "/users/me/{p*}", "/{a}/{b}/{c}/d"));
        Random random = new Random(5);
        for (int round = 0; round < 20; round++) {
            Collections.shuffle(patterns, random);
            Router router = Router.create();
            patterns.forEach(pattern -> router.get(pattern, NOTHING));
            assertThat(find(router, "GET", "/")).isEqualTo("/");
            assertThat(find(router, "GET", "/users/")).isEqualTo("/users/");
            assertThat(find(router, "GET", "/users/me")).isEqualTo("/users/me");
            assertThat(find(router, "GET", "/users/m")).isEqualTo("/users/{id}");
            assertThat(find(router, "GET", "/users/7/posts")).isEqualTo("/users/{id}/posts");
            assertThat(find(router, "GET", "/users/me/posts")).isEqualTo("/users/me/{p*}");
            assertThat(find(router, "GET", "/users/7/8")).isEqualTo("/users/{id}/{kind}");
            assertThat(find(router, "GET", "/users/7/8/d")).isEqualTo("/users/{p*}");
            assertThat(find(router, "GET", "/x/7/8/d")).isEqualTo("/{a}/{b}/{c}/d");
            assertThat(find(router, "GET", "/x/7/8/e")).isEqualTo("/{p*}");
        }
    }

    @Test
    void aRouteWithoutTheMethodIsPassedOver() {
        Router router = Router.create().post("/users/me", NOTHING).get("/users/{id}", NOTHING)
                .any("/users/{p*}", NOTHING);
        assertThat(find(router, "POST", "/users/me")).isEqualTo("/users/me");
        assertThat(find(router, "GET", "/users/me")).isEqualTo("/users/{id}");
        assertThat(find(router, "HEAD", "/users/me")).isEqualTo("/users/{id}");
        assertThat(find(router, "DELETE", "/users/me")).isEqualTo("/users/{p*}");
        assertThat(find(router, "BREW", "/users/me")).isEqualTo("/users/{p*}");
        assertThat(find(router, "get", "/users/7")).isEqualTo("/users/{p*}");
    }

    @Test
    void anyLeavesMethodsToRoutesOfTheirOwn() {
        HttpHandler get = request -> HttpResponse.status(200);
        Router router = Router.create().any("/a", NOTHING).get("/a", get);
        Route route = router.table().lookup("/a", "GET");
        assertThat(router.table().lookup("/a", "HEAD")).isSameAs(route);
        assertThat(route).isNotNull();
        assertThat(route.handler).isSameAs(get);
        assertThat(router.table().lookup("/a", "PUT")).isNotSameAs(route).isNotNull();
    }

    @Test
    void withoutFiltersAHandlerIsCalledDirectly() {
        Router inner = Router.create().get("/b", NOTHING).get("/c", NOTHING, THROUGH);
        Router router = Router.create().get("/a", NOTHING).mount("/i", inner);
        RouteTable table = router.table();
        assertThat(table.lookup("/a", "GET").handler).isSameAs(NOTHING);
        assertThat(table.lookup("/i/b", "GET").handler).isSameAs(NOTHING);
        assertThat(table.lookup("/i/c", "GET").handler).isNotSameAs(NOTHING);
    }

    @Test
    void prefixesAddUp() {
        Router deep = Router.create().get("/x", NOTHING).get("", NOTHING);
        Router router = Router.create()
                .group("/a/", a -> a.group("/{b}", b -> b.mount("/c", deep)))
                .group("", same -> same.get("/same", NOTHING))
                .group("/", same -> same.get("/root", NOTHING))
                .get("", NOTHING);
        assertThat(find(router, "GET", "/a/7/c/x")).isEqualTo("/a/{b}/c/x");
        assertThat(find(router, "GET", "/a/7/c")).isEqualTo("/a/{b}/c");
        assertThat(find(router, "GET", "/a/7/c/")).isEqualTo("-");
        assertThat(find(router, "GET", "/same")).isEqualTo("/same");
        assertThat(find(router, "GET", "/root")).isEqualTo("/root");
        assertThat(find(router, "GET", "/")).isEqualTo("/");
    }

    @Test
    void aSlashInAGroupStandsForThePrefixToo() {
        Router router = Router.create()
                .group("/a", group -> group.get("/", NOTHING))
                .group("/b", group -> group.get("/", NOTHING).get("", NOTHING));
        assertThat(find(router, "GET", "/a")).isEqualTo("/a/");
        assertThat(find(router, "GET", "/a/")).isEqualTo("/a/");
        assertThat(find(router, "GET", "/b")).isEqualTo("/b");
        assertThat(find(router, "GET", "/b/")).isEqualTo("/b/");
    }

    @Test
    void aMountedHandlerGetsThePrefixAndAllBelow() {
        Router router = Router.create().mount("/s", NOTHING).get("/s/own", NOTHING);
        for (String path : List.of("/s", "/s/", "/s/a", "/s/a/b/")) {
            assertThat(find(router, "PUT", path)).as(path).isEqualTo("/s/{*}");
        }
        assertThat(find(router, "GET", "/s/own")).isEqualTo("/s/own");
        assertThat(find(router, "POST", "/s/own")).isEqualTo("/s/{*}");
        assertThat(find(router, "GET", "/sa")).isEqualTo("-");
        assertThat(find(Router.create().mount("/", NOTHING), "GET", "/x")).isEqualTo("/{*}");
    }

    @Test
    void aSlashAtTheEndMattersUnlessItIsIgnored() {
        Router strict = Router.create().get("/a", NOTHING).get("/b/", NOTHING);
        assertThat(find(strict, "GET", "/a/")).isEqualTo("-");
        assertThat(find(strict, "GET", "/b")).isEqualTo("-");
        Router loose = Router.create().ignoreTrailingSlash(true)
                .get("/", NOTHING).get("/a", NOTHING).get("/b/", NOTHING).get("/c/{x}", NOTHING)
                .get("/d/{p*}", NOTHING).get("/e", NOTHING).get("/e/", NOTHING)
                .post("/a/", NOTHING)
                .group("/in", group -> group.get("/x", NOTHING))
                .group("/strict", group -> group.ignoreTrailingSlash(false).get("/x", NOTHING));
        assertThat(find(loose, "GET", "/a/")).isEqualTo("/a");
        assertThat(find(loose, "POST", "/a")).isEqualTo("/a/");
        assertThat(find(loose, "GET", "/b")).isEqualTo("/b/");
        assertThat(find(loose, "GET", "/c/7/")).isEqualTo("/c/{x}");
        assertThat(find(loose, "GET", "/d")).isEqualTo("/d/{p*}");
        assertThat(find(loose, "GET", "/e")).isEqualTo("/e");
        assertThat(find(loose, "GET", "/e/")).isEqualTo("/e/");
        assertThat(find(loose, "GET", "/in/x/")).isEqualTo("/in/x");
        assertThat(find(loose, "GET", "/strict/x/")).isEqualTo("-");
        assertThat(find(loose, "GET", "/a//")).isEqualTo("-");
    }

    @Test
    void oneRouterMayBeMountedTwice() {
        Router inner = Router.create().get("/x", NOTHING);
        Router router = Router.create().mount("/a", inner).mount("/b", inner);
        assertThat(find(router, "GET", "/a/x")).isEqualTo("/a/x");
        assertThat(find(router, "GET", "/b/x")).isEqualTo("/b/x");
        assertThatCode(inner::table).doesNotThrowAnyException();
    }

    @Test
    void onlyStreamingRoutesMakeAStreamingTable() {
        HttpStreamHandler streams = new HttpStreamHandler() {
            @Override
            public boolean streams(HttpRequest head) {
                return true;
            }

            @Override
            public HttpResponse handle(HttpRequest request) {
                return HttpResponse.status(204);
            }
        };
        assertThat(Router.create().get("/", NOTHING).table().isStreaming()).isFalse();
        assertThat(Router.create().group("/a", group -> group.post("/", streams, THROUGH))
                .table().isStreaming()).isTrue();
    }

    @Test
    void aPrefixMayEndWithAnyCharacter() {
        Router.create().mount("/\uD83D\uDC01", request -> HttpResponse.text("mouse"));
    }
}
