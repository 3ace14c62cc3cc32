package io.gannet.http;

import io.gannet.NetException;
import io.gannet.internal.FileFolder;
import io.gannet.internal.FileHandle;
import io.gannet.internal.route.PathText;
import io.gannet.internal.web.AcceptEncoding;
import io.gannet.internal.web.FilePaths;
import io.gannet.internal.web.MimeTypes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Serves the files of a folder, usually mounted under a prefix: {@code mount("/static",
 * HttpFiles.of(root))}. The path of a file is what stands behind the prefix, or takes the place of
 * a parameter for the rest; without such a route it is the whole path. Nothing outside the folder
 * can be reached, whatever a path says and whatever is linked or renamed meanwhile; the system
 * itself sees to that. Folders are not listed.
 *
 * <p>GET and HEAD are answered with ETag and Last-Modified, and as their conditions and ranges say.
 * The kernel sends files by itself: they take no heap and no thread, and each one that is on its
 * way takes one descriptor. Opening and reading small files may wait for a disk; that happens on
 * the loop thread, unless the handler runs elsewhere.
 *
 * <p>What is not there, and what may not be seen, throws {@link HttpException} with status 404. A
 * response belongs to its request, and can be sent once. Safe from any thread.
 */
public final class HttpFiles implements HttpHandler {
    /** Of what is compressed beforehand, the smaller first, with the endings of the files. */
    private static final List<String> CODINGS = List.of("br", "gzip");
    private static final Map<String, String> ENDINGS = Map.of("br", ".br", "gzip", ".gz");

    private final FileFolder folder;
    private final byte[] index;
    private final boolean hidden;
    private final boolean precompressed;
    private final String cacheControl;
    private final Map<String, String> types;
    /** Responses without a file, by content type and coding. As many as there are types. */
    private final Map<String, HttpResponse> bases = new ConcurrentHashMap<>();

    private HttpFiles(Builder from) {
        this.folder = new FileFolder(from.root, from.links);
        this.index = from.index.getBytes(StandardCharsets.UTF_8);
        this.hidden = from.hidden;
        this.precompressed = from.precompressed;
        this.cacheControl = from.cacheControl;
        this.types = Map.copyOf(from.types);
    }

    /**
     * Serves a folder with the defaults of {@link Builder}.
     *
     * @param root the folder; symbolic links on the way to it are followed, each time
     * @return the handler
     * @throws NetException when there is no such folder
     */
    public static HttpFiles of(Path root) {
        return builder(root).build();
    }

    /**
     * Starts from the defaults.
     *
     * @param root the folder; symbolic links on the way to it are followed, each time
     * @return a new builder
     */
    public static Builder builder(Path root) {
        return new Builder(root);
    }

