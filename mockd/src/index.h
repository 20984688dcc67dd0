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

/* Entries in the order of the profile. */
struct md_index_list {
    struct md_index_entry *entries;
    size_t count;
    size_t size;
};

#define MD_INDEX_LISTS 64

/* By key.first; what may be anything is in each list. Zero is an index of
 * nothing. */
struct md_index {
    struct md_index_list lists[MD_INDEX_LISTS];
};

/* Add the rules of fixture @index of @profile. Returns MOCKD_OK or
 * MOCKD_E_SYSTEM (memory). */
enum mockd_code md_index_add(struct md_index *index,
                             const struct md_profile *profile, size_t fixture,
                             struct mockd_error *err);

/* Drop those of the fixtures from @count on. */
void md_index_shrink(struct md_index *index, size_t count);
void md_index_release(struct md_index *index);

/* Where all rules are that may fit a request with @key. */
static inline const struct md_index_list *
md_index_find(const struct md_index *index, const struct md_key *key)
{
    return &index->lists[key->first % MD_INDEX_LISTS];
}

/* The key of a request. */
struct md_key md_key_of(const struct md_call *call);

static inline bool md_hash_fits(uint32_t rule, uint32_t request)
{
    return rule == 0 || request == 0 || rule == request;
}

/* May the rule fit the request? */
static inline bool md_key_fits(const struct md_key *rule,
                               const struct md_key *request)
{
    return md_hash_fits(rule->first, request->first) &&
           md_hash_fits(rule->last, request->last) &&
           md_hash_fits(rule->cmd, request->cmd);
}

#endif
