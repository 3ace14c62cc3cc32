package io.gannet;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** Options to test with. */
public final class Backends {
    /** Names the backends to test, separated by commas, instead of those of this system. */
    private static final String PROPERTY = "gannet.test.backends";

    /** Why a backend does not work here; empty when it does. */
    private static final Map<NetOptions.Backend, String> REFUSALS =
            new EnumMap<>(NetOptions.Backend.class);

    private Backends() {}

    /** What {@link OnEachBackend} tests. */
    public static List<NetOptions.Backend> tested() {
        String system = System.getProperty("os.name").startsWith("Linux")
                ? "IO_URING,EPOLL"
                : "KQUEUE";
        List<NetOptions.Backend> backends = new ArrayList<>();
        for (String name : System.getProperty(PROPERTY, system).split(",", -1)) {
            backends.add(NetOptions.Backend.valueOf(name));
        }
        return backends;
    }

    /** Skips a test of something that only a system with this backend has. */
    static void assumeTested(NetOptions.Backend backend) {
        Assumptions.assumeTrue(tested().contains(backend), backend + " is not tested here");
    }

    /** Skips what can only be seen where the ring was taken. */
    static void assumeRing(NetBackend backend) {
        Assumptions.assumeTrue(backend.name().equals("io_uring"), backend.cause());
    }

    /** One loop on a free port of the loopback address, no idle timeout; skips the test or goes. */
    public static NetOptions.Builder server(NetOptions.Backend backend) {
        assumeWorks(backend);
        return plain(backend);
    }

    /** The same without asking whether it works: also where no test is. */
    static NetOptions.Builder plain(NetOptions.Backend backend) {
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

    private static void assumeWorks(NetOptions.Backend backend) {
        String refusal = refusal(backend);
        Assumptions.assumeTrue(refusal.isEmpty(), refusal);
    }

    /** Why a backend does not work here; empty when it does. */
    static synchronized String refusal(NetOptions.Backend backend) {
        if (REFUSALS.isEmpty()) {
            Resources.lookAround();
        }
        return REFUSALS.computeIfAbsent(backend, Backends::probe);
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
