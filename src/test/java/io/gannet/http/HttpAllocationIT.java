package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.gannet.NetOptions;
import io.gannet.OnEachBackend;
import io.gannet.Soon;
import io.gannet.internal.Flight;
import java.lang.management.ManagementFactory;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Timeout;

/** What a request costs of the heap. */
@Timeout(60)
class HttpAllocationIT {
    private static final int ROUNDS = 200;
    private static final int DEPTH = 64;
    private static final long MOST = 100;

    /** Answers with a constant and notes what its thread allocated. */
    private static final class Counting implements HttpHandler {
        private final HttpResponse constant = HttpResponse.text("Hello, World!");
        private final ThreadMXBean threads =
                (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private volatile long allocated;

        @Override
        public HttpResponse handle(HttpRequest request) {
            if (request.path().equals("/") && request.method().equals("GET")) {
                return constant;
            }
            allocated = threads.getCurrentThreadAllocatedBytes();
            return constant;
        }
    }

    @OnEachBackend
    void aConstantResponseCostsAtMostAHundredBytes(NetOptions.Backend backend) throws Exception {
        Counting handler = new Counting();
        try (HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            long fewest = fewest(peer, handler, HttpPeer.get("/"));
            System.out.println("heap per plaintext request, " + backend + ": " + fewest);
            assertThat(fewest).isLessThanOrEqualTo(MOST);
        }
    }

    /** Nobody who records something else wants to hear of slow requests. */
    @OnEachBackend
    void aRecordingCostsNothingMore(NetOptions.Backend backend) throws Exception {
        Counting handler = new Counting();
        try (Recording recording = new Recording();
                HttpServer server = HttpServer.open(HttpPeer.options(backend).build(), handler);
                HttpPeer peer = HttpPeer.connect(server)) {
            recording.start();
            Soon.until(() -> Flight.isOn());
            long fewest = fewest(peer, handler, HttpPeer.get("/"));
            System.out.println("heap per recorded request, " + backend + ": " + fewest);
            assertThat(fewest).isLessThanOrEqualTo(MOST);
        }
    }

    private static long fewest(HttpPeer peer, Counting handler, String request)
            throws Exception {
        long fewest = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 5; attempt++) {
            long before = mark(peer, handler);
            for (int round = 0; round < ROUNDS; round++) {
                peer.write(request.repeat(DEPTH));
                int size = peer.reply().head().length() + "Hello, World!".length();
                peer.readBytes((DEPTH - 1) * size);
            }
            long bytes = mark(peer, handler) - before;
            fewest = Math.min(fewest, bytes / (ROUNDS * DEPTH));
        }
        return fewest;
    }

    /** Finding a route allocates nothing, nor does a parameter that nobody reads. */
    @OnEachBackend
    void aRouteCostsNothingMore(NetOptions.Backend backend) throws Exception {
        Counting handler = new Counting();
        HttpResponse constant = HttpResponse.text("Hello, World!");
        try (HttpServer server = HttpServer.create(HttpPeer.options(backend).build())
                        .get("/users/{id}/posts/{post}", request -> constant)
                        .get("/mark", handler).start();
                HttpPeer peer = HttpPeer.connect(server)) {
            long fewest = fewest(peer, handler, HttpPeer.get("/users/7/posts/8"));
            System.out.println("heap per routed request, " + backend + ": " + fewest);
            assertThat(fewest).isLessThanOrEqualTo(MOST);
        }
    }

    private static long mark(HttpPeer peer, Counting handler) throws Exception {
        peer.ask(HttpPeer.get("/mark"));
        return handler.allocated;
    }
}
