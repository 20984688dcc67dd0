/* SPDX-License-Identifier: MIT */
/* watch.h - what an epoll event leads to. */
#ifndef MD_WATCH_H
#define MD_WATCH_H

#include <stdint.h>

/* First member of everything that the loop watches. */
struct md_watch {
    void (*on_ready)(void *user, struct md_watch *watch, uint32_t ready);
    void *user;
};

#endif
