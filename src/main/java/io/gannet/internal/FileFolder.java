package io.gannet.internal;

import io.gannet.NetException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A folder in which files are opened by paths that strangers choose. The kernel keeps them inside,
 * whatever is renamed or linked meanwhile. Any thread.
 */
public final class FileFolder {
    /** The path, ended by a zero byte. */
    private final ByteBuffer path;
    private final int flags;

    /**
     * Names a folder. It is looked for each time a file is opened, so it may be replaced.
     *
     * @param root where it is
     * @param followLinks whether to follow symbolic links that stay inside
     */
    public FileFolder(Path root, boolean followLinks) {
        byte[] bytes = FileHandle.bytesOf(root.toAbsolutePath());
        this.path = ByteBuffer.allocateDirect(bytes.length + 1);
        path.put(0, bytes);
        this.flags = followLinks ? NativeFile.FOLLOW_LINKS : 0;
    }

    /**
     * Opens a file. It may wait for a disk.
     *
     * @param relative its path from here, in the bytes of the system; one that goes up is missing
     * @param length how many bytes of that
     * @return the file, {@link FileHandle#MISSING} or {@link FileHandle#FOLDER}
     * @throws NetException when the system fails, as {@code EMFILE}
     */
    public FileHandle open(byte[] relative, int length) {
        return FileHandle.open(path, relative, length, flags);
    }
}
