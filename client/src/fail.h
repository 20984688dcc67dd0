/* SPDX-License-Identifier: MIT */
/* fail.h - raise an error, or say what we were doing when one came up. */
#ifndef DX_FAIL_H
#define DX_FAIL_H

#include <dexec/error.h>

#define DX_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * Record a new failure. @err may be NULL (the caller wants no details).
 * Returns @code, so a failing line reads `return dx_fail(err, ...)`.
 */
enum dexec_code dx_fail(struct dexec_error *err, enum dexec_code code,
                        int http_status, const char *fmt, ...) DX_PRINTF(4, 5);

/*
 * Put "<activity>: " before the message already in @err, cutting the tail if
 * it no longer fits. Code and status stay as the lower layer set them.
 * Returns @code unchanged.
 */
enum dexec_code dx_fail_while(struct dexec_error *err, enum dexec_code code,
                              const char *fmt, ...) DX_PRINTF(3, 4);

/* Record that an allocation failed. Returns DEXEC_E_NOMEM. */
enum dexec_code dx_fail_memory(struct dexec_error *err);

#endif
