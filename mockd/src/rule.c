/* SPDX-License-Identifier: MIT */
/* rule.c - the rule lines of an .execcast file. */
#include <string.h>

#include "bounds.h"
#include "json.h"
#include "loader.h"
#include "on.h"
#include "pattern.h"
#include "usual.h"

static bool has_shape(const struct md_target *target, const char *method,
                      const char *first, const char *last)
{
    return strcmp(target->method, method) == 0 && target->word_count == 3 &&
           strcmp(target->words[0], first) == 0 &&
           strcmp(target->words[2], last) == 0;
}

static bool is_making(const struct md_target *target)
{
    return strcmp(target->method, "POST") == 0 && target->word_count == 2 &&
           strcmp(target->words[0], "containers") == 0 &&
           strcmp(target->words[1], "create") == 0;
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
        rule->is_create =
            has_shape(&rule->on.target, "POST", "containers", "exec");
        rule->is_start = has_shape(&rule->on.target, "POST", "exec", "start");
        rule->is_inspect = has_shape(&rule->on.target, "GET", "exec", "json");
        rule->is_making = is_making(&rule->on.target);
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

/* It is held in memory as a whole, unlike what a stream sends. */
static enum mockd_code parse_body(struct md_loader *loader,
                                  const struct md_json *value,
                                  struct md_payload *out_body,
                                  struct mockd_error *err)
{
    enum mockd_code rc =
        md_payload_parse(value, &loader->fixture->home, out_body, err);

    if (rc == MOCKD_OK && out_body->len > MD_PAYLOAD_MAX) {
        rc = md_fail(err, MOCKD_E_FIXTURE,
                     "body: over %d bytes; only a stream sends more",
                     MD_PAYLOAD_MAX);
    }
    return rc;
}

/* What a script may ask of a request's members. */
static enum mockd_code parse_members(struct md_json *line, struct md_rule *rule,
                                     struct mockd_error *err)
{
    struct md_json *match = md_json_take(line, "match");
    const struct md_json *pattern = md_json_get(match, "pattern");
    enum mockd_code rc = MOCKD_OK;

    rule->json_fields =
        md_json_count(md_json_get(match, "subset")) + md_json_count(pattern);
    if (pattern != NULL) {
        rc = md_pattern_parse(pattern, &rule->pattern, err);
    }
    rule->subset = md_json_take(match, "subset");
    md_json_free(match);
    if (rc == MOCKD_OK && rule->subset != NULL &&
        !md_json_is_object(rule->subset)) {
        rc = md_fail(err, MOCKD_E_FIXTURE, "subset: not an object of members");
    }
    return rc;
}

static bool has_members(const struct md_json *match)
{
    size_t count = (md_json_get(match, "subset") != NULL ? 1U : 0U) +
                   (md_json_get(match, "pattern") != NULL ? 1U : 0U);

    return count > 0 && count == md_json_count(match);
}

static enum mockd_code parse_match(struct md_loader *loader,
                                   struct md_json *line, struct md_rule *rule,
                                   struct mockd_error *err)
{
    static const char *const keys[] = {"json", "body", NULL};
    static const char *const script_keys[] = {"json", "body", "subset",
                                              "pattern", NULL};
    const struct md_json *match = md_json_get(line, "match");
    bool is_script = loader->fixture->is_script;
    struct md_json *taken = NULL;
    enum mockd_code rc =
        md_keys_check(match, is_script ? script_keys : keys, "match", err);

    if (match == NULL || rc != MOCKD_OK) {
        return rc;
    }
    if (has_members(match)) {
        return parse_members(line, rule, err);
    }
    if (!md_json_is_object(match) || md_json_count(match) != 1) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "match: not {\"json\":VALUE} or {\"body\":PAYLOAD}%s",
                       is_script ? ", {\"subset\":{..}}, {\"pattern\":{..}} or "
                                   "the last two together"
                                 : "");
    }
    if (md_json_get(match, "json") == NULL) {
        rule->has_body = true;
        return parse_body(loader, md_json_get(match, "body"), &rule->body, err);
    }
    taken = md_json_take(line, "match");
    rule->json = md_json_take(taken, "json");
    md_json_free(taken);
    rule->json_fields = md_json_count(rule->json);
    return MOCKD_OK;
}

