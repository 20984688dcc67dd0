/* SPDX-License-Identifier: MIT */
/* exchange.h - a request with its answer, and the rule that it becomes. */
#ifndef MD_REC_EXCHANGE_H
#define MD_REC_EXCHANGE_H

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "http_scan.h"
#include "recorder.h"
#include "target.h"

/* A longer request body is an archive, not a question to be compared. An exec
 * with one argument as long as a kernel takes it, 128 KiB, has to fit. */
#define MD_REC_MATCH_MAX 262144

/* What is not JSON is compared byte for byte, and may be three times as long
 * in the file. */
#define MD_REC_MATCH_RAW_MAX 65536

/* Of what md_rec_cast_holds() does not take. */
#define MD_REC_HEAD_PROBLEM                                                    \
    "the head of its answer is not UTF-8, has a bare line end or more than "   \
    "256 lines"

struct md_rec_exchange {
    struct md_rec_exchange *next; /* requested after it */
    struct md_rec_target target;
    const char *problem; /* why it cannot be a rule; a constant; NULL = can */
    bool has_upgrade;
    bool is_head;             /* its method is HEAD */
    bool is_request_done;     /* the request has come to its end */
    uint64_t done_us;         /* when it did */
    struct md_rec_exec *exec; /* of the path, if it is known; borrowed */
    enum md_rec_phase phase;  /* of exec, when the request had come */
    struct md_rec_bytes body; /* failed = too long to match */
    int status;
    struct md_rec_bytes head; /* the answer's lines as JSON */
    struct md_rec_bytes answer;
    struct sha256_ctx digest; /* of the answer, but for its volatile lines */
};

/* A new exchange for the head that @scan has just seen; NULL = no memory. */
struct md_rec_exchange *md_rec_exchange_new(const struct md_rec_scan *scan);

void md_rec_exchange_free(struct md_rec_exchange *exchange);

/* The request is complete: what phase was its exec in? */
void md_rec_exchange_requested(struct md_rec_exchange *exchange,
                               struct md_rec *rec, uint64_t now_us);

/* The answer's head, which @scan has just seen. */
void md_rec_exchange_answered(struct md_rec_exchange *exchange,
                              const struct md_rec_scan *scan);

/* Does this answer, whose head @scan has just seen, turn the connection into
 * an exec's stream? */
bool md_rec_exchange_is_stream(const struct md_rec_exchange *exchange,
                               const struct md_rec_scan *scan);

/* The answer is complete: learn from it and write the rule. */
void md_rec_exchange_finish(struct md_rec_exchange *exchange,
                            struct md_rec *rec, uint64_t now_us);

/* Write the rule of an exchange that became that stream. */
void md_rec_exchange_stream(struct md_rec_exchange *exchange,
                            struct md_rec *rec, unsigned stream);

#endif
