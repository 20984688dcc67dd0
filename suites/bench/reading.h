/* SPDX-License-Identifier: MIT */
/*
 * reading.h - what one reader measured of itself.
 *
 * A reader is a program that is called as "PROGRAM MODE TARGET", reads one
 * stream to nowhere, and prints one line: "WALL_NS CPU_NS BYTES [PEAK_KIB]".
 * The clocks run from before the first byte is asked for until after the last,
 * so that the start of a program or of a runtime is not in them. The programs
 * of suites/bench/peers do the same in their languages.
 *
 * PEAK_KIB is the largest resident set. Without it, as from peers, it is taken
 * from wait4(), which says at least the size that the forking process had: too
 * much for readers as small as ours.
 */
#ifndef DRY_READING_H
#define DRY_READING_H

#include <stdint.h>

struct dry_reading {
    uint64_t wall_ns;
    uint64_t cpu_ns; /* user and system, of all threads */
    uint64_t bytes;  /* of payload; of the stream where it is not decoded */
    uint64_t pieces; /* handed over; not printed */
};

/* Zeroed, and the clocks run. */
struct dry_reading dry_reading_begin(void);

/* The clocks stop. */
void dry_reading_end(struct dry_reading *reading);

/* Print the line on standard output. Returns the program's exit status. */
int dry_reading_print(const struct dry_reading *reading);

#endif
