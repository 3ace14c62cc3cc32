/* Error codes of the core: see err.h.
 *
 * One table, searched from the start: it is only read when something is reported. Two names may
 * share a number (EAGAIN and EWOULDBLOCK everywhere, ENOTSUP and EOPNOTSUPP on Linux); the first
 * row is the answer then. Names that only one system has are asked for by name, not by system.
 */
#include "err.h"

#include <stddef.h>

struct row {
    int code;
    const char *name, *text;
};

#define OS(number, text) {-(number), #number, text}
#define GN(code, text) {code, #code, text}

static const struct row rows[] = {
    GN(GN_ECLOSED, "the session is closed"),
    GN(GN_EIDLE, "nothing moved within the idle timeout"),
    GN(GN_ECROWDED, "the address has as many sessions as one may have"),
    GN(GN_EMEMORY, "the memory budget of the loop is used up"),
    GN(GN_ESESSIONS, "the loop holds as many sessions as it may"),
    GN(GN_ETRUNCATED, "the file became shorter while it was being sent"),
    GN(GN_ENOTSOCKET, "the path is taken by a file that is no socket"),
    GN(GN_EPATHLEN, "the path of the Unix socket is too long"),
    GN(GN_EPROTO, "malformed command record"),
    GN(GN_ENOTFILE, "not a regular file"),
    GN(GN_ECONNTIME, "not connected within the connect timeout"),
    GN(GN_EDENIED, "denied by configuration"),
    GN(GN_EPROXYPEER, "not from a trusted proxy"),
    GN(GN_EPROXYHEADER, "no correct PROXY header"),
    GN(GN_EPROXYTIME, "the PROXY header did not come in time"),

    OS(EPERM, "operation not permitted"),
    OS(ENOENT, "no such file or directory"),
    OS(ESRCH, "no such process"),
    OS(EINTR, "interrupted by a signal"),
    OS(EIO, "input or output error"),
    OS(ENXIO, "no such device or address"),
    OS(E2BIG, "argument list too long"),
    OS(ENOEXEC, "not an executable file"),
    OS(EBADF, "not an open descriptor"),
    OS(ECHILD, "no child process"),
    OS(EAGAIN, "temporarily unavailable, try again"),
    OS(EWOULDBLOCK, "operation would block"),
    OS(ENOMEM, "out of memory"),
    OS(EACCES, "permission denied"),
    OS(EFAULT, "address outside the memory of the process"),
    OS(ENOTBLK, "not a block device"),
    OS(EBUSY, "device or resource busy"),
    OS(EEXIST, "file exists already"),
    OS(EXDEV, "link across file systems"),
    OS(ENODEV, "no such device"),
    OS(ENOTDIR, "not a directory"),
    OS(EISDIR, "is a directory"),
    OS(EINVAL, "invalid argument"),
    OS(ENFILE, "too many open files in the system"),
    OS(EMFILE, "too many open files in this process"),
    OS(ENOTTY, "operation not supported by this kind of file"),
    OS(ETXTBSY, "executable file is in use"),
    OS(EFBIG, "file too large"),
    OS(ENOSPC, "no space left on the device"),
    OS(ESPIPE, "not a seekable file"),
    OS(EROFS, "file system is read-only"),
    OS(EMLINK, "too many links"),
    OS(EPIPE, "the sending side is closed"),
    OS(EDOM, "argument outside the domain of the function"),
    OS(ERANGE, "result too large"),
    OS(EDEADLK, "lock would deadlock"),
    OS(ENAMETOOLONG, "file name too long"),
    OS(ENOLCK, "no lock available"),
    OS(ENOSYS, "not implemented by this system"),
    OS(ENOTEMPTY, "directory not empty"),
    OS(ELOOP, "too many symbolic links"),
    OS(ENOMSG, "no message of that kind"),
    OS(EIDRM, "identifier removed"),
#if defined(ENOSTR) /* FreeBSD never had STREAMS */
    OS(ENOSTR, "not a stream device"),
    OS(ENODATA, "no data available"),
    OS(ETIME, "stream timer expired"),
    OS(ENOSR, "out of stream resources"),
#endif
    OS(EREMOTE, "object is remote"),
    OS(ENOLINK, "link was cut"),
    OS(EPROTO, "protocol error"),
    OS(EMULTIHOP, "multihop attempted"),
    OS(EBADMSG, "malformed message"),
    OS(EOVERFLOW, "value too large for its type"),
    OS(EILSEQ, "invalid byte sequence"),
    OS(EUSERS, "too many users"),
    OS(ENOTSOCK, "not a socket"),
    OS(EDESTADDRREQ, "destination address required"),
    OS(EMSGSIZE, "message too long"),
    OS(EPROTOTYPE, "protocol does not fit the socket type"),
    OS(ENOPROTOOPT, "socket option not available"),
    OS(EPROTONOSUPPORT, "protocol not supported"),
    OS(ESOCKTNOSUPPORT, "socket type not supported"),
    OS(EOPNOTSUPP, "operation not supported"),
    OS(ENOTSUP, "not supported"),
    OS(EPFNOSUPPORT, "protocol family not supported"),
    OS(EAFNOSUPPORT, "address family not supported"),
    OS(EADDRINUSE, "address in use already"),
    OS(EADDRNOTAVAIL, "address not available on this machine"),
    OS(ENETDOWN, "network is down"),
    OS(ENETUNREACH, "network is unreachable"),
    OS(ENETRESET, "connection dropped by a network reset"),
    OS(ECONNABORTED, "connection aborted before it was accepted"),
    OS(ECONNRESET, "connection reset by the peer"),
    OS(ENOBUFS, "no buffer space available"),
    OS(EISCONN, "socket is connected already"),
    OS(ENOTCONN, "socket is not connected"),
    OS(ESHUTDOWN, "socket is shut down for sending"),
    OS(ETOOMANYREFS, "too many references"),
    OS(ETIMEDOUT, "connection timed out"),
    OS(ECONNREFUSED, "connection refused by the peer"),
    OS(EHOSTDOWN, "host is down"),
    OS(EHOSTUNREACH, "no route to the host"),
    OS(EALREADY, "operation is in progress already"),
    OS(EINPROGRESS, "operation in progress"),
    OS(ESTALE, "stale file handle"),
    OS(EDQUOT, "disk quota exceeded"),
    OS(ECANCELED, "operation cancelled"),
    OS(EOWNERDEAD, "owner of the lock died"),
    OS(ENOTRECOVERABLE, "state not recoverable"),
#ifdef ECHRNG /* Linux has these and macOS has none of them. */
    OS(ECHRNG, "channel number out of range"),
    OS(EL2NSYNC, "level 2 not synchronised"),
    OS(EL3HLT, "level 3 halted"),
    OS(EL3RST, "level 3 reset"),
    OS(ELNRNG, "link number out of range"),
    OS(EUNATCH, "protocol driver not attached"),
    OS(ENOCSI, "no CSI structure available"),
    OS(EL2HLT, "level 2 halted"),
    OS(EBADE, "invalid exchange"),
    OS(EBADR, "invalid request descriptor"),
    OS(EXFULL, "exchange full"),
    OS(ENOANO, "no anode"),
    OS(EBADRQC, "invalid request code"),
    OS(EBADSLT, "invalid slot"),
    OS(EBFONT, "invalid font file format"),
    OS(ENONET, "machine is not on the network"),
    OS(ENOPKG, "package not installed"),
    OS(EADV, "advertise error"),
    OS(ESRMNT, "server mount error"),
    OS(ECOMM, "communication error while sending"),
    OS(EDOTDOT, "RFS specific error"),
    OS(ENOTUNIQ, "name not unique on the network"),
    OS(EBADFD, "descriptor in a bad state"),
    OS(EREMCHG, "remote address changed"),
    OS(ELIBACC, "shared library not accessible"),
    OS(ELIBBAD, "shared library corrupted"),
    OS(ELIBSCN, "library section corrupted"),
    OS(ELIBMAX, "too many shared libraries"),
    OS(ELIBEXEC, "shared library cannot be executed"),
    OS(ERESTART, "interrupted call should be restarted"),
    OS(ESTRPIPE, "stream pipe error"),
    OS(EUCLEAN, "structure needs cleaning"),
    OS(ENOTNAM, "not a XENIX named type file"),
    OS(ENAVAIL, "no XENIX semaphores available"),
    OS(EISNAM, "is a named type file"),
    OS(EREMOTEIO, "remote input or output error"),
    OS(ENOMEDIUM, "no medium found"),
    OS(EMEDIUMTYPE, "wrong medium type"),
    OS(ENOKEY, "required key not available"),
    OS(EKEYEXPIRED, "key has expired"),
    OS(EKEYREVOKED, "key has been revoked"),
    OS(EKEYREJECTED, "key was rejected"),
    OS(ERFKILL, "radio is switched off"),
    OS(EHWPOISON, "memory page has a hardware error"),
#endif
#ifdef EPROCLIM /* The BSDs. */
    OS(EPROCLIM, "too many processes"),
    OS(EBADRPC, "RPC structure is bad"),
    OS(ERPCMISMATCH, "RPC version is wrong"),
    OS(EPROGUNAVAIL, "RPC program not available"),
    OS(EPROGMISMATCH, "RPC program version is wrong"),
    OS(EPROCUNAVAIL, "bad procedure for the RPC program"),
    OS(EFTYPE, "wrong file type or format"),
    OS(EAUTH, "authentication error"),
    OS(ENEEDAUTH, "authentication required"),
    OS(ENOATTR, "attribute not found"),
#endif
#ifdef EBADMACHO /* macOS alone. */
    OS(EPWROFF, "device is switched off"),
    OS(EDEVERR, "device error"),
    OS(EBADEXEC, "bad executable"),
    OS(EBADARCH, "wrong processor type in executable"),
    OS(ESHLIBVERS, "shared library version does not fit"),
    OS(EBADMACHO, "malformed Mach-O file"),
    OS(ENOPOLICY, "no such policy"),
#endif
#ifdef EQFULL
    OS(EQFULL, "interface output queue is full"),
#endif
};

static const struct row *find(int code) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].code == code) return &rows[i];
    }
    return NULL;
}

const char *gn_err_name(int code) {
    const struct row *row = find(code);
    return row != NULL ? row->name : "EUNKNOWN";
}

const char *gn_err_text(int code) {
    const struct row *row = find(code);
    return row != NULL ? row->text : "unknown error";
}
