/* SPDX-License-Identifier: MIT */
/* buf.h - bytes that grow, up to a limit. */
#ifndef DX_BUF_H
#define DX_BUF_H

#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>

#include "mem.h"

struct dx_buf {
    const struct dx_mem *mem; /* borrowed */
    uint8_t *data;            /* followed by a NUL; NULL while empty */
    size_t len;               /* bytes in use */
    size_t size;              /* bytes of room, with that for the NUL */
    size_t max;               /* bytes that len may reach */
};

/* @mem is borrowed for the buffer's life. Allocates nothing. */
void dx_buf_init(struct dx_buf *buf, const struct dx_mem *mem, size_t max);

/*
 * Add bytes at the end, all or none.
 *
 * Returns DEXEC_OK, DEXEC_E_INVALID when they would pass the limit, or
 * DEXEC_E_NOMEM.
 */
enum dexec_code dx_buf_append(struct dx_buf *buf, const void *data, size_t len);

/* The same for a NUL-terminated text. */
enum dexec_code dx_buf_append_text(struct dx_buf *buf, const char *text);

/* The contents as a text; "" when empty. Valid until the next append. */
const char *dx_buf_text(const struct dx_buf *buf);

/* Empty @buf and keep its memory. */
void dx_buf_reset(struct dx_buf *buf);

/* Free the memory; a zeroed or released buffer is fine. */
void dx_buf_release(struct dx_buf *buf);

#endif
