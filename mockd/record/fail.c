/* SPDX-License-Identifier: MIT */
/* fail.c - raise an error of the recorder in one line. */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

enum mockd_code md_rec_fail(struct mockd_error *err, enum mockd_code code,
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
