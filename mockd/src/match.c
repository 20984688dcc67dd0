/* SPDX-License-Identifier: MIT */
#include "match.h"

#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "json.h"
#include "life.h"
#include "pattern.h"
#include "query.h"

static bool is_unknown(const struct md_call *call, const char *text)
{
    return md_containers_find(call->containers, text) == NULL &&
           md_execs_find(call->execs, text) == NULL;
}

/* A rule about a container that its file made answers for the made ones that
 * are as far. One about another container answers for all that run, and for
 * those of whose calls there is nothing better. */
static bool fits_container(const struct md_rule *rule,
                           const struct md_call *call, const char *text)
{
    const struct md_container *found =
        md_containers_find(call->containers, text);

    if (rule->life != NULL && rule->stage == MD_PHASE_GONE) {
        return is_unknown(call, text);
    }
    if (rule->life != NULL) {
        return found != NULL && found->life != NULL &&
               md_life_fits(rule, found->stage);
    }
    return found != NULL &&
           (!call->is_staged || found->stage == MD_PHASE_RUNNING);
}

static bool fits_var(const struct md_fixture *fixture,
                     const struct md_rule *rule, int var,
                     const struct md_call *call, const char *text)
{
    switch (fixture->vars[var].kind) {
    case MD_VAR_NAME:
    case MD_VAR_CID:
        return fits_container(rule, call, text);
    case MD_VAR_EID:
        return call->exec != NULL && call->exec->fixture == fixture &&
               call->exec->var == var && strcmp(call->exec->id, text) == 0;
    case MD_VAR_ANY:
        return is_unknown(call, text);
    }
    return false;
}

static bool fits_word(const struct md_fixture *fixture,
                      const struct md_rule *rule, const char *wanted, int var,
                      const struct md_call *call, const char *got)
{
    return var == MD_NO_VAR ? strcmp(wanted, got) == 0
                            : fits_var(fixture, rule, var, call, got);
}

/* A plain number from 1 to 65535, as a terminal's size is. */
static bool is_size(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len <= 5 && strspn(text, "0123456789") == len &&
           text[0] != '0';
}

static bool is_resize(const struct md_target *target)
{
    return target->word_count > 0 &&
           strcmp(target->words[target->word_count - 1], "resize") == 0;
}

/* Is the rule's parameter in the request? */
static bool fits_param(const struct md_fixture *fixture,
                       const struct md_rule *rule, size_t index,
                       const struct md_call *call,
                       enum md_strictness strictness)
{
    const struct md_param *wanted = &rule->on.target.params[index];

    for (size_t i = 0; i < call->target.param_count; i++) {
        const struct md_param *got = &call->target.params[i];

        if (strcmp(wanted->key, got->key) == 0 &&
            (fits_word(fixture, rule, wanted->value, rule->on.param_vars[index],
                       call, got->value) ||
             (strictness == MD_LOOSE &&
              (md_query_is_same(wanted, got) ||
               (is_resize(&rule->on.target) && is_size(wanted->value) &&
                is_size(got->value)))))) {
            return true;
        }
    }
    return false;
}

/* How many parameters say something that their absence would not? */
static size_t count_params(const struct md_target *target)
{
    size_t count = 0;

    for (size_t i = 0; i < target->param_count; i++) {
        count += md_query_is_usual(target, &target->params[i]) ? 0 : 1;
    }
    return count;
}

static bool fits_query(const struct md_fixture *fixture,
                       const struct md_rule *rule, const struct md_call *call,
                       enum md_strictness strictness)
{
    const struct md_target *wanted = &rule->on.target;
    bool is_loose = strictness == MD_LOOSE;

    if (is_loose && rule->is_making) {
        return true; /* what a client says there it says in the body, too */
    }
    if (is_loose ? count_params(wanted) != count_params(&call->target)
                 : wanted->param_count != call->target.param_count) {
        return false;
    }
    for (size_t i = 0; i < wanted->param_count; i++) {
        if (!(is_loose && md_query_is_usual(wanted, &wanted->params[i])) &&
            !fits_param(fixture, rule, i, call, strictness)) {
            return false;
        }
    }
    return true;
}

bool md_match_path(const struct md_fixture *fixture, const struct md_rule *rule,
                   const struct md_call *call, const char *method,
                   enum md_strictness strictness)
{
    const struct md_target *wanted = &rule->on.target;

    if (wanted->word_count != call->target.word_count ||
        strcmp(wanted->method, method) != 0) {
        return false;
    }
    for (size_t i = 0; i < wanted->word_count; i++) {
        if (!fits_word(fixture, rule, wanted->words[i], rule->on.word_vars[i],
                       call, call->target.words[i])) {
            return false;
        }
    }
    return fits_query(fixture, rule, call, strictness);
}

