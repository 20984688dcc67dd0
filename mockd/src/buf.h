/* SPDX-License-Identifier: MIT */
/* buf.h - bytes that grow up to a limit. */
#ifndef MD_BUF_H
#define MD_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"

/* Zero plus a max is a valid empty buffer. */
struct md_buf {
    char *data; /* NUL after the last byte; NULL while nothing was added */
    size_t len;
    size_t size;
    size_t max; /* len never exceeds it */
};

void md_buf_release(struct md_buf *buf);

/* False without memory, or when the result would exceed the limit; then the
 * buffer is as it was. */
bool md_buf_add(struct md_buf *buf, const void *data, size_t len);
bool md_buf_add_text(struct md_buf *buf, const char *text);
/* The same, in decimal digits. */
bool md_buf_add_number(struct md_buf *buf, uint64_t number);
bool md_buf_printf(struct md_buf *buf, const char *fmt, ...) MD_PRINTF(2, 3);

/* Make @extra bytes of room after len, or return NULL. Add to len what you
 * used of it. */
char *md_buf_reserve(struct md_buf *buf, size_t extra);

#endif
