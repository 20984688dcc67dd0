/* SPDX-License-Identifier: MIT */
/* redact.h - put a filler of the same length over secrets, and list them. */
#ifndef MD_REC_REDACT_H
#define MD_REC_REDACT_H

#include "bytes.h"
#include "http_scan.h"
#include "recorder.h"
#include "secrets.h"

/* The recording lists what was replaced in "# redacted: " lines. All of these
 * do nothing when rec->secrets is NULL. Without memory for it they fail the
 * recording (md_rec_has_failed()): nothing is written that was not looked
 * through. */

/* A request's head: learn from it, and clean its target. */
void md_rec_redact_request(struct md_rec *rec, struct md_rec_scan *scan);

/* An answer's head. @on  what was asked for */
void md_rec_redact_answer(struct md_rec *rec, struct md_rec_scan *scan,
                          const char *on);

/* A whole body, unless it failed. @what  "the request's body", ... */
void md_rec_redact_body(struct md_rec *rec, struct md_rec_bytes *body,
                        const char *on, const char *what);

/* Put filler over the part of the spans that lies in [off, off + len), which
 * @data is, and list it. @where  "s1, from the engine" */
void md_rec_redact_piece(struct md_rec *rec, const struct md_rec_spans *spans,
                         uint8_t *data, uint64_t off, size_t len,
                         const char *where);

#endif
