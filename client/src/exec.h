/* SPDX-License-Identifier: MIT */
/* exec.h - the plain calls of one exec, each with a deadline. */
#ifndef DX_EXEC_H
#define DX_EXEC_H

#include <stdint.h>

#include <dexec/exec.h>

#define DX_ID_SHOWN 12 /* bytes of an id that a message repeats */

/* dexec_create() that ends by @deadline_ms. */
enum dexec_code dx_exec_create(struct dexec_client *client,
                               const char *container,
                               const struct dexec_create_options *options,
                               uint64_t deadline_ms, struct dexec_id *out_id,
                               struct dexec_error *err);

/* dexec_wait() that ends by @deadline_ms. */
enum dexec_code dx_exec_wait(struct dexec_client *client, const char *id,
                             uint64_t deadline_ms, int64_t *out_exit_code,
                             struct dexec_error *err);

#endif
