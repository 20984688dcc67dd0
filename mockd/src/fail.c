/* SPDX-License-Identifier: MIT */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum mockd_code md_fail(struct mockd_error *err, enum mockd_code code,
                        const char *fmt, ...)
{
    if (err != NULL) {
        va_list args;

        *err = (struct mockd_error){.code = code};
        va_start(args, fmt);
        (void)vsnprintf(err->message, sizeof(err->message), fmt, args);
        va_end(args);
    }
    return code;
}

enum mockd_code md_fail_while(struct mockd_error *err, enum mockd_code code,
                              const char *fmt, ...)
{
    if (err != NULL) {
        char cause[MOCKD_ERROR_MESSAGE_MAX];
        size_t used = 0;
        va_list args;

        memcpy(cause, err->message, sizeof(cause));
        va_start(args, fmt);
        (void)vsnprintf(err->message, sizeof(err->message), fmt, args);
        va_end(args);
        used = strlen(err->message);
        (void)snprintf(err->message + used, sizeof(err->message) - used, ": %s",
                       cause);
    }
    return code;
}
