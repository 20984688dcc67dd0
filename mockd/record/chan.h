/* SPDX-License-Identifier: MIT */
/*
 * chan.h - a connection of the recorder, plain or TLS, that never waits.
 *
 * Happy path: open, ready until OK, read and write, shut, close. Nothing but
 * ready may be called before that has returned OK.
 */
#ifndef MD_REC_CHAN_H
#define MD_REC_CHAN_H

#include <stdbool.h>
#include <stddef.h>

#include "tls.h"

struct md_rec_chan {
    int fd;                      /* -1 = closed */
    bool is_connecting;          /* the socket itself is not connected yet */
    bool read_must_write;        /* reading waits for room to write (TLS) */
    bool write_must_read;        /* and the other way round */
    struct md_rec_tls_link *tls; /* NULL = plain */
};

struct md_rec_chan md_rec_chan_none(void);

/*
 * Take @fd, which does not block, over.
 *
 * @tls            NULL = plain; borrowed
 * @is_connecting  connect() was called and has not been heard of
 *
 * Returns false when there is no memory; @fd is closed then.
 */
bool md_rec_chan_open(struct md_rec_chan *chan, int fd,
                      const struct md_rec_tls *tls, bool is_connecting);

/* Get ready for bytes: OK, AGAIN or RESET. Of a socket that is connecting it
 * asks only after its descriptor could be written to. */
enum md_rec_io md_rec_chan_ready(struct md_rec_chan *chan);

/* While it gets ready: does it wait for room to write? */
bool md_rec_chan_waits_to_write(const struct md_rec_chan *chan);

/* As recv(), of TLS one record; *out_len is set with OK only. */
enum md_rec_io md_rec_chan_read(struct md_rec_chan *chan, void *data,
                                size_t size, size_t *out_len);

/* As send(); after AGAIN the same bytes must come again. */
enum md_rec_io md_rec_chan_write(struct md_rec_chan *chan, const void *data,
                                 size_t len, size_t *out_len);

/* End our side only: a half-close, of TLS a close_notify. */
enum md_rec_io md_rec_chan_shut(struct md_rec_chan *chan);

/* Close it. @is_reset: so that the peer is told of a reset, where the kernel
 * has one. Twice is harmless. */
void md_rec_chan_close(struct md_rec_chan *chan, bool is_reset);

/* Why the last call returned RESET. */
const char *md_rec_chan_words(const struct md_rec_chan *chan);

#endif
