/* Runs a program under a filter that refuses system calls, as containers do. For the Java tests on
 * Linux; never shipped.
 *
 * Usage: seccomp_exec ERROR CALL[,CALL...] PROGRAM [ARGUMENT...]
 *
 * ERROR is EPERM, ENOSYS or ENOMEM: what the calls fail with. Needs no privilege, and cannot be
 * undone by the program. Exits with 125 when the filter cannot be installed, with 127 when the
 * program cannot be run.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CALLS_MAX = 16, EXIT_FILTER = 125, EXIT_PROGRAM = 127 };

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#define OWN_ARCH 0u /* the filter matches nothing, and the tests are skipped */
#endif

struct name {
    const char *text;
    int number;
};

static const struct name errors[] = {{"EPERM", EPERM}, {"ENOSYS", ENOSYS}, {"ENOMEM", ENOMEM}};

static const struct name calls[] = {
    {"io_uring_setup", SYS_io_uring_setup},
    {"io_uring_enter", SYS_io_uring_enter},
    {"io_uring_register", SYS_io_uring_register},
    {"epoll_create1", SYS_epoll_create1},
    {"sched_setaffinity", SYS_sched_setaffinity},
    {"statx", SYS_statx},
#ifdef SYS_openat2
    {"openat2", SYS_openat2},
#endif
#ifdef SYS_faccessat2
    {"faccessat2", SYS_faccessat2},
#endif
#ifdef SYS_epoll_pwait2
    {"epoll_pwait2", SYS_epoll_pwait2},
#endif
};

/* The number that belongs to the first `len` bytes of `text`, -1 when there is none. */
static int find(const struct name *names, size_t count, const char *text, size_t len) {
    for (size_t i = 0; i < count; i++) {
        if (strlen(names[i].text) == len && strncmp(names[i].text, text, len) == 0) {
            return names[i].number;
        }
    }
    return -1;
}

static int complain(const char *what, const char *which) {
    fprintf(stderr, "seccomp_exec: %s: %s\n", what, which);
    return EXIT_FILTER;
}

/* Everything is allowed but the listed calls; those of a foreign architecture are too. */
static int install(const int *numbers, unsigned count, unsigned error) {
    struct sock_filter code[2 * CALLS_MAX + 4];
    unsigned short len = 0;
    code[len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                               offsetof(struct seccomp_data, arch));
    code[len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 0,
                                               (unsigned char)(2 * count + 1));
    code[len++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < count; i++) {
        code[len++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], 0, 1);
        code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
    }
    code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {len, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -errno;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0 ? -errno : 0;
}

int main(int argc, char **argv) {
    int numbers[CALLS_MAX];
    unsigned count = 0;
    if (argc < 4) return complain("usage", "ERROR CALL[,CALL...] PROGRAM [ARGUMENT...]");
    int error = find(errors, sizeof errors / sizeof *errors, argv[1], strlen(argv[1]));
    if (error < 0) return complain("unknown error", argv[1]);
    for (const char *name = argv[2]; *name != '\0';) {
        size_t len = strcspn(name, ",");
        int number = find(calls, sizeof calls / sizeof *calls, name, len);
        if (number < 0 || count == CALLS_MAX) return complain("unknown or one too many", name);
        numbers[count++] = number;
        name += name[len] == ',' ? len + 1 : len;
    }
    int rc = install(numbers, count, (unsigned)error);
    if (rc < 0) return complain("the filter cannot be installed", strerror(-rc));
    execvp(argv[3], argv + 3);
    complain("the program cannot be run", argv[3]);
    return EXIT_PROGRAM;
}
