/* SPDX-License-Identifier: MIT */
#include "choice.h"

#include <string.h>

#include "json.h"

#define API_WITH_STREAM_TYPES                                                  \
    42 /* 1.42: multiplexed-stream for framed ones                             \
        */

static bool fits_method_and_path(const struct md_fixture *fixture,
                                 const struct md_rule *rule,
                                 const struct md_call *call,
                                 enum md_strictness strictness)
{
    const char *method = call->target.method;

    return md_match_path(fixture, rule, call, method, strictness) ||
           (strcmp(method, "HEAD") == 0 &&
            md_match_path(fixture, rule, call, "GET", strictness));
}

/* Of a container that was made its own life is recorded best, then another
 * one's. */
static int nearness(const struct md_rule *rule, const struct md_call *call)
{
    if (rule->life == NULL || call->container == NULL) {
        return 0;
    }
    return rule->life == call->container->life ? 2 : 1;
}

/* A create goes to the rule that asks most, then has most fields, all else to
 * the first. A HEAD recorded as such beats a GET. */
static bool is_better(const struct md_rule *rule, const struct md_rule *best,
                      const struct md_call *call)
{
    int nearer = 0;

    if (best == NULL) {
        return true;
    }
    nearer = nearness(rule, call) - nearness(best, call);
    if (nearer != 0) {
        return nearer > 0;
    }
    if (rule->is_making) {
        return !md_json_is_equal(best->json, call->json) &&
               md_json_is_equal(rule->json, call->json);
    }
    if (rule->is_create && best->is_create) {
        int more = md_match_rank(rule) - md_match_rank(best);

        return more > 0 || (more == 0 && rule->json_fields > best->json_fields);
    }
    return strcmp(best->on.target.method, call->target.method) != 0 &&
           strcmp(rule->on.target.method, call->target.method) == 0;
}

/* Is it about a name that the engine did not know? */
static bool is_about_nothing(const struct md_rule *rule)
{
    return rule->on.any != MD_NO_VAR ||
           (rule->life != NULL && rule->stage == MD_PHASE_GONE);
}

/* What all four looks at the rules have in common. */
struct look {
    const struct md_profile *profile;
    const struct md_index_list *list;
    const struct md_call *call;
    struct md_key key;
};

static struct md_choice choose_common(const struct look *look, bool wants_any,
                                      enum md_strictness strictness)
{
    const struct md_call *call = look->call;
    struct md_choice best = {0};

    for (size_t i = 0; i < look->list->count; i++) {
        const struct md_index_entry *at = &look->list->entries[i];
        struct md_fixture *fixture = NULL;

        if (!md_key_fits(&at->key, &look->key)) {
            continue;
        }
        fixture = look->profile->fixtures[at->fixture];
        if (is_about_nothing(at->rule) == wants_any &&
            fits_method_and_path(fixture, at->rule, call, strictness) &&
            md_match_body(at->rule, call) &&
            is_better(at->rule, best.rule, call)) {
            best = (struct md_choice){fixture, at->fixture, at->rule};
        }
    }
    return best;
}

struct md_choice md_choose_common(const struct md_profile *profile,
                                  const struct md_index *index,
                                  const struct md_call *call)
{
    struct look look = {
        .profile = profile, .call = call, .key = md_key_of(call)};
    struct md_choice choice = {0};

    look.list = md_index_find(index, &look.key);
    choice = choose_common(&look, false, MD_EXACT);
    if (choice.rule == NULL) {
        choice = choose_common(&look, false, MD_LOOSE);
    }
    if (choice.rule == NULL) {
        choice = choose_common(&look, true, MD_EXACT);
    }
    if (choice.rule == NULL) {
        choice = choose_common(&look, true, MD_LOOSE);
    }
    return choice;
}

bool md_is_detached(const struct md_call *call)
{
    return md_json_is_true(md_json_get_any_case(call->json, "Detach"));
}

static bool is_detached_rule(const struct md_rule *rule)
{
    return md_json_is_true(md_json_get_any_case(rule->json, "Detach"));
}

static bool is_in_phase(const struct md_rule *rule, enum md_phase phase)
{
    return rule->phase == MD_PHASE_ANY || rule->phase == phase;
}

static bool is_own(const struct md_rule *rule, const struct md_call *call,
                   enum md_strictness strictness)
{
    return rule->on.eid == call->exec->var &&
           fits_method_and_path(call->exec->fixture, rule, call, strictness);
}

static bool is_same_way(const struct md_rule *rule, const struct md_call *call)
{
    return rule->stream == NULL ||
           (!md_is_detached(call) &&
            (!rule->has_upgrade || rule->upgrade == call->has_upgrade));
}

static const struct md_rule *choose_own(const struct md_call *call,
                                        enum md_strictness strictness)
{
    const struct md_fixture *fixture = call->exec->fixture;
    const struct md_rule *best = NULL;

    for (size_t i = 0; i < fixture->rule_count; i++) {
        const struct md_rule *rule = &fixture->rules[i];

        if (is_own(rule, call, strictness) &&
            is_in_phase(rule, call->exec->phase) && md_match_body(rule, call) &&
            is_same_way(rule, call) &&
            (best == NULL || md_match_rank(rule) > md_match_rank(best))) {
            best = rule;
        }
    }
    return best;
}

