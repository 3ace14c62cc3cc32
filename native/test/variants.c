/* The variants of the backends, and running cases on each: in one process, or at the same time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static const struct variant variants[] = {
    {"epoll", GN_EPOLL, 0},
    {"kqueue", GN_KQUEUE, 0},
    {"io_uring", GN_IO_URING, 0},
    {"io_uring, COOP_TASKRUN", GN_IO_URING, GN_FEATURE_DEFER_TASKRUN},
    {"io_uring, no task-run mode", GN_IO_URING,
     GN_FEATURE_DEFER_TASKRUN | GN_FEATURE_COOP_TASKRUN},
    {"io_uring, single accepts", GN_IO_URING, GN_FEATURE_MULTISHOT_ACCEPT},
    {"io_uring, single receives", GN_IO_URING, GN_FEATURE_MULTISHOT_RECV},
    {"io_uring, plain ring descriptor", GN_IO_URING, GN_FEATURE_RING_FD},
};

enum {
    VARIANTS = sizeof variants / sizeof *variants,
    AT_ONCE = 4, /* processes, of rig_run_at_once */
};

static void raise_descriptor_limit(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t wanted = 8 * RIG_CONNS_MAX;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

bool rig_has(const char *backend) {
    for (int i = 0; gn_backends[i]; i++) {
        if (strcmp(gn_backends[i]->name, backend) == 0) return true;
    }
    return false;
}

static bool exists(const struct variant *variant) {
    switch (variant->backend) {
    case GN_IO_URING: return rig_has("io_uring");
    case GN_EPOLL: return rig_has("epoll");
    case GN_KQUEUE: return rig_has("kqueue");
    default: return false;
    }
}

/* Run the cases of variants from `first` on, up to `end`. */
static int run(const char *group, const struct CMUnitTest *tests, size_t count, size_t first,
               size_t end) {
    static struct CMUnitTest all[1024];
    static char names[1024][160];
    const char *only = getenv("GN_TEST_ONLY"); /* part of a name */
    size_t used = 0;
    for (size_t v = first; v < end; v++) {
        if (!exists(&variants[v])) continue;
        for (size_t t = 0; t < count && used < 1024; t++) {
            char *name = names[used];
            snprintf(name, sizeof names[0], "%s (%s)", tests[t].name, variants[v].name);
            if (only && !strstr(name, only)) continue;
            all[used++] = (struct CMUnitTest){name, tests[t].test_func, NULL, rig_tear_down,
                                              (void *)(uintptr_t)&variants[v]};
        }
    }
    return _cmocka_run_group_tests(group, all, used, NULL, NULL);
}

int rig_run(const char *group, const struct CMUnitTest *tests, size_t count) {
    raise_descriptor_limit();
    return run(group, tests, count, 0, VARIANTS);
}

/* A process that runs the cases of one variant and writes into `log`. */
static pid_t start_variant(const char *group, const struct CMUnitTest *tests, size_t count,
                           size_t v, FILE *log) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0) return pid;
    if (dup2(fileno(log), STDOUT_FILENO) < 0 || dup2(fileno(log), STDERR_FILENO) < 0) _exit(1);
    int failed = run(group, tests, count, v, v + 1);
    fflush(NULL);
    _exit(failed == 0 ? 0 : 1);
}

static bool finish_variant(pid_t pid, FILE *log) {
    int status = 0;
    char line[1024];
    bool passed = pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
    rewind(log);
    while (fgets(line, sizeof line, log)) fputs(line, stdout);
    if (pid > 0 && WIFSIGNALED(status)) printf("ended by signal %d\n", WTERMSIG(status));
    fclose(log);
    return passed;
}

int rig_run_at_once(const char *group, const struct CMUnitTest *tests, size_t count) {
    pid_t pids[VARIANTS];
    FILE *logs[VARIANTS];
    int failed = 0;
    raise_descriptor_limit();
    for (size_t first = 0; first < VARIANTS; first += AT_ONCE) {
        size_t end = first + AT_ONCE < VARIANTS ? first + AT_ONCE : VARIANTS;
        for (size_t v = first; v < end; v++) {
            logs[v] = exists(&variants[v]) ? tmpfile() : NULL;
            if (logs[v]) pids[v] = start_variant(group, tests, count, v, logs[v]);
        }
        for (size_t v = first; v < end; v++) {
            if (exists(&variants[v]) && (!logs[v] || !finish_variant(pids[v], logs[v]))) failed++;
        }
    }
    return failed;
}
