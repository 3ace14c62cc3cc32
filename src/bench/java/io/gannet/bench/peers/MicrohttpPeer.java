package io.gannet.bench.peers;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.microhttp.EventLoop;
import org.microhttp.Header;
import org.microhttp.NoopLogger;
import org.microhttp.OptionsBuilder;
import org.microhttp.Request;
import org.microhttp.Response;

/** Microhttp. */
public final class MicrohttpPeer {
    private static volatile Header date = new Header("Date", Answers.date());

    private MicrohttpPeer() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        EventLoop loop = new EventLoop(OptionsBuilder.newBuilder().withHost(Answers.HOST)
                .withPort(Answers.port()).withConcurrency(Answers.threads())
                .withAcceptLength(4096).withRequestTimeout(Duration.ofMinutes(10))
                .withMaxRequestSize(1 << 20).withReuseAddr(true).build(),
                NoopLogger.instance(), (request, answer) -> answer.accept(answer(request)));
        loop.start();
        while (true) {
            Thread.sleep(1000);
            date = new Header("Date", Answers.date());
        }
    }

    private static Response answer(Request request) {
        String path = request.uri();
        if (path.equals("/")) {
            return response(Answers.TEXT_TYPE, Answers.hello());
        }
        if (path.equals("/json")) {
            return response(Answers.JSON_TYPE, Answers.json());
        }
        if (path.startsWith(Answers.USERS)) {
            return response(Answers.TEXT_TYPE, Answers.user(path));
        }
        return response(Answers.BYTES_TYPE, request.body());
    }

    private static Response response(String type, byte[] body) {
        return new Response(200, "OK", List.of(new Header("Server", "microhttp"), date,
                new Header("Content-Type", type)), body);
    }
}
