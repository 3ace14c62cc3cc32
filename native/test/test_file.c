/* Files beneath a folder, by openat2 and by walking. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../base/err.h"
#include "../io/file.h"

/* A folder `root` with a `secret` beside it, and the way files are opened in it. */
struct place {
    unsigned way;
    int before; /* open descriptors */
    char base[64], root[80];
};

static int descriptors(void) {
    int count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static char *in(const struct place *place, const char *path) {
    static char full[8][8192];
    static int next;
    char *text = full[next++ % 8];
    assert_true(snprintf(text, sizeof full[0], "%s/%s", place->root, path) < 8192);
    return text;
}

static void put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static struct place *place_new(void **state, unsigned way) {
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    place->way = way;
    strcpy(place->base, "/tmp/gannet-file-XXXXXX");
    assert_non_null(mkdtemp(place->base));
    snprintf(place->root, sizeof place->root, "%s/root", place->base);
    assert_int_equal(mkdir(place->root, 0755), 0);
    put(in(place, "../secret"), "secret");
    put(in(place, "top"), "top");
    assert_int_equal(mkdir(in(place, "a"), 0755), 0);
    assert_int_equal(mkdir(in(place, "a/b"), 0755), 0);
    put(in(place, "a/b/deep"), "deep!");
    place->before = descriptors();
    *state = place;
    return place;
}

static int set_up_kernel(void **state) {
    place_new(state, 0);
    return 0;
}

static int set_up_walk(void **state) {
    place_new(state, GN_FILE_WALK);
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    char command[160];
    int left = descriptors();
    int before = place->before;
    snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", place->base, place->base);
    int rc = system(command);
    free(place);
    return rc == 0 && left == before ? 0 : -1;
}

/* Open in the place; what was opened is read, compared with `text` and closed. */
static int open_in(const struct place *place, const char *path, unsigned flags, const char *text) {
    struct gn_file_info info;
    char data[64];
    int fd = gn_file_open_beneath(place->root, path, place->way | flags, &info);
    if (fd < 0) return fd;
    assert_int_equal(info.size, strlen(text));
    assert_int_equal(gn_file_read(fd, data, info.size, 0), 0);
    assert_memory_equal(data, text, strlen(text));
    close(fd);
    return 0;
}

static void files_and_what_tells_their_version_are_found(void **state) {
    const struct place *place = *state;
    struct timespec times[2] = {{1, 0}, {1000000000, 123456789}};
    struct gn_file_info info;
    struct stat st;
    assert_int_equal(open_in(place, "top", 0, "top"), 0);
    assert_int_equal(open_in(place, "a/b/deep", 0, "deep!"), 0);
    assert_int_equal(utimensat(AT_FDCWD, in(place, "top"), times, 0), 0);
    assert_int_equal(stat(in(place, "top"), &st), 0);
    int fd = gn_file_open_beneath(place->root, "top", place->way, &info);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(info.size, 3);
    assert_int_equal(info.inode, st.st_ino);
    assert_int_equal(info.mtime_s, 1000000000);
    assert_int_equal(info.mtime_ns, 123456789);
    close(fd);
}

static void what_is_missing_or_no_file_is_told_apart(void **state) {
    const struct place *place = *state;
    assert_int_equal(open_in(place, "no", 0, ""), -ENOENT);
    assert_int_equal(open_in(place, "no/no", 0, ""), -ENOENT);
    assert_int_equal(open_in(place, "top/no", 0, ""), -ENOTDIR);
    assert_int_equal(open_in(place, "a", 0, ""), -EISDIR);
    assert_int_equal(open_in(place, "a/b", 0, ""), -EISDIR);
    struct gn_file_info info;
    assert_int_equal(gn_file_open_beneath(in(place, "no"), "top", place->way, &info), -ENOENT);
    assert_int_equal(gn_file_open_beneath(in(place, "top"), "top", place->way, &info), -ENOTDIR);
}

static void paths_that_do_not_go_down_are_refused(void **state) {
    const struct place *place = *state;
    static const char *const paths[] = {
        "",         "/",    "/etc/passwd", "..",     "../secret",  "a/../../secret",
        "a/../top", ".",    "./top",       "a/.",    "a/..",       "a//b/deep",
        "a/",       "top/", "//",          "a/b/..", "a/./b/deep", "../root/top"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(open_in(place, paths[i], 0, ""), -EXDEV);
        assert_int_equal(open_in(place, paths[i], GN_FILE_LINKS, ""), -EXDEV);
    }
}

static void names_that_only_look_like_dots_are_files(void **state) {
    const struct place *place = *state;
    put(in(place, "..."), "three");
    put(in(place, "..a"), "dots a");
    put(in(place, ".hidden"), "hidden");
    assert_int_equal(open_in(place, "...", 0, "three"), 0);
    assert_int_equal(open_in(place, "..a", 0, "dots a"), 0);
    assert_int_equal(open_in(place, ".hidden", 0, "hidden"), 0);
}

static void links_are_refused_wherever_they_lead(void **state) {
    const struct place *place = *state;
    assert_int_equal(symlink("top", in(place, "inside")), 0);
    assert_int_equal(symlink("a", in(place, "folder")), 0);
    assert_int_equal(symlink("../secret", in(place, "outside")), 0);
    assert_int_equal(symlink("/etc/passwd", in(place, "absolute")), 0);
    static const char *const paths[] = {"inside", "folder/b/deep", "outside", "absolute"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int rc = open_in(place, paths[i], 0, "");
        assert_true(rc == -ELOOP || rc == -ENOTDIR);
    }
}

static void links_that_stay_inside_may_be_followed(void **state) {
    const struct place *place = *state;
    assert_int_equal(symlink("top", in(place, "inside")), 0);
    assert_int_equal(symlink("inside", in(place, "twice")), 0);
    assert_int_equal(symlink("a", in(place, "folder")), 0);
    assert_int_equal(symlink("../top", in(place, "a/up")), 0);
    assert_int_equal(symlink("../../folder/./b//deep", in(place, "a/b/around")), 0);
    assert_int_equal(symlink("b/../../a/b/deep", in(place, "a/zigzag")), 0);
    assert_int_equal(open_in(place, "inside", GN_FILE_LINKS, "top"), 0);
    assert_int_equal(open_in(place, "twice", GN_FILE_LINKS, "top"), 0);
    assert_int_equal(open_in(place, "folder/b/deep", GN_FILE_LINKS, "deep!"), 0);
    assert_int_equal(open_in(place, "folder/up", GN_FILE_LINKS, "top"), 0);
    assert_int_equal(open_in(place, "folder/b/around", GN_FILE_LINKS, "deep!"), 0);
    assert_int_equal(open_in(place, "folder/zigzag", GN_FILE_LINKS, "deep!"), 0);
    assert_int_equal(open_in(place, "folder", GN_FILE_LINKS, ""), -EISDIR);
}

static void links_that_leave_are_never_followed(void **state) {
    const struct place *place = *state;
    assert_int_equal(symlink("../secret", in(place, "outside")), 0);
    assert_int_equal(symlink("..", in(place, "parent")), 0);
    assert_int_equal(symlink("../../secret", in(place, "a/outside")), 0);
    assert_int_equal(symlink("../root/top", in(place, "out-and-in")), 0);
    assert_int_equal(symlink(in(place, "top"), in(place, "absolute")), 0);
    assert_int_equal(symlink("/", in(place, "a/slash")), 0);
    static const char *const paths[] = {"outside",    "parent/secret", "a/outside",
                                        "out-and-in", "absolute",      "a/slash/etc/passwd"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(open_in(place, paths[i], GN_FILE_LINKS, ""), -EXDEV);
    }
}

static void links_in_a_circle_end(void **state) {
    const struct place *place = *state;
    assert_int_equal(symlink("two", in(place, "one")), 0);
    assert_int_equal(symlink("one", in(place, "two")), 0);
    assert_int_equal(symlink("grow/grow", in(place, "grow")), 0);
    assert_int_equal(open_in(place, "one", GN_FILE_LINKS, ""), -ELOOP);
    assert_int_equal(open_in(place, "grow", GN_FILE_LINKS, ""), -ELOOP);
    assert_int_equal(symlink("no", in(place, "broken")), 0);
    assert_int_equal(open_in(place, "broken", GN_FILE_LINKS, ""), -ENOENT);
    assert_int_equal(symlink("top/", in(place, "slashed")), 0);
    assert_true(open_in(place, "slashed", GN_FILE_LINKS, "") < 0);
    assert_int_equal(symlink("a/..", in(place, "back")), 0);
    assert_int_equal(open_in(place, "back", GN_FILE_LINKS, ""), -EISDIR);
}

static void what_is_no_regular_file_is_refused_without_waiting(void **state) {
    const struct place *place = *state;
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    assert_int_equal(mkfifo(in(place, "fifo"), 0644), 0);
    assert_int_equal(open_in(place, "fifo", 0, ""), GN_ENOTFILE);
    strcpy(un.sun_path, in(place, "socket"));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof un), 0);
    close(fd);
    assert_int_equal(open_in(place, "socket", 0, ""), -ENXIO);
    struct gn_file_info info;
    assert_int_equal(gn_file_open("/dev/null", &info), GN_ENOTFILE);
    assert_int_equal(gn_file_open(in(place, "fifo"), &info), GN_ENOTFILE);
    assert_int_equal(gn_file_open(place->root, &info), -EISDIR);
    assert_int_equal(gn_file_open(in(place, "no"), &info), -ENOENT);
}

