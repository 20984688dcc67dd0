/* SPDX-License-Identifier: MIT */
/*
 * door.h - who comes in by a listener, where HTTP does not see to it.
 *
 * Without one the HTTP server accepts by itself. The first fault takes the
 * listening socket from it; from then on connections are accepted here. Where
 * TLS is spoken they are from the beginning.
 */
#ifndef MD_DOOR_H
#define MD_DOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "fail.h"

struct md_http;
struct md_listener;
struct md_lobby;
struct md_fault;
struct md_watch;

enum md_door_act {
    MD_DOOR_OPEN = 0,
    MD_DOOR_DELAY,    /* accept after `ms` */
    MD_DOOR_LIMIT,    /* accept while fewer than `n` are open */
    MD_DOOR_FULL,     /* accept nobody, the kernel's queue is full */
    MD_DOOR_GONE,     /* the path is not there */
    MD_DOOR_REFUSE,   /* the path is there, and nobody listens */
    MD_DOOR_FORBIDDEN /* nobody may connect */
};

/* Zero-initialise and set the first five, all borrowed, and fd and filler to
 * -1. */
struct md_door {
    struct md_http *http;
    struct md_listener *listener;
    int epoll_fd;           /* where the listening socket is watched ... */
    struct md_watch *watch; /* ... with this */
    struct md_lobby *lobby; /* whom TLS clients are sent to; NULL = no TLS */
    int fd;                 /* listening, ours; -1 = not ours, or shut */
    int filler;             /* a connection that fills the kernel's queue */
    bool is_ours;           /* we accept, not the HTTP server */
    uint64_t reopen_us;     /* shut until then; 0 = for ever, or not shut */
    uint64_t delay_us;
    uint64_t due_us; /* accept then; 0 = nobody waits */
    uint64_t limit;  /* connections; 0 = any number */
    bool is_closed;  /* FULL: it listens and accepts nobody */
    bool was_over;   /* LIMIT: somebody waits, and that was counted */
    unsigned delay_fault;
    unsigned limit_fault;
    unsigned shut_fault; /* which of the others has its hand on it; 0 = none */
    uint64_t wake_us;    /* run it again then; 0 = not before an event */
};

/* Accept from now on; the listener's descriptor is the door's when this returns
 * MOCKD_OK. Else MOCKD_E_SYSTEM. */
enum mockd_code md_door_open(struct md_door *door, struct mockd_error *err);

/*
 * Do what @fault says.
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (this process may do what it forbids) or
 * MOCKD_E_SYSTEM.
 */
enum mockd_code md_door_act(struct md_door *door, enum md_door_act act,
                            const struct md_fault *fault, uint64_t now_us,
                            struct mockd_error *err);

/* Close the listening socket, and unlink its path when @is_gone, until
 * @reopen_us, 0 being for ever. */
enum mockd_code md_door_shut(struct md_door *door, bool is_gone,
                             uint64_t reopen_us, struct mockd_error *err);

/* Listen again, at the same address. */
enum mockd_code md_door_reopen(struct md_door *door, struct mockd_error *err);

/* Undo what fault number @fault did, 0 being all of them. Returns MOCKD_OK or
 * MOCKD_E_SYSTEM. */
enum mockd_code md_door_undo(struct md_door *door, unsigned fault,
                             struct mockd_error *err);

/* Accept who may come in, and open again when it is time. Tells @on_fired the
 * number of each fault that has shown. */
enum mockd_code md_door_run(struct md_door *door, uint64_t now_us,
                            void (*on_fired)(void *user, unsigned fault),
                            void *user, struct mockd_error *err);

void md_door_release(struct md_door *door);

#endif
