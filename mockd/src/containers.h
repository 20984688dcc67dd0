/* SPDX-License-Identifier: MIT */
/*
 * containers.h - the containers that the mock knows: those that recordings
 * speak of are there from the start, others are made and removed.
 */
#ifndef MD_CONTAINERS_H
#define MD_CONTAINERS_H

#include <stdbool.h>
#include <stddef.h>

#include "fixture.h"

struct md_container {
    char *name; /* NULL = none */
    char *id;   /* NULL = none */
    bool is_permanent;
    /* of one that a recorded create made: */
    const struct md_fixture *fixture; /* where that is; NULL = another one */
    const struct md_life *life;
    enum md_phase stage;
    bool is_removed_at_exit; /* as its create asked for */
    uint32_t *given; /* answers given so far, one count for each group */
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

/*
 * Add one whose life @fixture knows, just created. False without memory or
 * room.
 *
 * @name         NULL = the recorded one, or "nameless"; numbered if in use
 * @out_made     valid until the next that is added or removed
 */
bool md_containers_make(struct md_containers *containers,
                        const struct md_fixture *fixture,
                        const struct md_life *life, const char *name,
                        const char *id, struct md_container **out_made);

/* Forget the container that has this name or id, unless it is permanent. */
void md_containers_remove(struct md_containers *containers, const char *text);

/* Forget all that are not permanent. */
void md_containers_reset(struct md_containers *containers);

/* The container with this name or id, or the only one whose id begins so; NULL
 * = there is none. Of two entries for one container it is either. */
struct md_container *md_containers_find(const struct md_containers *containers,
                                        const char *text);

#endif
