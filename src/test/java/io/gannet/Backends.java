package io.gannet;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** Options to test with. */
public final class Backends {
    /** Why a backend does not work here; empty when it does. */
    private static final Map<NetOptions.Backend, String> REFUSALS =
            new EnumMap<>(NetOptions.Backend.class);

    private Backends() {}

    /** One loop on a free port of the loopback address, no idle timeout; skips the test or goes. */
    public static NetOptions.Builder server(NetOptions.Backend backend) {
        assumeWorks(backend);
        return NetOptions.builder()
                .backend(backend)
                .required(backend != NetOptions.Backend.AUTO)
                .loops(1)
                .idle(NetOptions.Idle.OFF, java.time.Duration.ofSeconds(60))
                .listen(loopback(0));
    }

    public static NetOptions.Builder client(NetOptions.Backend backend) {
        assumeWorks(backend);
        return NetOptions.clientBuilder()
                .backend(backend)
                .required(backend != NetOptions.Backend.AUTO);
    }

    public static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static synchronized void assumeWorks(NetOptions.Backend backend) {
        if (REFUSALS.isEmpty()) {
            Resources.lookAround();
        }
        String refusal = REFUSALS.computeIfAbsent(backend, Backends::probe);
        Assumptions.assumeTrue(refusal.isEmpty(), refusal);
    }

    private static String probe(NetOptions.Backend backend) {
        NetOptions options = NetOptions.clientBuilder().backend(backend)
                .required(backend != NetOptions.Backend.AUTO).build();
        try (NetClient client = NetClient.create(options)) {
            return "";
        } catch (NetException e) {
            return backend + " does not work here: " + e.getMessage();
        }
    }
}
