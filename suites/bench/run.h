/* SPDX-License-Identifier: MIT */
/* run.h - readers run by turns over one stream, each in a process. */
#ifndef DRY_BENCH_RUN_H
#define DRY_BENCH_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "row.h"
#include "shape.h"

#define DRY_REASON_MAX 200 /* bytes, with the NUL */
#define DRY_TURNS_MAX 16   /* readers of one shape */

/* Where a shape's readers find what they need; all borrowed. */
struct dry_place {
    const char *programs; /* folder of our own readers */
    const char *peers; /* of PEER/run, or PEER/why: a line that says why not */
    const char *file;
    const char *socket; /* whose server serves that file */
    const char *mockd;  /* the program */
};

/* One reader's samples. */
struct dry_turns {
    const struct dry_reader *reader;
    struct dry_sample samples[DRY_ROUNDS_MAX];
    size_t count;
    bool is_missing;             /* a peer that is not here; @reason says why */
    char reason[DRY_REASON_MAX]; /* why it is run no more; "" = it may be */
};

/*
 * Run all readers by turns: in each round every one of them once, in the next
 * one in reverse order. A peer stops after @peer_rounds, and whoever fails at
 * once.
 *
 * @size    what they must count
 * @rounds  at most DRY_ROUNDS_MAX
 */
void dry_run_rounds(const struct dry_place *place,
                    const struct dry_shape_size *size, struct dry_turns *turns,
                    size_t count, size_t rounds, size_t peer_rounds);

/* Start a child that serves @place's file on its socket. Returns its process
 * id, or -1 with errno. It dies with its parent. */
pid_t dry_serve(const struct dry_place *place);

/* End that child. */
void dry_serve_end(pid_t server);

#endif
