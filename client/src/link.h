/* SPDX-License-Identifier: MIT */
/* link.h - one open connection: bytes both ways, with deadlines. */
#ifndef DX_LINK_H
#define DX_LINK_H

#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>

enum dx_io {
    DX_IO_OK,
    DX_IO_AGAIN, /* not without waiting */
    DX_IO_LATE,  /* the deadline passed */
    DX_IO_END,   /* the peer closed its side */
    DX_IO_RESET  /* the connection is gone */
};

struct dx_link;

/* None of them waits but wait(), none raises SIGPIPE. */
struct dx_link_ops {
    /* DX_IO_OK with at least a byte, AGAIN, END or RESET. */
    enum dx_io (*read)(struct dx_link *link, void *data, size_t size,
                       size_t *out_len);
    /* DX_IO_OK with at least a byte, AGAIN or RESET. @len is not 0. */
    enum dx_io (*write)(struct dx_link *link, const void *data, size_t len,
                        size_t *out_len);
    /* Half-close: DX_IO_OK, RESET or, while written bytes must go first,
     * AGAIN. */
    enum dx_io (*shutdown_write)(struct dx_link *link);
    /* Wait for what of @wanted (enum dexec_ready) can be done: DX_IO_OK, with
     * nothing ready where it was worth no more than another try, or LATE.
     * @timeout_ms as poll() takes it. */
    enum dx_io (*wait)(struct dx_link *link, unsigned wanted, int timeout_ms,
                       unsigned *out_ready);
    /* What to poll fd() for when @wanted is wanted: TLS may have to write
     * before it can read. */
    unsigned (*events)(const struct dx_link *link, unsigned wanted);
    int (*fd)(const struct dx_link *link);
    /* What is known of why the connection failed; "" = nothing. */
    const char *(*words)(struct dx_link *link);
    void (*free)(struct dx_link *link);
};

struct dx_link {
    const struct dx_link_ops *ops;
};

/* Close and free @link, which may be NULL. */
static inline void dx_link_free(struct dx_link *link)
{
    if (link != NULL) {
        link->ops->free(link);
    }
}

#endif
