/* SPDX-License-Identifier: MIT */
/*
 * verify_link.h - one request to the live engine on a connection of its own,
 * and what comes back: an answer, or a stream behind an answer's head.
 *
 * Happy path: open, wait for the head, write input and half-close for a
 * stream, wait for the end, release.
 */
#ifndef MOCKD_CLI_VERIFY_LINK_H
#define MOCKD_CLI_VERIFY_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"
#include "record/http_scan.h"
#include "record/socket.h"
#include "verify_output.h"

/* No byte for so long: the engine will not do it any more. Commands of the
 * cases take under two seconds. */
#define MD_VERIFY_PATIENCE_MS 10000

enum md_verify_end {
    MD_VERIFY_OPEN = 0, /* it had not ended */
    MD_VERIFY_CLOSED,
    MD_VERIFY_RESET,
    MD_VERIFY_NOT_HTTP /* the head or the chunks; see scan.problem */
};

struct md_verify_request {
    const char *method;
    const char *target;       /* path and query */
    const char *content_type; /* NULL = application/json if there is a body */
    const void *body;         /* NULL = none */
    size_t body_len;
    bool has_upgrade; /* ask for a stream */
    bool is_framed;   /* it will be one of frames */
};

/* Make with md_verify_link_open(); do not move it while it is open. */
struct md_verify_link {
    int fd; /* -1 = closed, by us or by the engine */
    enum md_verify_end end;
    bool is_bodiless; /* the answer to a HEAD */
    bool has_head;
    bool is_stream;           /* what follows is no HTTP body */
    int status;               /* of the answer */
    struct md_rec_bytes head; /* its lines, with CR LF */
    struct md_rec_scan scan;
    struct md_verify_output output;
};

/*
 * Connect and send @request. Release @link in each case.
 *
 * Returns MOCKD_OK, also when the engine closed meanwhile, or MOCKD_E_SYSTEM:
 * the engine cannot be reached, memory.
 */
enum mockd_code md_verify_link_open(struct md_verify_link *link,
                                    const struct md_rec_address *address,
                                    const struct md_verify_request *request,
                                    struct mockd_error *err);

void md_verify_link_release(struct md_verify_link *link);

/* Wait for the answer's head. False when it does not come. */
bool md_verify_link_head(struct md_verify_link *link);

/* Wait until @total payload bytes have come, or the end. False when neither
 * does. */
bool md_verify_link_wait(struct md_verify_link *link, uint64_t total);

/* Wait for the end of the answer or stream. False when it does not come. */
bool md_verify_link_finish(struct md_verify_link *link);

/* Write @len bytes, reading what comes meanwhile. False when the engine does
 * not take them. */
bool md_verify_link_write(struct md_verify_link *link, const void *data,
                          size_t len);

/* Say that no more input comes. */
void md_verify_link_end_input(struct md_verify_link *link);

/* Go away, so that the engine sees a reset where the kernel has one. */
void md_verify_link_drop(struct md_verify_link *link);

#endif
