/* SPDX-License-Identifier: MIT */
/* ask.h - a case's own requests of the daemon, byte for byte, on raw wires. */
#ifndef DRY_ASK_H
#define DRY_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "run.h"

/* An answer; head, body and json belong to the run. */
struct dry_reply {
    struct dry_wire *wire;
    struct dry_answer answer;
    const char *body;  /* NUL-terminated; not for a stream */
    const cJSON *json; /* the body as JSON, NULL when it is none */
};

/* Open a wire of the run's to the daemon. */
struct dry_wire *dry_ask_wire(struct dry_run *run);

/* Send a request, @body as JSON (NULL = none), and read the whole answer. The
 * daemon is asked to close the connection. */
struct dry_reply dry_ask(struct dry_run *run, const char *method,
                         const char *path, const char *body);

/* The same on @wire, which stays open: what stood in its buffer is dropped. */
struct dry_reply dry_ask_on(struct dry_run *run, struct dry_wire *wire,
                            const char *method, const char *path,
                            const char *body);

/* "/exec/ID/ACTION" and "/containers/CONTAINER/ACTION", kept by the run. */
const char *dry_exec_path(struct dry_run *run, const struct dry_exec *exec,
                          const char *action);
const char *dry_container_path(struct dry_run *run, const char *action);

/* Send an attached start on a wire of its own and read its head only. */
struct dry_reply dry_ask_start(struct dry_run *run, const struct dry_exec *exec,
                               bool tty, bool upgrade);

/* Wait until the daemon closes its side of @reply's wire. The stream's bytes
 * are those after the head. */
const unsigned char *dry_stream_bytes(struct dry_run *run,
                                      const struct dry_reply *reply,
                                      size_t *out_len);

/* The value of a header, "" when it is not there; kept by the run. */
const char *dry_reply_header(struct dry_run *run, const struct dry_reply *reply,
                             const char *name);

/* A string member of the reply's JSON, "" when it is not there. */
const char *dry_reply_text(const struct dry_reply *reply, const char *name);

/*
 * Expect a refusal: @status (as "status"), Content-Type application/json, and
 * a JSON object with a message that has @part in it, in any case of letters.
 */
void dry_expect_refusal(struct dry_run *run, const struct dry_reply *reply,
                        int status, const char *part);

/* Ids that no engine knows, the same in every run. */
#define DRY_NO_CONTAINER "drydock-no-such-container"
#define DRY_NO_EXEC                                                            \
    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

#endif
