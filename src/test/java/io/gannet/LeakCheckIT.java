package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Runs after all others (junit-platform.properties orders the classes): whatever is still open
 * then, somebody leaked.
 */
@Order(Integer.MAX_VALUE)
@Timeout(30)
class LeakCheckIT {
    @Test
    void noLoopThreadIsLeft() throws Exception {
        assertThat(Resources.threads()).isEmpty();
    }

    @Test
    void noDescriptorIsLeft() throws Exception {
        Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")),
                "only Linux lists the descriptors of a process");
        List<String> left = Resources.descriptors();
        left.removeAll(Resources.AT_START);
        assertThat(left).as("descriptors nobody closed").isEmpty();
    }
}
