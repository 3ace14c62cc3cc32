package io.gannet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Everything that can be measured here. */
final class Servers {
    /** What a process of one processor gets by default, the same for all. */
    private static final List<String> FLAGS =
            List.of("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC");
    private static final List<String> NETTY = List.of("-Dio.netty.leakDetection.level=disabled");
    private static final String PEERS = "io.gannet.bench.peers.";
    private static final String PROVIDER = "-Dcom.sun.net.httpserver.HttpServerProvider=";

    private final Options options;
    private final List<Server> found = new ArrayList<>();

    private Servers(Options options) {
        this.options = options;
    }

    /** Those that were asked for, in the order of the tables. */
    static List<Server> of(Options options) throws IOException {
        Servers servers = new Servers(options);
        servers.collect();
        if (options.servers().isEmpty()) {
            return servers.found;
        }
        List<Server> chosen = new ArrayList<>();
        for (String name : options.servers()) {
            chosen.add(servers.found.stream().filter(server -> server.name().equals(name))
                    .findFirst().orElseThrow(() -> new IllegalArgumentException(
                            "no server " + name + " here; there are " + servers.names())));
        }
        return chosen;
    }

    private String names() {
        return String.join(", ", found.stream().map(Server::name).toList());
    }

    private void collect() throws IOException {
        gannet("io_uring");
        gannet("epoll");
        peer("netty-io_uring", NETTY, "NettyPeer", "io_uring");
        peer("netty-epoll", NETTY, "NettyPeer", "epoll");
        peer("netty-nio", NETTY, "NettyPeer", "nio");
        peer("vertx", NETTY, "VertxPeer");
        peer("undertow", List.of(), "UndertowPeer");
        peer("jetty", List.of(), "JettyPeer");
        peer("microhttp", List.of(), "MicrohttpPeer");
        peer("activej", List.of(), "ActivejPeer");
        peer("jdk", List.of(PROVIDER + "sun.net.httpserver.DefaultHttpServerProvider",
                "-Dsun.net.httpserver.nodelay=true",
                "-Dsun.net.httpserver.maxIdleConnections=20000"), "JdkPeer");
        if (!options.newer().isEmpty()) {
            Path jdk = Path.of(options.newer());
            add("helidon", jvm(jdk, List.of(), "HelidonPeer"));
            add("robaho", jvm(jdk, List.of(PROVIDER
                    + "robaho.net.httpserver.DefaultHttpServerProvider",
                    "-Drobaho.net.httpserver.nodelay=true",
                    "-Drobaho.net.httpserver.maxIdleConnections=20000"), "JdkPeer", "virtual"));
        }
        if (!options.nginx().isEmpty()) {
            nginx();
        }
    }

    private void add(String name, List<String> command) {
        found.add(new Server(name, command, List.of(), true, true));
    }

    private void peer(String name, List<String> flags, String type, String... arguments) {
        add(name, jvm(options.jdk(), flags, type, arguments));
    }

    private List<String> jvm(Path jdk, List<String> flags, String type, String... arguments) {
        Path built = options.root().resolve("target/bench");
        List<String> command = java(jdk, flags);
        command.add(built.resolve("classes") + ":" + built.resolve("lib") + "/*");
        command.add(PEERS + type);
        command.addAll(List.of(arguments));
        return command;
    }

    /** The example that the README shows first. */
    private void gannet(String backend) {
        Path built = options.root().resolve("target");
        List<String> command = java(options.jdk(), List.of());
        command.add(built.resolve("classes") + ":" + built.resolve("test-classes") + ":"
                + built.resolve("example-libraries") + "/*");
        command.add("io.gannet.examples.Hello");
        found.add(new Server("gannet-" + backend, command, List.of("BACKEND=" + backend), true,
                true));
    }

    private static List<String> java(Path jdk, List<String> flags) {
        List<String> command = new ArrayList<>();
        command.add(jdk.resolve("bin/java").toString());
        command.addAll(FLAGS);
        command.addAll(flags);
        command.add("-cp");
        return command;
    }

    /** It has no route of its own for a body: only what it answers from memory is compared. */
    private void nginx() throws IOException {
        Path folder = Files.createDirectories(options.out().resolve("nginx").toAbsolutePath());
        Path template = folder.resolve("nginx.conf");
        Files.writeString(template, String.join("\n",
                "daemon off; master_process off; worker_processes 1;",
                "pid " + folder + "/pid; error_log " + folder + "/error.log;",
                "events { worker_connections 20000; }",
                "http {",
                "  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;",
                "  client_body_temp_path " + folder + "; proxy_temp_path " + folder + ";",
                "  fastcgi_temp_path " + folder + "; uwsgi_temp_path " + folder + ";",
                "  scgi_temp_path " + folder + ";",
                "  server {",
                "    listen 127.0.0.1:PORT reuseport backlog=4096; default_type text/plain;",
                "    location = / { return 200 'Hello, World!'; }",
                "    location = /json { default_type application/json;",
                "      return 200 '{\"message\":\"Hello, World!\"}'; }",
                "    location ~ ^/users/(.*)$ { return 200 $1; }",
                "  }",
                "}", ""));
        found.add(new Server("nginx", List.of("sh", "-c", "sed \"s/PORT/$PORT/\" " + template
                + " > " + template + ".$PORT && exec " + options.nginx() + " -p " + folder + " -c "
                + template + ".$PORT"), List.of(), false, false));
    }
}
