package io.gannet.examples;

import io.gannet.http.HttpHandler;
import io.gannet.http.HttpOptions;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;

/**
 * A small HTTP server: {@code GET /}, {@code GET /json}, {@code GET /users/{id}} and {@code POST
 * /echo}.
 */
public final class Hello implements HttpHandler {
    private static final String USERS = "/users/";
    private static final HttpResponse HELLO = HttpResponse.builder()
            .header("Content-Type", "text/plain")
            .body("Hello, World!")
            .build();
    private static final HttpResponse JSON = HttpResponse.builder()
            .header("Content-Type", "application/json")
            .body("{\"message\":\"Hello, World!\"}")
            .build();
    private static final HttpResponse NOT_FOUND = HttpResponse.status(404);
    private static final HttpResponse NOT_ALLOWED = HttpResponse.status(405);

    private Hello() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        HttpOptions options = HttpOptions.builder().transport(Settings.server()).build();
        try (HttpServer server = HttpServer.open(options, new Hello())) {
            System.out.println("listening on " + server.port());
            server.join();
        }
    }

    @Override
    public HttpResponse handle(HttpRequest request) {
        String method = request.method();
        String path = request.path();
        if (path.equals("/echo")) {
            return method.equals("POST") ? HttpResponse.bytes(request.bytes()) : NOT_ALLOWED;
        }
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return NOT_ALLOWED;
        }
        if (path.equals("/")) {
            return HELLO;
        }
        if (path.equals("/json")) {
            return JSON;
        }
        if (path.startsWith(USERS) && path.length() > USERS.length()) {
            return HttpResponse.text(path.substring(USERS.length()));
        }
        return NOT_FOUND;
    }
}
