/* SPDX-License-Identifier: MIT */
/*
 * relay.h - pass connections on to an engine, unchanged, and record them.
 *
 * One thread, one epoll. One recv is one event of the recording and one send;
 * a side is not read from while the other one cannot take what came before,
 * so a connection holds at most one segment in each direction. A side's end
 * is passed on as the end of that side only, a reset as a reset. Of TLS one
 * record is one event, close_notify is an end, and an end without it a reset.
 */
#ifndef MD_REC_RELAY_H
#define MD_REC_RELAY_H

#include <stddef.h>

#include "fail.h"
#include "recorder.h"
#include "socket.h"

/* Clients at the same time. Each one more waits in the listener's queue. */
#define MD_REC_LINKS_MAX 256

/* Room for one recv: more than either engine writes at once (32 KiB), so
 * that the recorder itself does not cut. */
#define MD_REC_SEGMENT_MAX ((size_t)256 * 1024)

struct md_rec_relay_options {
    struct md_rec *rec; /* NULL = record nothing; all borrowed */
    const struct md_rec_address *engine;
    const struct md_rec_tls *engine_tls; /* NULL = plain */
    const struct md_rec_listener *listeners;
    size_t listener_count;
    int stop_fd; /* the relay stops when this can be read from */
};

/*
 * Serve until stop_fd can be read from; then close all connections.
 *
 * Returns MOCKD_OK, or MOCKD_E_SYSTEM: epoll or memory failed, or the
 * recording could not be written.
 */
enum mockd_code md_rec_relay_run(const struct md_rec_relay_options *options,
                                 struct mockd_error *err);

#endif
