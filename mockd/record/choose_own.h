/* SPDX-License-Identifier: MIT */
/* choose_own.h - what choose.c, choose_request.c and choose_answer.c share. */
#ifndef MD_REC_CHOOSE_OWN_H
#define MD_REC_CHOOSE_OWN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "choose.h"
#include "duplex.h"
#include "http_scan.h"
#include "target.h"

/* From a client before its answer. */
#define MD_REC_CHOOSE_AHEAD_MAX ((size_t)1024 * 1024)

/* What the mock's own answers begin with. */
#define MD_REC_CHOOSE_REFUSAL "{\"message\":\"mockd:"

struct md_rec_seat;

struct md_rec_chooser {
    const struct md_rec_choose_options *options;
    struct md_rec_seat *seats; /* MD_REC_CHOOSE_CLIENTS_MAX */
    pthread_mutex_t lock;      /* of what follows, and of the secrets */
    char *made[MD_REC_CHOOSE_MADE_MAX];
    size_t made_count;
};

/* One client. */
struct md_rec_seat {
    struct md_rec_chooser *chooser;
    bool is_taken;
    atomic_bool is_done;
    pthread_t thread;
    struct md_rec_chan client;
    struct md_rec_chan engine; /* kept from request to request */
    bool is_client_over;
    bool is_last;                /* this answer ends the connection */
    struct md_rec_bytes ahead;   /* came from the client and is not used yet */
    struct md_rec_bytes request; /* the one at hand, as it came */
    struct md_rec_target target; /* its */
    size_t head_off;             /* where its head begins, in request */
    struct md_rec_spans head_spans; /* its secrets */
    size_t body_off;                /* where its body begins, in request */
    bool is_plain_body;             /* which has no chunks */
    bool is_head;                   /* it is a HEAD */
    struct md_rec_bytes answer; /* of the mock, until it is known what it is */
    struct md_rec_bytes body;   /* of an answer, for its message or id */
    struct md_rec_scan requests;
    struct md_rec_scan answers;
    uint8_t page[MD_REC_DUPLEX_PAGE];
};

/* What may end a wait of the seat's thread. */
int md_rec_seat_stop(const struct md_rec_seat *seat);

/* Connect to the mock or the engine. */
bool md_rec_seat_connect(struct md_rec_seat *seat,
                         const struct md_rec_address *address,
                         struct md_rec_chan *chan);

/* Read what has come from the client; false = it is gone. */
bool md_rec_seat_read(struct md_rec_seat *seat);

/* An answer of our own, after which the connection ends: false. */
bool md_rec_seat_refuse(struct md_rec_seat *seat, const char *status,
                        const char *why);

/* Take the next whole request; false = there is none, or none that we can
 * read. */
bool md_rec_seat_request(struct md_rec_seat *seat);

/* Put filler into a copy of its request where a recording would have it. False
 * when there are too many secrets, or no memory: it is not to be used then. */
bool md_rec_seat_redact(const struct md_rec_seat *seat,
                        struct md_rec_bytes *request);

/* Have it answered; true when the connection goes on. */
bool md_rec_seat_answer(struct md_rec_seat *seat);

/* Is that what the engine made? */
bool md_rec_chooser_is_made(struct md_rec_chooser *chooser, const char *ref,
                            size_t len);

/* The engine has made it; @ref is taken over, NULL = no memory. */
void md_rec_chooser_keep_made(struct md_rec_chooser *chooser, char *ref);

#endif
