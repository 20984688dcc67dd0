/* SPDX-License-Identifier: MIT */
#include "exec.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "journal.h"

#define ID_ATTEMPTS 100 /* for literals so short that ids run out */

static void free_exec(struct md_exec *exec)
{
    free(exec->id);
    free(exec->given);
    free(exec->inspect);
    free(exec->container_id);
    free(exec);
}

void md_execs_release(struct md_execs *execs)
{
    for (size_t i = 0; i < MD_EXEC_BUCKETS; i++) {
        struct md_exec *exec = execs->buckets[i];

        while (exec != NULL) {
            struct md_exec *next = exec->next;

            free_exec(exec);
            exec = next;
        }
        execs->buckets[i] = NULL;
    }
    execs->count = 0;
    execs->inspect_bytes = 0;
    execs->releases++;
}

static size_t bucket_of(const char *id)
{
    uint32_t hash = 2166136261U; /* FNV-1a */

    for (; *id != '\0'; id++) {
        hash = (hash ^ (unsigned char)*id) * 16777619U;
    }
    return hash % MD_EXEC_BUCKETS;
}

struct md_exec *md_execs_find(const struct md_execs *execs, const char *id)
{
    struct md_exec *exec = execs->buckets[bucket_of(id)];

    while (exec != NULL && strcmp(exec->id, id) != 0) {
        exec = exec->next;
    }
    return exec;
}

/* splitmix64: ids need to differ, not to be secret. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void fill_id(uint64_t *seed, char *id, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t bits = 0;

    for (size_t i = 0; i < len; i++) {
        bits = i % 16 == 0 ? next_random(seed) : bits >> 4;
        id[i] = digits[bits & 15];
    }
    id[len] = '\0';
}

enum mockd_code md_execs_fresh_id(struct md_execs *execs, const char *literal,
                                  char *out_id, struct mockd_error *err)
{
    size_t len = strlen(literal);

    for (int i = 0; i < ID_ATTEMPTS; i++) {
        fill_id(&execs->seed, out_id, len);
        if (md_execs_find(execs, out_id) == NULL &&
            strcmp(out_id, literal) != 0) {
            return MOCKD_OK;
        }
    }
    return md_fail(err, MOCKD_E_SYSTEM,
                   "no free id of %zu digits; record longer ids", len);
}

enum mockd_code md_execs_add(struct md_execs *execs, struct md_fixture *fixture,
                             int var, struct md_exec **out_exec,
                             struct mockd_error *err)
{
    const char *literal = fixture->vars[var].value;
    struct md_exec *exec = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (execs->count == MD_EXECS_MAX) {
        return md_fail(err, MOCKD_E_SYSTEM,
                       "%d execs were made; start a fresh mock", MD_EXECS_MAX);
    }
    exec = calloc(1, sizeof(*exec));
    if (exec == NULL) {
        return md_fail_nomem(err);
    }
    *exec = (struct md_exec){.fixture = fixture,
                             .var = var,
                             .phase = MD_PHASE_CREATED,
                             .journal = execs->journal};
    exec->id = malloc(strlen(literal) + 1);
    exec->given = calloc(fixture->rule_count, sizeof(*exec->given));
    rc = exec->id == NULL || exec->given == NULL
             ? md_fail_nomem(err)
             : md_execs_fresh_id(execs, literal, exec->id, err);
    if (rc != MOCKD_OK) {
        free_exec(exec);
        return rc;
    }
    exec->next = execs->buckets[bucket_of(exec->id)];
    execs->buckets[bucket_of(exec->id)] = exec;
    execs->count++;
    md_journal_exec(execs->journal, exec);
    *out_exec = exec;
    return MOCKD_OK;
}

const struct md_rule *md_row_next(const struct md_fixture *fixture,
                                  const struct md_rule *rule, uint32_t *given)
{
    const struct md_rule *at = &fixture->rules[rule->group];
    uint32_t count = given[rule->group];

    while (at->alike != NULL && count >= at->times) {
        count -= at->times;
        at = at->alike;
    }
    if (given[rule->group] < UINT32_MAX) {
        given[rule->group]++;
    }
    return at;
}

bool md_row_is_used_up(const struct md_fixture *fixture,
                       const struct md_rule *rule, const uint32_t *given)
{
    uint64_t total = 0;

    for (const struct md_rule *at = &fixture->rules[rule->group]; at != NULL;
         at = at->alike) {
        total += at->times;
    }
    return given[rule->group] >= total;
}

void md_resizes_add(struct md_resizes *resizes, struct md_size size)
{
    resizes->kept[resizes->count % MD_RESIZES_KEPT] = size;
    resizes->count++;
}

void md_exec_move(struct md_exec *exec, enum md_phase phase)
{
    if (phase > exec->phase) {
        exec->phase = phase;
        md_journal_exec(exec->journal, exec);
    }
}
