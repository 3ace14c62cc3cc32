package io.gannet.bench.peers;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;

/** Jetty without servlets: one handler that never blocks. */
public final class JettyPeer extends Handler.Abstract.NonBlocking {
    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server, 1, Answers.threads(),
                new HttpConnectionFactory(new HttpConfiguration()));
        connector.setHost(Answers.HOST);
        connector.setPort(Answers.port());
        connector.setAcceptQueueSize(4096);
        connector.setIdleTimeout(600_000);
        server.addConnector(connector);
        server.setHandler(new JettyPeer());
        server.start();
        server.join();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = Request.getPathInContext(request);
        if (path.equals("/")) {
            send(response, Answers.TEXT_TYPE, ByteBuffer.wrap(Answers.hello()), callback);
        } else if (path.equals("/json")) {
            send(response, Answers.JSON_TYPE, ByteBuffer.wrap(Answers.json()), callback);
        } else if (path.startsWith(Answers.USERS)) {
            send(response, Answers.TEXT_TYPE, ByteBuffer.wrap(Answers.user(path)), callback);
        } else {
            Content.Source.asByteBuffer(request, Promise.from(
                    body -> send(response, Answers.BYTES_TYPE, body, callback), callback::failed));
        }
        return true;
    }

    private static void send(Response response, String type, ByteBuffer body, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.remaining());
        response.write(true, body, callback);
    }
}
