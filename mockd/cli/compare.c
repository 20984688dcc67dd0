/* SPDX-License-Identifier: MIT */
/* compare.c - rules and variables; compare_head.c has the heads,
 * compare_stream.c the streams of recordings, compare_script.c what only
 * scripts have. */
#include "compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bounds.h"
#include "cleanup.h"
#include "match.h"
#include "pattern.h"
#include "text.h"
#include "timeline.h"

#define VALUE_SHOWN 64 /* bytes of a value in a line */
#define WHAT_MAX 512

void md_compare_begin(struct md_comparison *comparison, uint32_t a_line,
                      uint32_t b_line)
{
    FILE *out = comparison->out;

    comparison->count++;
    if (a_line > 0) {
        md_text_plain(out, comparison->a.source->path);
        (void)fprintf(out, ":%" PRIu32, a_line);
    }
    if (b_line > 0) {
        (void)fputs(a_line > 0 ? " " : "", out);
        md_text_plain(out, comparison->b.source->path);
        (void)fprintf(out, ":%" PRIu32, b_line);
    }
    (void)fputs(": ", out);
}

void md_compare_begin_files(struct md_comparison *comparison)
{
    comparison->count++;
    md_text_plain(comparison->out, comparison->a.source->path);
    (void)putc(' ', comparison->out);
    md_text_plain(comparison->out, comparison->b.source->path);
    (void)fputs(": ", comparison->out);
}

/* ---- bodies */

struct bodies {
    struct md_comparison *comparison;
    const struct md_rule *a;
    const struct md_rule *b;
    const char *what;
};

static void put_value(FILE *out, const struct md_json *json)
{
    struct md_buf buf = {.max = MD_LINE_MAX};

    if (json == NULL || !md_json_print(json, &buf)) {
        (void)fputs(json == NULL ? "nothing" : "a long value", out);
        md_buf_release(&buf);
        return;
    }
    md_text_escaped(out, buf.data,
                    buf.len < VALUE_SHOWN ? buf.len : VALUE_SHOWN);
    (void)fputs(buf.len > VALUE_SHOWN ? ".." : "", out);
    md_buf_release(&buf);
}

static void put_member(void *user, const char *path, const struct md_json *a,
                       const struct md_json *b)
{
    const struct bodies *bodies = user;
    FILE *out = bodies->comparison->out;

    md_compare_begin(bodies->comparison, bodies->a->line, bodies->b->line);
    (void)fprintf(out, "%s: ", bodies->what);
    md_text_escaped(out, path, strlen(path));
    (void)fputs(path[0] == '\0' ? "" : ": ", out);
    put_value(out, a);
    (void)fputs(" against ", out);
    put_value(out, b);
    (void)putc('\n', out);
}

static enum mockd_code read_body(const struct md_payload *body, char **out_text,
                                 struct md_json **out_json,
                                 struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    *out_text = malloc(body->len + 1);
    if (*out_text == NULL) {
        return md_fail_nomem(err);
    }
    rc = md_payload_read(body, 0, *out_text, body->len, err);
    if (rc == MOCKD_OK) {
        (*out_text)[body->len] = '\0';
        (void)md_json_parse(*out_text, body->len, out_json, NULL);
    }
    return rc;
}

static void put_from(FILE *out, struct md_span span, size_t at)
{
    const char *text = span.data;
    size_t left = span.len - at;

    if (left == 0) {
        (void)fputs("the end", out);
        return;
    }
    md_text_quoted(out, text + at, left < VALUE_SHOWN ? left : VALUE_SHOWN);
}

static void compare_texts(const struct bodies *bodies, const char *a_text,
                          const char *b_text)
{
    const struct md_span a = {a_text, bodies->a->reply_body.len};
    const struct md_span b = {b_text, bodies->b->reply_body.len};
    FILE *out = bodies->comparison->out;
    size_t i = 0;
    size_t j = 0;

    if (md_alike_bytes(&bodies->comparison->alike, a, b, &i, &j)) {
        return;
    }
    md_compare_begin(bodies->comparison, bodies->a->line, bodies->b->line);
    (void)fprintf(out, "%s: byte %zu: ", bodies->what, i);
    put_from(out, a, i);
    (void)fputs(" against ", out);
    put_from(out, b, j);
    (void)putc('\n', out);
}

