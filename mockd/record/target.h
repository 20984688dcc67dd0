/* SPDX-License-Identifier: MIT */
/* target.h - what a request line asks for, as a rule of a recording says it. */
#ifndef MD_REC_TARGET_H
#define MD_REC_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "http_scan.h"

/* The requests that teach the recorder something. */
enum md_rec_call {
    MD_REC_CALL_OTHER,
    MD_REC_CALL_CONTAINER_CREATE,
    MD_REC_CALL_CONTAINER_INSPECT,
    MD_REC_CALL_CREATE,  /* an exec */
    MD_REC_CALL_START,   /* it */
    MD_REC_CALL_INSPECT, /* it */
    MD_REC_CALL_RESIZE   /* its terminal */
};

enum md_rec_ref { MD_REC_REF_NONE, MD_REC_REF_CONTAINER, MD_REC_REF_EXEC };

struct md_rec_target {
    char *on; /* "METHOD /path?query", without the /vN.M prefix */
    enum md_rec_call call;
    enum md_rec_ref ref;
    size_t ref_off; /* where in on the name or id stands */
    size_t ref_len;
};

/*
 * Read a request line.
 *
 * @out_target  release with md_rec_target_release()
 *
 * Returns NULL, or why it cannot be written as a rule; a constant.
 */
const char *md_rec_target_parse(struct md_rec_view method,
                                struct md_rec_view target,
                                struct md_rec_target *out_target);

void md_rec_target_release(struct md_rec_target *target);

/*
 * The decimal value of a query parameter of @on.
 *
 * Returns false when it is absent or not a number up to 65535.
 */
bool md_rec_target_number(const struct md_rec_target *target, const char *name,
                          unsigned *out_value);

#endif
