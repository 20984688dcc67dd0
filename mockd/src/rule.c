/* SPDX-License-Identifier: MIT */
/* rule.c - the rule lines of an .execcast file. */
#include <string.h>

#include "bounds.h"
#include "json.h"
#include "loader.h"
#include "on.h"

static bool has_shape(const struct md_target *target, const char *first,
                      const char *last)
{
    return strcmp(target->method, "POST") == 0 && target->word_count == 3 &&
           strcmp(target->words[0], first) == 0 &&
           strcmp(target->words[2], last) == 0;
}

static enum mockd_code parse_on(struct md_loader *loader,
                                const struct md_json *line,
                                struct md_rule *rule, struct mockd_error *err)
{
    const char *text = md_json_text(md_json_get(line, "on"));
    enum mockd_code rc = MOCKD_OK;

    if (text == NULL) {
        return md_fail(err, MOCKD_E_FIXTURE, "rule: on is not a string");
    }
    rc = md_on_parse(loader->fixture, text, &rule->on, err);
    if (rc == MOCKD_OK) {
        rule->is_create = has_shape(&rule->on.target, "containers", "exec");
        rule->is_start = has_shape(&rule->on.target, "exec", "start");
    }
    return rc;
}

static enum mockd_code parse_phase(const struct md_json *line,
                                   struct md_rule *rule,
                                   struct mockd_error *err)
{
    const struct md_json *phase = md_json_get(line, "phase");
    const char *text = md_json_text(phase);

    if (phase == NULL) {
        return MOCKD_OK;
    }
    for (int i = MD_PHASE_CREATED; i <= MD_PHASE_EXITED; i++) {
        enum md_phase known = (enum md_phase)i;

        if (text != NULL && strcmp(text, md_phase_name(known)) == 0) {
            rule->phase = known;
        }
    }
    if (rule->phase == MD_PHASE_ANY) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "phase: not \"created\", \"running\" or \"exited\"");
    }
    if (rule->on.eid == MD_NO_VAR) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "phase: only for a path with an {EID}");
    }
    return MOCKD_OK;
}

static enum mockd_code parse_match(struct md_loader *loader,
                                   struct md_json *line, struct md_rule *rule,
                                   struct mockd_error *err)
{
    static const char *const keys[] = {"json", "body", NULL};
    const struct md_json *match = md_json_get(line, "match");
    struct md_json *taken = NULL;
    enum mockd_code rc = md_keys_check(match, keys, "match", err);

    if (match == NULL || rc != MOCKD_OK) {
        return rc;
    }
    if (!md_json_is_object(match) || md_json_count(match) != 1) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "match: not {\"json\":VALUE} or {\"body\":PAYLOAD}");
    }
    if (md_json_get(match, "json") == NULL) {
        rule->has_body = true;
        return md_payload_parse(md_json_get(match, "body"),
                                &loader->fixture->home, &rule->body, err);
    }
    taken = md_json_take(line, "match");
    rule->json = md_json_take(taken, "json");
    md_json_free(taken);
    rule->json_fields = md_json_count(rule->json);
    return MOCKD_OK;
}

static enum mockd_code parse_reply(struct md_loader *loader,
                                   const struct md_json *reply,
                                   struct md_rule *rule,
                                   struct mockd_error *err)
{
    static const char *const keys[] = {"head", "body", NULL};
    const struct md_json *body = md_json_get(reply, "body");
    enum mockd_code rc = md_keys_check(reply, keys, "reply", err);

    if (rc == MOCKD_OK && !md_json_is_object(reply)) {
        rc = md_fail(err, MOCKD_E_FIXTURE, "reply: not an object");
    }
    if (rc == MOCKD_OK) {
        rc = md_head_parse(loader, md_json_get(reply, "head"),
                           &rule->reply_head, err);
    }
    if (rc == MOCKD_OK && rule->reply_head.status < 200) {
        rc = md_fail(err, MOCKD_E_FIXTURE,
                     "reply: %d is no final answer; an attached start has a "
                     "stream",
                     rule->reply_head.status);
    }
    if (rc == MOCKD_OK && body != NULL) {
        rc = md_payload_parse(body, &loader->fixture->home, &rule->reply_body,
                              err);
    }
    return rc;
}

static enum mockd_code parse_stream(struct md_loader *loader,
                                    const struct md_json *line,
                                    struct md_rule *rule,
                                    struct mockd_error *err)
{
    const char *name = md_json_text(md_json_get(line, "stream"));

    if (name == NULL || name[0] == '\0') {
        return md_fail(err, MOCKD_E_FIXTURE, "rule: stream is not a name");
    }
    if (!rule->is_start || rule->on.eid == MD_NO_VAR) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "rule: only POST /exec/{EID}/start has a stream");
    }
    return md_loader_stream(loader, name, &rule->stream, err);
}

static enum mockd_code parse_answer(struct md_loader *loader,
                                    const struct md_json *line,
                                    struct md_rule *rule,
                                    struct mockd_error *err)
{
    const struct md_json *reply = md_json_get(line, "reply");
    const struct md_json *stream = md_json_get(line, "stream");