static enum mockd_code compare_bodies(struct md_comparison *comparison,
                                      const struct md_rule *a,
                                      const struct md_rule *b, const char *what,
                                      struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_free) char *a_text = NULL;
    MD_CLEANUP(md_cleanup_free) char *b_text = NULL;
    MD_CLEANUP(md_json_cleanup) struct md_json *a_json = NULL;
    MD_CLEANUP(md_json_cleanup) struct md_json *b_json = NULL;
    struct bodies bodies = {comparison, a, b, what};
    enum mockd_code rc = read_body(&a->reply_body, &a_text, &a_json, err);

    if (rc == MOCKD_OK) {
        rc = read_body(&b->reply_body, &b_text, &b_json, err);
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    if (a_json != NULL && b_json != NULL) {
        md_alike_json(&comparison->alike, a_json, b_json, put_member, &bodies);
    } else {
        compare_texts(&bodies, a_text, b_text);
    }
    return MOCKD_OK;
}

/* ---- rules */

static void describe(char *out, size_t size, const struct md_rule *rule)
{
    (void)snprintf(
        out, size, "%.200s%s%s%s", rule->on.text,
        rule->phase == MD_PHASE_ANY ? "" : ", ",
        rule->phase == MD_PHASE_ANY ? "" : md_phase_name(rule->phase),
        rule->has_upgrade && !rule->upgrade ? ", without Upgrade" : "");
    md_text_clean(out);
}

static bool has_same_place(const struct md_rule *a, const struct md_rule *b)
{
    return strcmp(a->on.text, b->on.text) == 0 && a->phase == b->phase &&
           a->has_upgrade == b->has_upgrade && a->upgrade == b->upgrade;
}

/* Notes that there was a difference. */
static void note_member(void *user, const char *path, const struct md_json *a,
                        const struct md_json *b)
{
    bool *is_unlike = user;

    (void)path;
    (void)a;
    (void)b;
    *is_unlike = true;
}

/* What a script asks for, as it is written. */
static bool has_same_members(const struct md_rule *a, const struct md_rule *b)
{
    return (a->subset == NULL) == (b->subset == NULL) &&
           (a->subset == NULL || md_json_is_equal(a->subset, b->subset)) &&
           md_pattern_is_equal(a->pattern, b->pattern);
}

static bool has_same_match(const struct md_alike *alike,
                           const struct md_rule *a, const struct md_rule *b)
{
    bool is_unlike = false;

    if ((a->json == NULL) != (b->json == NULL) || a->has_body != b->has_body ||
        a->body.len != b->body.len || !has_same_members(a, b)) {
        return false;
    }
    if (a->is_create && a->json != NULL) {
        return md_match_create(a->json, b->json) == NULL &&
               md_match_create(b->json, a->json) == NULL;
    }
    if (a->json != NULL) {
        md_alike_json(alike, a->json, b->json, note_member, &is_unlike);
    }
    return !is_unlike &&
           (a->body.kind != MD_PAYLOAD_BYTES ||
            b->body.kind != MD_PAYLOAD_BYTES || a->body.len == 0 ||
            memcmp(a->body.bytes, b->body.bytes, a->body.len) == 0);
}

/* A member of the match is a body's, too. */
static void compare_matches(struct md_comparison *comparison,
                            const struct md_rule *a, const struct md_rule *b,
                            const char *what)
{
    char text[WHAT_MAX];
    struct bodies bodies = {comparison, a, b, text};

    (void)snprintf(text, sizeof(text), "%.400s: request", what);
    if (has_same_match(&comparison->alike, a, b)) {
        return;
    }
    if (a->json != NULL && b->json != NULL) {
        md_alike_json(&comparison->alike, a->json, b->json, put_member,
                      &bodies);
    } else if (a->subset != NULL && b->subset != NULL &&
               md_pattern_is_equal(a->pattern, b->pattern)) {
        md_alike_json(&comparison->alike, a->subset, b->subset, put_member,
                      &bodies);
    } else {
        md_compare_begin(comparison, a->line, b->line);
        (void)fprintf(comparison->out, "%s: another %s\n", text,
                      a->pattern == NULL && b->pattern == NULL ? "body"
                                                               : "pattern");
    }
}

/* What answers a rule. */
static const char *answer_of(const struct md_rule *rule)
{
    if (rule->has_inspect) {
        return "what the exec is";
    }
    return rule->stream == NULL ? "a reply" : "a stream";
}

