/* SPDX-License-Identifier: MIT */
/* pool.c - run many children, some at a time, each under a time-out. */
#include "pool.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

#define FDS_EACH 3 /* process, result, noise */

struct running {
    struct dry_job *jobs[DRY_POOL_MAX];
    size_t count;
    size_t next; /* of the pool's jobs */
};

static void start_next(const struct dry_pool *pool, struct running *running)
{
    struct dry_job *job = &pool->jobs[running->next++];

    job->started_ms = dry_now_ms();
    job->ended_ms = job->started_ms;
    if (pool->on_start != NULL) {
        pool->on_start(pool->user, job);
    }
    job->was_started =
        dry_child_start(&job->child, job->program, job->arguments,
                        job->settings, job->is_listing);
    if (job->was_started) {
        running->jobs[running->count++] = job;
        return;
    }
    pool->on_done(pool->user, job);
    dry_child_release(&job->child);
}

static void finish(const struct dry_pool *pool, struct running *running,
                   size_t at)
{
    struct dry_job *job = running->jobs[at];

    dry_child_reap(&job->child);
    job->ended_ms = dry_now_ms();
    running->jobs[at] = running->jobs[--running->count];
    pool->on_done(pool->user, job);
    dry_child_release(&job->child);
}

/* Milliseconds until the first time-out. A killed child ends by itself. */
static int next_timeout(const struct running *running)
{
    int soonest = -1;

    for (size_t i = 0; i < running->count; i++) {
        const struct dry_job *job = running->jobs[i];
        int left = dry_ms_left(job->started_ms + job->timeout_ms);

        if (!job->child.was_killed && (soonest < 0 || left < soonest)) {
            soonest = left;
        }
    }
    return soonest;
}

static void kill_late_ones(const struct running *running)
{
    for (size_t i = 0; i < running->count; i++) {
        struct dry_job *job = running->jobs[i];

        if (!job->child.was_killed &&
            dry_ms_left(job->started_ms + job->timeout_ms) == 0) {
            dry_child_kill(&job->child);
        }
    }
}

static void watch(struct pollfd *fds, const struct dry_child *child)
{
    fds[0] = (struct pollfd){.fd = child->process_fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = child->result_fd, .events = POLLIN};
    fds[2] = (struct pollfd){.fd = child->noise_fd, .events = POLLIN};
}

/* A pipe that was closed at the other end is ready for ever: stop watching it,
 * the process's own end will be seen. */
static bool only_hangs_up(const struct pollfd *fd)
{
    return (fd->revents & (POLLHUP | POLLIN)) == POLLHUP;
}

static void serve(const struct dry_pool *pool, struct running *running,
                  const struct pollfd *fds)
{
    for (size_t i = running->count; i-- > 0;) {
        const struct pollfd *of = &fds[FDS_EACH * i];
        struct dry_child *child = &running->jobs[i]->child;

        if (of[0].revents != 0) {
            finish(pool, running, i);
        } else if (!only_hangs_up(&of[1]) || !only_hangs_up(&of[2])) {
            dry_child_listen(child);
        }
    }
}

/* Wait for something to happen. Returns false when told to stop. */
static bool step(const struct dry_pool *pool, struct running *running)
{
    struct pollfd fds[FDS_EACH * DRY_POOL_MAX + 1];
    size_t count = FDS_EACH * running->count;
    int ready = 0;

    for (size_t i = 0; i < running->count; i++) {
        watch(&fds[FDS_EACH * i], &running->jobs[i]->child);
    }
    fds[count] = (struct pollfd){.fd = pool->stop_fd, .events = POLLIN};
    ready = poll(fds, (nfds_t)count + 1, next_timeout(running));
    if (ready < 0) {
        return errno == EINTR;
    }
    if (fds[count].revents != 0) {
        return false;
    }
    serve(pool, running, fds);
    kill_late_ones(running);
    return true;
}

static void stop(const struct dry_pool *pool, struct running *running)
{
    for (size_t i = 0; i < running->count; i++) {
        dry_child_kill(&running->jobs[i]->child);
    }
    while (running->count > 0) {
        finish(pool, running, running->count - 1);
    }
}

bool dry_pool_run(const struct dry_pool *pool)
{
    struct running running = {0};
    unsigned parallel =
        pool->parallel < DRY_POOL_MAX ? pool->parallel : DRY_POOL_MAX;

    while (running.count > 0 || running.next < pool->count) {
        while (running.count < parallel && running.next < pool->count) {
            start_next(pool, &running);
        }
        if (running.count > 0 && !step(pool, &running)) {
            stop(pool, &running);
            return false;
        }
    }
    return true;
}
