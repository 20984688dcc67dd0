/* SPDX-License-Identifier: MIT */
/* decode.h - libdexec's frame reader, and the loops that it is held against.
 */
#ifndef DRY_DECODE_H
#define DRY_DECODE_H

#include <stdbool.h>

#include "reading.h"

/*
 * Read @fd to its end, 64 KiB a read, and measure that.
 *
 * @mode  "libdexec"  dexec_frame_read(), 64 chunks a call
 *        "walker"    a plain loop over the headers, which checks nothing
 *        "loop"      no look at the bytes
 *        "idle"      not even a read
 *
 * False for an unknown mode, a failed read or a stream that does not end
 * between two frames; standard error says which.
 */
bool dry_decode(const char *mode, int fd, struct dry_reading *out_reading);

#endif