static void long_and_deep_paths_have_an_end(void **state) {
    const struct place *place = *state;
    char path[5000], deep[5000];
    memset(path, 'x', sizeof path);
    path[256] = '\0';
    assert_int_equal(open_in(place, path, 0, ""), -ENAMETOOLONG);
    for (size_t i = 0; i < 2047; i++)
        memcpy(path + 2 * i, "x/", 2);
    strcpy(path + 4094, "x");
    assert_int_equal(open_in(place, path, 0, ""), -ENOENT);
    strcpy(path + 4094, "xx");
    assert_int_equal(open_in(place, path, 0, ""), -ENAMETOOLONG);
    /* The walk keeps a descriptor for each folder; the kernel's limit is that of the path. */
    size_t at = 0;
    for (int depth = 1; depth <= 65; depth++) {
        memcpy(deep + at, "d/", 3);
        at += 2;
        assert_int_equal(mkdir(in(place, deep), 0755), 0);
        strcpy(deep + at, "f");
        put(in(place, deep), "f");
        bool walks = place->way & GN_FILE_WALK;
        assert_int_equal(open_in(place, deep, 0, "f"), walks && depth > 64 ? -ENAMETOOLONG : 0);
    }
}

static void a_short_file_is_not_read_beyond_its_end(void **state) {
    const struct place *place = *state;
    struct gn_file_info info;
    char data[8] = "";
    int fd = gn_file_open(in(place, "a/b/deep"), &info);
    assert_int_equal(gn_file_read(fd, data, 3, 1), 0);
    assert_string_equal(data, "eep");
    assert_int_equal(gn_file_read(fd, data, 0, 100), 0);
    assert_int_equal(gn_file_read(fd, data, 5, 0), 0);
    assert_int_equal(gn_file_read(fd, data, 6, 0), GN_ETRUNCATED);
    assert_int_equal(gn_file_read(fd, data, 1, 5), GN_ETRUNCATED);
    assert_int_equal(gn_file_read(fd, data, 8, UINT64_MAX), -EOVERFLOW);
    assert_int_equal(gn_file_read(fd, data, 8, INT64_MAX), -EOVERFLOW);
    close(fd);
    assert_int_equal(gn_file_read(fd, data, 1, 0), -EBADF);
}

