/* The cases of native/test/cases/http/: bytes in, events or an error out.
 *
 * A *.case file is text. Empty lines and lines that start with # mean nothing; every other line
 * starts with one of these words:
 *
 *   case: a sentence that names the case         starts a case; the rest belongs to it
 *   kind: request                                what the bytes are; this is the default. Also:
 *         response to GET   chunked   length 5   until close
 *   limit: body 10                               lower one limit; the names are request_line,
 *                                                header_bytes, header_count, body, chunk_ext,
 *                                                trailer_bytes, trailer_count
 *   > GET / HTTP/1.1\r\n                         bytes in. Nothing is added to a line's end; \r \n
 *                                                \t \\ and \xNN stand for one byte each
 *   >x20 a                                       the same bytes twenty times
 *   = GET / HTTP/1.1                             what must come out, line by line
 *
 * What comes out of a message, each byte as it would be written behind >, but no space at the end
 * of a line:
 *
 *   GET /a?b HTTP/1.1      the start line, or HTTP/1.1 200 OK
 *   form absolute          authority, asterisk; origin is not mentioned
 *   path /a                where the target is not the path alone
 *   query b
 *   authority h:80         where the target has one
 *   header Host: h         each field, in order, without the white space around the value
 *   length 5               chunked, until close: where the body ends, if there is one
 *   close                  the connection does not outlive this message
 *   expect 100-continue    expect other, upgrade, unregistered method
 *   body hello             all data of the body
 *   trailer A: b
 *   end                    the message is complete; then comes the next one, if there are bytes
 *   more                   every byte was fine, the message is not complete
 *   error 400 bare_lf      the status to answer, and the reason as http.h calls it
 *   rest ...               bytes that were not looked at: behind a message that closes or upgrades
 *
 * Each case is run whole, cut in two after every byte, and byte by byte, always with its last byte
 * in front of an unreadable page, and with every scan that the machine has.
 */
#ifndef GN_TEST_HTTP_CASES_H
#define GN_TEST_HTTP_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../http/http.h"

enum {
    HTTP_CASE_BYTES_MAX = 128 * 1024,
    HTTP_CASE_TEXT_MAX = 512 * 1024,
    HTTP_CASE_FIELDS_MAX = 200,
};

enum http_kind {
    HTTP_KIND_REQUEST,
    HTTP_KIND_RESPONSE,
    HTTP_KIND_CHUNKED,
    HTTP_KIND_LENGTH,
    HTTP_KIND_UNTIL_CLOSE,
};

struct http_case {
    char name[200];
    const char *file;
    int line;
    enum http_kind kind;
    enum gn_http_method method; /* of the request that a response answers */
    uint64_t length;            /* of HTTP_KIND_LENGTH */
    struct gn_http_limits limits;
    char *bytes;
    size_t len;
    char *expected;
    size_t expected_len;
};

/* Where a run cuts the bytes: one call for all, two, or one for each byte. */
struct http_cut {
    bool every_byte;
    size_t first; /* bytes in the first call; 0 for all */
};

/* Read every case of a file and pass it to `each`; exits the process with a message when the file
 * is not in the format above. Returns the number of cases. */
int http_cases_read(const char *path, void (*each)(struct http_case *, void *), void *arg);

/* Parse the bytes of a case; returns what came out, as text that the next run overwrites. */
const char *http_case_run(const struct http_case *test, struct http_cut cut);

/* `len` bytes with an unreadable page behind them, until the next call. */
char *http_guarded(const char *data, size_t len);

#endif
