package io.gannet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.NetCause;
import io.gannet.NetException;
import io.gannet.NetOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Codes of the core in the words of the API. The numbers are those of Linux. */
class CausesTest {
    private static final int EPERM = -1;
    private static final int ECONNRESET = -104;
    private static final int EIDLE = -5002;

    @BeforeAll
    static void load() {
        NativeLoader.load();
    }

    @ParameterizedTest
    @EnumSource(value = NetCause.class, names = {"ABORT", "HANDLER", "STOP"})
    void whatWasAskedHereOutweighsWhatHappened(NetCause asked) {
        assertThat(Causes.of(asked, 0)).isEqualTo(asked);
        assertThat(Causes.of(asked, ECONNRESET)).isEqualTo(asked);
        assertThat(Causes.of(asked, EIDLE)).isEqualTo(asked);
    }

    @Test
    void anOrderlyEndIsThatOfWhoAskedForIt() {
        assertThat(Causes.of(NetCause.LOCAL, 0)).isEqualTo(NetCause.LOCAL);
        assertThat(Causes.of(NetCause.PEER, 0)).isEqualTo(NetCause.PEER);
        assertThat(Causes.of(null, 0)).isEqualTo(NetCause.PEER);
    }

    @ParameterizedTest
    @CsvSource({
        "-104, RESET", "-103, RESET", "-32, RESET", "-110, RESET", "-113, RESET", "-101, RESET",
        "-5002, IDLE", "-5003, FAILURE", "-5005, FAILURE", "-5, FAILURE", "-22, FAILURE"
    })
    void aCloseThatDidNotSucceedSaysWhatHappened(int code, NetCause cause) {
        assertThat(Causes.of(null, code)).isEqualTo(cause);
        assertThat(Causes.of(NetCause.LOCAL, code)).isEqualTo(cause);
    }

    @Test
    void theTimeoutOfConnectsIsTheCoresOwn() {
        NetException e = NativeErrors.failure(Causes.CONNECT_TIMEOUT, "connect", "host");
        assertThat(e.code()).isEqualTo("ECONNTIME");
        assertThat(e).hasMessageStartingWith("connect: host: ").hasMessageEndingWith("(ECONNTIME)");
    }

    @Test
    void codesThatAreNoFailurePass() {
        assertThat(NativeErrors.check(0, "x")).isZero();
        assertThat(NativeErrors.check(7, "x")).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, seccomp", "-13, seccomp", "-38, older than Linux 5.19", "-12, ulimit -l",
        "-24, ulimit -n", "-23, ulimit -n", "-22, 5.19", "-95, 5.19", "-5, system's messages"
    })
    void everyRefusalOfTheRingHasARemedy(int code, String remedy) {
        assertThat(BackendReport.remedy("io_uring_setup", code)).contains(remedy);
    }

    @Test
    void aBackendThatTheSystemLacksHasNoRemedy() {
        assertThat(BackendReport.remedy("backend", -95)).isEqualTo("this system does not have it");
    }

    @Test
    void theReportSaysWhyTheSecondBestWasTaken() {
        BackendReport report = new BackendReport("epoll", 0, "io_uring_setup", EPERM);
        assertThat(report.second()).isTrue();
        assertThat(report.toBackend(NetOptions.Backend.AUTO).cause())
                .startsWith("io_uring_setup failed: ").contains("(EPERM)").contains("seccomp");
    }

    @Test
    void theReportNamesTheFeaturesInUse() {
        BackendReport report = new BackendReport("io_uring", 1 | 8 | 64, "", 0);
        assertThat(report.second()).isFalse();
        assertThat(report.toBackend(NetOptions.Backend.AUTO).features())
                .containsExactly("defer-taskrun", "multishot-recv", "no-iowait");
        assertThat(report.toBackend(NetOptions.Backend.AUTO).cause())
                .isEqualTo("the best that works here");
        assertThat(report.toBackend(NetOptions.Backend.EPOLL).cause())
                .isEqualTo("as asked for");
    }
}
