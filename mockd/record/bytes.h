/* SPDX-License-Identifier: MIT */
/* bytes.h - bytes that grow up to a limit, always ended by a NUL. */
#ifndef MD_REC_BYTES_H
#define MD_REC_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"

/*
 * @failed is set when memory ran out or the limit was reached; what is added
 * after that is dropped, so that one look at the end is enough.
 */
struct md_rec_bytes {
    char *data; /* NULL until something was added */
    size_t len;
    size_t size;
    size_t max; /* most bytes it may hold */
    bool failed;
};

/* Empty bytes that may grow to @max. Release with md_rec_bytes_release(). */
struct md_rec_bytes md_rec_bytes_new(size_t max);

void md_rec_bytes_add(struct md_rec_bytes *bytes, const void *data, size_t len);

/* Add NUL-terminated text. */
void md_rec_bytes_text(struct md_rec_bytes *bytes, const char *text);

/* Add text made as by printf. */
void md_rec_bytes_print(struct md_rec_bytes *bytes, const char *fmt, ...)
    MD_REC_PRINTF(2, 3);

/* The content as a string that the caller frees, or NULL when it failed;
 * @bytes is empty afterwards. */
char *md_rec_bytes_take(struct md_rec_bytes *bytes);

/* Free the content; @bytes keeps its limit and is empty. */
void md_rec_bytes_release(struct md_rec_bytes *bytes);

#endif
