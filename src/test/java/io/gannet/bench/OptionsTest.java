package io.gannet.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OptionsTest {
    @Test
    void whatIsNotSaidIsADefault() {
        Options options = Measured.options();
        assertThat(options.rounds()).isEqualTo(3);
        assertThat(options.seconds()).isEqualTo(2);
        assertThat(options.servers()).isEmpty();
        assertThat(options.scenarios()).containsExactly(Scenario.values());
        assertThat(options.sharesCpu()).isFalse();
        assertThat(options.commit()).isEqualTo("unknown");
    }

    @Test
    void whatIsSaidCounts() {
        Options options = Measured.options("--rounds=1", "--seconds=0.5", "--client-cpu=0",
                "--servers=gannet-epoll,netty", "--scenarios=echo1k,start", "--commit=a=b");
        assertThat(options.rounds()).isEqualTo(1);
        assertThat(options.seconds()).isEqualTo(0.5);
        assertThat(options.servers()).containsExactly("gannet-epoll", "netty");
        assertThat(options.scenarios()).containsExactly(Scenario.ECHO_1K, Scenario.START);
        assertThat(options.sharesCpu()).isTrue();
        assertThat(options.commit()).isEqualTo("a=b");
    }

    @Test
    void whatNobodyKnowsIsRefused() {
        for (String wrong : new String[] {"--round=1", "rounds=1", "--rounds", "-rounds=1"}) {
            assertThatThrownBy(() -> Measured.options(wrong))
                    .hasMessage("unknown option " + wrong);
        }
        assertThatThrownBy(() -> Measured.options("--scenarios=json,echo"))
                .hasMessage("unknown scenario echo");
    }

    @Test
    void scenariosHaveTheKeysThatTheScriptNames() {
        assertThat(Scenario.values()).extracting(Scenario::key).containsExactly("plaintext",
                "pipelined", "json", "params", "echo1k", "echo64k", "rate", "idle", "start");
    }
}
