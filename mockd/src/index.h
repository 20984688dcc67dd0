/* SPDX-License-Identifier: MIT */
/*
 * index.h - the rules of all fixtures that no exec is behind, with what tells
 * most of them from a request at a glance.
 *
 * A profile has some 700 of them, and looking at each rule took longer than all
 * else that a request needs.
 */
#ifndef MD_INDEX_H
#define MD_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match.h"
#include "profile.h"

/* Hashes; 0 = it may be anything. */
struct md_key {
    uint32_t first; /* of the path's first word and how many there are */
    uint32_t last;  /* of its last word */
    uint32_t cmd;   /* of a create's Cmd */
};

struct md_index_entry {
    struct md_key key;
    uint32_t fixture; /* index in the profile */
    const struct md_rule *rule;
};

/* Zero is an index of nothing. Entries are in the order of the profile. */
struct md_index {
    struct md_index_entry *entries;
    size_t count;
    size_t size;
};

/* Add the rules of fixture @index of @profile. Returns MOCKD_OK or
 * MOCKD_E_SYSTEM (memory). */
enum mockd_code md_index_add(struct md_index *index,
                             const struct md_profile *profile, size_t fixture,
                             struct mockd_error *err);

/* Drop those of the fixtures from @count on. */
void md_index_shrink(struct md_index *index, size_t count);
void md_index_release(struct md_index *index);

/* The key of a request. */
struct md_key md_key_of(const struct md_call *call);

/* May the rule fit the request? */
bool md_key_fits(const struct md_key *rule, const struct md_key *request);

#endif
