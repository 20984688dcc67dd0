/* SPDX-License-Identifier: MIT */
/* pool.h - run many children, some at a time, each under a time-out. */
#ifndef DRY_POOL_H
#define DRY_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "child.h"

#define DRY_POOL_MAX 64        /* children at a time */
#define DRY_JOB_SETTINGS_MAX 8 /* with the final NULL */

struct dry_job {
    const char *program;
    char *const *arguments;
    char *settings[DRY_JOB_SETTINGS_MAX];
    uint64_t timeout_ms;
    uint64_t started_ms;
    uint64_t ended_ms;
    struct dry_child child; /* released when on_done has returned */
    bool is_listing;
    bool was_started;
};

struct dry_pool {
    struct dry_job *jobs;
    size_t count;
    unsigned parallel;
    int stop_fd; /* readable = kill all and return; -1 = never */
    /* called for each job as it starts, may be NULL, and as it ends */
    void (*on_start)(void *user, struct dry_job *job);
    void (*on_done)(void *user, struct dry_job *job);
    void *user;
};

/* Run all jobs. Returns false when it was stopped. */
bool dry_pool_run(const struct dry_pool *pool);

#endif
