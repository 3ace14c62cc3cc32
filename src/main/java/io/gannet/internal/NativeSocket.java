package io.gannet.internal;

import java.nio.ByteBuffer;

/**
 * Natives that need no loop: listening sockets, files, and the names of errors. Any thread.
 *
 * <p>Sockets are described in a direct buffer: an address, then options as longs.
 */
final class NativeSocket {
    /** Offsets in the buffer; the address has the layout of {@code struct gn_addr}. */
    static final int ADDRESS_FAMILY = 0;
    static final int ADDRESS_PATH_LEN = 1;
    static final int ADDRESS_PORT = 2;
    static final int ADDRESS_SCOPE = 4;
    static final int ADDRESS_IP = 8;
    static final int ADDRESS_PATH = 24;
    static final int ADDRESS_PATH_ROOM = 108;
    static final int OPTION_NO_DELAY = 136;
    static final int OPTION_KEEP_ALIVE = 144;
    static final int OPTION_REUSE_PORT = 152;
    static final int OPTION_V6_ONLY = 160;
    static final int OPTION_BACKLOG = 168;
    static final int OPTION_SEND_BUFFER = 176;
    static final int OPTION_RECEIVE_BUFFER = 184;
    static final int OPTION_FAST_OPEN = 192;
    static final int OPTION_DEFER_ACCEPT = 200;
    static final int OPTION_IDLE_MODE = 208;
    static final int OPTION_IDLE_MS = 216;
    static final int OPTION_CLOSE_MS = 224;
    /** Which file a Unix socket was bound to; from C, and back to it. */
    static final int FILE_DEVICE = 232;
    static final int FILE_INODE = 240;
    static final int PARAMS_BYTES = 248;

    static final int FAMILY_UNIX = 1;
    static final int FAMILY_V4 = 4;
    static final int FAMILY_V6 = 6;

    private NativeSocket() {}

    /** Opens a listening socket; returns the descriptor or a negative code. */
    static native int listen(ByteBuffer params);

    /** Fills in the address a socket is bound to. */
    static native int local(int fd, ByteBuffer params);

    /** Duplicates a descriptor. */
    static native int duplicate(int fd);

    /** Closes a descriptor that no loop has taken. */
    static native int close(int fd);

    /** Removes the file of a Unix socket if it is still the one that was bound. */
    static native int unlink(ByteBuffer params);

    /**
     * Opens a regular file for sending. The buffer holds the path, ended by a zero byte, and gets
     * the file's length as a long at 0.
     */
    static native int openFile(ByteBuffer path);

    /** The symbolic name of a code. */
    static native String errorName(int code);

    /** What a code means. */
    static native String errorText(int code);
}
