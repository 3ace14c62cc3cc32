/* Error codes of the core.
 *
 * Every function that can fail returns an int: zero or more is success, a negative number is either
 * `-errno` as the kernel gave it or one of the codes below, which lie outside the range of errno.
 * Nothing here sets errno, prints or exits. Anyone may use this header.
 */
#ifndef GN_BASE_ERR_H
#define GN_BASE_ERR_H

#include <errno.h>

enum gn_err {
    GN_ECLOSED = -5001,    /* the session is closed, closing, or its slot belongs to another now */
    GN_EIDLE = -5002,      /* nothing moved for as long as the idle timeout allows */
    GN_EMEMORY = -5003,    /* the memory budget of the loop is used up */
    GN_ESESSIONS = -5004,  /* the loop holds as many sessions as it may */
    GN_ETRUNCATED = -5005, /* a file became shorter while it was being sent */
    GN_ENOTSOCKET = -5006, /* the path of a Unix socket is taken by a file that is no socket */
    GN_EPATHLEN = -5007,   /* the path of a Unix socket is longer than the system can bind */
    GN_EPROTO = -5008,     /* a command record from Java does not have the agreed form */
    GN_ENOTFILE = -5009,   /* not a regular file */
    GN_ECONNTIME = -5010,  /* the connection was not established within its timeout */
    GN_EDENIED = -5011,    /* a feature is denied by configuration, as if the kernel lacked it */
    GN_EPROXYPEER = -5012, /* a connection past the proxies through which all have to come */
    GN_EPROXYHEADER = -5013, /* a proxy's connection without a correct PROXY header */
    GN_EPROXYTIME = -5014, /* a proxy's connection whose PROXY header did not come in time */
    GN_ECROWDED = -5015,   /* the address has as many sessions as one may have */
};

/* The symbolic name of a code, as "ECONNREFUSED" or "GN_EIDLE"; "E<number>" is never returned: a
 * code that has no name gives "EUNKNOWN".
 * Owns:   the text is static.
 * Thread: any.
 * Fails:  never. */
const char *gn_err_name(int code);

/* One English sentence fragment for a code, without a full stop: "connection refused by the peer".
 * Owns:   the text is static.
 * Thread: any.
 * Fails:  never; an unknown code gives "unknown error". */
const char *gn_err_text(int code);

#endif
