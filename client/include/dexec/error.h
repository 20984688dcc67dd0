/* SPDX-License-Identifier: MIT */
/*
 * error.h - how every dexec call says what went wrong.
 *
 * A call that can fail returns enum dexec_code and fills the struct
 * dexec_error that its caller passed last. There is no "last error" anywhere
 * else.
 */
#ifndef DEXEC_ERROR_H
#define DEXEC_ERROR_H

#include <dexec/export.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DEXEC_ERROR_MESSAGE_MAX 512 /* bytes, with the final NUL */

enum dexec_code {
    DEXEC_OK = 0,
    DEXEC_E_INVALID,     /* an argument broke its documented precondition */
    DEXEC_E_NOMEM,       /* an allocation failed */
    DEXEC_E_CONNECT,     /* no daemon answered at that address */
    DEXEC_E_TIMEOUT,     /* the deadline passed first */
    DEXEC_E_CLOSED,      /* the daemon closed before or inside its answer */
    DEXEC_E_CUT_HEADER,  /* the stream ended inside a frame header */
    DEXEC_E_CUT_PAYLOAD, /* the stream ended inside a frame's payload */
    DEXEC_E_RESET,       /* the connection was reset */
    DEXEC_E_PROTOCOL,    /* the daemon sent bytes the protocol forbids */
    DEXEC_E_NOT_FOUND,   /* HTTP 404: no such container or exec */
    DEXEC_E_CONFLICT,    /* HTTP 409: container paused or stopped, exec run */
    DEXEC_E_HTTP,        /* any other status that the call did not expect */
    DEXEC_E_STOPPED,     /* the caller's own callback asked to stop */
    DEXEC_E_TLS          /* a handshake or a certificate failed */
};

struct dexec_error {
    enum dexec_code code;
    int http_status; /* from the status line; 0 = no answer was read */
    char message[DEXEC_ERROR_MESSAGE_MAX]; /* one line; "" when code is OK */
};

/* Stable lower-case name of @code, such as "not-found". Never NULL. */
DEXEC_EXPORT const char *dexec_code_name(enum dexec_code code);

#ifdef __cplusplus
}
#endif

#endif
