/* SPDX-License-Identifier: MIT */
/* verify_answer.c - a recorded request and its plain answer, done over. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "verify_diff.h"
#include "verify_work.h"

#define TARGET_MAX 8192     /* bytes of a request's target */
#define BODY_MAX 16777216   /* of a request or an answer: docs/execcast.md */
#define POLLS_MAX 1000      /* questions until an exec has ended ... */
#define POLL_INTERVAL_MS 10 /* ... so far apart */

enum mockd_code md_verify_load(struct md_verify_work *work,
                               const struct md_payload *payload,
                               const uint8_t **out_bytes,
                               struct mockd_error *err)
{
    static const uint8_t nothing[1] = {0};

    if (payload->len == 0) {
        *out_bytes = nothing;
        return MOCKD_OK;
    }
    if (payload->len > work->chunk_size) {
        uint8_t *grown = realloc(work->chunk, payload->len);

        if (grown == NULL) {
            return md_fail_nomem(err);
        }
        work->chunk = grown;
        work->chunk_size = payload->len;
    }
    *out_bytes = work->chunk;
    return md_payload_read(payload, 0, work->chunk, payload->len, err);
}

static bool is_exec_path(const struct md_rule *rule)
{
    return strcmp(rule->on.target.words[0], "exec") == 0;
}

static bool is_inspect(const struct md_rule *rule)
{
    const struct md_target *target = &rule->on.target;

    return is_exec_path(rule) && target->word_count == 3 &&
           strcmp(target->words[2], "json") == 0;
}

/* Is it about containers that the recording made, which are not there? */
static bool is_about_made(const struct md_rule *rule)
{
    const struct md_target *target = &rule->on.target;

    return rule->life != NULL ||
           (rule->fixture->lives != NULL && target->word_count == 2 &&
            strcmp(target->words[0], "containers") == 0);
}

/* Would it leave the engine's containers and images as they are? */
bool md_verify_is_harmless(const struct md_rule *rule)
{
    const struct md_target *target = &rule->on.target;
    bool is_reading = strcmp(target->method, "GET") == 0 ||
                      strcmp(target->method, "HEAD") == 0;

    if (target->word_count == 0 || is_about_made(rule)) {
        return false;
    }
    return (is_reading && strcmp(target->words[0], "images") != 0) ||
           rule->is_create || is_exec_path(rule);
}

/* Add the live value of the variable whose name begins behind a brace.
 * Returns how much of @text it took. */
static size_t add_name(const struct md_verify_work *work, const char *text,
                       struct md_rec_bytes *out)
{
    size_t len = strcspn(text, "}");
    int var = md_fixture_find_var(work->fixture, text, len);

    if (var != MD_NO_VAR) {
        md_rec_bytes_text(out, md_verify_name(&work->names, var));
    }
    return text[len] == '\0' ? len : len + 1;
}

/* The rule's path and query with the live names in it. */
static void print_target(const struct md_verify_work *work,
                         const struct md_rule *rule, struct md_rec_bytes *out)
{
    const char *at = strchr(rule->on.text, ' ');

    at = at == NULL ? "/" : at + 1;
    while (*at != '\0') {
        size_t len = strcspn(at, "{");

        md_rec_bytes_add(out, at, len);
        at += len;
        if (*at == '{') {
            at += 1 + add_name(work, at + 1, out);
        }
    }
}

/* What the rule wants of a body; @json owns the text. */
static enum mockd_code set_body(struct md_verify_work *work,
                                const struct md_rule *rule, struct md_buf *json,
                                struct md_verify_request *request,
                                struct mockd_error *err)
{
    const uint8_t *bytes = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (rule->json != NULL) {
        if (!md_json_print(rule->json, json)) {
            return md_fail_nomem(err);
        }
        request->body = json->data;
        request->body_len = json->len;
    } else if (rule->has_body) {
        rc = md_verify_load(work, &rule->body, &bytes, err);
        request->body = bytes;
        request->body_len = rule->body.len;
    }
    return rc;
}

/* Send the rule's request. @request says the rest of it. */
enum mockd_code md_verify_send(struct md_verify_work *work,
                               const struct md_rule *rule,
                               struct md_verify_request request,
                               struct md_verify_link *link,
                               struct mockd_error *err)
{
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes target = md_rec_bytes_new(TARGET_MAX);
    MD_CLEANUP(md_buf_release) struct md_buf json = {.max = BODY_MAX};
    enum mockd_code rc = set_body(work, rule, &json, &request, err);

    *link = (struct md_verify_link){.fd = -1};
    if (rc != MOCKD_OK) {
        return rc;
    }
    print_target(work, rule, &target);
    if (target.failed) {
        return md_fail(err, MOCKD_E_SYSTEM, "%.200s:%u: a target over %d bytes",
                       work->fixture->path, (unsigned)rule->line, TARGET_MAX);
    }
    request.method = rule->on.target.method;
    request.target = target.data;
    return md_verify_link_open(link, &work->engine->address, &request, err);
}

