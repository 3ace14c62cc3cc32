/* What the command line of the load generator asks for. */
#ifndef GN_BENCH_OPTIONS_H
#define GN_BENCH_OPTIONS_H

#include <stdint.h>
#include <sys/types.h>

enum { OPTIONS_PIDS_MAX = 16, OPTIONS_DEPTH_MAX = 64 };

struct options {
    uint16_t port;
    const char *path;   /* {n} in it and in `expect` is the number of the connection */
    const char *expect; /* the body of every response; NULL: what was sent */
    uint32_t body;      /* bytes of the requests' bodies: POST; 0: GET */
    uint32_t connections, depth;
    double warmup, seconds;
    double rate;   /* requests a second, whatever the responses do; 0: as fast as they come */
    uint32_t idle; /* open so many connections and hold them, instead of all that */
    pid_t pids[OPTIONS_PIDS_MAX]; /* whose processor time is taken */
    int pid_count;
};

/* Read the command line; ends the process with a message when it makes no sense. */
void options_read(struct options *options, int argc, char **argv);

#endif
