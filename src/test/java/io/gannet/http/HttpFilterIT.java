package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.Async;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.http.HttpPeer.Reply;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Timeout;

/** Filters and error handlers, and in which order they are called. */
@Timeout(30)
class HttpFilterIT {
    private static HttpServer server(NetOptions.Backend backend) {
        return HttpServer.create(HttpPeer.options(backend).build());
    }

    /** Notes in the response that it came by; the outermost is noted last. */
    private static HttpFilter mark(String name) {
        return (request, next) -> next.handle(request).map(response -> {
            String before = response.header("X-Marks").map(marks -> marks + " ").orElse("");
            return response.withHeader("X-Marks", before + name);
        });
    }

    private static HttpHandler failing(Exception error) {
        return request -> {
            throw error;
        };
    }

    private static HttpHandler later(Task task) {
        return request -> HttpResponse.later(Async.supply(task::call));
    }

    private interface Task {
        HttpResponse call() throws Exception;
    }

    private static String marks(Reply reply) {
        int at = reply.head().indexOf("\r\nX-Marks: ");
        return at < 0 ? "" : reply.head().substring(at + 11, reply.head().indexOf('\r', at + 11));
    }

    private static String line(String method, String target) {
        return HttpPeer.head(method + " " + target + " HTTP/1.1", "Host: h");
    }

    @OnEachBackend
    void theyAreCalledFromTheOutsideIn(NetOptions.Backend backend) throws Exception {
        HttpHandler ok = request -> HttpResponse.text("ok");
        try (HttpServer server = server(backend)
                        .get("/a", ok, mark("r1"), mark("r2"))
                        .group("/g", group -> group.get("/x", ok, mark("route"))
                                .filter(mark("g1")).filter(mark("g2"))
                                .group("/h", inner -> inner.filter(mark("h")).get("/y", ok)))
                        .filter(mark("s1")).filter(mark("s2")).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(marks(peer.ask(HttpPeer.get("/a")))).isEqualTo("r2 r1 s2 s1");
            assertThat(marks(peer.ask(HttpPeer.get("/g/x")))).isEqualTo("route g2 g1 s2 s1");
            assertThat(marks(peer.ask(HttpPeer.get("/g/h/y")))).isEqualTo("h g2 g1 s2 s1");
        }
    }

    @OnEachBackend
    void theyStandAroundWhatHasNoRouteToo(NetOptions.Backend backend) throws Exception {
        HttpHandler ok = request -> HttpResponse.text("ok");
        try (HttpServer server = server(backend).filter(mark("s")).get("/a", ok, mark("r"))
                        .group("/g", group -> group.filter(mark("g")).get("/x", ok, mark("r"))
                                .group("/h/{i}", inner -> inner.filter(mark("h"))))
                        .group("", same -> same.filter(mark("same")).get("/same", ok))
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(marks(peer.ask(HttpPeer.get("/none")))).isEqualTo("s");
            assertThat(marks(peer.ask(line("PUT", "/a")))).isEqualTo("s");
            assertThat(marks(peer.ask(line("PUT", "/same")))).isEqualTo("s");
            assertThat(marks(peer.ask(HttpPeer.get("/same")))).isEqualTo("same s");
            assertThat(marks(peer.ask(line("OPTIONS", "/a")))).isEqualTo("s");
            assertThat(marks(peer.ask(line("OPTIONS", "*")))).isEqualTo("s");
            assertThat(marks(peer.ask(line("GET", "/g/%ff")))).isEqualTo("s");
            assertThat(marks(peer.ask(line("BREW", "/a")))).isEqualTo("s");
            assertThat(marks(peer.ask(HttpPeer.get("/g")))).isEqualTo("g s");
            assertThat(marks(peer.ask(HttpPeer.get("/gg")))).isEqualTo("s");
            assertThat(marks(peer.ask(line("PUT", "/g/x")))).isEqualTo("g s");
            assertThat(marks(peer.ask(line("OPTIONS", "/g/x")))).isEqualTo("g s");
            assertThat(marks(peer.write(line("HEAD", "/g/x")).reply(true))).isEqualTo("r g s");
            assertThat(marks(peer.ask(HttpPeer.get("/g/h/1/none")))).isEqualTo("h g s");
        }
    }

