package io.gannet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.NetException;
import io.gannet.NetHandler;
import io.gannet.NetOptions;
import io.gannet.NetServer;
import io.gannet.NetSession;
import io.gannet.OnEachBackend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;

/** A name with several addresses, without the name. */
@Timeout(30)
class ConnectAttemptIT {
    private static final NetHandler DEAF = (session, data) -> {};

    @OnEachBackend
    void theNextAddressIsTriedWhenOneRefuses(NetOptions.Backend backend) throws Exception {
        NetOptions options = NetOptions.builder().backend(backend).loops(1)
                .listen(loopback(0)).build();
        try (NetServer server = NetServer.open(options, DEAF)) {
            NetSession session = connect(backend, loopback(refusingPort()),
                    UnixDomainSocketAddress.of("/no/such/socket"), loopback(server.port()),
                    loopback(refusingPort()));
            assertThat(session.remoteAddress()).isEqualTo(loopback(server.port()));
        }
    }

    @OnEachBackend
    void theFirstFailureCarriesTheOthers(NetOptions.Backend backend) throws Exception {
        int port = refusingPort();
        try {
            NetSession session = connect(backend, loopback(port),
                    UnixDomainSocketAddress.of("/no/such/socket"),
                    UnixDomainSocketAddress.of("/" + "x".repeat(108)));
            throw new AssertionError("connected: " + session);
        } catch (ExecutionException e) {
            NetException first = (NetException) e.getCause();
            assertThat(first.code()).isEqualTo("ECONNREFUSED");
            assertThat(first).hasMessageContaining("127.0.0.1:" + port);
            assertThat(first.getSuppressed()).extracting(other -> ((NetException) other).code())
                    .containsExactly("ENOENT", "EPATHLEN");
            assertThat(first.getSuppressed()[0])
                    .hasMessageStartingWith("connect: /no/such/socket: ");
        }
    }

    private static NetSession connect(NetOptions.Backend backend, SocketAddress... addresses)
            throws Exception {
        NetOptions options = NetOptions.clientBuilder().backend(backend).build();
        LoopGroup group = new LoopGroup(options, true);
        group.start();
        try {
            CompletableFuture<NetSession> result = new CompletableFuture<>();
            Endpoint endpoint = new Endpoint(group, options, DEAF);
            assertThat(ConnectAttempt.start(group, endpoint, List.of(addresses), result)).isTrue();
            return result.get(15, TimeUnit.SECONDS);
        } finally {
            group.terminate();
            assertThat(group.await(TimeUnit.SECONDS.toNanos(10))).isTrue();
        }
    }

    private static int refusingPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
