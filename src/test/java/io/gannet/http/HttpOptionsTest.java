package io.gannet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gannet.NetOptions;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Which options are refused. */
class HttpOptionsTest {
    private static void refuses(String name, UnaryOperator<HttpOptions.Builder> change) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> change.apply(HttpOptions.builder()).build())
                .withMessageContaining(name);
    }

    @Test
    void valuesOutOfRangeAreNamed() {
        refuses("requestLineMax", o -> o.requestLineMax(15));
        refuses("headerBytesMax", o -> o.headerBytesMax(15));
        refuses("requestLineMax and headerBytesMax",
                o -> o.requestLineMax(40_000).headerBytesMax(40_000));
        refuses("headerCountMax", o -> o.headerCountMax(0));
        refuses("headerCountMax", o -> o.headerCountMax(1001));
        refuses("bodyMax", o -> o.bodyMax(-1));
        refuses("streamedBodyMax", o -> o.streamedBodyMax(-1));
        refuses("chunkExtensionsMax", o -> o.chunkExtensionsMax(-1));
        refuses("trailerBytesMax", o -> o.trailerBytesMax(1));
        refuses("trailerBytesMax", o -> o.trailerBytesMax(20_000));
        refuses("trailerCountMax", o -> o.trailerCountMax(1001));
        refuses("inFlightMax", o -> o.inFlightMax(0));
        Duration negative = Duration.ofMillis(-1);
        refuses("headTimeout", o -> o.headTimeout(negative));
        refuses("bodyTimeout", o -> o.bodyTimeout(negative));
        refuses("keepAliveTimeout", o -> o.keepAliveTimeout(negative));
        refuses("sendTimeout", o -> o.sendTimeout(Duration.ofDays(365)));
        refuses("value", o -> o.serverName("a\r\nb"));
        refuses("workers", o -> o.workers(-1));
        refuses("workers", o -> o.workers(65_537));
        refuses("workerQueueMax", o -> o.workerQueueMax(-1));
        refuses("handlerTimeout", o -> o.handlerTimeout(negative));
        refuses("shutdownGrace", o -> o.shutdownHook(negative));
    }

    @Test
    void aBuilderFromOptionsGivesTheSameOptions() {
        HttpOptions options = HttpOptions.builder()
                .transport(NetOptions.port(1))
                .requestLineMax(1000).headerBytesMax(2000).headerCountMax(3)
                .bodyMax(4).streamedBodyMax(5).chunkExtensionsMax(6)
                .trailerBytesMax(7).trailerCountMax(8).inFlightMax(9)
                .headTimeout(Duration.ofSeconds(10)).bodyTimeout(Duration.ofSeconds(11))
                .keepAliveTimeout(Duration.ofSeconds(12)).sendTimeout(Duration.ofSeconds(13))
                .serverName("x").workers(14).workerQueueMax(15).virtualThreads(true)
                .handlerTimeout(Duration.ofSeconds(16)).shutdownHook(Duration.ofSeconds(17))
                .build();
        assertThat(options.toBuilder().build()).isEqualTo(options);
        assertThat(HttpOptions.port(1).transport().listen()).hasSize(1);
    }

    @Test
    void aServerWithoutAddressIsNotStarted() {
        HttpOptions options = HttpOptions.builder().build();
        assertThat(options.transport().listen()).isEmpty();
        HttpServer server = HttpServer.create(options, request -> HttpResponse.text(""));
        assertThatIllegalArgumentException().isThrownBy(server::start)
                .withMessageContaining("no address");
    }
}
