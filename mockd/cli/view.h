/* SPDX-License-Identifier: MIT */
/* view.h - write a fixture as text, or as JSON for programs. */
#ifndef MD_VIEW_H
#define MD_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "source.h"
#include "timeline.h"

/* Fill it in by value. */
struct md_view {
    FILE *out;
    size_t max; /* bytes shown of a body or a piece; 0 = all */
    bool is_hex;
    bool is_json;
    bool has_colour;
    bool has_quotes;                /* around bytes, where more follows them */
    const struct md_stream *stream; /* the present one ... */
    bool is_in_block;               /* ... and whether it is in a block */
};

/*
 * Write all of it.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (a sidecar cannot be read, memory).
 */
enum mockd_code md_view_fixture(struct md_view *view,
                                const struct md_source *source,
                                const struct md_fixture *fixture,
                                struct mockd_error *err);

/* How many of @len bytes are shown. */
size_t md_view_len(const struct md_view *view, size_t len);

/* One item of view->stream, as text or as an object. */
void md_view_item_text(const struct md_view *view, const struct md_item *item);
void md_view_item_json(const struct md_view *view, const struct md_item *item);

/* Who does it: '<' the engine, '>' the client; ' ' for a step that only the
 * mock knows of. */
char md_view_sign(const struct md_item *item);

/* What a step of a script says, without a line feed. */
void md_view_step(const struct md_view *view, const struct md_item *item);

/* The members of its object. */
void md_view_step_json(const struct md_view *view, const struct md_item *item);

/* Bytes as far as they are shown: a blank and text; lines of hexadecimal; the
 * members bytes, data and cut of an object. */
void md_view_bytes(const struct md_view *view, const uint8_t *bytes,
                   size_t len);
void md_view_hex(const struct md_view *view, const uint8_t *bytes, size_t len,
                 uint64_t offset);
void md_view_data(const struct md_view *view, const uint8_t *bytes, size_t len);

#endif
