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
    const struct md_stream *stream; /* the present one */
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

#endif
