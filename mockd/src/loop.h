/* SPDX-License-Identifier: MIT */
/* loop.h - the one loop that a mock's thread runs. */
#ifndef MD_LOOP_H
#define MD_LOOP_H

#include "engine.h"
#include "listen.h"

#define MD_LISTENERS_MAX 2 /* a unix socket and TCP */

struct md_loop;

/* @engine is borrowed. Returns MOCKD_OK or MOCKD_E_SYSTEM. */
enum mockd_code md_loop_new(struct md_engine *engine, struct md_loop **out_loop,
                            struct mockd_error *err);

/* Close every connection and every listener. NULL is fine. */
void md_loop_free(struct md_loop *loop);

/* Serve HTTP on @listener, which is borrowed; its descriptor is the loop's
 * from then on when this returns MOCKD_OK. At most MD_LISTENERS_MAX. */
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

/* Serve until md_loop_stop(). */
void md_loop_run(struct md_loop *loop);

/* Keep the loop from running between these two, to look at what it works on
 * from another thread. Never for long: the mock answers nobody meanwhile. */
void md_loop_lock(struct md_loop *loop);
void md_loop_unlock(struct md_loop *loop);

/* Make md_loop_run() return soon; may be called from any thread. */
void md_loop_stop(struct md_loop *loop);

#endif
