package io.gannet.examples;

import io.gannet.http.HttpFiles;
import io.gannet.http.HttpServer;
import io.gannet.http.filter.AccessLog;
import java.nio.file.Path;

/**
 * A static site: serves the folder named by the first argument or STATIC_DIR, else the one it was
 * started in, and writes a line for each request.
 */
public final class Files {
    private Files() {}

    /**
     * Listens until the process is ended.
     *
     * @param args the folder
     */
    public static void main(String[] args) throws InterruptedException {
        String folder = args.length > 0 ? args[0] : Settings.text("STATIC_DIR", ".");
        Settings.serve(HttpServer.create(Settings.http())
                .filter(AccessLog.common())
                .mount("/", HttpFiles.of(Path.of(folder))));
    }
}