/* ---- who swaps a folder for a link ---- */

struct swapper {
    const struct place *place;
    atomic_bool stop;
};

/* Exchanges the folder `a` with a link to what lies outside, as fast as it can. */
static void *swap(void *arg) {
    struct swapper *swapper = arg;
    const char *folder = in(swapper->place, "a");
    const char *link = in(swapper->place, "evil");
    while (!atomic_load(&swapper->stop)) {
        /* RENAME_EXCHANGE */
        if (syscall(SYS_renameat2, AT_FDCWD, folder, AT_FDCWD, link, 2u) < 0) break;
    }
    return NULL;
}

static void a_link_swapped_in_at_the_wrong_moment_gives_nothing(void **state) {
    struct place *place = *state;
    struct swapper swapper = {.place = place};
    struct gn_file_info info;
    pthread_t thread;
    char text[8];
    int found = 0, refused = 0;
    assert_int_equal(mkdir(in(place, "../b"), 0755), 0);
    put(in(place, "../b/deep"), "SECRET");
    assert_int_equal(rename(in(place, "a/b/deep"), in(place, "a/deep")), 0);
    assert_int_equal(symlink("../b", in(place, "evil")), 0);
    assert_int_equal(pthread_create(&thread, NULL, swap, &swapper), 0);
    for (int i = 0; i < 200000 && (i < 20000 || found < 100 || refused < 100); i++) {
        unsigned flags = place->way | (i & 1 ? GN_FILE_LINKS : 0u);
        int fd = gn_file_open_beneath(place->root, "a/deep", flags, &info);
        if (fd < 0) {
            refused++;
            continue;
        }
        found++;
        assert_int_equal(info.size, 5);
        assert_int_equal(gn_file_read(fd, text, 5, 0), 0);
        assert_memory_equal(text, "deep!", 5);
        close(fd);
    }
    atomic_store(&swapper.stop, true);
    pthread_join(thread, NULL);
    assert_true(found > 0 && refused > 0);
}

static bool has_openat2(void) {
    long rc = syscall(437, AT_FDCWD, "/", NULL, 0);
    return rc >= 0 || (errno != ENOSYS && errno != EPERM);
}

#define BOTH(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, set_up_kernel, tear_down), {                             \
        "walk: " #test, test, set_up_walk, tear_down, NULL                                         \
    }

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(files_and_what_tells_their_version_are_found),
        BOTH(what_is_missing_or_no_file_is_told_apart),
        BOTH(paths_that_do_not_go_down_are_refused),
        BOTH(names_that_only_look_like_dots_are_files),
        BOTH(links_are_refused_wherever_they_lead),
        BOTH(links_that_stay_inside_may_be_followed),
        BOTH(links_that_leave_are_never_followed),
        BOTH(links_in_a_circle_end),
        BOTH(what_is_no_regular_file_is_refused_without_waiting),
        BOTH(long_and_deep_paths_have_an_end),
        BOTH(a_short_file_is_not_read_beyond_its_end),
        BOTH(a_link_swapped_in_at_the_wrong_moment_gives_nothing),
    };
    if (!has_openat2()) print_message("[  SKIPPED ] no openat2 here: both ways walk\n");
    return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
