/* SPDX-License-Identifier: MIT */
/*
 * wire.h - a raw connection to a daemon: bytes out, bytes in, deadlines.
 *
 * It shares no code with libdexec, so that what one of them gets wrong the
 * other one sees.
 */
#ifndef DRY_WIRE_H
#define DRY_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

#define DRY_WIRE_MESSAGE_MAX 256 /* bytes, with the final NUL */

enum dry_wire_code {
    DRY_WIRE_OK = 0,
    DRY_WIRE_ADDRESS, /* not unix:///PATH, tcp://HOST:PORT or http://... */
    DRY_WIRE_CONNECT, /* nobody answers there */
    DRY_WIRE_TIMEOUT, /* the deadline passed */
    DRY_WIRE_CLOSED,  /* the daemon closed before what was waited for */
    DRY_WIRE_RESET,   /* the connection was reset */
    DRY_WIRE_FULL,    /* more bytes than DRY_BUFFER_MAX, or no memory */
};

/* Zero is a closed wire. */
struct dry_wire {
    int fd_plus_one; /* so that zero means none */
    bool is_ended;   /* the daemon closed its side */
    struct dry_buffer in;
    char message[DRY_WIRE_MESSAGE_MAX]; /* of the last failure, one line */
};

/* Connect to @url. Returns DRY_WIRE_OK, _ADDRESS, _CONNECT or _TIMEOUT. */
enum dry_wire_code dry_wire_open(struct dry_wire *wire, const char *url,
                                 uint64_t deadline_ms);

/* Write all of @data. Returns DRY_WIRE_OK, _TIMEOUT or _RESET. */
enum dry_wire_code dry_wire_send(struct dry_wire *wire, const void *data,
                                 size_t len, uint64_t deadline_ms);

/*
 * Wait for bytes and append what has arrived to @wire->in. The end of the
 * stream sets is_ended and is DRY_WIRE_OK.
 *
 * Returns DRY_WIRE_OK, _TIMEOUT, _RESET or _FULL.
 */
enum dry_wire_code dry_wire_read(struct dry_wire *wire, uint64_t deadline_ms);

/* Read until the daemon closes its side. Returns what dry_wire_read() does. */
enum dry_wire_code dry_wire_read_to_end(struct dry_wire *wire,
                                        uint64_t deadline_ms);

/* Close the writing side; the daemon reads the end of the stream. */
void dry_wire_finish(struct dry_wire *wire);

/* Close and free; the wire is zero again, but for its message. */
void dry_wire_close(struct dry_wire *wire);

#endif
