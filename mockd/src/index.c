/* SPDX-License-Identifier: MIT */
#include "index.h"

#include <stdlib.h>

#include "json.h"
#include "loader.h"

#define HASH_SEED 2166136261U /* FNV-1a */

static uint32_t hash_text(uint32_t hash, const char *text)
{
    do {
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    } while (*text++ != '\0'); /* the end counts, too: ab, c is not a, bc */
    return hash;
}

/* 0 means anything. */
static uint32_t never_zero(uint32_t hash)
{
    return hash == 0 ? 1 : hash;
}

static uint32_t hash_first(const struct md_target *target)
{
    return never_zero(
        hash_text(HASH_SEED + (uint32_t)target->word_count, target->words[0]));
}

static uint32_t hash_last(const struct md_target *target)
{
    return never_zero(
        hash_text(HASH_SEED, target->words[target->word_count - 1]));
}

/* Of an array of texts only: what else is equal is not for a glance. */
static uint32_t hash_cmd(const struct md_json *json)
{
    const struct md_json *cmd = md_json_get_any_case(json, "Cmd");
    uint32_t hash = HASH_SEED;

    if (!md_json_is_array(cmd) || md_json_first(cmd) == NULL) {
        return 0;
    }
    for (const struct md_json *at = md_json_first(cmd); at != NULL;
         at = md_json_next(at)) {
        const char *text = md_json_text(at);

        if (text == NULL) {
            return 0;
        }
        hash = hash_text(hash, text);
    }
    return never_zero(hash);
}

/* A create of a made container may be refused whatever its command is. */
static struct md_key key_of_rule(const struct md_rule *rule)
{
    const struct md_target *target = &rule->on.target;
    struct md_key key = {0};

    if (target->word_count == 0) {
        return key;
    }
    if (rule->on.word_vars[0] == MD_NO_VAR) {
        key.first = hash_first(target);
    }
    if (rule->on.word_vars[target->word_count - 1] == MD_NO_VAR) {
        key.last = hash_last(target);
    }
    if (rule->is_create && rule->json != NULL && rule->life == NULL) {
        key.cmd = hash_cmd(rule->json);
    }
    return key;
}

static bool add(struct md_index_list *list, const struct md_index_entry *entry)
{
    void *entries = list->entries;

    if (!md_loader_grow(&entries, list->count, &list->size,
                        sizeof(*list->entries))) {
        return false;
    }
    list->entries = entries;
    list->entries[list->count++] = *entry;
    return true;
}

/* To each list that a request may be led to. */
static bool add_to_lists(struct md_index *index,
                         const struct md_index_entry *entry)
{
    uint32_t first = entry->key.first;
    bool ok = true;

    if (first != 0) {
        return add(&index->lists[first % MD_INDEX_LISTS], entry);
    }
    for (size_t l = 0; l < MD_INDEX_LISTS && ok; l++) {
        ok = add(&index->lists[l], entry);
    }
    return ok;
}

enum mockd_code md_index_add(struct md_index *index,
                             const struct md_profile *profile, size_t fixture,
                             struct mockd_error *err)
{
    const struct md_fixture *from = profile->fixtures[fixture];
    bool ok = true;

    for (size_t i = 0; i < from->rule_count && ok; i++) {
        const struct md_rule *rule = &from->rules[i];
        const struct md_index_entry entry = {.key = key_of_rule(rule),
                                             .fixture = (uint32_t)fixture,
                                             .rule = rule};

        ok = rule->on.eid != MD_NO_VAR || add_to_lists(index, &entry);
    }
    return ok ? MOCKD_OK : md_fail_nomem(err);
}

void md_index_shrink(struct md_index *index, size_t count)
{
    for (size_t l = 0; l < MD_INDEX_LISTS; l++) {
        struct md_index_list *list = &index->lists[l];

        while (list->count > 0 &&
               list->entries[list->count - 1].fixture >= count) {
            list->count--;
        }
    }
}

void md_index_release(struct md_index *index)
{
    for (size_t l = 0; l < MD_INDEX_LISTS; l++) {
        free(index->lists[l].entries);
    }
    *index = (struct md_index){0};
}

struct md_key md_key_of(const struct md_call *call)
{
    const struct md_target *target = &call->target;
    struct md_key key = {.cmd = hash_cmd(call->json)};

    if (target->word_count > 0) {
        key.first = hash_first(target);
        key.last = hash_last(target);
    }
    return key;
}
