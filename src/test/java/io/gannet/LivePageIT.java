package io.gannet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page of the demo, as a browser shows it. */
@Timeout(180)
class LivePageIT {
    private static final String LISTENING = "listening on ";

    @Test
    void thePageShowsTheServerAtWork() throws Exception {
        Optional<String> program = Browser.installed();
        assumeTrue(program.isPresent(), "there is no Chromium on this machine");
        Map<String, String> environment =
                Map.of("PORT", "0", "LOOPS", "1", "HOST", "127.0.0.1");
        try (ChildJvm showcase = ChildJvm.launch("io.gannet.examples.Showcase", environment)) {
            String line = showcase.readLine();
            assertThat(line).startsWith(LISTENING);
            String url = "http://127.0.0.1:" + line.substring(LISTENING.length()) + "/live";
            try (Browser browser = Browser.open(program.get(), url)) {
                assertThat(browser.await(text("state"), "[a-z_]+: .+")).matches("[a-z_]+: .+");
                assertThat(browser.await(text("connections"), "[1-9][0-9]*"))
                        .matches("[1-9][0-9]*");
                assertThat(browser.evaluate("document.getElementById('load').click()"))
                        .isEqualTo("undefined");
                assertThat(browser.await(text("sent"), "[1-9][0-9]{2,} answered"))
                        .matches("[1-9][0-9]{2,} answered");
                assertThat(browser.await(text("rate"), "[1-9][0-9,]*")).matches("[1-9][0-9,]*");
                assertThat(browser.await(text("median"), "[0-9.]+ (µs|ms)"))
                        .matches("[0-9.]+ (µs|ms)");
                String curve = "document.getElementById('curve').points.length";
                assertThat(browser.await(curve, "[2-9]|[1-9][0-9]")).matches("[2-9]|[1-9][0-9]");
            }
        }
    }

    private static String text(String id) {
        return "(document.getElementById('" + id + "') || {}).textContent";
    }
}
