package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gannet.probe.EchoProbe;
import io.gannet.probe.HookProbe;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several copies of Gannet in one JVM, as in application servers and plug-ins. */
@Timeout(60)
class ClassLoaderIT {
    private static final Path GANNET = Path.of(JavaRun.home(NetServer.class));
    private static final Path TESTS = Path.of(JavaRun.home(EchoProbe.class));

    private static URLClassLoader isolated() throws Exception {
        return new URLClassLoader(new URL[] {GANNET.toUri().toURL(), TESTS.toUri().toURL()},
                ClassLoader.getPlatformClassLoader());
    }

    private static Object serveIn(ClassLoader loader, String probe, String text)
            throws Exception {
        try {
            return loader.loadClass(probe).getMethod("serve", String.class).invoke(null, text);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    @Test
    void twoCopiesServeBesideEachOther() throws Exception {
        String probe = EchoProbe.class.getName();
        try (URLClassLoader one = isolated();
                URLClassLoader two = isolated()) {
            assertThat(one.loadClass(probe)).isNotEqualTo(two.loadClass(probe));
            assertThat(serveIn(one, probe, "one")).isEqualTo("one");
            assertThat(serveIn(two, probe, "two")).isEqualTo("two");
            assertThat(serveIn(one, probe, "one again")).isEqualTo("one again");
        }
    }

    /** An application that is deployed again and again must not stay in memory. */
    @Test
    void aCopyGoesWithItsClassLoader() throws Exception {
        aCopyGoes(EchoProbe.class);
    }

    /** Signals and the flight recorder reach beyond the class loader. */
    @Test
    void aCopyThatHandledSignalsAndWasRecordedGoesToo() throws Exception {
        try (Recording recording = new Recording()) {
            recording.start();
            aCopyGoes(HookProbe.class);
        }
    }

    private static void aCopyGoes(Class<?> probe) throws Exception {
        WeakReference<ClassLoader> gone = serveAndForget(probe.getName());
        Soon.until(() -> {
            System.gc();
            return gone.get() == null;
        });
    }

    private static WeakReference<ClassLoader> serveAndForget(String probe) throws Exception {
        try (URLClassLoader loader = isolated()) {
            assertThat(serveIn(loader, probe, "once")).isEqualTo("once");
            return new WeakReference<>(loader);
        }
    }

    @Test
    void aRelocatedCopySaysSoAndDisturbsNoOther() throws Exception {
        try (Relocated relocated = new Relocated(GANNET, TESTS)) {
            Throwable failure = catchThrowable(() ->
                    serveIn(relocated, "shaded.io.gannet.probe.EchoProbe", "relocated"));
            assertThat(failure.getClass().getName()).isEqualTo("shaded.io.gannet.NetException");
            assertThat(failure).hasMessageContaining(
                    "relocated to the package shaded.io.gannet.internal")
                    .hasMessageContaining("leave Gannet's packages out");
            assertThat(EchoProbe.serve("plain")).isEqualTo("plain");
        }
    }
}
