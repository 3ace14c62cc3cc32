/**
 * Gannet: networking for the JVM on native event loops, io_uring, epoll or kqueue, chosen at run
 * time, and an HTTP server on top.
 *
 * <p>The native library lies inside the jar and is loaded when it is first needed. Since JDK 24 the
 * JVM warns about native code unless the command line allows it: {@code
 * --enable-native-access=io.gannet} on the module path, {@code --enable-native-access=ALL-UNNAMED}
 * on the class path.
 */
@SuppressWarnings("requires-automatic") /* Micrometer's jar names its module, and no more */
module io.gannet {
    /* Not transitive: a user's module would have to have it to compile. */
    requires static org.jspecify;
    /* For JSON, where it is on the path. */
    requires static com.fasterxml.jackson.databind;
    /* For events, where the JVM has it. */
    requires static jdk.jfr;
    /* For meters, where it is on the path. */
    requires static micrometer.core;

    /* For signals. */
    requires jdk.unsupported;

    exports io.gannet;
    exports io.gannet.http;
    exports io.gannet.http.filter;
    exports io.gannet.micrometer;

    uses io.gannet.http.JsonCodec;
}