static enum mockd_code compare_streams(struct md_comparison *comparison,
                                       const struct md_stream *a,
                                       const struct md_stream *b,
                                       struct mockd_error *err)
{
    return comparison->a.fixture->is_script
               ? md_compare_steps(comparison, a, b, err)
               : md_compare_streams(comparison, a, b, err);
}

static enum mockd_code compare_rules(struct md_comparison *comparison,
                                     const struct md_rule *a,
                                     const struct md_rule *b,
                                     struct mockd_error *err)
{
    char what[WHAT_MAX];
    char part[WHAT_MAX];
    enum mockd_code rc = MOCKD_OK;

    describe(what, sizeof(what), a);
    compare_matches(comparison, a, b, what);
    if (a->times != b->times) {
        md_compare_begin(comparison, a->line, b->line);
        (void)fprintf(comparison->out,
                      "%s: times: %" PRIu32 " against %" PRIu32 "\n", what,
                      a->times, b->times);
    }
    if ((a->stream == NULL) != (b->stream == NULL) ||
        a->has_inspect != b->has_inspect) {
        md_compare_begin(comparison, a->line, b->line);
        (void)fprintf(comparison->out, "%s: %s against %s\n", what,
                      answer_of(a), answer_of(b));
        return MOCKD_OK;
    }
    if (a->stream != NULL) {
        return compare_streams(comparison, a->stream, b->stream, err);
    }
    if (a->has_inspect) {
        md_compare_inspects(comparison, a, b, what);
        return MOCKD_OK;
    }
    (void)snprintf(part, sizeof(part), "%.400s: head", what);
    md_compare_heads(comparison, a->line, b->line, part, &a->reply_head,
                     &b->reply_head);
    (void)snprintf(part, sizeof(part), "%.400s: body", what);
    rc = compare_bodies(comparison, a, b, part, err);
    return rc;
}

/* For each rule of a the one of b that is its like; SIZE_MAX = none yet. */
struct pairs {
    size_t *of_a;
    bool *is_taken; /* of b */
};

/* The first rule of b that is free and like @rule, or SIZE_MAX. */
static size_t find_pair(const struct md_comparison *comparison,
                        const struct pairs *pairs, const struct md_rule *rule,
                        bool is_strict)
{
    const struct md_fixture *b = comparison->b.fixture;

    for (size_t j = 0; j < b->rule_count; j++) {
        if (!pairs->is_taken[j] && has_same_place(rule, &b->rules[j]) &&
            (!is_strict ||
             has_same_match(&comparison->alike, rule, &b->rules[j]))) {
            return j;
        }
    }
    return SIZE_MAX;
}

static void pair_rules(const struct md_comparison *comparison,
                       struct pairs *pairs, bool is_strict)
{
    const struct md_fixture *a = comparison->a.fixture;

    for (size_t i = 0; i < a->rule_count; i++) {
        if (pairs->of_a[i] != SIZE_MAX) {
            continue;
        }
        pairs->of_a[i] = find_pair(comparison, pairs, &a->rules[i], is_strict);
        if (pairs->of_a[i] != SIZE_MAX) {
            pairs->is_taken[pairs->of_a[i]] = true;
        }
    }
}

static void put_only(struct md_comparison *comparison, uint32_t a_line,
                     uint32_t b_line, const struct md_rule *rule)
{
    char what[WHAT_MAX];

    describe(what, sizeof(what), rule);
    md_compare_begin(comparison, a_line, b_line);
    (void)fprintf(comparison->out, "%s: only here\n", what);
}

static enum mockd_code compare_pairs(struct md_comparison *comparison,
                                     const struct pairs *pairs,
                                     struct mockd_error *err)
{
    const struct md_fixture *a = comparison->a.fixture;
    const struct md_fixture *b = comparison->b.fixture;
    enum mockd_code rc = MOCKD_OK;

    for (size_t i = 0; i < a->rule_count && rc == MOCKD_OK; i++) {
        const struct md_rule *rule = &a->rules[i];

        if (pairs->of_a[i] == SIZE_MAX) {
            put_only(comparison, rule->line, 0, rule);
        } else {
            rc =
                compare_rules(comparison, rule, &b->rules[pairs->of_a[i]], err);
        }
    }
    for (size_t j = 0; j < b->rule_count; j++) {
        if (!pairs->is_taken[j]) {
            put_only(comparison, 0, b->rules[j].line, &b->rules[j]);
        }
    }
    return rc;
}