    if ((reply == NULL) == (stream == NULL)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "rule: has %s; it needs a reply or a stream",
                       reply == NULL ? "no answer" : "two answers");
    }
    return reply != NULL ? parse_reply(loader, reply, rule, err)
                         : parse_stream(loader, line, rule, err);
}

static enum mockd_code parse_upgrade(const struct md_json *line,
                                     struct md_rule *rule,
                                     struct mockd_error *err)
{
    const struct md_json *upgrade = md_json_get(line, "upgrade");

    rule->has_upgrade = upgrade != NULL;
    rule->upgrade = md_json_is_true(upgrade);
    if (upgrade != NULL && !md_json_is_bool(upgrade)) {
        return md_fail(err, MOCKD_E_FIXTURE, "upgrade: not true or false");
    }
    if ((upgrade != NULL) != (rule->stream != NULL)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "upgrade: a start with a stream has it, and no other");
    }
    return MOCKD_OK;
}

static enum mockd_code parse_makes(const struct md_fixture *fixture,
                                   const struct md_json *line,
                                   struct md_rule *rule,
                                   struct mockd_error *err)
{
    const struct md_json *makes = md_json_get(line, "makes");
    const char *name = md_json_text(makes);
    int var = MD_NO_VAR;

    rule->makes = MD_NO_VAR;
    if (makes == NULL) {
        return MOCKD_OK;
    }
    if (name != NULL) {
        var = md_fixture_find_var(fixture, name, strlen(name));
    }
    if (var == MD_NO_VAR || fixture->vars[var].kind != MD_VAR_EID) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "makes: \"%.60s\" is no EID of the header's vars",
                       name == NULL ? "" : name);
    }
    if (!rule->is_create || rule->stream != NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "makes: only for POST /containers/{NAME}/exec");
    }
    rule->makes = var;
    return MOCKD_OK;
}

static enum mockd_code parse_times(const struct md_json *line,
                                   struct md_rule *rule,
                                   struct mockd_error *err)
{
    const struct md_json *times = md_json_get(line, "times");
    int64_t count = 1;

    if (times != NULL && (rule->stream != NULL ||
                          !md_json_integer(times, 1, MD_TIMES_MAX, &count))) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "times: 1 to %d, and only for a reply", MD_TIMES_MAX);
    }
    rule->times = (uint32_t)count;
    return MOCKD_OK;
}

static bool is_same_match(const struct md_rule *a, const struct md_rule *b)
{
    if ((a->json == NULL) != (b->json == NULL) || a->has_body != b->has_body) {
        return false;
    }
    if (a->json != NULL) {
        return md_json_is_equal(a->json, b->json);
    }
    return !a->has_body ||
           (a->body.kind == MD_PAYLOAD_BYTES &&
            b->body.kind == MD_PAYLOAD_BYTES && a->body.len == b->body.len &&
            memcmp(a->body.bytes, b->body.bytes, a->body.len) == 0);
}

static bool is_alike(const struct md_rule *a, const struct md_rule *b)
{
    return strcmp(a->on.text, b->on.text) == 0 && a->phase == b->phase &&
           a->has_upgrade == b->has_upgrade && a->upgrade == b->upgrade &&
           is_same_match(a, b);
}

/* Rules move while the array grows, so rows are joined by index first. */
static void find_group(const struct md_fixture *fixture, struct md_rule *rule)
{
    rule->group = (uint32_t)fixture->rule_count;
    for (size_t i = 0; i < fixture->rule_count; i++) {
        if (fixture->rules[i].group == i &&
            is_alike(&fixture->rules[i], rule)) {
            rule->group = (uint32_t)i;
            return;
        }
    }
}

enum mockd_code md_rule_parse(struct md_loader *loader, struct md_json *line,
                              struct mockd_error *err)
{
    static const char *const keys[] = {"on",      "phase", "match",
                                       "upgrade", "reply", "stream",
                                       "makes",   "times", NULL};
    struct md_fixture *fixture = loader->fixture;
    void *rules = fixture->rules;
    struct md_rule *rule = NULL;
    enum mockd_code rc = md_keys_check(line, keys, "rule", err);

    if (rc == MOCKD_OK && fixture->rule_count == MD_RULES_MAX) {
        rc = md_fail(err, MOCKD_E_FIXTURE, "more than %d rules", MD_RULES_MAX);
    }
    if (rc == MOCKD_OK &&
        !md_loader_grow(&rules, fixture->rule_count, &loader->rule_size,
                        sizeof(*fixture->rules))) {
        rc = md_fail_nomem(err);
    }
    fixture->rules = rules;
    if (rc != MOCKD_OK) {
        return rc;
    }
    rule = &fixture->rules[fixture->rule_count];
    *rule = (struct md_rule){.fixture = fixture, .line = loader->line};
    rc = parse_on(loader, line, rule, err);
    if (rc == MOCKD_OK) {
        rc = parse_phase(line, rule, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_answer(loader, line, rule, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_upgrade(line, rule, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_makes(fixture, line, rule, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_times(line, rule, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_match(loader, line, rule, err);
    }
    if (rc == MOCKD_OK) {
        find_group(fixture, rule);
        fixture->rule_count++;
    } else {
        md_json_free(rule->json);
    }
    return rc;
}
