package io.gannet.internal;

import io.gannet.NetException;
import io.gannet.NetOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * One address a server listens on: a socket for each loop. TCP sockets share the port
 * (SO_REUSEPORT) where the kernel spreads connections over them; elsewhere, as for a Unix path,
 * there is one socket that the loops share. Opened and closed by the server's thread; the loops
 * only read it.
 */
final class Listener {
    private static final int NONE = -1;

    private final Endpoint endpoint;
    private final SocketParams params;
    private final SocketAddress address;
    private final int[] fds;
    private final Refusals refusals = new Refusals();
    private boolean unlinked;

    private Listener(Endpoint endpoint, SocketParams params, SocketAddress address, int[] fds) {
        this.endpoint = endpoint;
        this.params = params;
        this.address = address;
        this.fds = fds;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** Where it listens, with the port the system gave. */
    SocketAddress address() {
        return address;
    }

    /** Opens the sockets for the loops, or none. */
    static Listener open(Endpoint endpoint, SocketAddress wanted, LoopGroup group) {
        SocketParams params = new SocketParams(endpoint.options());
        int[] fds = new int[group.size()];
        Arrays.fill(fds, NONE);
        boolean complete = false;
        try {
            SocketAddress address = wanted instanceof UnixDomainSocketAddress
                    ? openUnix(params, wanted, fds)
                    : openInet(params, endpoint.options(), wanted, fds, group.spreads());
            complete = true;
            return new Listener(endpoint, params, address, fds);
        } finally {
            if (!complete) {
                closeAll(fds);
            }
        }
    }

    private static SocketAddress openUnix(SocketParams params, SocketAddress wanted, int[] fds) {
        fds[0] = listen(params.address(wanted), wanted);
        try {
            share(fds);
        } catch (NetException e) {
            NativeErrors.check(NativeSocket.unlink(params.buffer()), "remove " + wanted);
            throw e;
        }
        return wanted;
    }

    /** Gives the first socket to the other loops too. */
    private static void share(int[] fds) {
        for (int i = 1; i < fds.length; i++) {
            fds[i] = NativeErrors.check(NativeSocket.duplicate(fds[0]), "listen");
        }
    }

    private static SocketAddress openInet(SocketParams params, NetOptions options,
            SocketAddress wanted, int[] fds, boolean spreads) {
        if (!(wanted instanceof InetSocketAddress inet)) {
            throw new IllegalArgumentException("cannot listen on " + wanted);
        }
        if (inet.isUnresolved()) {
            throw new NetException("EUNRESOLVED", "listen", "no address is known for the name "
                    + inet.getHostString());
        }
        InetAddress ip = wildcard(inet.getAddress(), options.ip());
        params.v6Only(options.ip() == NetOptions.Ip.V6).inet(ip, inet.getPort());
        boolean several = fds.length > 1 && spreads;
        int first;
        try {
            first = probe(params, options, ip, inet, several);
        } catch (NetException e) {
            boolean noV6 = e.code().equals("EAFNOSUPPORT") || e.code().equals("EADDRNOTAVAIL");
            if (!noV6 || options.ip() != NetOptions.Ip.DUAL
                    || !inet.getAddress().isAnyLocalAddress()) {
                throw e;
            }
            ip = v4Wildcard(); /* the system was built or booted without IPv6 */
            params.inet(ip, inet.getPort());
            first = probe(params, options, ip, inet, several);
        }
        fds[0] = first;
        int port = port(params, first);
        if (!spreads) {
            share(fds);
            return new InetSocketAddress(ip, port);
        }
        for (int i = 1; i < fds.length; i++) {
            fds[i] = listen(params.inet(ip, port), inet);
        }
        return new InetSocketAddress(ip, port);
    }

    /**
     * Opens the first socket. Loops share their port, and a shared port would silently be shared
     * with any other process of this user too, so a socket that does not share finds out first
     * whether the port is free.
     */
    private static int probe(SocketParams params, NetOptions options, InetAddress ip,
            InetSocketAddress wanted, boolean several) {
        boolean share = several || options.sharePort();
        if (!share || options.sharePort()) {
            return listen(params.reusePort(share), wanted);
        }
        int alone = listen(params.reusePort(false), wanted);
        int port;
        try {
            port = port(params, alone);
        } finally {
            NativeErrors.check(NativeSocket.close(alone), "listen");
        }
        return listen(params.reusePort(true).inet(ip, port), wanted);
    }

    private static int listen(SocketParams params, SocketAddress wanted) {
        int fd = NativeSocket.listen(params.buffer());
        if (fd < 0) {
            throw NativeErrors.failure(fd, "listen", String.valueOf(wanted));
        }
        return fd;
    }

    /** The port a socket got; leaves the address in {@code params} as it was bound. */
    private static int port(SocketParams params, int fd) {
        NativeErrors.check(NativeSocket.local(fd, params.buffer()), "listen");
        return params.buffer().getShort(NativeSocket.ADDRESS_PORT) & 0xffff;
    }

    private static InetAddress wildcard(InetAddress address, NetOptions.Ip ip) {
        if (!address.isAnyLocalAddress()) {
            return address;
        }
        return ip == NetOptions.Ip.V4 ? v4Wildcard() : v6Wildcard();
    }

    private static InetAddress v4Wildcard() {
        return address(new byte[4]);
    }

    private static InetAddress v6Wildcard() {
        return address(new byte[16]);
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The socket of a loop, which takes it. */
    int take(int loop) {
        int fd = fds[loop];
        fds[loop] = NONE;
        return fd;
    }

    /** Closes the sockets that no loop has taken, and removes the file of a Unix socket. */
    void close() {
        closeAll(fds);
        if (address instanceof UnixDomainSocketAddress && !unlinked) {
            unlinked = true;
            NativeErrors.check(NativeSocket.unlink(params.buffer()), "remove " + address);
        }
    }

    private static void closeAll(int[] fds) {
        for (int i = 0; i < fds.length; i++) {
            if (fds[i] != NONE) {
                NativeErrors.check(NativeSocket.close(fds[i]), "close listening socket");
                fds[i] = NONE;
            }
        }
    }

    /** A loop refused a connection that it had accepted here. Loop thread. */
    void refused(int code, PackedAddress peer) {
        refusals.add(address, peer, code);
    }

    /** A loop stopped accepting here, or goes on. Loop thread. */
    void report(int code, boolean fatal) {
        if (code == 0) {
            Log.warn("accepting on " + address + " goes on");
        } else {
            if (Flight.isOn()) {
                FlightEvents.acceptPaused(address.toString(), NativeErrors.name(code));
            }
            Log.warn("accepting on " + address + (fatal ? " ends: " : " pauses: ")
                    + NativeSocket.errorText(code) + " (" + NativeErrors.name(code) + ")");
        }
    }
}
