/* Files to be sent: opening them, within a folder and nowhere else, and reading small ones.
 *
 * The kernel itself keeps a path inside its folder, so that nobody gains by swapping a folder for a
 * symbolic link at the right moment: openat2(2) where there is one, else a walk that opens one
 * component after the other and never follows a link unseen. What was opened is what is looked at
 * and what is sent; no path is used twice. It knows no sockets and no loop. Any thread.
 */
#ifndef GN_IO_FILE_H
#define GN_IO_FILE_H

#include <stddef.h>
#include <stdint.h>

/* What tells one version of a file from another. */
struct gn_file_info {
    uint64_t size;
    uint64_t inode;
    int64_t mtime_s;
    int64_t mtime_ns; /* within the second */
};

enum gn_file_flag {
    GN_FILE_LINKS = 1 << 0, /* follow symbolic links, as long as they stay in the folder */
    GN_FILE_WALK = 1 << 1,  /* as if the kernel had no openat2 */
};

/* Open a regular file by a path that the owner of the process vouches for.
 * Owns:   the caller owns the descriptor; borrows the rest.
 * Thread: any. It may wait for a disk.
 * Fails:  -errno; -EISDIR for a folder, GN_ENOTFILE for what else is no regular file. */
int gn_file_open(const char *path, struct gn_file_info *info);

/* Open a regular file by a path that a stranger chose, in the folder `root`. The path is relative
 * and has no empty component, no "." and no "..".
 * Owns:   the caller owns the descriptor; borrows the rest.
 * Thread: any. It may wait for a disk.
 * Fails:  as gn_file_open; -EXDEV when the path leads out of the folder, -ELOOP or -ENOTDIR when a
 *         symbolic link is not to be followed. */
int gn_file_open_beneath(const char *root, const char *path, unsigned flags,
                         struct gn_file_info *info);

/* Read exactly `len` bytes from `offset`.
 * Owns:   borrows everything.
 * Thread: any. It may wait for a disk.
 * Fails:  -errno; GN_ETRUNCATED when the file has become shorter. */
int gn_file_read(int fd, void *to, size_t len, uint64_t offset);

#endif
