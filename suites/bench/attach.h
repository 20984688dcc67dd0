/* SPDX-License-Identifier: MIT */
/* attach.h - an attached start through all of libdexec, and by hand. */
#ifndef DRY_ATTACH_H
#define DRY_ATTACH_H

#include <stdbool.h>

#include "reading.h"

/*
 * Start an exec on the engine at the unix socket @path, read its stream to the
 * end, and measure that.
 *
 * @mode  "libdexec"  dexec_start(), then dexec_stream_next() to the end
 *        "raw"       the same request over a socket, then 64 KiB reads; bytes
 *                    are those of the stream
 *        "idle"      make a client and free it
 *
 * False for an unknown mode and for any failure; standard error says which.
 */
bool dry_attach(const char *mode, const char *path,
                struct dry_reading *out_reading);

#endif
