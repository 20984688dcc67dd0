/* SPDX-License-Identifier: MIT */
/* served.h - the servers that a load is put on, each a child that dies with
 * its parent. */
#ifndef DRY_SERVED_H
#define DRY_SERVED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DRY_SERVED_PATH 100 /* bytes of a socket's path, with the NUL */

struct dry_served {
    pid_t pid;
    char folder[DRY_SERVED_PATH / 2];
    char socket[DRY_SERVED_PATH];
};

/* What a mock plays. */
enum dry_fixture {
    DRY_FIXTURE_PROFILE, /* docker-28.5.2, whole */
    DRY_FIXTURE_GIB,     /* a recorded stream of 1 GiB of payload */
    DRY_FIXTURE_OPEN     /* a stream that waits for a resize */
};

/* Each returns false with a line on standard error. End what was started with
 * dry_served_end(). */

/* @mockd  the program */
bool dry_serve_mock(const char *mockd, enum dry_fixture fixture,
                    struct dry_served *out);

/* libmicrohttpd with epoll and one thread, which answers every request as
 * Docker answers a ping. */
bool dry_serve_plain(struct dry_served *out);

/* Writes the head of a start and the same 1 GiB of payload to whoever connects
 * and sends something: as many bytes as the recording has, 1 MiB at a time. */
bool dry_serve_writer(struct dry_served *out);

/* VmRSS or VmHWM of the server, in KiB; 0 = not known. */
unsigned long dry_served_memory(const struct dry_served *served,
                                const char *field);

/* CPU time of all its threads so far, in nanoseconds; 0 = not known. */
uint64_t dry_served_cpu(const struct dry_served *served);

void dry_served_end(struct dry_served *served);

#endif
