/* SPDX-License-Identifier: MIT */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *dexec_code_name(enum dexec_code code)
{
    switch (code) {
    case DEXEC_OK:
        return "ok";
    case DEXEC_E_INVALID:
        return "invalid";
    case DEXEC_E_NOMEM:
        return "no-memory";
    case DEXEC_E_CONNECT:
        return "connect";
    case DEXEC_E_TIMEOUT:
        return "timeout";
    case DEXEC_E_CLOSED:
        return "closed";
    case DEXEC_E_CUT_HEADER:
        return "cut-header";
    case DEXEC_E_CUT_PAYLOAD:
        return "cut-payload";
    case DEXEC_E_RESET:
        return "reset";
    case DEXEC_E_PROTOCOL:
        return "protocol";
    case DEXEC_E_NOT_FOUND:
        return "not-found";
    case DEXEC_E_CONFLICT:
        return "conflict";
    case DEXEC_E_HTTP:
        return "http";
    case DEXEC_E_STOPPED:
        return "stopped";
    case DEXEC_E_TLS:
        return "tls";
    }
    return "unknown";
}

/* A name or a daemon's text may hold anything; a message is one line. */
static void make_one_line(char *message)
{
    for (char *p = message; *p != '\0'; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7F) {
            *p = '?';
        }
    }
}

enum dexec_code dx_fail(struct dexec_error *err, enum dexec_code code,
                        int http_status, const char *fmt, ...)
{
    if (err != NULL) {
        va_list args;

        *err = (struct dexec_error){.code = code, .http_status = http_status};
        va_start(args, fmt);
        (void)vsnprintf(err->message, sizeof(err->message), fmt, args);
        va_end(args);
        make_one_line(err->message);
    }
    return code;
}

enum dexec_code dx_fail_while(struct dexec_error *err, enum dexec_code code,
                              const char *fmt, ...)
{
    if (err != NULL) {
        char cause[DEXEC_ERROR_MESSAGE_MAX];
        size_t used = 0;
        va_list args;

        memcpy(cause, err->message, sizeof(cause));
        va_start(args, fmt);
        (void)vsnprintf(err->message, sizeof(err->message), fmt, args);
        va_end(args);
        used = strlen(err->message);
        (void)snprintf(err->message + used, sizeof(err->message) - used, ": %s",
                       cause);
        make_one_line(err->message);
    }
    return code;
}

enum dexec_code dx_fail_memory(struct dexec_error *err)
{
    return dx_fail(err, DEXEC_E_NOMEM, 0, "out of memory");
}
