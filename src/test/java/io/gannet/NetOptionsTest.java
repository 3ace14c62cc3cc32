package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NetOptionsTest {
    @Test
    void defaultsOfAServerAreTheDocumentedOnes() {
        NetOptions options = NetOptions.port(8080);
        assertThat(options).isEqualTo(new NetOptions(
                List.of(new InetSocketAddress(8080)), NetOptions.Backend.AUTO, false, 0,
                false, NetOptions.Ip.DUAL, false, 4096, true, false, 0, 0, 0, Duration.ZERO,
                NetOptions.Idle.BOTH, Duration.ofSeconds(60), Duration.ofSeconds(10),
                Duration.ofSeconds(2), 32 * 1024, 128 * 1024, 64L << 20, true, 1 << 20, 0,
                1L << 30, Duration.ofSeconds(1), List.of()));
    }

    @Test
    void aClientHasOneLoopNoIdleTimeoutAndReadsOn() {
        NetOptions options = NetOptions.clientBuilder().build();
        assertThat(options.loops()).isEqualTo(1);
        assertThat(options.idle()).isEqualTo(NetOptions.Idle.OFF);
        assertThat(options.readBackpressure()).isFalse();
        assertThat(options.listen()).isEmpty();
    }

    @Test
    void aBuilderMadeOfOptionsGivesTheSameOptions() {
        NetOptions options = NetOptions.builder()
                .listen(new InetSocketAddress(1), new InetSocketAddress(2))
                .backend(NetOptions.Backend.EPOLL).required(true).loops(3).pinLoops(true)
                .ip(NetOptions.Ip.V6).sharePort(true).backlog(5).noDelay(false).keepAlive(true)
                .sendBuffer(6).receiveBuffer(7).fastOpen(8).deferAccept(Duration.ofSeconds(9))
                .idle(NetOptions.Idle.READ, Duration.ofSeconds(10))
                .connectTimeout(Duration.ofSeconds(11)).closeTimeout(Duration.ofSeconds(12))
                .waterMarks(13, 14).writeLimit(15).readBackpressure(false).maxSessions(16)
                .maxSessionsPerAddress(19)
                .memoryLimit(17L << 20).stallThreshold(Duration.ofSeconds(18))
                .proxyProtocol(List.of("10.0.0.0/8", "unix"))
                .build();
        assertThat(options.toBuilder().build()).isEqualTo(options);
        assertThat(options.toBuilder().loops(4).build()).isNotEqualTo(options);
    }

    static Stream<Arguments> bad() {
        Duration tooLong = Duration.ofMillis(Integer.MAX_VALUE + 1L);
        return Stream.of(
                bad("loops is -1, must be at least 0", b -> b.loops(-1)),
                bad("loops is 1025, must be at most 1024", b -> b.loops(1025)),
                bad("backlog is 0, must be at least 1", b -> b.backlog(0)),
                bad("maxSessionsPerAddress is -1, must be at least 0",
                        b -> b.maxSessionsPerAddress(-1)),
                bad("sendBuffer is -1, must be at least 0", b -> b.sendBuffer(-1)),
                bad("receiveBuffer is -1, must be at least 0", b -> b.receiveBuffer(-1)),
                bad("fastOpen is -1, must be at least 0", b -> b.fastOpen(-1)),
                bad("deferAccept is PT-1S", b -> b.deferAccept(Duration.ofSeconds(-1))),
                bad("deferAccept is PT596H", b -> b.deferAccept(tooLong)),
                bad("idleTimeout in milliseconds is 0, must be at least 1",
                        b -> b.idle(NetOptions.Idle.BOTH, Duration.ofNanos(999_999))),
                bad("idleTimeout is", b -> b.idle(NetOptions.Idle.OFF, tooLong)),
                bad("connectTimeout in milliseconds is 0, must be at least 1",
                        b -> b.connectTimeout(Duration.ZERO)),
                bad("connectTimeout is PT2562047788015215H30M7S",
                        b -> b.connectTimeout(Duration.ofSeconds(Long.MAX_VALUE))),
                bad("closeTimeout is PT-0.001S, must be between zero and",
                        b -> b.closeTimeout(Duration.ofMillis(-1))),
                bad("lowWater is -1, must be at least 0", b -> b.waterMarks(-1, 1)),
                bad("highWater is 1, must be at least 2", b -> b.waterMarks(2, 1)),
                bad("writeLimit is 9, must be at least 10", b -> b.waterMarks(1, 10).writeLimit(9)),
                bad("maxSessions is 0, must be at least 1", b -> b.maxSessions(0)),
                bad("maxSessions is 16777217, must be at most 16777216",
                        b -> b.maxSessions((1 << 24) + 1)),
                bad("memoryLimit is 1048575, must be at least 1048576",
                        b -> b.memoryLimit((1 << 20) - 1)),
                bad("stallThreshold is PT-1S", b -> b.stallThreshold(Duration.ofSeconds(-1))),
                bad("a range of addresses has a length out of range behind the slash: "
                        + "\"10.0.0.0/33\"",
                        b -> b.proxyProtocol(List.of("::1", "10.0.0.0/33"))));
    }

    private static Arguments bad(String message, UnaryOperator<NetOptions.Builder> change) {
        return Arguments.of(message, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bad")
    void aBadValueIsRefusedByName(String message, UnaryOperator<NetOptions.Builder> change) {
        NetOptions.Builder builder = change.apply(NetOptions.builder());
        assertThatIllegalArgumentException().isThrownBy(builder::build)
                .withMessageContaining(message);
    }

    static Stream<Arguments> limits() {
        return Stream.of(
                bad("loops", b -> b.loops(1024)),
                bad("backlog", b -> b.backlog(1)),
                bad("idle", b -> b.idle(NetOptions.Idle.BOTH, Duration.ofMillis(1))),
                bad("longest", b -> b.connectTimeout(Duration.ofMillis(Integer.MAX_VALUE))),
                bad("marks", b -> b.waterMarks(0, 0).writeLimit(0)),
                bad("maxSessions", b -> b.maxSessions(1 << 24)),
                bad("memoryLimit", b -> b.memoryLimit(1 << 20)),
                bad("stallThreshold", b -> b.stallThreshold(Duration.ZERO)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("limits")
    void valuesAtTheirLimitAreTaken(String name, UnaryOperator<NetOptions.Builder> change) {
        assertThat(change.apply(NetOptions.builder()).build()).as(name).isNotNull();
    }

    @Test
    @SuppressWarnings("NullAway")
    void nullIsRefusedByName() {
        assertThatNullPointerException()
                .isThrownBy(() -> NetOptions.builder().backend(null).build())
                .withMessage("backend");
        assertThatNullPointerException().isThrownBy(() -> NetOptions.builder().ip(null).build())
                .withMessage("ip");
        assertThatNullPointerException()
                .isThrownBy(() -> NetOptions.builder().closeTimeout(null).build())
                .withMessage("closeTimeout");
        assertThatNullPointerException()
                .isThrownBy(() -> NetOptions.builder().idle(null, Duration.ofSeconds(1)).build())
                .withMessage("idle");
    }

    @Test
    void aPortOutOfRangeIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> NetOptions.port(65_536));
        assertThatIllegalArgumentException().isThrownBy(() -> NetOptions.port(-1));
    }
}