static bool is_same_field(const struct md_json *wanted,
                          const struct md_json *got, const char *field)
{
    const struct md_json *a = md_json_get_any_case(wanted, field);
    const struct md_json *b = md_json_get_any_case(got, field);

    return (md_json_is_empty(a) && md_json_is_empty(b)) ||
           md_json_is_equal(a, b);
}

int md_match_rank(const struct md_rule *rule)
{
    if (rule->has_body) {
        return 4;
    }
    if (rule->json != NULL) {
        return 3;
    }
    return rule->pattern != NULL ? 1 : rule->subset != NULL ? 2 : 0;
}

const char *md_match_create(const struct md_json *wanted,
                            const struct md_json *got)
{
    static const char *const always[] = {
        "Cmd", "Tty",  "AttachStdin", "AttachStdout", "AttachStderr",
        "Env", "User", "WorkingDir",  "Privileged"};
    static const char *const if_wanted[] = {"DetachKeys", "ConsoleSize"};

    if (!md_json_is_object(wanted) || !md_json_is_object(got)) {
        return md_json_is_equal(wanted, got) ? NULL : always[0];
    }
    for (size_t i = 0; i < MD_COUNT_OF(always); i++) {
        if (!is_same_field(wanted, got, always[i])) {
            return always[i];
        }
    }
    for (size_t i = 0; i < MD_COUNT_OF(if_wanted); i++) {
        if (md_json_get_any_case(wanted, if_wanted[i]) != NULL &&
            !is_same_field(wanted, got, if_wanted[i])) {
            return if_wanted[i];
        }
    }
    return NULL;
}

/* What a container is; the rest is how it is fitted up. */
static bool is_same_container(const struct md_json *wanted,
                              const struct md_json *got)
{
    static const char *const fields[] = {"Image", "Cmd",        "Entrypoint",
                                         "Env",   "WorkingDir", "User",
                                         "Tty",   "OpenStdin"};

    if (!md_json_is_object(wanted) || !md_json_is_object(got)) {
        return md_json_is_equal(wanted, got);
    }
    for (size_t i = 0; i < MD_COUNT_OF(fields); i++) {
        if (!is_same_field(wanted, got, fields[i])) {
            return false;
        }
    }
    return true;
}

/* A name in use is refused, and no other one. */
static bool fits_name(const struct md_rule *rule, const struct md_call *call)
{
    bool is_used = call->name != NULL &&
                   md_containers_find(call->containers, call->name) != NULL;

    return (rule->life != NULL) == is_used;
}

static bool has_bytes(const struct md_payload *wanted, const uint8_t *got,
                      size_t len)
{
    MD_CLEANUP(md_cleanup_free) uint8_t *bytes = NULL;

    if (wanted->len != len) {
        return false; /* also bounds what is allocated below */
    }
    if (len == 0 || wanted->kind == MD_PAYLOAD_BYTES) {
        return len == 0 || memcmp(wanted->bytes, got, len) == 0;
    }
    bytes = malloc(len);
    return bytes != NULL &&
           md_payload_read(wanted, 0, bytes, len, NULL) == MOCKD_OK &&
           memcmp(bytes, got, len) == 0;
}

/* Only what is asked for; keys of any case, and absent, null, false and empty
 * are the same, as in a create. */
static bool has_members(const struct md_rule *rule, const struct md_json *got)
{
    for (const struct md_json *item = md_json_first(rule->subset); item != NULL;
         item = md_json_next(item)) {
        if (!is_same_field(rule->subset, got, md_json_key(item))) {
            return false;
        }
    }
    return rule->pattern == NULL ||
           md_pattern_match(rule->pattern, got) == NULL;
}

/* A container that does not run refuses each exec, whatever its command. */
static bool is_refusal(const struct md_rule *rule)
{
    return rule->is_create && rule->life != NULL &&
           rule->stage != MD_PHASE_RUNNING && rule->reply_head.status >= 400;
}

bool md_match_body(const struct md_rule *rule, const struct md_call *call)
{
    if (is_refusal(rule)) {
        return true;
    }
    if (rule->is_making && !fits_name(rule, call)) {
        return false;
    }
    if (rule->has_body) {
        return has_bytes(&rule->body, call->body, call->body_len);
    }
    if (rule->subset != NULL || rule->pattern != NULL) {
        return md_json_is_object(call->json) && has_members(rule, call->json);
    }
    if (rule->json == NULL) {
        return true;
    }
    if (call->json == NULL) {
        return false;
    }
    if (rule->is_create) {
        return md_match_create(rule->json, call->json) == NULL;
    }
    if (rule->is_making) {
        return is_same_container(rule->json, call->json);
    }
    if (rule->is_start) {
        return is_same_field(rule->json, call->json, "Detach");
    }
    return md_json_is_equal(rule->json, call->json);
}
