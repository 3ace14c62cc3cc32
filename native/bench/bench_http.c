/* What parsing a request head costs, by scan implementation: ns for a small request, and for one
 * as a browser sends it. Each measurement sets the head up, parses, and looks at the result.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../http/http.h"
#include "../http/http_scan.h"
#include "timing.h"

/* Many short runs: the best of them is one that nothing else disturbed. */
enum { TURNS = 20 * 1000, RUNS = 201, FIELDS_MAX = 64 };

static _Alignas(64) const char small[] = "GET / HTTP/1.1\r\n"
                                         "Host: localhost\r\n"
                                         "\r\n";

static _Alignas(64) const char browser[] =
    "GET /catalogue/2026/autumn/garden-tools/spade?sort=price&page=2 HTTP/1.1\r\n"
    "Host: www.shop.example\r\n"
    "Connection: keep-alive\r\n"
    "Cache-Control: max-age=0\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"
    "Referer: https://www.shop.example/catalogue/2026/autumn/garden-tools\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.7\r\n"
    "Cookie: session=5d41402abc4b2a76b9719d911017c592; basket=3; consent=yes; theme=dark; "
    "recent=4711,1147,2342,1729,6174,65537; _utm=GA1.2.1093284756.1763612400; "
    "_seen=2026-11-19T21:14:07Z\r\n"
    "DNT: 1\r\n"
    "\r\n";

static double parse_ns(const char *data, size_t len) {
    static const struct gn_http_limits limits = GN_HTTP_LIMITS_DEFAULT;
    struct gn_http_field fields[FIELDS_MAX];
    struct gn_http_head head;
    double start = gn_timing_ns();
    for (int i = 0; i < TURNS; i++) {
        __asm__ volatile("" : "+r"(data) : : "memory"); /* or nothing would be read anew */
        gn_http_head_init(&head, fields, FIELDS_MAX);
        if (gn_http_request_parse(&head, &limits, data, len) != GN_HTTP_DONE) abort();
        if (head.head_len != len) abort();
    }
    return (gn_timing_ns() - start) / TURNS;
}

static double best_ns(const char *data, size_t len) {
    double best = GN_TIMING_WORST;
    for (int run = 0; run < RUNS; run++) gn_timing_keep(&best, parse_ns(data, len));
    return best;
}

int main(void) {
    printf("%-10s %8zu bytes %8zu bytes   (ns for one request head, best of %d)\n", "scan",
           sizeof(small) - 1, sizeof(browser) - 1, RUNS);
    for (int i = 0; gn_http_scans[i] != NULL; i++) {
        if (!gn_http_scans[i]->usable()) continue;
        gn_http_scan_use(gn_http_scans[i]);
        double few = best_ns(small, sizeof(small) - 1);
        double many = best_ns(browser, sizeof(browser) - 1);
        printf("%-10s %14.1f %14.1f\n", gn_http_scans[i]->name, few, many);
    }
    return 0;
}