struct md_choice md_choose_own(const struct md_call *call)
{
    struct md_choice choice = {.fixture = call->exec->fixture};

    choice.rule = choose_own(call, MD_EXACT);
    if (choice.rule == NULL) {
        choice.rule = choose_own(call, MD_LOOSE);
    }
    return choice;
}

const struct md_rule *md_choose_stream(const struct md_call *call)
{
    const struct md_fixture *fixture = call->exec->fixture;

    for (size_t i = 0; i < fixture->rule_count; i++) {
        const struct md_rule *rule = &fixture->rules[i];

        if (rule->stream != NULL && is_own(rule, call, MD_EXACT) &&
            is_in_phase(rule, call->exec->phase)) {
            return rule;
        }
    }
    return NULL;
}

static bool wants_tty(const struct md_json *json)
{
    return md_json_is_true(md_json_get_any_case(json, "Tty"));
}

/* Does the head name the stream as an engine would for this API version? */
static bool has_fitting_type(const struct md_head *head,
                             const struct md_call *call)
{
    const char *type = md_head_value(head, "Content-Type");
    bool is_multiplexed =
        type != NULL && strstr(type, "multiplexed-stream") != NULL;

    if (!call->target.has_version || !call->has_upgrade) {
        return true;
    }
    return is_multiplexed == (call->target.minor >= API_WITH_STREAM_TYPES &&
                              !wants_tty(call->json));
}

/* How well @rule can lend its head or reply; 0 = not at all. */
static int donor_score(const struct md_rule *rule, const struct md_call *call)
{
    bool is_detached = md_is_detached(call);
    int score = 1;

    if (!rule->is_start || rule->on.eid == MD_NO_VAR || rule->has_body) {
        return 0;
    }
    if (is_detached) {
        bool is_success = rule->reply_head.status < 300;
        bool wants_success = call->exec->phase == MD_PHASE_CREATED;

        return rule->stream == NULL && is_detached_rule(rule) &&
                       is_in_phase(rule, call->exec->phase) &&
                       is_success == wants_success
                   ? 1
                   : 0;
    }
    if (rule->stream == NULL || rule->upgrade != call->has_upgrade) {
        return 0;
    }
    score += wants_tty(rule->json) == wants_tty(call->json) ? 4 : 0;
    score += has_fitting_type(&rule->stream->head, call) ? 2 : 0;
    score += is_in_phase(rule, call->exec->phase) ? 1 : 0;
    return score;
}

struct md_choice md_choose_donor(const struct md_profile *profile,
                                 const struct md_call *call)
{
    struct md_choice best = {0};
    struct md_choice at = {0};
    int best_score = 0;

    while (md_profile_next(profile, &at)) {
        /* a script has nothing to lend that an engine was seen sending */
        int score = at.fixture->is_script ? 0 : donor_score(at.rule, call);

        if (score > best_score) {
            best = at;
            best_score = score;
        }
    }
    return best;
}

unsigned md_recorded_phases(const struct md_call *call)
{
    const struct md_fixture *fixture = call->exec->fixture;
    unsigned phases = 0;

    for (size_t i = 0; i < fixture->rule_count; i++) {
        if (is_own(&fixture->rules[i], call, MD_LOOSE)) {
            phases |= 1U << fixture->rules[i].phase;
        }
    }
    return phases;
}

/* How alike two creates are: the same command counts most. */
static int likeness(const struct md_json *wanted, const struct md_json *got)
{
    const struct md_json *a = md_json_get_any_case(wanted, "Cmd");
    const struct md_json *b = md_json_get_any_case(got, "Cmd");

    if (md_json_is_equal(a, b)) {
        return 3;
    }
    return md_json_is_equal(md_json_first(a), md_json_first(b)) ? 2 : 1;
}

struct md_choice md_choose_closest(const struct md_profile *profile,
                                   const struct md_call *call,
                                   const char **out_field)
{
    struct md_choice best = {0};
    struct md_choice at = {0};
    int best_score = 0;

    while (md_profile_next(profile, &at)) {
        bool is_candidate =
            at.rule->is_create && at.rule->json != NULL && call->json != NULL &&
            fits_method_and_path(at.fixture, at.rule, call, MD_EXACT);
        int score = is_candidate ? likeness(at.rule->json, call->json) : 0;

        if (score > best_score) {
            best = at;
            best_score = score;
        }
    }
    if (best.rule != NULL) {
        *out_field = md_match_create(best.rule->json, call->json);
    }
    return best;
}

unsigned md_recorded_stages(const struct md_profile *profile,
                            const struct md_call *call,
                            const struct md_fixture **out_fixture)
{
    struct md_choice at = {0};
    unsigned stages = 0;

    while (md_profile_next(profile, &at)) {
        const struct md_target *wanted = &at.rule->on.target;

        if (at.rule->life != NULL && at.rule->stage != MD_PHASE_GONE &&
            !at.rule->is_create && /* any file's will do where it runs */
            strcmp(wanted->method, call->target.method) == 0 &&
            wanted->word_count == call->target.word_count &&
            (wanted->word_count < 3 ||
             strcmp(wanted->words[2], call->target.words[2]) == 0)) {
            stages |= 1U << at.rule->stage;
            *out_fixture = at.fixture;
        }
    }
    return stages;
}
