/* SPDX-License-Identifier: MIT */
#include "on.h"

#include <string.h>

static enum mockd_code find_var(const struct md_fixture *fixture,
                                const char *word, int *out_var,
                                struct mockd_error *err)
{
    size_t len = strlen(word);

    *out_var = MD_NO_VAR;
    if (strpbrk(word, "{}") == NULL) {
        return MOCKD_OK;
    }
    if (len < 3 || word[0] != '{' || strcspn(word, "}") != len - 1) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "on: \"%.60s\": a variable in braces is a whole part of "
                       "the path",
                       word);
    }
    *out_var = md_fixture_find_var(fixture, word + 1, len - 2);
    if (*out_var == MD_NO_VAR) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "on: %.60s is not in the header's vars", word);
    }
    return MOCKD_OK;
}

/* Keep the first EID and the first ANY of the path. */
static enum mockd_code note_var(const struct md_fixture *fixture, int var,
                                struct md_on *on, struct mockd_error *err)
{
    enum md_var_kind kind =
        var == MD_NO_VAR ? MD_VAR_NAME : fixture->vars[var].kind;
    int *kept = kind == MD_VAR_EID ? &on->eid : &on->any;

    if (kind != MD_VAR_EID && kind != MD_VAR_ANY) {
        return MOCKD_OK;
    }
    if (*kept != MD_NO_VAR) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "on: two variables of one kind in a path");
    }
    *kept = var;
    return MOCKD_OK;
}

/* JSON, as filters are: its braces, escaped in the query, name no variable. */
static bool is_object(const char *value)
{
    return strncmp(value, "{\"", 2) == 0 || strcmp(value, "{}") == 0;
}

static enum mockd_code find_vars(struct md_fixture *fixture, struct md_on *on,
                                 struct mockd_error *err)
{
    const struct md_target *target = &on->target;
    int *words =
        md_arena_array(&fixture->arena, target->word_count, sizeof(*words));
    int *params =
        md_arena_array(&fixture->arena, target->param_count, sizeof(*params));
    enum mockd_code rc = MOCKD_OK;

    if (words == NULL || params == NULL) {
        return md_fail_nomem(err);
    }
    on->word_vars = words;
    on->param_vars = params;
    for (size_t i = 0; i < target->word_count && rc == MOCKD_OK; i++) {
        rc = find_var(fixture, target->words[i], &words[i], err);
        if (rc == MOCKD_OK) {
            rc = note_var(fixture, words[i], on, err);
        }
    }
    for (size_t i = 0; i < target->param_count && rc == MOCKD_OK; i++) {
        const char *value = target->params[i].value;

        params[i] = MD_NO_VAR;
        if (!is_object(value)) {
            rc = find_var(fixture, value, &params[i], err);
        }
    }
    return rc;
}

enum mockd_code md_on_parse(struct md_fixture *fixture, const char *text,
                            struct md_on *out_on, struct mockd_error *err)
{
    struct md_on on = {.eid = MD_NO_VAR, .any = MD_NO_VAR};
    size_t method_len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    char *copy = md_arena_copy(&fixture->arena, text, strlen(text));
    char *method = md_arena_copy(&fixture->arena, text, method_len);
    enum mockd_code rc = MOCKD_OK;

    if (copy == NULL || method == NULL) {
        return md_fail_nomem(err);
    }
    if (method_len == 0 || text[method_len] != ' ') {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "on: \"%.60s\" is not a method, a blank and a path",
                       text);
    }
    on.text = copy;
    rc = md_target_parse(&fixture->arena, method, copy + method_len + 1,
                         &on.target, err);
    if (rc != MOCKD_OK) {
        return md_fail_while(err, rc, "on");
    }
    if (on.target.has_version) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "on: leave the /vN.M before the path out");
    }
    rc = find_vars(fixture, &on, err);
    if (rc == MOCKD_OK) {
        *out_on = on;
    }
    return rc;
}
