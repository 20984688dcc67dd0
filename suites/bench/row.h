/* SPDX-License-Identifier: MIT */
/* row.h - what is measured: readers, and rows that set two of them against
 * each other. */
#ifndef DRY_ROW_H
#define DRY_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A way to read a stream; "PROGRAM MODE TARGET", as in reading.h. */
struct dry_reader {
    const char *name;
    const char *peer;  /* the folder of its program; NULL = one of our own */
    const char *mode;  /* of our own: of "attach" or "decode"; a peer's is the
                        * program's name */
    bool attaches;     /* reads from the server, not from the file */
    bool loads;        /* is no reader but a load on a server of its own:
                        * "serve" of our own, whose target is mockd */
    bool is_undecoded; /* counts headers too */
    bool is_uncounted; /* counts nothing, or nothing to count is read */
    const struct dry_reader *limit; /* what no such reader can beat; or NULL */
};

/* What one run of a reader gave. */
struct dry_sample {
    uint64_t wall_ns;    /* reading, as the reader measured it */
    uint64_t cpu_ns;     /* likewise */
    uint64_t bytes;      /* likewise */
    uint64_t elapsed_ns; /* the whole process, start and end */
    uint64_t peak_kib;   /* its largest resident set */
};

#define DRY_ROUNDS_MAX 32 /* samples of one reader */

enum dry_metric {
    DRY_WALL,
    DRY_CPU,
    DRY_ELAPSED,
    DRY_PEAK,
};

enum dry_relation {
    DRY_FASTER, /* speed: ours by peer's, at least the goal */
    DRY_COST,   /* time or memory: ours by peer's, at most the goal */
    DRY_EXTRA,  /* memory: MiB above the peer's, at most the goal */
};

struct dry_row {
    const char *shape;
    const struct dry_reader *ours;
    const struct dry_reader *peer;
    enum dry_metric metric;
    enum dry_relation relation;
    double goal; /* 0 = none: for information */
};

/* What is measured of the mock; the shape of a row is one's name. */
struct dry_load {
    const char *name;
    uint64_t count; /* of what is counted: requests, rounds; 0 = bytes */
    uint64_t bytes;
    size_t rounds;
};

extern const struct dry_load dry_loads[];
extern const size_t dry_load_count;

extern const struct dry_row dry_rows[];
extern const size_t dry_row_count;

double dry_sample_metric(const struct dry_sample *sample,
                         enum dry_metric metric);

/* The middle one of @count values, or the mean of the middle two; sorts them.
 * 0 of none. */
double dry_median(double *values, size_t count);

/* What is compared to the goal, of one round. */
double dry_row_figure(const struct dry_row *row, const struct dry_sample *ours,
                      const struct dry_sample *peer);

bool dry_row_is_met(const struct dry_row *row, double figure);

/* Words for a row's measure, such as "CPU time". Never NULL. */
const char *dry_row_measure(const struct dry_row *row);

#endif