/* A script's head may be a status, or nothing. */
static enum mockd_code use_usual(struct md_loader *loader,
                                 const struct md_json *head,
                                 struct md_rule *rule, struct mockd_error *err)
{
    struct md_fixture *fixture = loader->fixture;
    int64_t status = md_usual_status(fixture, rule);
    enum mockd_code rc = MOCKD_OK;

    if (head != NULL && !md_json_integer(head, 200, 599, &status)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "head: not a status from 200 to 599, an array of lines, "
                       "or left out");
    }
    if (rule->makes != MD_NO_VAR && rule->reply_body.len == 0 && status < 300) {
        rc = md_usual_created(fixture, rule->makes, &rule->reply_body, err);
    }
    return rc == MOCKD_OK
               ? md_usual_head(fixture, rule, (int)status,
                               rule->reply_body.len > 0, &rule->reply_head, err)
               : rc;
}

static enum mockd_code parse_reply(struct md_loader *loader,
                                   const struct md_json *reply,
                                   struct md_rule *rule,
                                   struct mockd_error *err)
{
    static const char *const keys[] = {"head", "body", NULL};
    const struct md_json *head = md_json_get(reply, "head");
    const struct md_json *body = md_json_get(reply, "body");
    enum mockd_code rc = md_keys_check(reply, keys, "reply", err);

    if (rc == MOCKD_OK && reply != NULL && !md_json_is_object(reply)) {
        rc = md_fail(err, MOCKD_E_FIXTURE, "reply: not an object");
    }
    if (rc == MOCKD_OK && body != NULL) {
        rc = parse_body(loader, body, &rule->reply_body, err);
    }
    if (rc == MOCKD_OK) {
        rc = loader->fixture->is_script && !md_json_is_array(head)
                 ? use_usual(loader, head, rule, err)
                 : md_head_parse(loader, head, &rule->reply_head, err);
    }
    if (rc == MOCKD_OK && rule->reply_head.status < 200) {
        rc = md_fail(err, MOCKD_E_FIXTURE,
                     "reply: %d is no final answer; an attached start has a "
                     "stream",
                     rule->reply_head.status);
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

/* "immediate", {"after_polls":N} or "until_released". */
static enum mockd_code parse_inspect(const struct md_fixture *fixture,
                                     const struct md_json *inspect,
                                     struct md_rule *rule,
                                     struct mockd_error *err)
{
    const struct md_json *polls = md_json_get(inspect, "after_polls");
    const char *text = md_json_text(inspect);
    int64_t count = 0;

    if (!rule->is_inspect || rule->on.eid == MD_NO_VAR) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "inspect: only for GET /exec/{EID}/json");
    }
    if (md_json_count(inspect) == 1 &&
        md_json_integer(polls, 0, MD_POLLS_MAX, &count)) {
        rule->inspect.lag = MD_LAG_POLLS;
        rule->inspect.polls = (uint32_t)count;
    } else if (text != NULL && strcmp(text, "until_released") == 0) {
        rule->inspect.lag = MD_LAG_UNTIL_RELEASED;
    } else if (text == NULL || strcmp(text, "immediate") != 0) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "inspect: not \"immediate\", {\"after_polls\":N} (0 to "
                       "%d) or \"until_released\"",
                       MD_POLLS_MAX);
    }
    rule->has_inspect = true;
    rule->reply_head = fixture->script.inspect_head;
    return MOCKD_OK;
}

static enum mockd_code parse_answer(struct md_loader *loader,
                                    const struct md_json *line,
                                    struct md_rule *rule,
                                    struct mockd_error *err)
{
    const struct md_fixture *fixture = loader->fixture;
    const struct md_json *reply = md_json_get(line, "reply");
    const struct md_json *stream = md_json_get(line, "stream");
    const struct md_json *inspect =
        fixture->is_script ? md_json_get(line, "inspect") : NULL;

