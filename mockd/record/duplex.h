/* SPDX-License-Identifier: MIT */
/*
 * duplex.h - wait for connections, on a thread that has nothing else to do.
 *
 * Every wait ends when stop_fd can be read from.
 */
#ifndef MD_REC_DUPLEX_H
#define MD_REC_DUPLEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chan.h"

/* Room for one read: a TLS record fits, so that none is cut. */
#define MD_REC_DUPLEX_PAGE 65536

/* Connect and shake hands; false = it failed, or the stop has come. */
bool md_rec_duplex_ready(struct md_rec_chan *chan, int stop_fd);

/* Write all of it; false = the peer is gone, or the stop has come. */
bool md_rec_duplex_send(struct md_rec_chan *chan, int stop_fd, const void *data,
                        size_t len);

/* Wait until one of two can be read from; @b may be NULL. False = the stop
 * has come. */
bool md_rec_duplex_wait(const struct md_rec_chan *a, bool *out_a,
                        const struct md_rec_chan *b, bool *out_b, int stop_fd);

/* Pass bytes and ends on, both ways, until both sides have ended or one is
 * gone; then close both. @is_a_over  @a has ended, and @b was told. */
void md_rec_duplex_pump(struct md_rec_chan *a, bool is_a_over,
                        struct md_rec_chan *b, int stop_fd);

#endif