static bool is_running(const struct md_rec_bytes *body)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *json = NULL;

    if (body->len > 0) {
        (void)md_json_parse(body->data, body->len, &json, NULL);
    }
    return md_json_is_true(md_json_get(json, "Running"));
}

/* Did the client see the end of the exec's stream, so that one look is
 * enough? */
static bool has_seen_end(const struct md_verify_work *work, int eid)
{
    for (size_t i = 0; i < work->fixture->stream_count; i++) {
        const struct md_verify_attached *attached = &work->attached[i];

        if (attached->is_open && attached->rule->on.eid == eid &&
            attached->link.fd < 0 && attached->link.end == MD_VERIFY_CLOSED) {
            return true;
        }
    }
    return false;
}

static enum mockd_code ask_once(struct md_verify_work *work,
                                const struct md_rule *rule,
                                struct md_verify_link *link,
                                struct mockd_error *err)
{
    const struct md_verify_request request = {.is_framed = false};
    enum mockd_code rc = md_verify_send(work, rule, request, link, err);

    if (rc == MOCKD_OK && md_verify_link_head(link)) {
        (void)md_verify_link_finish(link);
    }
    return rc;
}

/* Nothing but asking again tells that a detached exec has ended, as the
 * recording's client did. */
static enum mockd_code ask(struct md_verify_work *work,
                           const struct md_rule *rule,
                           const struct md_rec_bytes *recorded,
                           struct md_verify_link *link, struct mockd_error *err)
{
    bool may_wait = is_inspect(rule) && rule->on.eid != MD_NO_VAR &&
                    !is_running(recorded) && !has_seen_end(work, rule->on.eid);
    enum mockd_code rc = ask_once(work, rule, link, err);

    for (int i = 0; rc == MOCKD_OK && may_wait && i < POLLS_MAX &&
                    is_running(&link->output.data[MD_VERIFY_RAW]);
         i++) {
        md_verify_link_release(link);
        (void)poll(NULL, 0, POLL_INTERVAL_MS);
        rc = ask_once(work, rule, link, err);
    }
    return rc;
}

/* The id in the answer to a create. */
static enum mockd_code learn_id(struct md_verify_work *work,
                                const struct md_rule *rule,
                                const struct md_rec_bytes *body,
                                struct mockd_error *err)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *json = NULL;
    const char *id = NULL;

    if (rule->makes == MD_NO_VAR || body->len == 0 ||
        md_json_parse(body->data, body->len, &json, NULL) != MOCKD_OK) {
        return MOCKD_OK;
    }
    id = md_json_text(md_json_get(json, "Id"));
    return id == NULL ? MOCKD_OK
                      : md_verify_set_name(work, (size_t)rule->makes, id, err);
}

/* A size for a process that has ended is refused with 404 or 500 and several
 * texts, as it happens (Docker 20.10 to 28.5): only the refusal counts. */
static bool is_late_resize(const struct md_rule *rule)
{
    const struct md_target *target = &rule->on.target;

    return is_exec_path(rule) && rule->phase == MD_PHASE_EXITED &&
           strcmp(target->words[target->word_count - 1], "resize") == 0 &&
           rule->reply_head.status >= 400;
}

static void compare_answer(const struct md_verify_work *work,
                           const struct md_rule *rule,
                           const struct md_rec_bytes *recorded,
                           const struct md_verify_link *link)
{
    const struct md_verify_diff diff = {.names = &work->names,
                                        .report = work->report,
                                        .line = rule->line,
                                        .where = rule->on.text};
    bool is_ours =
        is_exec_path(rule) || rule->is_create || rule->reply_head.status >= 400;

    if (!link->has_head) {
        md_verify_differ(work->report, rule->line,
                         "%s: recorded \"%.100s\", live no answer",
                         rule->on.text, rule->reply_head.lines[0]);
    } else if (is_late_resize(rule) && link->status >= 400) {
        return;
    } else if (md_verify_diff_head(&diff, &rule->reply_head, link)) {
        md_verify_diff_body(&diff, recorded, &link->output.data[MD_VERIFY_RAW],
                            is_ours);
    }
}

enum mockd_code md_verify_answer(struct md_verify_work *work,
                                 const struct md_rule *rule,
                                 struct mockd_error *err)
{
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes recorded = md_rec_bytes_new(BODY_MAX);
    struct md_verify_link link = {.fd = -1};
    const uint8_t *bytes = NULL;
    enum mockd_code rc = md_verify_load(work, &rule->reply_body, &bytes, err);

    if (rc == MOCKD_OK) {
        md_rec_bytes_add(&recorded, bytes, rule->reply_body.len);
        rc = ask(work, rule, &recorded, &link, err);
    }
    if (rc == MOCKD_OK) {
        rc = learn_id(work, rule, &link.output.data[MD_VERIFY_RAW], err);
        compare_answer(work, rule, &recorded, &link);
    }
    md_verify_link_release(&link);
    return rc;
}
