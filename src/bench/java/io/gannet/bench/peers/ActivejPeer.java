package io.gannet.bench.peers;

import io.activej.eventloop.Eventloop;
import io.activej.http.AsyncServlet;
import io.activej.http.HttpHeaderValue;
import io.activej.http.HttpHeaders;
import io.activej.http.HttpResponse;
import io.activej.http.HttpServer;
import io.activej.promise.Promise;
import io.activej.reactor.nio.NioReactor;
import io.activej.reactor.net.ServerSocketSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** ActiveJ without its router, on one event loop. */
public final class ActivejPeer {
    private static final HttpHeaderValue SERVER = HttpHeaderValue.of("activej");

    private ActivejPeer() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException {
        Eventloop loop = Eventloop.builder().withCurrentThread().build();
        AsyncServlet servlet = request -> {
            String path = request.getPath();
            if (path.equals("/")) {
                return send(loop, Answers.TEXT_TYPE, Answers.hello());
            }
            if (path.equals("/json")) {
                return send(loop, Answers.JSON_TYPE, Answers.json());
            }
            if (path.startsWith(Answers.USERS)) {
                return send(loop, Answers.TEXT_TYPE, Answers.user(path));
            }
            return request.loadBody(1 << 20)
                    .then(body -> response(loop, Answers.BYTES_TYPE)
                            .withBody(request.takeBody()).toPromise());
        };
        HttpServer.builder(loop, servlet)
                .withListenAddress(new InetSocketAddress(Answers.HOST, Answers.port()))
                .withServerSocketSettings(ServerSocketSettings.builder().withBacklog(4096).build())
                .withKeepAliveTimeout(Duration.ofMinutes(10))
                .withReadWriteTimeout(Duration.ofMinutes(10)).build().listen();
        loop.run();
    }

    private static HttpResponse.Builder response(NioReactor loop, String type) {
        return HttpResponse.ok200().withHeader(HttpHeaders.SERVER, SERVER)
                .withHeader(HttpHeaders.DATE, HttpHeaderValue.ofTimestamp(loop.currentTimeMillis()))
                .withHeader(HttpHeaders.CONTENT_TYPE, type);
    }

    private static Promise<HttpResponse> send(NioReactor loop, String type, byte[] body) {
        return response(loop, type).withBody(body).toPromise();
    }
}
