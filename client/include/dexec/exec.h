/* SPDX-License-Identifier: MIT */
/*
 * exec.h - create, start detached, inspect and resize one exec.
 *
 * The attached start is in stream.h, all steps in one call in run.h.
 * Rule ids (EX-...) refer to docs/PROTOCOL.md.
 */
#ifndef DEXEC_EXEC_H
#define DEXEC_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/client.h>
#include <dexec/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DEXEC_ID_MAX 128 /* bytes; engines send 64 */

/* An exec's id as the daemon gave it; a value, nothing to free. */
struct dexec_id {
    char text[DEXEC_ID_MAX + 1];
};

/*
 * What to run. Start from DEXEC_CREATE_OPTIONS_INIT; zero is the default of
 * every field but cmd. All pointers are borrowed until the call returns.
 */
struct dexec_create_options {
    size_t size;             /* sizeof of the struct the caller compiled */
    const char *const *cmd;  /* required; NULL-terminated, at least one */
    const char *const *env;  /* NULL-terminated "NAME=value"; NULL = none */
    const char *working_dir; /* NULL = the container's own */
    const char *user;        /* "name", "uid" or "uid:gid"; NULL = its own */
    const char *detach_keys; /* NULL = ctrl-p,ctrl-q */
    bool attach_stdin;       /* a stream that is not attached here can never */
    bool attach_stdout;      /* be attached by the start (EX-CREATE-06) */
    bool attach_stderr;
    bool tty; /* a pseudo-terminal instead of pipes */
    bool privileged;
    uint16_t console_rows;    /* both 0 = not sent; API 1.42 and newer */
    uint16_t console_columns; /* honour them (EX-CREATE-08) */
};

#define DEXEC_CREATE_OPTIONS_INIT                                              \
    {                                                                          \
        .size = sizeof(struct dexec_create_options)                            \
    }

/*
 * Register an exec in a running container; nothing runs yet.
 *
 * @container  name, id or unique prefix of an id
 * @out_id     set on DEXEC_OK only
 *
 * Returns DEXEC_OK or
 *   DEXEC_E_INVALID    no command, an empty container, an unknown size
 *   DEXEC_E_NOT_FOUND  no such container
 *   DEXEC_E_CONFLICT   the container is paused or not running
 *   DEXEC_E_HTTP       any other refusal; Podman (4.3) answers 500 where
 *                      Docker says 409 or 400
 *   DEXEC_E_PROTOCOL   an answer without a usable Id
 *   DEXEC_E_STOPPED    the client's on_request refused; so for all calls here
 * and DEXEC_E_NOMEM, _CONNECT, _TLS, _TIMEOUT, _CLOSED, _RESET.
 */
DEXEC_EXPORT enum dexec_code
dexec_create(struct dexec_client *client, const char *container,
             const struct dexec_create_options *options,
             struct dexec_id *out_id, struct dexec_error *err);

/*
 * Start an exec and leave it: returns when the process was started, not when
 * it ended (EX-START-02). Its output is discarded by the daemon.
 *
 * @id   as dexec_create() gave it; no daemon accepts a prefix
 * @tty  as given to dexec_create()
 *
 * Returns DEXEC_OK or DEXEC_E_NOT_FOUND (no such exec), DEXEC_E_CONFLICT (it
 * has run already, or the container is paused), DEXEC_E_HTTP (the process
 * could not be started, among others), DEXEC_E_INVALID, _NOMEM, _CONNECT, _TLS,
 * _TIMEOUT, _CLOSED, _RESET, _PROTOCOL.
 */
DEXEC_EXPORT enum dexec_code dexec_start_detached(struct dexec_client *client,
                                                  const char *id, bool tty,
                                                  struct dexec_error *err);

/* The command as it was created: the answer's ProcessConfig. */
struct dexec_process {
    const char *entrypoint;       /* the command's first word */
    const char *const *arguments; /* the others, NULL-terminated; itself NULL
                                   * where the daemon sent none */
    const char *user;
    bool has_tty;
    bool tty;
    bool has_privileged;
    bool privileged;
};

/*
 * What the daemon says of an exec. Everything in it is owned by the struct.
 * What was absent or null is told apart from "", 0 and false: its string or
 * pointer is NULL, its has_ flag false. An exit code is null until it is known
 * (EX-INSPECT-02), but Podman (3.0 to 6.1) says 0 then.
 */
struct dexec_inspect {
    const char *id;
    const char *container_id;
    bool has_running;
    bool running;
    bool has_exit_code;
    int64_t exit_code;
    bool has_pid;
    int64_t pid; /* on the daemon's host */
    bool has_open_stdin;
    bool open_stdin;
    bool has_open_stdout;
    bool open_stdout;
    bool has_open_stderr;
    bool open_stderr;
    bool has_can_remove;
    bool can_remove;
    const char *detach_keys; /* Docker: base64 of the bytes */
    const struct dexec_process *process;
};

/*
 * Ask what became of an exec.
 *
 * @out_inspect  yours; give it to dexec_inspect_free()
 *
 * Returns DEXEC_OK or DEXEC_E_NOT_FOUND (no such exec, or its record has
 * gone), DEXEC_E_PROTOCOL (an answer that is not the JSON of an exec),
 * DEXEC_E_INVALID, _NOMEM, _CONNECT, _TLS, _TIMEOUT, _CLOSED, _RESET, _HTTP.
 */
DEXEC_EXPORT enum dexec_code dexec_inspect(struct dexec_client *client,
                                           const char *id,
                                           struct dexec_inspect **out_inspect,
                                           struct dexec_error *err);

/* Free @inspect, which may be NULL. */
DEXEC_EXPORT void dexec_inspect_free(struct dexec_client *client,
                                     struct dexec_inspect *inspect);

/*
 * Inspect until the exec is no longer running and its exit code is known.
 *
 * @timeout_ms     0 = wait for ever
 * @out_exit_code  set on DEXEC_OK only
 *
 * Returns DEXEC_OK or DEXEC_E_TIMEOUT (it was still running, or still
 * without an exit code, when the time was over), DEXEC_E_PROTOCOL (an answer
 * that does not say whether it runs) and what dexec_inspect() returns. An exec
 * that was never started has no exit code on Docker and times out; Podman says
 * 0 for it. Podman 4.3 says that a detached exec runs until its record has
 * gone: it times out there too.
 */
DEXEC_EXPORT enum dexec_code dexec_wait(struct dexec_client *client,
                                        const char *id, uint32_t timeout_ms,
                                        int64_t *out_exit_code,
                                        struct dexec_error *err);

/*
 * Tell the exec's terminal its size. Both 200 (Docker) and 201 (Podman) are
 * success (EX-RESIZE-01).
 *
 * Returns DEXEC_OK or DEXEC_E_NOT_FOUND (no such exec), DEXEC_E_CONFLICT (the
 * container is paused or stopped), DEXEC_E_HTTP (the exec has ended, among
 * others), DEXEC_E_INVALID, _NOMEM, _CONNECT, _TLS, _TIMEOUT, _CLOSED, _RESET,
 * _PROTOCOL. Docker (20.10 to 28) holds the answer to a resize before the
 * start for up to 10 s.
 */
DEXEC_EXPORT enum dexec_code dexec_resize(struct dexec_client *client,
                                          const char *id, uint16_t rows,
                                          uint16_t columns,
                                          struct dexec_error *err);

#ifdef __cplusplus
}
#endif

#endif
