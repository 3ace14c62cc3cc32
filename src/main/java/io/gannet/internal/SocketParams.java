package io.gannet.internal;

import io.gannet.NetException;
import io.gannet.NetOptions;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Describes a socket to C: an address and options in a direct buffer. Not thread safe. */
final class SocketParams {
    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(NativeSocket.PARAMS_BYTES).order(ByteOrder.nativeOrder());

    SocketParams(NetOptions options) {
        flag(NativeSocket.OPTION_NO_DELAY, options.noDelay());
        flag(NativeSocket.OPTION_KEEP_ALIVE, options.keepAlive());
        put(NativeSocket.OPTION_BACKLOG, options.backlog());
        put(NativeSocket.OPTION_SEND_BUFFER, options.sendBuffer());
        put(NativeSocket.OPTION_RECEIVE_BUFFER, options.receiveBuffer());
        put(NativeSocket.OPTION_FAST_OPEN, options.fastOpen());
        put(NativeSocket.OPTION_DEFER_ACCEPT,
                (OptionChecks.millis(options.deferAccept()) + 999L) / 1000);
        put(NativeSocket.OPTION_IDLE_MODE, OptionCodes.of(options.idle()));
        put(NativeSocket.OPTION_IDLE_MS, OptionChecks.millis(options.idleTimeout()));
        put(NativeSocket.OPTION_CLOSE_MS, OptionChecks.millis(options.closeTimeout()));
    }

    ByteBuffer buffer() {
        return buffer;
    }

    SocketParams reusePort(boolean value) {
        flag(NativeSocket.OPTION_REUSE_PORT, value);
        return this;
    }

    SocketParams v6Only(boolean value) {
        flag(NativeSocket.OPTION_V6_ONLY, value);
        return this;
    }

    /** Sets an address that is resolved. */
    SocketParams address(SocketAddress address) {
        if (address instanceof InetSocketAddress inet) {
            return inet(inet.getAddress(), inet.getPort());
        }
        if (address instanceof UnixDomainSocketAddress unix) {
            return unix(unix);
        }
        throw new IllegalArgumentException("neither an InetSocketAddress nor a "
                + "UnixDomainSocketAddress: " + address.getClass().getName());
    }

    SocketParams inet(InetAddress address, int port) {
        clearAddress();
        int scope = address instanceof Inet6Address v6 ? v6.getScopeId() : 0;
        int family = address instanceof Inet4Address
                ? NativeSocket.FAMILY_V4
                : NativeSocket.FAMILY_V6;
        buffer.put(NativeSocket.ADDRESS_FAMILY, (byte) family);
        buffer.putShort(NativeSocket.ADDRESS_PORT, (short) port);
        buffer.putInt(NativeSocket.ADDRESS_SCOPE, scope);
        buffer.put(NativeSocket.ADDRESS_IP, address.getAddress());
        return this;
    }

    private SocketParams unix(UnixDomainSocketAddress address) {
        byte[] path = pathBytes(address.getPath().toString());
        if (path.length == 0) {
            throw new IllegalArgumentException("the path of a Unix socket is empty");
        }
        /* One byte is the system's, for the zero at the end. */
        if (path.length >= NativeSocket.ADDRESS_PATH_ROOM) {
            throw new NetException("EPATHLEN", "address", "the path of a Unix socket is "
                    + path.length + " bytes long, the system allows "
                    + (NativeSocket.ADDRESS_PATH_ROOM - 1) + ": " + address.getPath());
        }
        clearAddress();
        buffer.put(NativeSocket.ADDRESS_FAMILY, (byte) NativeSocket.FAMILY_UNIX);
        buffer.put(NativeSocket.ADDRESS_PATH_LEN, (byte) path.length);
        buffer.put(NativeSocket.ADDRESS_PATH, path);
        return this;
    }

    /** A path in the bytes the system knows it by. */
    static byte[] pathBytes(String path) {
        String charset = System.getProperty("sun.jnu.encoding");
        return path.getBytes(charset == null ? StandardCharsets.UTF_8 : Charset.forName(charset));
    }

    private void clearAddress() {
        buffer.put(0, new byte[NativeSocket.OPTION_NO_DELAY]);
    }

    private void flag(int offset, boolean value) {
        put(offset, value ? 1 : 0);
    }

    private void put(int offset, long value) {
        buffer.putLong(offset, value);
    }
}
