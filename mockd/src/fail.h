/* SPDX-License-Identifier: MIT */
/* fail.h - raise an error, or say where we were when one came up. */
#ifndef MD_FAIL_H
#define MD_FAIL_H

#include <mockd/mockd.h>

#define MD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Record a new failure; @err may be NULL. Returns @code. */
enum mockd_code md_fail(struct mockd_error *err, enum mockd_code code,
                        const char *fmt, ...) MD_PRINTF(3, 4);

/* A failed allocation: MOCKD_E_SYSTEM, "out of memory". */
static inline enum mockd_code md_fail_nomem(struct mockd_error *err)
{
    (void)md_fail(err, MOCKD_E_SYSTEM, "out of memory");
    return MOCKD_E_SYSTEM;
}

/*
 * Put "<where>: " before the message already in @err, cutting the tail if it
 * no longer fits. Returns @code.
 */
enum mockd_code md_fail_while(struct mockd_error *err, enum mockd_code code,
                              const char *fmt, ...) MD_PRINTF(3, 4);

#endif
