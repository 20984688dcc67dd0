/* SPDX-License-Identifier: MIT */
/*
 * admin.h - the admin socket: requests and answers, a line of JSON each.
 *
 * A server of its own inside the loop, so that nothing it does is seen by the
 * mock's clients or by the journal. A connection's requests are answered in
 * order; one that waits holds up no other connection.
 */
#ifndef MD_ADMIN_H
#define MD_ADMIN_H

#include "control.h"
#include "loop.h"

struct md_admin;

struct md_admin_options {
    struct md_loop *loop;
    const struct md_control *control;
    int listen_fd;               /* non-blocking; stays the caller's */
    void (*on_stop)(void *user); /* the verb stop was answered */
    void *on_stop_user;
};

/* Before the loop runs. Everything is borrowed. It takes the loop's alarm.
 * Returns MOCKD_OK or MOCKD_E_SYSTEM. */
enum mockd_code md_admin_new(const struct md_admin_options *options,
                             struct md_admin **out_admin,
                             struct mockd_error *err);

/* When the loop runs no more. NULL is fine. */
void md_admin_free(struct md_admin *admin);

/* An entry came; answer those that wait for one like it. */
void md_admin_note(struct md_admin *admin, const char *line);

#endif
