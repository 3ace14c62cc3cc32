package io.gannet.internal.web;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Content types by the ending of a file's name. Immutable. */
public final class MimeTypes {
    /** For what is not known: browsers store it instead of guessing. */
    public static final String UNKNOWN = "application/octet-stream";

    /** A type, and the endings it goes by. */
    private static final String[] TEXTS = {
        "text/html; charset=utf-8 html htm shtml",
        "text/css; charset=utf-8 css",
        "text/javascript; charset=utf-8 js mjs cjs",
        "text/plain; charset=utf-8 txt text log conf ini properties diff patch",
        "text/markdown; charset=utf-8 md markdown",
        "text/csv; charset=utf-8 csv",
        "text/tab-separated-values; charset=utf-8 tsv",
        "text/calendar; charset=utf-8 ics",
        "text/vcard; charset=utf-8 vcf",
        "text/vtt; charset=utf-8 vtt",
        "text/x-c; charset=utf-8 c h cc cpp hpp",
        "text/x-java-source; charset=utf-8 java",
        "text/x-python; charset=utf-8 py",
        "text/x-shellscript; charset=utf-8 sh",
        "text/x-component; charset=utf-8 htc",
        "application/json json map",
        "application/ld+json jsonld",
        "application/geo+json geojson",
        "application/manifest+json webmanifest",
        "application/schema+json jsonschema",
        "application/x-ndjson ndjson jsonl",
        "application/xml xml xsd xsl",
        "application/xslt+xml xslt",
        "application/xhtml+xml xhtml",
        "application/atom+xml atom",
        "application/rss+xml rss",
        "application/yaml yaml yml",
        "application/toml toml",
        "application/sql sql",
    };

    private static final String[] DOCUMENTS = {
        "application/wasm wasm",
        "application/pdf pdf",
        "application/rtf rtf",
        "application/postscript ps eps ai",
        "application/epub+zip epub",
        "application/zip zip",
        "application/gzip gz tgz",
        "application/zstd zst",
        "application/x-brotli br",
        "application/x-bzip2 bz2",
        "application/x-xz xz",
        "application/x-tar tar",
        "application/x-7z-compressed 7z",
        "application/vnd.rar rar",
        "application/java-archive jar war ear",
        "application/java-vm class",
        "application/vnd.android.package-archive apk",
        "application/vnd.debian.binary-package deb",
        "application/x-rpm rpm",
        "application/x-apple-diskimage dmg",
        "application/x-iso9660-image iso",
        "application/vnd.microsoft.portable-executable exe dll",
        "application/x-msi msi",
        "application/msword doc",
        "application/vnd.ms-excel xls",
        "application/vnd.ms-powerpoint ppt",
        "application/vnd.ms-fontobject eot",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation pptx",
        "application/vnd.oasis.opendocument.text odt",
        "application/vnd.oasis.opendocument.spreadsheet ods",
        "application/vnd.oasis.opendocument.presentation odp",
        "application/vnd.google-earth.kml+xml kml",
        "application/vnd.google-earth.kmz kmz",
        "application/vnd.apple.mpegurl m3u8",
        "application/dash+xml mpd",
        "application/x-x509-ca-cert der pem crt",
        "application/pgp-signature asc sig",
    };

    private static final String[] MEDIA = {
        "font/woff2 woff2",
        "font/woff woff",
        "font/ttf ttf",
        "font/otf otf",
        "font/collection ttc",
        "image/png png",
        "image/jpeg jpg jpeg jpe",
        "image/gif gif",
        "image/webp webp",
        "image/avif avif",
        "image/heic heic",
        "image/jxl jxl",
        "image/apng apng",
        "image/svg+xml svg",
        "image/x-icon ico",
        "image/bmp bmp",
        "image/tiff tif tiff",
        "image/vnd.adobe.photoshop psd",
        "audio/mpeg mp3",
        "audio/mp4 m4a",
        "audio/aac aac",
        "audio/ogg ogg oga opus",
        "audio/flac flac",
        "audio/wav wav",
        "audio/webm weba",
        "audio/midi mid midi",
        "video/mp4 mp4 m4v",
        "video/webm webm",
        "video/ogg ogv",
        "video/mpeg mpeg mpg",
        "video/quicktime mov",
        "video/x-matroska mkv",
        "video/x-msvideo avi",
        "video/mp2t ts",
        "video/3gpp 3gp",
        "model/gltf+json gltf",
        "model/gltf-binary glb",
    };

    private static final Map<String, String> KNOWN = known();

    private MimeTypes() {}

    private static Map<String, String> known() {
        Map<String, String> known = new HashMap<>();
        add(known, TEXTS);
        add(known, DOCUMENTS);
        add(known, MEDIA);
        return known;
    }

    private static void add(Map<String, String> known, String[] rows) {
        for (String row : rows) {
            int charset = row.indexOf("; ");
            int end = row.indexOf(' ', charset < 0 ? 0 : charset + 2);
            String type = row.substring(0, end);
            for (String extension : row.substring(end + 1).split(" ", -1)) {
                known.put(extension, type);
            }
        }
    }

    /**
     * The type of a file.
     *
     * @param extension what {@link #extension} gave
     * @return the type, with the charset of a text, or {@link #UNKNOWN}
     */
    public static String of(String extension) {
        return KNOWN.getOrDefault(extension, UNKNOWN);
    }

    /**
     * The ending of a name.
     *
     * @param path a name, maybe behind folders
     * @return what follows its last dot, in lower case; empty when there is none
     */
    public static String extension(String path) {
        int dot = path.lastIndexOf('.');
        return dot < 0 || path.indexOf('/', dot) >= 0
                ? ""
                : path.substring(dot + 1).toLowerCase(Locale.ROOT);
    }
}
