/* stat, lstat and fstat, straight to the kernel: for the cross-builds with glibc only.
 *
 * A glibc before 2.33 has none of the three in libc.so.6; a static part, linked into each library,
 * makes them from others. The one that zig brings keeps an errno of its own there, so that callers
 * saw the errno of some earlier call. On the 64-bit processors that Gannet is built for the kernel
 * and libc agree on struct stat. Nobody calls this file by name; sock.c gets it by linking.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(long) == 8, "the kernel's struct stat is another one on 32 bits");

int stat(const char *path, struct stat *out) {
    return (int)syscall(SYS_newfstatat, AT_FDCWD, path, out, 0);
}

int lstat(const char *path, struct stat *out) {
    return (int)syscall(SYS_newfstatat, AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}

int fstat(int fd, struct stat *out) { return (int)syscall(SYS_fstat, fd, out); }
