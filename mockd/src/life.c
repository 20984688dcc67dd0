/* SPDX-License-Identifier: MIT */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "json.h"
#include "query.h"

int md_life_twin(const struct md_fixture *fixture, int var, const char *kind)
{
    char name[MD_VAR_LEN_MAX + 8];
    const char *own = fixture->vars[var].name;
    int len = snprintf(name, sizeof(name), "%s%s", kind,
                       own + strcspn(own, "0123456789"));

    return md_fixture_find_var(fixture, name, (size_t)len);
}

bool md_life_has(const struct md_fixture *fixture, int var)
{
    const struct md_life *life = fixture->lives;

    while (life != NULL && life->cid != var && life->name != var) {
        life = life->next;
    }
    return life != NULL && var != MD_NO_VAR;
}

/* The CID whose value is the Id of a create's answer. */
static enum mockd_code find_made(const struct md_fixture *fixture,
                                 const struct md_rule *rule, int *out_cid,
                                 struct mockd_error *err)
{
    size_t len = (size_t)rule->reply_body.len; /* at most MD_PAYLOAD_MAX */
    MD_CLEANUP(md_cleanup_free) char *text = malloc(len + 1);
    MD_CLEANUP(md_json_cleanup) struct md_json *json = NULL;
    const char *id = NULL;
    enum mockd_code rc = MOCKD_OK;

    *out_cid = MD_NO_VAR;
    if (text == NULL) {
        return md_fail_nomem(err);
    }
    rc = md_payload_read(&rule->reply_body, 0, text, len, err);
    if (rc != MOCKD_OK) {
        return rc;
    }
    text[len] = '\0';
    if (md_json_parse(text, len, &json, NULL) == MOCKD_E_SYSTEM) {
        return md_fail_nomem(err);
    }
    id = md_json_text(md_json_get(json, "Id"));
    for (size_t i = 0; id != NULL && i < fixture->var_count; i++) {
        if (fixture->vars[i].kind == MD_VAR_CID &&
            strcmp(fixture->vars[i].value, id) == 0) {
            *out_cid = (int)i;
        }
    }
    return MOCKD_OK;
}

static enum mockd_code add_life(struct md_fixture *fixture,
                                struct md_rule *rule, struct mockd_error *err)
{
    struct md_life *life = NULL;
    int cid = MD_NO_VAR;
    enum mockd_code rc = find_made(fixture, rule, &cid, err);

    if (rc != MOCKD_OK || cid == MD_NO_VAR || md_life_has(fixture, cid)) {
        return rc;
    }
    life = md_arena_alloc(&fixture->arena, sizeof(*life));
    if (life == NULL) {
        return md_fail_nomem(err);
    }
    *life = (struct md_life){.next = fixture->lives,
                             .cid = cid,
                             .name = md_life_twin(fixture, cid, "NAME")};
    fixture->lives = life;
    rule->made = life;
    return MOCKD_OK;
}

/* Does the create ask for the name of that life? */
static bool asks_for(const struct md_rule *rule, const struct md_life *life)
{
    const struct md_target *target = &rule->on.target;

    for (size_t i = 0; i < target->param_count && life->name != MD_NO_VAR;
         i++) {
        const char *name = rule->fixture->vars[life->name].value;

        if (strcmp(target->params[i].key, "name") == 0 &&
            strcmp(target->params[i].value, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Walk one life from its beginning to its end. */
static void follow(struct md_fixture *fixture, struct md_life *life)
{
    enum md_phase stage = MD_PHASE_GONE;

    for (size_t i = 0; i < fixture->rule_count; i++) {
        struct md_rule *rule = &fixture->rules[i];
        const struct md_target *target = &rule->on.target;
        int var = target->word_count >= 2 ? rule->on.word_vars[1] : MD_NO_VAR;

        if (rule->made == life) {
            stage = MD_PHASE_CREATED;
        } else if (rule->is_making && rule->reply_head.status >= 400 &&
                   stage != MD_PHASE_GONE && asks_for(rule, life)) {
            rule->life = life; /* its name is in use */
            rule->stage = stage;
        } else if (var != MD_NO_VAR &&
                   (var == life->cid || var == life->name)) {
            rule->life = life;
            rule->stage = stage;
            stage = md_life_after(stage, target, rule->reply_head.status);
        }
    }
}

enum mockd_code md_lives_find(struct md_fixture *fixture,
                              struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    for (size_t i = 0; i < fixture->rule_count && rc == MOCKD_OK; i++) {
        struct md_rule *rule = &fixture->rules[i];

        if (rule->is_making && rule->reply_head.status == 201) {
            rc = add_life(fixture, rule, err);
        }
    }
    for (struct md_life *at = fixture->lives; at != NULL; at = at->next) {
        follow(fixture, at);
    }
    return rc;
}

/* Does the call end a container: no signal that may be outlived, no wait for
 * something else? */
static bool is_plain(const struct md_target *target)
{
    for (size_t i = 0; i < target->param_count; i++) {
        const struct md_param *param = &target->params[i];

        if ((strcmp(param->key, "signal") == 0 ||
             strcmp(param->key, "condition") == 0) &&
            !md_query_is_usual(target, param)) {
            return false;
        }
    }
    return true;
}

bool md_life_fits(const struct md_rule *rule, enum md_phase stage)
{
    const struct md_target *target = &rule->on.target;
    bool is_wait =
        target->word_count == 3 && strcmp(target->words[2], "wait") == 0;

    return stage == rule->stage ||
           (is_wait && stage < rule->stage && rule->stage != MD_PHASE_GONE);
}

enum md_phase md_life_after(enum md_phase stage, const struct md_target *target,
                            int status)
{
    static const struct {
        const char *verb;
        enum md_phase from; /* ANY = each one */
        enum md_phase to;
    } moves[] = {{"start", MD_PHASE_ANY, MD_PHASE_RUNNING},
                 {"restart", MD_PHASE_ANY, MD_PHASE_RUNNING},
                 {"stop", MD_PHASE_RUNNING, MD_PHASE_EXITED},
                 {"kill", MD_PHASE_RUNNING, MD_PHASE_EXITED},
                 {"wait", MD_PHASE_RUNNING, MD_PHASE_EXITED}};
    const char *verb = target->word_count == 3 ? target->words[2] : "";

    if (status < 200 || status >= 300) {
        return stage;
    }
    if (target->word_count == 2 && strcmp(target->method, "DELETE") == 0) {
        return MD_PHASE_GONE;
    }
    for (size_t i = 0; i < MD_COUNT_OF(moves); i++) {
        if (strcmp(verb, moves[i].verb) == 0 &&
            strcmp(target->method, "POST") == 0 &&
            (moves[i].from == MD_PHASE_ANY || moves[i].from == stage) &&
            is_plain(target)) {
            return moves[i].to;
        }
    }
    return stage;
}
