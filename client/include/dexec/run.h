/* SPDX-License-Identifier: MIT */
/* run.h - one command from its start to its exit code, in one call. */
#ifndef DEXEC_RUN_H
#define DEXEC_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/exec.h>
#include <dexec/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Called for each piece of output, in arrival order, on the thread that called
 * dexec_run(). @data is borrowed for the length of the call and is not
 * NUL-terminated. Return false to stop: dexec_run() then closes the stream
 * and returns DEXEC_E_STOPPED; the process goes on.
 */
typedef bool (*dexec_output_fn)(void *user, enum dexec_kind kind,
                                const void *data, size_t len);

/* Start from DEXEC_RUN_OPTIONS_INIT. All pointers are borrowed. */
struct dexec_run_options {
    size_t size; /* sizeof of the struct the caller compiled */
    const struct dexec_create_options *create; /* required; its attach_ fields
                                                * are set by dexec_run() */
    const void *input;   /* standard input, whole; NULL = none, the process
                          * then reads end of file at once */
    size_t input_len;    /* bytes */
    uint32_t timeout_ms; /* whole call; 0 = the client's total time-out */
    dexec_output_fn on_output; /* NULL = throw output away */
    void *on_output_user;
};

#define DEXEC_RUN_OPTIONS_INIT                                                 \
    {                                                                          \
        .size = sizeof(struct dexec_run_options)                               \
    }

/*
 * Create, start attached, feed @input, deliver output to its end, and wait
 * for the exit code. Reads and writes at the same time, so neither side can
 * block the other. With create->tty the input is followed by the byte 0x04
 * instead of a half-close. A daemon that takes no more input is not an error,
 * nor is a reset between two frames when there was input: Podman (4.3 to 5.8)
 * resets the connection of a command that left input unread (EX-STREAM-08).
 *
 * @out_exit_code  the command's exit code; set on DEXEC_OK only
 *
 * Returns DEXEC_OK when the command ran, whatever its exit code, or
 *   DEXEC_E_TIMEOUT  timeout_ms passed; the command may still be running
 *   DEXEC_E_STOPPED  on_output returned false
 * and what dexec_create(), dexec_start(), dexec_stream_next() and
 * dexec_wait() return.
 */
DEXEC_EXPORT enum dexec_code dexec_run(struct dexec_client *client,
                                       const char *container,
                                       const struct dexec_run_options *options,
                                       int64_t *out_exit_code,
                                       struct dexec_error *err);

#ifdef __cplusplus
}
#endif

#endif