    @OnEachBackend
    void beforeMayRefuseAndAfterSeesEverything(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend)
                        .after((request, response) -> response.withHeader("X-Marks",
                                request.path() + " " + response.status()))
                        .before(request -> {
                            if (request.header("X-Key").isEmpty()) {
                                throw new HttpException(401, "no key")
                                        .header("WWW-Authenticate", "Key");
                            }
                        })
                        .get("/", request -> HttpResponse.text("ok"))
                        .get("/later", later(() -> HttpResponse.text("late")))
                        .get("/fail", later(() -> {
                            throw new IOException("broken");
                        }))
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply refused = peer.ask(HttpPeer.get("/"));
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.body()).isEqualTo("no key");
            assertThat(refused.has("WWW-Authenticate: Key")).isTrue();
            assertThat(marks(refused)).isEqualTo("/ 401");
            String key = " HTTP/1.1\r\nHost: h\r\nX-Key: k\r\n\r\n";
            assertThat(marks(peer.ask("GET /" + key))).isEqualTo("/ 200");
            assertThat(marks(peer.ask("GET /later" + key))).isEqualTo("/later 200");
            assertThat(marks(peer.ask("GET /fail" + key))).isEqualTo("/fail 500");
            assertThat(marks(peer.ask("GET /no" + key))).isEqualTo("/no 404");
        }
    }

    @OnEachBackend
    void afterMayFailTooAtOnceOrLater(NetOptions.Backend backend) throws Exception {
        HttpFilter.After picky = (request, response) -> {
            throw new IOException("not good enough");
        };
        try (HttpServer server = server(backend).filter(mark("s"))
                        .error(IOException.class, (request, e) ->
                                HttpResponse.text("caught " + e.getMessage()).withStatus(418))
                        .get("/", request -> HttpResponse.text("x"), HttpFilter.after(picky))
                        .get("/later", later(() -> HttpResponse.text("x")),
                                HttpFilter.after(picky))
                        .get("/null", later(() -> HttpResponse.text("x")),
                                HttpFilter.after((request, response) -> null))
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String path : new String[] {"/", "/later"}) {
                Reply reply = peer.ask(HttpPeer.get(path));
                assertThat(reply.status()).isEqualTo(418);
                assertThat(reply.body()).isEqualTo("caught not good enough");
                assertThat(marks(reply)).isEqualTo("s");
            }
            assertThat(peer.ask(HttpPeer.get("/null")).status()).isEqualTo(500);
        }
    }

    @OnEachBackend
    void aFilterMayAnswerByItself(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend).filter(mark("s"))
                        .filter((request, next) -> request.path().equals("/stop")
                                ? HttpResponse.text("stopped")
                                : next.handle(request))
                        .get("/{any}", request -> HttpResponse.text("through"), mark("r")).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply stopped = peer.ask(HttpPeer.get("/stop"));
            assertThat(stopped.body()).isEqualTo("stopped");
            assertThat(marks(stopped)).isEqualTo("s");
            assertThat(marks(peer.ask(HttpPeer.get("/go")))).isEqualTo("r s");
        }
    }

    @OnEachBackend
    void whatIsBehindAFilterNeverThrowsAndItsPromiseNeverFails(NetOptions.Backend backend)
            throws Exception {
        HttpFilter strict = (request, next) -> {
            HttpResponse response;
            try {
                response = next.handle(request);
            } catch (Throwable t) {
                return HttpResponse.text("it threw");
            }
            return response.stage == null ? response.addHeader("X-Marks", "kept")
                    : HttpResponse.later(response.stage.handle((answer, error) ->
                            error != null ? HttpResponse.text("it failed")
                                    : answer.addHeader("X-Marks", "kept")));
        };
        CompletableFuture<HttpResponse> cancelled = new CompletableFuture<>();
        cancelled.cancel(true);
        try (HttpServer server = server(backend).filter(strict)
                        .get("/throw", failing(new IOException("x")))
                        .get("/error", request -> {
                            throw new AssertionError("x");
                        })
                        .get("/null", request -> null)
                        .get("/later", later(() -> {
                            throw new IOException("x");
                        }))
                        .get("/later-null", later(() -> null))
                        .get("/later-later", later(() -> HttpResponse.later(
                                CompletableFuture.failedFuture(new IOException("x")))))
                        .get("/cancelled", request -> HttpResponse.later(cancelled))
                        .get("/filter", request -> HttpResponse.text("x"), (request, next) -> {
                            throw new IOException("x");
                        })
                        .get("/filter-null", request -> HttpResponse.text("x"),
                                (request, next) -> null)
                        .get("/filter-map", later(() -> HttpResponse.text("x")),
                                (request, next) -> next.handle(request).map(response -> {
                                    throw new IllegalStateException("x");
                                }))
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            for (String path : new String[] {"/throw", "/error", "/null", "/later", "/later-null",
                    "/later-later", "/cancelled", "/filter", "/filter-null", "/filter-map"}) {
                Reply reply = peer.ask(HttpPeer.get(path));
                assertThat(reply.status()).as(path).isEqualTo(500);
                assertThat(marks(reply)).as(path).isEqualTo("kept");
            }
        }
    }

    private static final class OutOfTea extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        OutOfTea() {
            super("no tea");
        }
    }

    private static HttpErrorHandler<Throwable> say(String who) {
        return (request, e) -> HttpResponse.text(who + " " + e.getMessage()).withStatus(418);
    }

    @OnEachBackend
    void theNearestClassOfTheInnermostRouterAnswers(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend)
                        .error(Exception.class, say("outer exception"))
                        .error(OutOfTea.class, say("outer tea"))
                        .error(AssertionError.class, say("outer error"))
                        .get("/tea", failing(new OutOfTea()))
                        .get("/state", failing(new IllegalStateException("state")))
                        .get("/io", later(() -> {
                            throw new CompletionException(new IOException("io"));
                        }))
                        .get("/error", request -> {
                            throw new AssertionError("bad");
                        })
                        .get("/oom", request -> {
                            throw new StackOverflowError("deep");
                        })
                        .group("/in", group -> group
                                .error(RuntimeException.class, say("inner runtime"))
                                .get("/tea", failing(new OutOfTea()))
                                .get("/io", failing(new IOException("io")))
                                .get("/http", failing(new HttpException(409, "http")))
                                .filter((request, next) -> {
                                    if (request.header("X-Fail").isPresent()) {
                                        throw new OutOfTea();
                                    }
                                    return next.handle(request);
                                }))
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/tea")).body()).isEqualTo("outer tea no tea");
            assertThat(peer.ask(HttpPeer.get("/state")).body()).isEqualTo("outer exception state");
            assertThat(peer.ask(HttpPeer.get("/io")).body()).isEqualTo("outer exception io");
            assertThat(peer.ask(HttpPeer.get("/error")).body()).isEqualTo("outer error bad");
            assertThat(peer.ask(HttpPeer.get("/oom")).status()).isEqualTo(500);
            assertThat(peer.ask(HttpPeer.get("/in/tea")).body()).isEqualTo("inner runtime no tea");
            assertThat(peer.ask(HttpPeer.get("/in/io")).body()).isEqualTo("outer exception io");
            assertThat(peer.ask(HttpPeer.get("/in/http")).body()).isEqualTo("inner runtime http");
            assertThat(peer.ask(HttpPeer.get("/in/none")).body())
                    .isEqualTo("inner runtime Not Found");
            assertThat(peer.ask(HttpPeer.get("/none")).body())
                    .isEqualTo("outer exception Not Found");
            assertThat(peer.ask(HttpPeer.head("GET /in/io HTTP/1.1", "Host: h", "X-Fail: 1"))
                    .body()).isEqualTo("inner runtime no tea");
        }
    }

    @OnEachBackend
    void anErrorHandlerThatFailsLeavesItToTheRouterAround(NetOptions.Backend backend)
            throws Exception {
        try (HttpServer server = server(backend)
                        .error(IOException.class, say("outer"))
                        .group("/in", group -> group
                                .error(IOException.class, say("inner"))
                                .error(IllegalStateException.class, (request, e) -> {
                                    throw new IOException("from the inner");
                                })
                                .error(OutOfTea.class, (request, e) -> HttpResponse.later(
                                        CompletableFuture.failedFuture(new IOException("later"))))
                                .error(ArithmeticException.class, (request, e) -> {
                                    throw e;
                                })
                                .get("/state", failing(new IllegalStateException("x")))
                                .get("/tea", failing(new OutOfTea()))
                                .get("/math", failing(new ArithmeticException("x"))))
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            assertThat(peer.ask(HttpPeer.get("/in/state")).body())
                    .isEqualTo("outer from the inner");
            assertThat(peer.ask(HttpPeer.get("/in/tea")).body()).isEqualTo("outer later");
            assertThat(peer.ask(HttpPeer.get("/in/math")).status()).isEqualTo(500);
        }
    }

    @OnEachBackend
    void anHttpExceptionIsAnsweredAsItSaysWithAndWithoutRoutes(NetOptions.Backend backend)
            throws Exception {
        HttpHandler conflict = failing(new HttpException(409, "twice").header("X-Why", "so"));
        HttpHandler late = later(() -> {
            throw new HttpException(410, "gone");
        });
        try (HttpServer server = server(backend).get("/a", conflict).get("/b", late).start();
                HttpServer plain = HttpServer.open(HttpPeer.options(backend).build(), conflict);
                HttpServer slow = HttpServer.open(HttpPeer.options(backend).build(), late);
                HttpPeer peer = HttpPeer.connect(server);
                HttpPeer second = HttpPeer.connect(plain);
                HttpPeer third = HttpPeer.connect(slow)) {
            Reply reply = peer.ask(HttpPeer.get("/a"));
            assertThat(reply.status()).isEqualTo(409);
            assertThat(reply.body()).isEqualTo("twice");
            assertThat(reply.has("X-Why: so")).isTrue();
            assertThat(reply.has("Content-Type: text/plain; charset=utf-8")).isTrue();
            assertThat(peer.ask(HttpPeer.get("/b")).body()).isEqualTo("gone");
            assertThat(second.ask(HttpPeer.get("/")).status()).isEqualTo(409);
            assertThat(third.ask(HttpPeer.get("/")).status()).isEqualTo(410);
        }
    }

    @OnEachBackend
    void errorHandlersMayDressWhatHasNoRoute(NetOptions.Backend backend) throws Exception {
        try (HttpServer server = server(backend).get("/a", request -> HttpResponse.text("x"))
                        .error(HttpException.class, (request, e) -> e.toResponse()
                                .withType("application/json")
                                .withBody("{\"status\":" + e.status() + "}"))
                        .start();
                HttpPeer peer = HttpPeer.connect(server)) {
            Reply wrong = peer.ask(line("PUT", "/a"));
            assertThat(wrong.status()).isEqualTo(405);
            assertThat(wrong.has("Allow: GET, HEAD, OPTIONS")).isTrue();
            assertThat(wrong.body()).isEqualTo("{\"status\":405}");
            assertThat(peer.ask(HttpPeer.get("/b")).body()).isEqualTo("{\"status\":404}");
            assertThat(peer.ask(HttpPeer.get("/%ff")).body()).isEqualTo("{\"status\":400}");
            assertThat(peer.ask(line("BREW", "/")).body()).isEqualTo("{\"status\":501}");
        }
    }
}
