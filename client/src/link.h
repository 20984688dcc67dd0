/* SPDX-License-Identifier: MIT */
/* link.h - one open connection: bytes both ways, with deadlines. */
#ifndef DX_LINK_H
#define DX_LINK_H

#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>

#include "clock.h"

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
    /* Half-close: DX_IO_OK or RESET. */
    enum dx_io (*shutdown_write)(struct dx_link *link);
    /* Wait for what of @wanted (enum dexec_ready) can be done: DX_IO_OK or
     * LATE. @timeout_ms as poll() takes it. */
    enum dx_io (*wait)(struct dx_link *link, unsigned wanted, int timeout_ms,
                       unsigned *out_ready);
    int (*fd)(const struct dx_link *link);
    void (*free)(struct dx_link *link);
};

struct dx_link {
    const struct dx_link_ops *ops;
};

/* Read, and wait for it until the deadline. DX_IO_OK, LATE, END or RESET. */
enum dx_io dx_link_read(struct dx_link *link, const struct dx_clock *clock,
                        uint64_t deadline_ms, void *data, size_t size,
                        size_t *out_len);

/* Write some, and wait for it until the deadline. DX_IO_OK, LATE or RESET. */
enum dx_io dx_link_write(struct dx_link *link, const struct dx_clock *clock,
                         uint64_t deadline_ms, const void *data, size_t len,
                         size_t *out_len);

/* Close and free @link, which may be NULL. */
void dx_link_free(struct dx_link *link);

#endif
