package io.gannet.bench.peers;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerResponse;

/** Helidon, whose handlers block on virtual threads. */
public final class HelidonPeer {
    private HelidonPeer() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) {
        WebServer.builder().host(Answers.HOST).port(Answers.port()).backlog(4096)
                .routing(routes -> routes
                        .get("/", (request, response) ->
                                send(response, Answers.TEXT_TYPE, Answers.hello()))
                        .get("/json", (request, response) ->
                                send(response, Answers.JSON_TYPE, Answers.json()))
                        .get("/users/{id}", (request, response) ->
                                send(response, Answers.TEXT_TYPE, Answers.ascii(
                                        request.path().pathParameters().get("id"))))
                        .post("/echo", (request, response) ->
                                send(response, Answers.BYTES_TYPE,
                                        request.content().as(byte[].class))))
                .build().start();
    }

    private static void send(ServerResponse response, String type, byte[] body) {
        response.header(HeaderNames.SERVER, "helidon");
        response.header(HeaderNames.CONTENT_TYPE, type);
        response.send(body);
    }
}
