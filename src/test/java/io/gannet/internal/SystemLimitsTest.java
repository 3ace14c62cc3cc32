package io.gannet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemLimitsTest {
    @TempDir private Path root;

    private void file(String name, String text) throws IOException {
        Path path = root.resolve(name);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private SystemLimits limits() {
        return new SystemLimits(root);
    }

    @Test
    void whatCannotBeReadIsNotKnown() {
        assertThat(limits().openFiles()).isEqualTo(SystemLimits.UNKNOWN);
        assertThat(limits().lockedMemory()).isEqualTo(SystemLimits.UNKNOWN);
        assertThat(limits().groupMemory()).isEqualTo(SystemLimits.UNKNOWN);
        assertThat(limits().ringSetting()).isEqualTo(SystemLimits.UNKNOWN);
    }

    @Test
    void softAndHardLimitsAreTold() throws IOException {
        file("proc/self/limits", """
                Limit                     Soft Limit           Hard Limit           Units
                Max open files            1024                 1048576              files
                Max locked memory         65536                65536                bytes
                Max address space         unlimited            unlimited            bytes
                """);
        assertThat(limits().openFiles()).isEqualTo("1024, can be raised to 1048576");
        assertThat(limits().lockedMemory()).isEqualTo("65536 bytes");
    }

    @Test
    void theSmallestLimitOfTheGroupsAroundCounts() throws IOException {
        file("proc/self/cgroup", "0::/outer/inner\n");
        file("sys/fs/cgroup/outer/inner/memory.max", "max\n");
        file("sys/fs/cgroup/outer/memory.max", "2147483648\n");
        file("sys/fs/cgroup/memory.max", "8589934592\n");
        assertThat(limits().groupMemory()).isEqualTo("2147483648 bytes");
        file("sys/fs/cgroup/outer/inner/memory.max", "1048576\n");
        assertThat(limits().groupMemory()).isEqualTo("1048576 bytes");
    }

    @Test
    void aContainerSeesItsOwnGroupAsTheRoot() throws IOException {
        file("proc/self/cgroup", "0::/\n");
        file("sys/fs/cgroup/memory.max", "1073741824\n");
        assertThat(limits().groupMemory()).isEqualTo("1073741824 bytes");
    }

    @Test
    void groupsWithoutALimitAreToldFromUnreadableOnes() throws IOException {
        file("proc/self/cgroup", "0::/a\n");
        assertThat(limits().groupMemory()).isEqualTo(SystemLimits.UNKNOWN);
        file("sys/fs/cgroup/a/memory.max", "max\n");
        assertThat(limits().groupMemory()).isEqualTo("no limit");
    }

    @Test
    void theFirstVersionOfControlGroupsIsReadToo() throws IOException {
        file("proc/self/cgroup", "5:cpu,cpuacct:/\n9:memory:/docker/x\n0::/\n");
        file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assertThat(limits().groupMemory()).isEqualTo("no limit");
        file("sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "536870912\n");
        assertThat(limits().groupMemory()).isEqualTo("536870912 bytes");
    }

    @Test
    void aStrangeGroupReadsNothingElsewhere() throws IOException {
        file("proc/self/cgroup", "0::/../../../..\nnonsense\n1:memory\n");
        assertThat(limits().groupMemory()).isEqualTo(SystemLimits.UNKNOWN);
    }

    @Test
    void theSettingOfTheRingIsTold() throws IOException {
        file("proc/sys/kernel/io_uring_disabled", "2\n");
        assertThat(limits().ringSetting()).isEqualTo("2");
    }
}
