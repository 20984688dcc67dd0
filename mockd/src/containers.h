/* SPDX-License-Identifier: MIT */
/* containers.h - the names and ids that the mock knows. */
#ifndef MD_CONTAINERS_H
#define MD_CONTAINERS_H

#include <stdbool.h>
#include <stddef.h>

struct md_container {
    char *name; /* NULL = none */
    char *id;   /* NULL = none */
    bool is_permanent;
};

/* Zero-initialise to start. */
struct md_containers {
    struct md_container *items;
    size_t count;
    size_t size;
};

void md_containers_release(struct md_containers *containers);

/*
 * Add a name, an id, or both; what is known already is not added again.
 * A permanent one is never removed. False without memory or room.
 */
bool md_containers_add(struct md_containers *containers, const char *name,
                       const char *id, bool is_permanent);

/* Forget the container that has this name or id, unless it is permanent. */
void md_containers_remove(struct md_containers *containers, const char *text);

/* Forget all that are not permanent. */
void md_containers_reset(struct md_containers *containers);

/* Is it a name, an id, or the beginning of exactly one id? */
bool md_containers_knows(const struct md_containers *containers,
                         const char *text);

#endif
