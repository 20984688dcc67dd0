/* SPDX-License-Identifier: MIT */
/* json_span.h - where in a JSON text a value stands, to edit nothing else. */
#ifndef MD_JSON_SPAN_H
#define MD_JSON_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct md_json_span {
    size_t member;  /* where its key begins, or its own beginning in an array */
    size_t at;      /* where the value begins */
    size_t end;     /* behind it */
    bool has_later; /* another member or item follows */
};

/*
 * Find the value at @path: keys and indices from 0 with dots between them,
 * such as "ProcessConfig.arguments.0"; "" is the whole. A key is compared as
 * it is written, escapes and all.
 *
 * @text  valid JSON
 *
 * Returns false where there is none.
 */
bool md_json_span(const char *text, size_t len, const char *path,
                  struct md_json_span *out);

#endif
