/* SPDX-License-Identifier: MIT */
/*
 * engine.h - what the recorded engine would answer: requests in, answers out.
 *
 * It does no I/O except for sidecars, and knows no connection. The life of an
 * exec is its phase: created by the create, running from its start, exited
 * when its stream is over.
 */
#ifndef MD_ENGINE_H
#define MD_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "containers.h"
#include "exec.h"
#include "fault.h"
#include "index.h"
#include "journal.h"
#include "note.h"
#include "pace.h"
#include "profile.h"
#include "swap.h"

/* md_engine_init() fills it. */
struct md_engine {
    struct md_profile *profile;
    struct md_containers containers;
    struct md_execs execs;
    uint32_t **given; /* for each fixture the answers given without an exec */
    size_t given_count;
    bool has_resized;   /* set by a resize, and by an inspect that a fault may
                         * wait for; cleared by who looks after players */
    md_note_fn on_note; /* may be NULL */
    void *on_note_user;
    struct md_index index; /* of the rules that no exec is behind */
    struct md_faults faults;
    struct md_pace pace;        /* of each new session */
    struct md_journal *journal; /* may be NULL */
    uintptr_t connections;      /* accepted so far */
    uint64_t unmatched;         /* requests that no recording answered */
};

struct md_request {
    const char *method;
    const char *target; /* as the client sent it */
    const char *body;   /* body[body_len] is NUL; NULL = empty */
    size_t body_len;
    bool has_upgrade;
};

/* Zero-initialise; release after each md_engine_answer(). */
struct md_answer {
    uint64_t connection; /* its number, from 1 */
    int status;
    const struct md_rule *rule; /* what answers; NULL = the mock itself */
    const char *unmatched;      /* the message, when no recording answers */
    const char *status_line;    /* as recorded; NULL = made of status */
    const char *const *lines;   /* header lines as recorded */
    size_t line_count;
    struct md_buf body;
    struct md_arena arena;
    bool is_stream;
    bool is_tty;     /* the start asked for a terminal's stream */
    bool is_faulted; /* some fault wants to edit it */
    bool is_head;    /* to a HEAD request: no body */
    enum md_on_call call;
    struct md_exec *subject; /* the exec that the call is about, or NULL */
    /* when it is a stream: */
    struct md_exec *exec;
    const struct md_fixture *fixture;
    struct md_stream *stream;
    const struct md_head *head; /* the stream's own or a donor's */
    struct md_swap head_swap;
    md_note_fn on_note; /* the engine's, for what a script does not get */
    void *on_note_user;
};

/* @profile is borrowed. Returns MOCKD_OK or MOCKD_E_SYSTEM (memory). */
enum mockd_code md_engine_init(struct md_engine *engine,
                               struct md_profile *profile, uint64_t seed,
                               struct mockd_error *err);

/* Learn what fixtures were appended to the profile, or forget all but the
 * first @count. Growing returns MOCKD_OK or MOCKD_E_SYSTEM; shrink it then. */
enum mockd_code md_engine_grow(struct md_engine *engine,
                               struct mockd_error *err);
void md_engine_shrink(struct md_engine *engine, size_t count);
void md_engine_release(struct md_engine *engine);

/*
 * Answer a request. There is always an answer: what was not recorded gets an
 * error with a message of the mock's own, also given to on_note.
 */
void md_engine_answer(struct md_engine *engine,
                      const struct md_request *request,
                      struct md_answer *out_answer);

/*
 * Let inspects of the exec @id say that it exited, from its exit on. It is
 * harmless for one that does not wait for that. False: there is no such exec.
 */
bool md_engine_release_exec(struct md_engine *engine, const char *id);

/* Make @answer an error of the mock's own: {"message":"mockd: ..."}. */
void md_answer_trouble(struct md_answer *answer, int status, const char *text);

void md_answer_release(struct md_answer *answer);

#endif
