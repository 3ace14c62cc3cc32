#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "usage: gn-load --port P [options]\n"
    "\n"
    "Loads an HTTP/1.1 server on 127.0.0.1, checks every response, and prints one line of JSON:\n"
    "requests, errors, latencies in microseconds and the server's processor time per request.\n"
    "\n"
    "  --path /P          default /; {n} is the number of the connection\n"
    "  --expect TEXT      the body of every response; {n} as above. Default: the body sent\n"
    "  --body N           POST so many bytes\n"
    "  --connections N    default 64\n"
    "  --pipeline N       requests sent at once, default 1, at most 64\n"
    "  --rate R           so many requests a second; latencies count from when each was due\n"
    "  --warmup S         seconds that do not count, default 1\n"
    "  --seconds S        seconds that do, default 3\n"
    "  --pids A,B         processes of the server\n"
    "  --idle N           open N connections with a request each, print READY, hold them until a\n"
    "                     line comes from standard input, and ask each once more\n";

static _Noreturn void fail(const char *option, const char *value) {
    fprintf(stderr, "gn-load: --%s %s makes no sense; see --help\n", option, value ? value : "");
    exit(2);
}

static double number(const char *option, const char *text, double min, double max) {
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !(value >= min && value <= max)) {
        fail(option, text);
    }
    return value;
}

static void read_pids(struct options *options, char *list) {
    for (char *rest = NULL, *one = strtok_r(list, ",", &rest); one;
         one = strtok_r(NULL, ",", &rest)) {
        if (options->pid_count == OPTIONS_PIDS_MAX) fail("pids", one);
        options->pids[options->pid_count++] = (pid_t)number("pids", one, 1, 1 << 30);
    }
}

void options_read(struct options *options, int argc, char **argv) {
    enum { PORT = 'p', PATH, EXPECT, BODY, CONNECTIONS, PIPELINE, RATE, WARMUP, SECONDS, PIDS,
           IDLE, HELP };
    static const struct option known[] = {
        {"port", 1, 0, PORT},       {"path", 1, 0, PATH},
        {"expect", 1, 0, EXPECT},   {"body", 1, 0, BODY},
        {"rate", 1, 0, RATE},       {"connections", 1, 0, CONNECTIONS},
        {"warmup", 1, 0, WARMUP},   {"pipeline", 1, 0, PIPELINE},
        {"seconds", 1, 0, SECONDS}, {"pids", 1, 0, PIDS},
        {"idle", 1, 0, IDLE},       {"help", 0, 0, HELP},
        {0, 0, 0, 0},
    };
    *options = (struct options){
        .path = "/", .connections = 64, .depth = 1, .warmup = 1, .seconds = 3};
    int code, index = 0;
    while ((code = getopt_long(argc, argv, "", known, &index)) != -1) {
        const char *name = known[index].name;
        switch (code) {
        case PORT: options->port = (uint16_t)number(name, optarg, 1, 65535); break;
        case PATH: options->path = optarg; break;
        case EXPECT: options->expect = optarg; break;
        case BODY: options->body = (uint32_t)number(name, optarg, 1, 1 << 24); break;
        case CONNECTIONS: options->connections = (uint32_t)number(name, optarg, 1, 100000); break;
        case PIPELINE: options->depth = (uint32_t)number(name, optarg, 1, OPTIONS_DEPTH_MAX); break;
        case RATE: options->rate = number(name, optarg, 1, 1e7); break;
        case WARMUP: options->warmup = number(name, optarg, 0, 3600); break;
        case SECONDS: options->seconds = number(name, optarg, 0.1, 3600); break;
        case IDLE: options->idle = (uint32_t)number(name, optarg, 1, 100000); break;
        case PIDS: read_pids(options, optarg); break;
        case HELP: fputs(USAGE, stdout); exit(0);
        default: exit(2);
        }
    }
    if (optind < argc) fail("", argv[optind]);
    if (options->port == 0) fail("port", "(none)");
    if (!options->expect && options->body == 0) fail("expect", "(none)");
    if (options->rate > 0 && options->depth > 1) fail("rate", "with --pipeline");
}