static enum mockd_code compare_all_rules(struct md_comparison *comparison,
                                         struct mockd_error *err)
{
    size_t count = comparison->a.fixture->rule_count;
    MD_CLEANUP(md_cleanup_free)
    size_t *of_a = calloc(count + 1, sizeof(*of_a));
    MD_CLEANUP(md_cleanup_free)
    bool *is_taken =
        calloc(comparison->b.fixture->rule_count + 1, sizeof(*is_taken));
    struct pairs pairs = {of_a, is_taken};

    if (of_a == NULL || is_taken == NULL) {
        return md_fail_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        of_a[i] = SIZE_MAX;
    }
    pair_rules(comparison, &pairs, true);
    pair_rules(comparison, &pairs, false);
    return compare_pairs(comparison, &pairs, err);
}

/* ---- what no rule leads to */

static void compare_vars(struct md_comparison *comparison, bool is_a)
{
    const struct md_side *here = is_a ? &comparison->a : &comparison->b;
    const struct md_side *there = is_a ? &comparison->b : &comparison->a;

    for (size_t i = 0; i < here->fixture->var_count; i++) {
        const char *name = here->fixture->vars[i].name;

        if (md_fixture_find_var(there->fixture, name, strlen(name)) !=
            MD_NO_VAR) {
            continue;
        }
        comparison->count++;
        md_text_plain(comparison->out, here->source->path);
        (void)fprintf(comparison->out, ": variable %s: only here\n", name);
    }
}

/* The stream of @side called @name that no rule has, or NULL. */
static const struct md_stream *find_loose(const struct md_side *side,
                                          const char *name)
{
    for (const struct md_stream *at = side->fixture->streams; at != NULL;
         at = at->next) {
        if (strcmp(at->name, name) == 0 &&
            md_stream_start(side->fixture, at) == NULL) {
            return at;
        }
    }
    return NULL;
}

static void put_stream_only(struct md_comparison *comparison,
                            const struct md_stream *stream, bool is_a)
{
    md_compare_begin(comparison, is_a ? stream->line : 0,
                     is_a ? 0 : stream->line);
    (void)fputs("stream ", comparison->out);
    md_text_escaped(comparison->out, stream->name, strlen(stream->name));
    (void)fputs(": only here\n", comparison->out);
}

/* Streams without a rule have only their names. */
static enum mockd_code compare_loose(struct md_comparison *comparison,
                                     bool is_a, struct mockd_error *err)
{
    const struct md_side *here = is_a ? &comparison->a : &comparison->b;
    const struct md_side *there = is_a ? &comparison->b : &comparison->a;
    enum mockd_code rc = MOCKD_OK;

    for (const struct md_stream *at = md_stream_next(here->fixture, NULL);
         at != NULL && rc == MOCKD_OK; at = md_stream_next(here->fixture, at)) {
        const struct md_stream *other = find_loose(there, at->name);

        if (md_stream_start(here->fixture, at) != NULL) {
            continue;
        }
        if (other == NULL) {
            put_stream_only(comparison, at, is_a);
        } else if (is_a) {
            rc = compare_streams(comparison, at, other, err);
        }
    }
    return rc;
}

static void put_kinds(struct md_comparison *comparison)
{
    bool is_script = comparison->a.fixture->is_script;

    md_compare_begin_files(comparison);
    (void)fprintf(
        comparison->out, "a %s against a %s; only two of a kind are compared\n",
        is_script ? "script" : "recording", is_script ? "recording" : "script");
}

enum mockd_code md_compare_fixtures(struct md_comparison *comparison,
                                    struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    if (comparison->a.fixture->is_script != comparison->b.fixture->is_script) {
        put_kinds(comparison);
        return MOCKD_OK;
    }
    comparison->alike =
        (struct md_alike){comparison->a.fixture, comparison->b.fixture};
    if (comparison->a.fixture->is_script) {
        md_compare_engines(comparison);
    }
    compare_vars(comparison, true);
    compare_vars(comparison, false);
    rc = compare_all_rules(comparison, err);
    if (rc == MOCKD_OK) {
        rc = compare_loose(comparison, true, err);
    }
    return rc == MOCKD_OK ? compare_loose(comparison, false, err) : rc;
}
