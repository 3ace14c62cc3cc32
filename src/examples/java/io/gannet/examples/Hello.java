package io.gannet.examples;

import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;

/**
 * A small HTTP server: {@code GET /}, {@code GET /json}, {@code GET /users/{id}} and {@code POST
 * /echo}.
 */
public final class Hello {
    /** Answers that never change are made once. */
    private static final HttpResponse HELLO = HttpResponse.text("Hello, World!");

    /** What {@code /json} answers. */
    record Message(String message) {}

    private Hello() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        Settings.serve(HttpServer.create(Settings.http())
                .get("/", request -> HELLO)
                .get("/json", request -> HttpResponse.json(new Message("Hello, World!")))
                .get("/users/{id}", request -> HttpResponse.text(request.pathParam("id")))
                .post("/echo", request -> HttpResponse.bytes(request.bytes())));
    }
}
