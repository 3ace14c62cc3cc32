package io.gannet;

import java.util.List;

/**
 * How a server's or client's loops talk to the kernel, and why.
 *
 * @param name {@code "io_uring"}, {@code "epoll"} or {@code "kqueue"}
 * @param cause why this one: that it was asked for, the best that works here, or what the better
 *     one was refused for and what would help
 * @param features what of it is in use, as {@code "multishot-recv"}
 */
public record NetBackend(String name, String cause, List<String> features) {
    /**
     * Copies the list.
     *
     * @param name see above
     * @param cause see above
     * @param features see above
     */
    public NetBackend {
        features = List.copyOf(features);
    }
}
