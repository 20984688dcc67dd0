/* SPDX-License-Identifier: MIT */
/* check.c - one fixture by itself; check_script.c has what only a script is
 * checked for, check_set.c the rest. */
#include "check.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "scan.h"
#include "timeline.h"

struct check {
    const struct md_checker *checker;
    const struct md_source *source;
    const struct md_fixture *fixture;
    uint32_t line;   /* what a scan is about */
    unsigned found;  /* set of md_scan_kind, reported for it */
    bool has_frame;  /* of the present stream: */
    bool is_bad;     /* a frame of no known kind was reported */
    bool is_aborted; /* a reset: it may end anywhere */
    struct md_frame last;
};

const char *md_finding_name(enum md_finding finding)
{
    static const char *const names[] = {
        [MD_FINDING_MISTAKE] = "mistake",
        [MD_FINDING_UNUSED_VARIABLE] = "unused-variable",
        [MD_FINDING_UNUSED_STREAM] = "unused-stream",
        [MD_FINDING_UNUSED_SIDECAR] = "unused-sidecar",
        [MD_FINDING_DATE] = "date",
        [MD_FINDING_HOST] = "host-name",
        [MD_FINDING_SECRET] = "secret",
        [MD_FINDING_SAME_CREATE] = "same-create",
        [MD_FINDING_NO_CONTENT_TYPE] = "no-content-type",
        [MD_FINDING_BAD_FRAME] = "bad-frame",
        [MD_FINDING_CUT_FRAME] = "cut-frame",
        [MD_FINDING_TERMINAL_FRAME] = "terminal-frame",
        [MD_FINDING_UNATTACHED_INPUT] = "unattached-input",
        [MD_FINDING_UNMADE_EXEC] = "unmade-exec"};

    return names[finding];
}

static void report(const struct check *check, enum md_finding finding,
                   uint32_t line, const char *message)
{
    check->checker->on_finding(check->checker->user, finding,
                               check->source->path, line, message);
}

static bool contains(const char *text, size_t len, const char *part)
{
    size_t part_len = strlen(part);
    const char *end = text + len;

    while ((size_t)(end - text) >= part_len) {
        text = memchr(text, part[0], (size_t)(end - text) - part_len + 1);
        if (text == NULL) {
            return false;
        }
        if (memcmp(text, part, part_len) == 0) {
            return true;
        }
        text++;
    }
    return false;
}

/* ---- variables */

static bool is_in_path(const struct md_on *on, int var)
{
    for (size_t i = 0; i < on->target.word_count; i++) {
        if (on->word_vars[i] == var) {
            return true;
        }
    }
    for (size_t i = 0; i < on->target.param_count; i++) {
        if (on->param_vars[i] == var) {
            return true;
        }
    }
    return false;
}

/* Does the literal stand in a line after the header? */
static bool is_in_text(const struct md_source *source, const char *value)
{
    bool is_after = false;

    for (size_t i = 0; i < source->line_count; i++) {
        const struct md_source_line *line = &source->lines[i];

        if (line->len == 0 || line->text[0] == '#') {
            continue;
        }
        if (is_after && contains(line->text, line->len, value)) {
            return true;
        }
        is_after = true;
    }
    return false;
}

static enum mockd_code is_in_bodies(const struct md_fixture *fixture,
                                    const char *value, bool *out_is,
                                    struct mockd_error *err)
{
    for (size_t i = 0; i < fixture->rule_count && !*out_is; i++) {
        const struct md_payload *body = &fixture->rules[i].reply_body;
        MD_CLEANUP(md_cleanup_free) char *bytes = NULL;
        enum mockd_code rc = MOCKD_OK;

        if (body->kind != MD_PAYLOAD_FILE) {
            continue;
        }
        bytes = malloc(body->len + 1);
        if (bytes == NULL) {
            return md_fail_nomem(err);
        }
        rc = md_payload_read(body, 0, bytes, body->len, err);
        if (rc != MOCKD_OK) {
            return rc;
        }
        *out_is = contains(bytes, body->len, value);
    }
    return MOCKD_OK;
}

/* The id that goes with a name is known to a mock even if nobody asks. */
static bool is_id_of_name(const struct md_fixture *fixture,
                          const struct md_var *var)
{
    char name[16];

    if (var->kind != MD_VAR_CID || strlen(var->name) > 8) {
        return false;
    }
    (void)snprintf(name, sizeof(name), "NAME%s", var->name + strlen("CID"));
    return md_fixture_find_var(fixture, name, strlen(name)) != MD_NO_VAR;
}

static enum mockd_code check_var(const struct check *check, int var,
                                 struct mockd_error *err)
{
    const struct md_fixture *fixture = check->fixture;
    const struct md_var *at = &fixture->vars[var];
    bool is_used =
        is_id_of_name(fixture, at) || is_in_text(check->source, at->value);
    enum mockd_code rc = MOCKD_OK;
    char message[128];

