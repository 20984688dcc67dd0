/* SPDX-License-Identifier: MIT */
/* fail.h - raise an error of the recorder in one line. */
#ifndef MD_REC_FAIL_H
#define MD_REC_FAIL_H

#include <mockd/mockd.h>

#define MD_REC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * Record a failure. @err may be NULL. Returns @code, so that a failing line
 * reads `return md_rec_fail(err, ...)`.
 */
enum mockd_code md_rec_fail(struct mockd_error *err, enum mockd_code code,
                            const char *fmt, ...) MD_REC_PRINTF(3, 4);

#endif