    if (inspect != NULL && reply == NULL && stream == NULL) {
        return parse_inspect(fixture, inspect, rule, err);
    }
    if (fixture->is_script && rule->makes != MD_NO_VAR && reply == NULL &&
        stream == NULL) {
        return parse_reply(loader, NULL, rule, err); /* the usual one */
    }
    if ((reply == NULL) == (stream == NULL) || inspect != NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "rule: has %s; it needs a reply or a stream%s",
                       reply == NULL && stream == NULL ? "no answer"
                                                       : "two answers",
                       fixture->is_script ? ", or for an inspect one of "
                                            "\"inspect\""
                                          : "");
    }
    return reply != NULL ? parse_reply(loader, reply, rule, err)
                         : parse_stream(loader, line, rule, err);
}

static enum mockd_code parse_upgrade(const struct md_json *line, bool is_script,
                                     struct md_rule *rule,
                                     struct mockd_error *err)
{
    const struct md_json *upgrade = md_json_get(line, "upgrade");

    rule->has_upgrade = upgrade != NULL;
    rule->upgrade = md_json_is_true(upgrade);
    if (upgrade != NULL && !md_json_is_bool(upgrade)) {
        return md_fail(err, MOCKD_E_FIXTURE, "upgrade: not true or false");
    }
    if (is_script && upgrade == NULL) {
        return MOCKD_OK; /* with it and without */
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
    if (!rule->is_create) {
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
    if ((a->subset == NULL) != (b->subset == NULL) ||
        (a->subset != NULL && !md_json_is_equal(a->subset, b->subset)) ||
        !md_pattern_is_equal(a->pattern, b->pattern)) {
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
           a->life == b->life && a->stage == b->stage && is_same_match(a, b);
}

void md_rules_join(struct md_fixture *fixture)
{
    for (size_t i = 0; i < fixture->rule_count; i++) {
        struct md_rule *rule = &fixture->rules[i];
        struct md_rule *at = fixture->rules;

        while (at != rule &&
               (at->group != at - fixture->rules || !is_alike(at, rule))) {
            at++;
        }
        rule->group = (uint32_t)(at - fixture->rules);
    }
    for (size_t i = fixture->rule_count; i > 0; i--) {
        struct md_rule *rule = &fixture->rules[i - 1];
        struct md_rule *first = &fixture->rules[rule->group];

        if (rule != first) {
            rule->alike = first->alike;
            first->alike = rule;
        }
    }
}

static enum mockd_code parse_parts(struct md_loader *loader,
                                   struct md_json *line, struct md_rule *rule,
                                   struct mockd_error *err)
{
    struct md_fixture *fixture = loader->fixture;
    enum mockd_code rc = parse_on(loader, line, rule, err);

    if (rc == MOCKD_OK) {
        rc = parse_phase(line, rule, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_makes(fixture, line, rule, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_answer(loader, line, rule, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_upgrade(line, fixture->is_script, rule, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_times(line, rule, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_match(loader, line, rule, err);
    }
    if (fixture->is_script && rule->stream != NULL &&
        rule->phase == MD_PHASE_ANY) {
        rule->phase = MD_PHASE_CREATED; /* a stream is not played twice */
    }
    return rc;
}

enum mockd_code md_rule_parse(struct md_loader *loader, struct md_json *line,
                              struct mockd_error *err)
{
    static const char *const keys[] = {"on",      "phase", "match",
                                       "upgrade", "reply", "stream",
                                       "makes",   "times", NULL};
    static const char *const script_keys[] = {
        "on",     "phase", "match", "upgrade", "reply",
        "stream", "makes", "times", "inspect", NULL};
    struct md_fixture *fixture = loader->fixture;
    void *rules = fixture->rules;
    struct md_rule *rule = NULL;
    enum mockd_code rc = md_keys_check(
        line, fixture->is_script ? script_keys : keys, "rule", err);

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
    rc = parse_parts(loader, line, rule, err);
    if (rc == MOCKD_OK) {
        fixture->rule_count++;
    } else {
        md_json_free(rule->json);
        md_json_free(rule->subset);
        md_pattern_free(rule->pattern);
    }
    return rc;
}