    for (size_t i = 0; i < fixture->rule_count && !is_used; i++) {
        is_used = fixture->rules[i].makes == var ||
                  is_in_path(&fixture->rules[i].on, var);
    }
    if (!is_used) {
        rc = is_in_bodies(fixture, at->value, &is_used, err);
    }
    if (rc == MOCKD_OK && !is_used) {
        (void)snprintf(message, sizeof(message),
                       "variable %.60s is nowhere in the file", at->name);
        report(check, MD_FINDING_UNUSED_VARIABLE, 0, message);
    }
    return rc;
}

/* ---- things that should not be handed on */

static void take_scan(void *user, enum md_scan_kind kind, const char *what)
{
    static const enum md_finding findings[] = {[MD_SCAN_DATE] = MD_FINDING_DATE,
                                               [MD_SCAN_HOST] = MD_FINDING_HOST,
                                               [MD_SCAN_SECRET] =
                                                   MD_FINDING_SECRET};
    static const char *const hints[] = {
        [MD_SCAN_DATE] = "it differs from run to run",
        [MD_SCAN_HOST] = "it names a machine",
        [MD_SCAN_SECRET] = "replace it by as many other characters"};
    struct check *check = user;
    char message[160];

    if ((check->found >> kind & 1) != 0) {
        return; /* one of a kind a line is enough to look at it */
    }
    if (kind == MD_SCAN_DATE && check->fixture->is_script) {
        return; /* who wrote it wants it, and it stays */
    }
    check->found |= 1U << kind;
    (void)snprintf(message, sizeof(message), "%.100s is left in; %s", what,
                   hints[kind]);
    report(check, findings[kind], check->line, message);
}

static void begin_line(struct check *check, uint32_t line)
{
    if (check->line != line) {
        check->line = line;
        check->found = 0;
    }
}

static void scan_head(struct check *check, const struct md_head *head)
{
    for (size_t i = 1; i < head->line_count; i++) {
        md_scan_head_line(head->lines[i], take_scan, check);
    }
}

static enum mockd_code scan_body(struct check *check,
                                 const struct md_payload *body,
                                 struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_free) char *text = malloc(body->len + 1);
    MD_CLEANUP(md_json_cleanup) struct md_json *json = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (text == NULL) {
        return md_fail_nomem(err);
    }
    rc = md_payload_read(body, 0, text, body->len, err);
    if (rc != MOCKD_OK) {
        return rc;
    }
    text[body->len] = '\0';
    if (md_json_parse(text, body->len, &json, NULL) == MOCKD_OK) {
        md_scan_json(json, take_scan, check);
    }
    md_scan_bytes(text, body->len, take_scan, check);
    return MOCKD_OK;
}

static void check_type(const struct check *check, const struct md_head *head,
                       uint32_t line)
{
    if (head->line_count > 0 && md_head_value(head, "Content-Type") == NULL) {
        report(check, MD_FINDING_NO_CONTENT_TYPE, line,
               "the head has no Content-Type");
    }
}

static enum mockd_code check_rule(struct check *check,
                                  const struct md_rule *rule,
                                  struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    begin_line(check, rule->line);
    scan_head(check, &rule->reply_head);
    md_scan_json(rule->json, take_scan, check);
    md_scan_json(rule->subset, take_scan, check);
    if (rule->json == NULL && rule->has_body) {
        rc = scan_body(check, &rule->body, err);
    }
    if (rc == MOCKD_OK) {
        rc = scan_body(check, &rule->reply_body, err);
    }
    if (rc == MOCKD_OK && rule->reply_body.len > 0) {
        check_type(check, &rule->reply_head, rule->line);
    }
    return rc;
}

static void check_comments(struct check *check)
{
    for (size_t i = 0; i < check->source->line_count; i++) {
        const struct md_source_line *line = &check->source->lines[i];

        if (line->len > 0 && line->text[0] == '#') {
            begin_line(check, (uint32_t)i + 1);
            md_scan_bytes(line->text, line->len, take_scan, check);
        }
    }
}

/* ---- streams */

void md_check_bad_frame(const struct md_checker *checker,
                        const struct md_source *source, uint32_t line,
                        const struct md_frame *frame)
{
    char message[160];

    (void)snprintf(message, sizeof(message),
                   "byte %" PRIu64 " begins a frame of kind %u; there are 0 to "
                   "3, or is it a terminal's stream",
                   frame->offset, frame->kind);
    checker->on_finding(checker->user, MD_FINDING_BAD_FRAME, source->path, line,
                        message);
}

