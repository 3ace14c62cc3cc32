package io.gannet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.gannet.NetOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackendReportTest {
    @BeforeAll
    static void load() {
        NativeLoader.load();
    }

    /** Codes of Linux and of the others alike. */
    @ParameterizedTest
    @CsvSource({
        "io_uring_setup, -1, seccomp profile",
        "io_uring_enter, -13, io_uring_disabled",
        "io_uring_setup, -12, ulimit -l",
        "io_uring provided buffer ring, -22, older than Linux 5.19",
        "eventfd, -24, ulimit -n",
        "io_uring_setup, -23, ulimit -n",
        "epoll_create1, -1, epoll_create1 is forbidden here",
        "kqueue, -12, raise the memory limit",
        "configuration, -22, see the system's messages",
        "backend, -95, this system does not have it"
    })
    void everyFailureHasARemedy(String step, int error, String remedy) {
        assertThat(BackendReport.remedy(step, error)).contains(remedy);
    }

    @Test
    void aCallThatHasNothingToDoWithTheRingSaysNothingOfIt() {
        assertThat(BackendReport.remedy("epoll_create1", -1)).doesNotContain("io_uring");
    }

    @Test
    void aSecondChoiceNamesTheStepTheCodeAndTheRemedy() {
        BackendReport report = new BackendReport("epoll", 0, "io_uring_setup", -1);
        assertThat(report.second()).isTrue();
        assertThat(report.toBackend(NetOptions.Backend.AUTO).cause())
                .startsWith("io_uring_setup failed: operation not permitted (EPERM); ");
    }

    @Test
    void featuresAreNamedByTheirBits() {
        BackendReport report = new BackendReport("io_uring",
                NativeLoop.FEATURE_DEFER_TASKRUN | NativeLoop.FEATURE_NO_IOWAIT, "", 0);
        assertThat(report.toBackend(NetOptions.Backend.AUTO).features())
                .containsExactly("defer-taskrun", "no-iowait");
        assertThat(BackendReport.FEATURE_NAMES)
                .hasSize(Integer.numberOfTrailingZeros(NativeLoop.FEATURE_IO_URING));
    }
}