    @Override
    public HttpResponse handle(HttpRequest request) {
        String method = request.method();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return otherMethod(method);
        }
        Exchange exchange = (Exchange) request;
        String path = pathOf(exchange);
        byte[] name = new byte[FilePaths.roomFor(path) + index.length + 4];
        int length = FilePaths.encode(path, hidden, name);
        if (length < 0) {
            throw new HttpException(404);
        }
        if (length == 0 && !isFolder(exchange)) {
            return toFolder(request, name, 0);
        }
        if (length == 0 || name[length - 1] == '/') {
            length = addIndex(name, length);
        }
        Found found = find(request, name, length);
        if (found.file.isOpen()) {
            return answer(exchange, found, base(name, length, found.coding));
        }
        if (found.file == FileHandle.FOLDER) {
            return toFolder(request, name, length);
        }
        throw new HttpException(404);
    }

    /** A file, and how it is compressed. */
    private record Found(FileHandle file, String coding) {}

    private static HttpResponse otherMethod(String method) {
        if (method.equals("OPTIONS")) {
            return HttpResponse.status(204).withHeader("Allow", "GET, HEAD, OPTIONS");
        }
        throw new HttpException(405, "files can be read only")
                .header("Allow", "GET, HEAD, OPTIONS");
    }

    /** The path in its normal form, from where the files begin. */
    private static String pathOf(Exchange exchange) {
        Route route = exchange.route;
        String path = route != null
                ? route.rest(exchange.routePath)
                : PathText.normal(exchange.path());
        if (path == null) {
            throw new HttpException(400, "the path is not UTF-8");
        }
        boolean whole = route == null || !route.hasRest();
        return whole && path.startsWith("/") ? path.substring(1) : path;
    }

    /** Whether the path of the root was asked for with its slash. */
    private static boolean isFolder(Exchange exchange) {
        return exchange.route == null || exchange.routePath.endsWith("/");
    }

    private int addIndex(byte[] name, int length) {
        if (index.length == 0) {
            throw new HttpException(404);
        }
        System.arraycopy(index, 0, name, length, index.length);
        return length + index.length;
    }

    private Found find(HttpRequest request, byte[] name, int length) {
        if (precompressed) {
            List<String> accepted = request.headers().all("Accept-Encoding");
            if (!accepted.isEmpty()) {
                Found found = findCompressed(AcceptEncoding.parse(accepted), name, length);
                if (found != null) {
                    return found;
                }
            }
        }
        return new Found(folder.open(name, length), AcceptEncoding.IDENTITY);
    }

    private @Nullable Found findCompressed(AcceptEncoding accept, byte[] name, int length) {
        List<String> left = new ArrayList<>(CODINGS);
        while (true) {
            String coding = accept.best(left);
            String ending = ENDINGS.get(coding);
            if (ending == null) {
                return null;
            }
            name[length] = '.';
            name[length + 1] = (byte) ending.charAt(1);
            name[length + 2] = (byte) ending.charAt(2);
            FileHandle file = folder.open(name, length + 3);
            if (file.isOpen()) {
                return new Found(file, coding);
            }
            left.remove(coding);
        }
    }

    private static HttpResponse answer(Exchange request, Found found, HttpResponse base) {
        try {
            HttpResponse response = FileAnswer.of(request, found.file, base);
            if (response.producer instanceof FileBody body) {
                request.own(body);
            }
            return response;
        } catch (RuntimeException e) {
            found.file.close();
            throw e;
        }
    }

    /** What is the same for all files of one type. */
    private HttpResponse base(byte[] name, int length, String coding) {
        String extension = MimeTypes.extension(
                new String(name, 0, length, StandardCharsets.ISO_8859_1));
        String own = types.get(extension);
        String type = own != null ? own : MimeTypes.of(extension);
        String key = coding.equals(AcceptEncoding.IDENTITY) ? type : coding + " " + type;
        HttpResponse base = bases.get(key);
        if (base == null) {
            base = base(type, coding);
            bases.put(key, base);
        }
        return base;
    }

    private HttpResponse base(String type, String coding) {
        HttpResponseBuilder base = HttpResponse.builder().header("Content-Type", type);
        if (!coding.equals(AcceptEncoding.IDENTITY)) {
            base.header("Content-Encoding", coding);
        }
        if (precompressed) {
            base.header("Vary", "Accept-Encoding");
        }
        if (!cacheControl.isEmpty()) {
            base.header("Cache-Control", cacheControl);
        }
        return base.build();
    }

    /** A folder that was asked for as a file, if there is something to show in it. */
    private HttpResponse toFolder(HttpRequest request, byte[] name, int length) {
        byte[] longer = new byte[length + 1 + index.length];
        System.arraycopy(name, 0, longer, 0, length);
        longer[length] = '/';
        FileHandle file = folder.open(longer, addIndex(longer, length == 0 ? 0 : length + 1));
        String path = request.path();
        /* What begins with two slashes would be another server, RFC 3986 §4.2. */
        if (!file.isOpen() || path.startsWith("//") || path.startsWith("/\\")) {
            throw new HttpException(404);
        }
        file.close();
        String query = request.query();
        String to = path + "/" + (query.isEmpty() ? "" : "?" + query);
        return HttpResponse.status(301).withHeader("Location", to);
    }

    /** Collects how files are served. Not thread safe. */
    public static final class Builder {
        private final Path root;
        private final Map<String, String> types = new HashMap<>();
        private String index = "index.html";
        private String cacheControl = "";
        private boolean links;
        private boolean hidden;
        private boolean precompressed;

        Builder(Path root) {
            this.root = Objects.requireNonNull(root, "root");
        }

        /**
         * The file to answer with when a folder is asked for. Default {@code index.html}. A path
         * without its last slash is redirected.
         *
         * @param name of the file; empty for none
         * @return this
         */
        public Builder index(String name) {
            if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0 || name.equals(".")
                    || name.equals("..")) {
                throw new IllegalArgumentException("not the name of a file: " + name);
            }
            index = name;
            return this;
        }

        /**
         * Whether to look for {@code name.br} and {@code name.gz} beside each file, and to send
         * them to clients that can decode them. Default false.
         *
         * @param value true to do so
         * @return this
         */
        public Builder precompressed(boolean value) {
            precompressed = value;
            return this;
        }

        /**
         * Whether to follow symbolic links that lead to something in the folder; others never are.
         * Default false: links are not there.
         *
         * @param value true to do so
         * @return this
         */
        public Builder followLinks(boolean value) {
            links = value;
            return this;
        }

        /**
         * Whether to serve files and folders whose names begin with a dot. Default false: they are
         * not there.
         *
         * @param value true to do so
         * @return this
         */
        public Builder dotFiles(boolean value) {
            hidden = value;
            return this;
        }

        /**
         * A Cache-Control for all files. Default none.
         *
         * @param value as {@code max-age=3600}; empty for none
         * @return this
         */
        public Builder cacheControl(String value) {
            Lines.checkValue("Cache-Control", value);
            cacheControl = value;
            return this;
        }

        /**
         * Adds a content type, or replaces one of those that are known.
         *
         * @param extension as {@code md}, without a dot
         * @param contentType as {@code text/markdown; charset=utf-8}
         * @return this
         */
        public Builder type(String extension, String contentType) {
            if (extension.isEmpty() || extension.indexOf('.') >= 0
                    || extension.indexOf('/') >= 0 || contentType.isEmpty()) {
                throw new IllegalArgumentException(
                        "not an extension and a type: " + extension + ", " + contentType);
            }
            Lines.checkValue("Content-Type", contentType);
            types.put(extension.toLowerCase(Locale.ROOT), contentType);
            return this;
        }

        /**
         * Makes the handler.
         *
         * @return the handler
         * @throws NetException when there is no such folder
         */
        public HttpFiles build() {
            if (!Files.isDirectory(root)) {
                throw new NetException("ENOTDIR", "serve files", root + ": is not a directory");
            }
            return new HttpFiles(this);
        }
    }
}