static void check_frame(struct check *check, const struct md_item *item)
{
    const struct md_frame *frame = &item->frame;

    check->has_frame = true;
    check->last = *frame;
    md_scan_bytes(frame->bytes + frame->header_len,
                  frame->len - frame->header_len, take_scan, check);
    if (check->is_bad || !frame->has_header ||
        md_frame_kind_name(frame->kind) != NULL) {
        return;
    }
    check->is_bad = true;
    md_check_bad_frame(check->checker, check->source, item->line, frame);
}

static void check_item(void *user, const struct md_item *item)
{
    struct check *check = user;

    begin_line(check, item->line);
    switch (item->kind) {
    case MD_ITEM_FRAME:
        check_frame(check, item);
        break;
    case MD_ITEM_RAW:
    case MD_ITEM_STEP:
        md_scan_bytes(item->bytes, item->len, take_scan, check);
        break;
    case MD_ITEM_RESET:
        check->is_aborted = true;
        break;
    case MD_ITEM_HEAD:
    case MD_ITEM_SEGMENT:
    case MD_ITEM_END:
    case MD_ITEM_RESIZE:
        break;
    }
}

void md_check_cut_frame(const struct md_checker *checker,
                        const struct md_source *source, uint32_t line,
                        const struct md_stream *stream,
                        const struct md_frame *last)
{
    size_t header = last->header_from + last->header_len;
    uint64_t payload =
        (uint64_t)last->payload_from + last->len - last->header_len;
    char message[160] = "";

    if (!last->has_header) {
        (void)snprintf(message, sizeof(message),
                       "stream %.60s ends %zu bytes into the header of a frame",
                       stream->name, header);
    } else if (payload < last->length) {
        (void)snprintf(message, sizeof(message),
                       "stream %.60s ends %" PRIu64 " bytes into a frame of "
                       "%" PRIu32,
                       stream->name, payload, last->length);
    }
    if (message[0] != '\0') {
        checker->on_finding(checker->user, MD_FINDING_CUT_FRAME, source->path,
                            line, message);
    }
}

/* Does the last frame lack something that nothing explains? */
static void check_last(const struct check *check,
                       const struct md_stream *stream)
{
    if (check->has_frame && !check->is_aborted && !check->is_bad) {
        md_check_cut_frame(check->checker, check->source,
                           check->fixture->events[stream->last].line, stream,
                           &check->last);
    }
}

static enum mockd_code check_stream(struct check *check,
                                    const struct md_stream *stream,
                                    struct mockd_error *err)
{
    const struct md_side side = {check->source, check->fixture};
    bool is_framed = md_stream_is_framed(check->fixture, stream);
    enum mockd_code rc = MOCKD_OK;
    char message[128];

    if (md_stream_start(check->fixture, stream) == NULL) {
        (void)snprintf(message, sizeof(message), "no rule has stream %.60s",
                       stream->name);
        report(check, MD_FINDING_UNUSED_STREAM, stream->line, message);
    }
    if (stream->first == MD_NO_EVENT) {
        return MOCKD_OK;
    }
    begin_line(check, check->fixture->events[stream->first].line);
    scan_head(check, &stream->head);
    check_type(check, &stream->head, check->line);
    check->has_frame = false;
    check->is_bad = false;
    check->is_aborted = false;
    rc = md_timeline_walk(&side, stream, is_framed, check_item, check, err);
    if (rc == MOCKD_OK) {
        check_last(check, stream);
    }
    return rc;
}

/* A script has variables of its own when it says none. */
static enum mockd_code check_vars(const struct check *check,
                                  struct mockd_error *err)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *header = NULL;
    enum mockd_code rc = md_source_header(check->source, &header, err);

    if (rc == MOCKD_OK && md_json_get(header, "vars") == NULL) {
        return MOCKD_OK;
    }
    for (size_t i = 0; i < check->fixture->var_count && rc == MOCKD_OK; i++) {
        rc = check_var(check, (int)i, err);
    }
    return rc;
}

enum mockd_code md_check_fixture(const struct md_checker *checker,
                                 const struct md_source *source,
                                 const struct md_fixture *fixture,
                                 struct mockd_error *err)
{
    struct check check = {
        .checker = checker, .source = source, .fixture = fixture};
    enum mockd_code rc = MOCKD_OK;

    check_comments(&check);
    rc = check_vars(&check, err);
    for (size_t i = 0; i < fixture->rule_count && rc == MOCKD_OK; i++) {
        rc = check_rule(&check, &fixture->rules[i], err);
    }
    for (const struct md_stream *at = md_stream_next(fixture, NULL);
         at != NULL && rc == MOCKD_OK; at = md_stream_next(fixture, at)) {
        rc = check_stream(&check, at, err);
    }
    return rc == MOCKD_OK && fixture->is_script
               ? md_check_script(checker, source, fixture, err)
               : rc;
}
