package io.gannet.bench.peers;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;

/** Vert.x without its router, over the native transport it finds. */
public final class VertxPeer extends AbstractVerticle {
    private static volatile CharSequence date = HttpHeaders.createOptimized(Answers.date());

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true)
                .setEventLoopPoolSize(Answers.threads()));
        vertx.setPeriodic(1000, id -> date = HttpHeaders.createOptimized(Answers.date()));
        vertx.deployVerticle(VertxPeer.class, new DeploymentOptions()
                .setInstances(Answers.threads())).onFailure(VertxPeer::failed);
    }

    private static void failed(Throwable cause) {
        cause.printStackTrace();
        System.exit(1);
    }

    @Override
    public void start() {
        vertx.createHttpServer(new HttpServerOptions().setHost(Answers.HOST)
                        .setPort(Answers.port()).setTcpNoDelay(true).setAcceptBacklog(4096))
                .requestHandler(this::handle).listen().onFailure(VertxPeer::failed);
    }

    private void handle(HttpServerRequest request) {
        String path = request.path();
        if (path.equals("/")) {
            send(request, Answers.TEXT_TYPE, Buffer.buffer(Answers.hello()));
        } else if (path.equals("/json")) {
            send(request, Answers.JSON_TYPE, Buffer.buffer(Answers.json()));
        } else if (path.startsWith(Answers.USERS)) {
            send(request, Answers.TEXT_TYPE, Buffer.buffer(Answers.user(path)));
        } else {
            request.bodyHandler(body -> send(request, Answers.BYTES_TYPE, body));
        }
    }

    private static void send(HttpServerRequest request, String type, Buffer body) {
        request.response().putHeader(HttpHeaders.SERVER, "vertx")
                .putHeader(HttpHeaders.DATE, date).putHeader(HttpHeaders.CONTENT_TYPE, type)
                .end(body);
    }
}
