/* SPDX-License-Identifier: MIT */
/* loop.h - the one loop that a mock's thread runs. */
#ifndef MD_LOOP_H
#define MD_LOOP_H

#include <time.h>

#include "engine.h"
#include "listen.h"
#include "watch.h"

#define MD_LISTENERS_MAX 2 /* a unix socket and TCP */

struct md_loop;

/* @engine is borrowed. Returns MOCKD_OK or MOCKD_E_SYSTEM. */
enum mockd_code md_loop_new(struct md_engine *engine, struct md_loop **out_loop,
                            struct mockd_error *err);

/* Close every connection and every listener. NULL is fine. */
void md_loop_free(struct md_loop *loop);

/* Serve HTTP on @listener, which is borrowed; its descriptor is the loop's
 * from then on when this returns MOCKD_OK. At most MD_LISTENERS_MAX, one of
 * them with TLS. */
enum mockd_code md_loop_listen(struct md_loop *loop,
                               struct md_listener *listener,
                               struct mockd_error *err);

/*
 * Do to the listeners what @fault, which is armed, says; the loop is locked.
 *
 * Returns MOCKD_OK or what md_door_act() returned.
 */
enum mockd_code md_loop_act(struct md_loop *loop, struct md_fault *fault,
                            struct mockd_error *err);

/* Do to the listeners what disarming @fault asks for, 0 being all: they let
 * clients in again. What fails is told to the engine's on_note. */
void md_loop_undo(struct md_loop *loop, unsigned fault);

/* Serve until md_loop_stop(). */
void md_loop_run(struct md_loop *loop);

/* Keep the loop from running between these two, to look at what it works on
 * from another thread. Never for long: the mock answers nobody meanwhile. */
void md_loop_lock(struct md_loop *loop);
void md_loop_unlock(struct md_loop *loop);

/*
 * Between those two: wait until md_loop_notify(), with the loop running
 * meanwhile. @deadline is of CLOCK_MONOTONIC. False when it has passed.
 */
bool md_loop_wait(struct md_loop *loop, const struct timespec *deadline);

/* Wake all that wait. On the loop's thread or between lock and unlock. */
void md_loop_notify(struct md_loop *loop);

/* Make md_loop_run() return soon; may be called from any thread. */
void md_loop_stop(struct md_loop *loop);

/*
 * Close every stream's connection. Their execs may be freed then. On the loop's
 * thread or between lock and unlock.
 */
void md_loop_cut(struct md_loop *loop);

/* Let each stream, or that of one connection, send @count more pieces, where
 * the pace is step. Returns how many there were. On the loop's thread or
 * between lock and unlock. */
size_t md_loop_step(struct md_loop *loop, uint64_t connection, uint64_t count);

/*
 * Watch a descriptor on the loop's thread, change what is waited for, watch it
 * no more. A watch must outlive the round of the loop that its descriptor's
 * event is in: only its own on_ready may free it. False when epoll refuses.
 */
bool md_loop_watch(struct md_loop *loop, int fd, struct md_watch *watch,
                   uint32_t events);
bool md_loop_rewatch(struct md_loop *loop, int fd, struct md_watch *watch,
                     uint32_t events);
void md_loop_unwatch(struct md_loop *loop, int fd);

/* Something to be done at a time. */
struct md_alarm {
    uint64_t due_us; /* monotonic; 0 = never. on_due sets the next one */
    void (*on_due)(void *user, uint64_t now_us);
    void *user;
};

/* The loop's only alarm; borrowed until the loop ends or this is called with
 * NULL. */
void md_loop_set_alarm(struct md_loop *loop, struct md_alarm *alarm);

/* The loop's clock: microseconds, monotonic. */
uint64_t md_loop_now_us(void);

#endif
