package io.gannet;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What this process holds. */
final class Resources {
    /** What was open before the first test of sockets, the JDK's own for its life among it. */
    static final List<String> AT_START = atStart();

    private Resources() {}

    /** Makes sure that {@link #AT_START} is from before anything was opened. */
    static void lookAround() {
        if (AT_START == null) {
            throw new AssertionError("nothing was looked at");
        }
    }

    private static List<String> atStart() {
        try (ServerSocket server = new ServerSocket(0);
                Socket socket = new Socket(server.getInetAddress(), server.getLocalPort());
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            /* The first close of a socket opens one that the JDK keeps. */
            socket.close();
            channel.close();
            server.close();
            return List.copyOf(descriptors());
        } catch (IOException e) {
            return List.of(); /* no Linux: LeakCheckIT skips */
        }
    }

    /** The open descriptors that could be ours: sockets, pipes, queues, counters. */
    static List<String> descriptors() throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path entry : entries) {
                String target = target(entry);
                if (target.startsWith("socket:") || target.startsWith("anon_inode:")) {
                    found.add(entry.getFileName() + " -> " + target);
                }
            }
        }
        return found;
    }

    private static String target(Path entry) {
        try {
            return Files.readSymbolicLink(entry).toString();
        } catch (IOException e) {
            return ""; /* closed meanwhile */
        }
    }

    /** Gannet's own threads that are alive, those left out that end within a moment. */
    static List<String> threads() throws InterruptedException {
        List<String> found = new ArrayList<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("gannet-")) {
                thread.join(5_000);
                if (thread.isAlive()) {
                    found.add(thread.getName());
                }
            }
        }
        return found;
    }
}
