/* SPDX-License-Identifier: MIT */
/*
 * child.h - one case program as a process: started, listened to, ended.
 *
 * A child is the leader of its own process group, which is killed as a whole.
 */
#ifndef DRY_CHILD_H
#define DRY_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buffer.h"

/* What a child says beyond this is dropped: a crash report fits. */
#define DRY_CHILD_NOISE_MAX ((size_t)64 << 10)

/* Zero is no child. */
struct dry_child {
    pid_t pid;
    int process_fd;           /* readable when it has ended */
    int result_fd;            /* the descriptor that it writes results to */
    int noise_fd;             /* its standard output and error */
    struct dry_buffer result; /* or its standard output, with is_listing */
    struct dry_buffer noise;
    bool was_killed; /* by us, as its time was over */
    int status;      /* as waitpid() gave it */
};

/*
 * Start @program with @arguments and the environment of this process and
 * @settings ("NAME=VALUE", NULL-terminated).
 *
 * @is_listing  its standard output is the result; else it is told a
 *              descriptor by DRYDOCK_RESULTS
 *
 * Returns false with errno set.
 */
bool dry_child_start(struct dry_child *out_child, const char *program,
                     char *const *arguments, char *const *settings,
                     bool is_listing);

/* Take what can be read of both pipes without waiting. */
void dry_child_listen(struct dry_child *child);

/* Kill the whole process group; the child is still to be reaped. */
void dry_child_kill(struct dry_child *child);

/* The child has ended: take the rest of its output and its status, kill what
 * is left of its group, close the descriptors. */
void dry_child_reap(struct dry_child *child);

/* Free the buffers. */
void dry_child_release(struct dry_child *child);

#endif
