package io.gannet.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gannet.NetException;
import io.gannet.NetOptions;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Addresses and options on their way to C and back. */
class AddressTest {
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0", "127.0.0.1, 1", "255.255.255.255, 65535", "192.0.2.33, 32768",
        "::, 0", "::1, 80", "2001:db8::ff00:42:8329, 65535", "fe80::1, 443"
    })
    void anIpAddressComesBackAsItWent(String ip, int port) throws Exception {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(ip), port);
        ByteBuffer buffer = params().address(address).buffer();
        assertThat(PackedAddress.read(buffer, 0).toSocketAddress()).isEqualTo(address);
        assertThat(PackedAddress.read(buffer, 0).port()).isEqualTo(port);
    }

    @Test
    void aScopeComesBackAsItWent() throws Exception {
        byte[] ip = InetAddress.getByName("fe80::1").getAddress();
        for (int scope : new int[] {1, 77, 0x7fffffff}) {
            InetSocketAddress address =
                    new InetSocketAddress(Inet6Address.getByAddress(null, ip, scope), 80);
            ByteBuffer buffer = params().address(address).buffer();
            SocketAddress back = PackedAddress.read(buffer, 0).toSocketAddress();
            assertThat(back).isEqualTo(address);
            assertThat(((Inet6Address) ((InetSocketAddress) back).getAddress()).getScopeId())
                    .isEqualTo(scope);
        }
    }

    @Test
    void anUnknownAddressIsAnEmptyPath() {
        ByteBuffer nothing = ByteBuffer.allocate(24);
        assertThat(PackedAddress.read(nothing, 0).toSocketAddress())
                .isEqualTo(UnixDomainSocketAddress.of(""));
        nothing.put(0, (byte) NativeSocket.FAMILY_UNIX);
        assertThat(PackedAddress.read(nothing, 0).toSocketAddress())
                .isEqualTo(UnixDomainSocketAddress.of(""));
    }

    @Test
    void aUnixPathIsWrittenInTheBytesOfTheSystem() {
        ByteBuffer buffer = params().address(UnixDomainSocketAddress.of("/tmp/x.sock")).buffer();
        byte[] path = new byte[buffer.get(NativeSocket.ADDRESS_PATH_LEN)];
        buffer.get(NativeSocket.ADDRESS_PATH, path);
        assertThat(new String(path, StandardCharsets.UTF_8)).isEqualTo("/tmp/x.sock");
        assertThat(buffer.get(NativeSocket.ADDRESS_PATH + path.length)).isZero();
    }

    @Test
    void nothingIsLeftOfTheAddressBefore() throws Exception {
        SocketParams params = params();
        params.address(UnixDomainSocketAddress.of("/" + "x".repeat(106)));
        params.address(new InetSocketAddress(InetAddress.getByName("10.0.0.1"), 1));
        ByteBuffer buffer = params.buffer();
        for (int i = NativeSocket.ADDRESS_IP + 4; i < NativeSocket.OPTION_NO_DELAY; i++) {
            assertThat(buffer.get(i)).as("byte %d", i).isZero();
        }
    }

    @Test
    void pathsThatCannotBeBoundAreRefused() {
        assertThatExceptionOfType(NetException.class)
                .isThrownBy(() -> params().address(
                        UnixDomainSocketAddress.of("/" + "x".repeat(107))))
                .withMessageContaining("108 bytes long")
                .withMessageContaining("EPATHLEN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> params().address(UnixDomainSocketAddress.of("")))
                .withMessageContaining("empty");
    }

    @Test
    void otherKindsOfAddressAreRefused() {
        SocketAddress other = new SocketAddress() {
            private static final long serialVersionUID = 1L;
        };
        assertThatIllegalArgumentException().isThrownBy(() -> params().address(other))
                .withMessageContaining("neither");
    }

    @Test
    void optionsLieWhereTheCoreReadsThem() {
        ByteBuffer buffer = new SocketParams(NetOptions.builder()
                .noDelay(true).keepAlive(true).backlog(11).sendBuffer(12).receiveBuffer(13)
                .fastOpen(14).deferAccept(Duration.ofMillis(15_001))
                .idle(NetOptions.Idle.BOTH, Duration.ofMillis(16))
                .closeTimeout(Duration.ofMillis(17))
                .build()).reusePort(true).v6Only(true).buffer();
        assertThat(buffer.getLong(NativeSocket.OPTION_NO_DELAY)).isEqualTo(1);
        assertThat(buffer.getLong(NativeSocket.OPTION_KEEP_ALIVE)).isEqualTo(1);
        assertThat(buffer.getLong(NativeSocket.OPTION_REUSE_PORT)).isEqualTo(1);
        assertThat(buffer.getLong(NativeSocket.OPTION_V6_ONLY)).isEqualTo(1);
        assertThat(buffer.getLong(NativeSocket.OPTION_BACKLOG)).isEqualTo(11);
        assertThat(buffer.getLong(NativeSocket.OPTION_SEND_BUFFER)).isEqualTo(12);
        assertThat(buffer.getLong(NativeSocket.OPTION_RECEIVE_BUFFER)).isEqualTo(13);
        assertThat(buffer.getLong(NativeSocket.OPTION_FAST_OPEN)).isEqualTo(14);
        assertThat(buffer.getLong(NativeSocket.OPTION_DEFER_ACCEPT)).as("seconds").isEqualTo(16);
        assertThat(buffer.getLong(NativeSocket.OPTION_IDLE_MODE)).isEqualTo(3);
        assertThat(buffer.getLong(NativeSocket.OPTION_IDLE_MS)).isEqualTo(16);
        assertThat(buffer.getLong(NativeSocket.OPTION_CLOSE_MS)).isEqualTo(17);
    }

    private static SocketParams params() {
        return new SocketParams(NetOptions.builder().build());
    }
}
