#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include "../base/err.h"

enum {
    LINKS_MAX = 40, /* as many as Linux follows on its way to a file */
    DEPTH_MAX = 64, /* folders below the root that the walk goes down */
    PATH_ROOM = 4096,
    RACES_MAX = 8,
};

/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
static const int FILE_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

/* To go through a folder takes no right to list it, where the system can tell. */
#if defined(O_PATH)
static const int FOLDER_FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC;
#elif defined(O_SEARCH)
static const int FOLDER_FLAGS = O_SEARCH | O_DIRECTORY | O_CLOEXEC;
#else
static const int FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif

/* Keep a descriptor that is a regular file, and close every other. */
static int look(int fd, struct gn_file_info *info) {
    struct stat st;
    int rc = fstat(fd, &st) < 0    ? -errno
             : S_ISREG(st.st_mode) ? 0
             : S_ISDIR(st.st_mode) ? -EISDIR
                                   : GN_ENOTFILE;
    if (rc < 0) {
        close(fd);
        return rc;
    }
    info->size = (uint64_t)st.st_size;
    info->inode = (uint64_t)st.st_ino;
#if defined(__APPLE__)
    info->mtime_s = st.st_mtimespec.tv_sec;
    info->mtime_ns = st.st_mtimespec.tv_nsec;
#else
    info->mtime_s = st.st_mtim.tv_sec;
    info->mtime_ns = st.st_mtim.tv_nsec;
#endif
    return fd;
}

int gn_file_open(const char *path, struct gn_file_info *info) {
    int fd = open(path, FILE_FLAGS);
    return fd < 0 ? -errno : look(fd, info);
}

/* Whether a path goes down only. Not left to the kernel: it would resolve "a/../b" as well. */
static bool goes_down(const char *path) {
    const char *at = path;
    while (true) {
        size_t len = strcspn(at, "/");
        bool dots = at[0] == '.' && (len == 1 || (len == 2 && at[1] == '.'));
        if (len == 0 || dots) return false;
        if (at[len] == '\0') return true;
        at += len + 1;
    }
}

/* ---- by openat2 ---- */

#if defined(SYS_openat2)
/* As in linux/openat2.h, which C libraries older than the kernel do not bring. */
struct open_how {
    uint64_t flags, mode, resolve;
};

enum { NO_MAGICLINKS = 0x02, NO_SYMLINKS = 0x04, BENEATH = 0x08 };

static int open_resolved(int root, const char *path, unsigned flags) {
    struct open_how how = {
        .flags = (unsigned)FILE_FLAGS,
        .resolve = BENEATH | NO_MAGICLINKS | (flags & GN_FILE_LINKS ? 0u : NO_SYMLINKS),
    };
    long fd;
    int races = 0;
    /* EAGAIN: a rename elsewhere kept the kernel from knowing whether ".." of a link stays inside.
     * The descriptor itself may answer it too, for a file with a lease. */
    do
        fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++races < RACES_MAX)));
    return fd < 0 ? -errno : (int)fd;
}
#else
static int open_resolved(int root, const char *path, unsigned flags) {
    (void)root;
    (void)path;
    (void)flags;
    return -ENOSYS;
}
#endif

/* ---- by walking ---- */

struct walk {
    unsigned flags;
    int links;
    int depth;
    int folders[DEPTH_MAX]; /* those gone through, so that ".." is where we came from */
    size_t at;              /* what is left of the path begins here */
    char path[PATH_ROOM];
};

/* Put the text of a link in the place of what is left, before its rest. */
static int insert(struct walk *walk, const char *text, size_t len, const char *rest) {
    size_t rest_len = strlen(rest);
    if (len + 1 + rest_len >= PATH_ROOM) return -ENAMETOOLONG;
    memmove(walk->path + len + 1, rest, rest_len + 1);
    memcpy(walk->path, text, len);
    walk->path[len] = rest_len > 0 ? '/' : '\0';
    walk->at = 0;
    return 0;
}

/* `name` could not be opened with `rc`: go on where it leads if it is a link. */
static int follow(struct walk *walk, int from, const char *name, const char *rest, int rc) {
    char text[PATH_ROOM];
    if (!(walk->flags & GN_FILE_LINKS)) return rc;
    ssize_t len = readlinkat(from, name, text, sizeof text);
    if (len < 0) return rc;
    if ((size_t)len == sizeof text) return -ENAMETOOLONG;
    if (++walk->links > LINKS_MAX) return -ELOOP;
    return len > 0 && text[0] == '/' ? -EXDEV : insert(walk, text, (size_t)len, rest);
}

static int enter(struct walk *walk, int from, const char *name, const char *rest) {
    if (walk->depth == DEPTH_MAX) return -ENAMETOOLONG;
    int fd = openat(from, name, FOLDER_FLAGS | O_NOFOLLOW);
    if (fd < 0) return follow(walk, from, name, rest, -errno);
    walk->folders[walk->depth++] = fd;
    return 0;
}

static int leave(struct walk *walk) {
    if (walk->depth == 0) return -EXDEV;
    close(walk->folders[--walk->depth]);
    return 0;
}

/* One component; a descriptor when it was the last, `more` else. */
static int step(struct walk *walk, int root, bool *more) {
    char *name = walk->path + walk->at;
    size_t len = strcspn(name, "/");
    bool last = name[len] == '\0';
    char *rest = name + len + (last ? 0 : 1);
    int from = walk->depth > 0 ? walk->folders[walk->depth - 1] : root;
    name[len] = '\0';
    walk->at = (size_t)(rest - walk->path);
    *more = true;
    if (last && len == 0) return -EISDIR;
    if (len == 0 || (len == 1 && name[0] == '.')) return 0;
    if (len == 2 && name[0] == '.' && name[1] == '.') return leave(walk);
    if (!last) return enter(walk, from, name, rest);
    int fd = openat(from, name, FILE_FLAGS | O_NOFOLLOW);
    if (fd < 0) return follow(walk, from, name, rest, -errno);
    *more = false;
    return fd;
}

static int open_walking(int root, const char *path, unsigned flags) {
    struct walk walk;
    bool more = true;
    int rc = 0;
    size_t len = strlen(path);
    if (len >= PATH_ROOM) return -ENAMETOOLONG;
    walk.flags = flags;
    walk.links = walk.depth = 0;
    walk.at = 0;
    memcpy(walk.path, path, len + 1);
    while (more && rc >= 0)
        rc = step(&walk, root, &more);
    while (walk.depth > 0)
        close(walk.folders[--walk.depth]);
    return rc;
}

/* ---- both ---- */

int gn_file_open_beneath(const char *root, const char *path, unsigned flags,
                         struct gn_file_info *info) {
    if (!goes_down(path)) return -EXDEV;
    int folder = open(root, FOLDER_FLAGS);
    if (folder < 0) return -errno;
    int rc = flags & GN_FILE_WALK ? -ENOSYS : open_resolved(folder, path, flags);
    /* Filters of system calls answer EPERM to what they do not know. */
    if (rc == -ENOSYS || rc == -EPERM) rc = open_walking(folder, path, flags);
    close(folder);
    return rc < 0 ? rc : look(rc, info);
}

int gn_file_read(int fd, void *to, size_t len, uint64_t offset) {
    size_t done = 0;
    if (offset > INT64_MAX - len) return -EOVERFLOW;
    while (done < len) {
        ssize_t n = pread(fd, (char *)to + done, len - done, (off_t)(offset + done));
        if (n == 0) return GN_ETRUNCATED;
        if (n < 0 && errno != EINTR) return -errno;
        if (n > 0) done += (size_t)n;
    }
    return 0;
}
