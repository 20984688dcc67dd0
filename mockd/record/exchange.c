/* SPDX-License-Identifier: MIT */
/* exchange.c - a request with its answer, and the rule that it becomes. */
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cjson/cJSON.h>

#include "flow.h"
#include "json_text.h"
#include "payload.h"
#include "redact.h"

#define FULL "there are too many names in the recording, or no memory"

struct md_rec_exchange *md_rec_exchange_new(const struct md_rec_scan *scan)
{
    struct md_rec_exchange *exchange = calloc(1, sizeof(*exchange));

    if (exchange == NULL) {
        return NULL;
    }
    exchange->problem =
        md_rec_target_parse(scan->method, scan->target, &exchange->target);
    exchange->has_upgrade = scan->has_upgrade;
    exchange->is_head =
        scan->method.len == 4 && memcmp(scan->method.data, "HEAD", 4) == 0;
    exchange->body = md_rec_bytes_new(MD_REC_MATCH_MAX);
    exchange->head = md_rec_bytes_new(MD_REC_LINE_MAX / 2);
    exchange->answer = md_rec_bytes_new(MD_REC_PAYLOAD_MAX);
    return exchange;
}

void md_rec_exchange_free(struct md_rec_exchange *exchange)
{
    if (exchange == NULL) {
        return;
    }
    md_rec_target_release(&exchange->target);
    md_rec_bytes_release(&exchange->body);
    md_rec_bytes_release(&exchange->head);
    md_rec_bytes_release(&exchange->answer);
    free(exchange);
}

/* The name or id in the path as a string to be freed; NULL = none. */
static char *copy_ref(const struct md_rec_target *target)
{
    if (target->ref == MD_REC_REF_NONE) {
        return NULL;
    }
    return strndup(target->on + target->ref_off, target->ref_len);
}

static const char *name_of(const struct md_rec_exchange *exchange)
{
    return exchange->target.on != NULL ? exchange->target.on : "a request";
}

void md_rec_exchange_requested(struct md_rec_exchange *exchange,
                               struct md_rec *rec, uint64_t now_us)
{
    char *ref = copy_ref(&exchange->target);

    exchange->is_request_done = true;
    exchange->done_us = now_us;
    md_rec_redact_body(rec, &exchange->body, name_of(exchange),
                       "the body of the request");
    if (ref != NULL && exchange->target.ref == MD_REC_REF_EXEC) {
        exchange->exec = md_rec_names_exec(&rec->names, ref);
    }
    free(ref);
    if (exchange->exec == NULL) {
        return;
    }
    exchange->phase = exchange->exec->phase;
    if (exchange->target.call == MD_REC_CALL_START &&
        exchange->phase == MD_REC_PHASE_CREATED) {
        exchange->exec->phase = MD_REC_PHASE_RUNNING;
    }
}

static bool is_header(struct md_rec_view line, const char *name)
{
    size_t len = strlen(name);

    return line.len > len && line.data[len] == ':' &&
           strncasecmp((const char *)line.data, name, len) == 0;
}

/* Lines that differ in two answers which say the same: the time, and Podman's
 * number of the request. */
static bool is_volatile(struct md_rec_view line)
{
    return is_header(line, "Date") || is_header(line, "X-Reference-Id");
}

void md_rec_exchange_answered(struct md_rec_exchange *exchange,
                              const struct md_rec_scan *scan)
{
    struct md_rec_view line = {0};
    size_t pos = 0;

    exchange->status = scan->status;
    if (!md_rec_cast_lines(&exchange->head, scan)) {
        exchange->problem = MD_REC_HEAD_PROBLEM;
    }
    sha256_init(&exchange->digest);
    while (md_rec_scan_line(scan, &pos, &line)) {
        if (!is_volatile(line)) {
            sha256_update(&exchange->digest, line.len, line.data);
            sha256_update(&exchange->digest, 1, (const uint8_t *)"\n");
        }
    }
    sha256_update(&exchange->digest, 1, (const uint8_t *)"\n");
}

bool md_rec_exchange_is_stream(const struct md_rec_exchange *exchange,
                               const struct md_rec_scan *scan)
{
    bool is_bare =
        scan->status == 200 && !scan->has_length && !scan->is_chunked;

    return exchange->target.call == MD_REC_CALL_START &&
           (scan->status == 101 || is_bare);
}

static bool is_ok(const struct md_rec_exchange *exchange)
{
    return exchange->status >= 200 && exchange->status < 300;
}

static const char *get_text(const cJSON *json, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
}

static bool learn_container(const struct md_rec_exchange *exchange,
                            struct md_rec *rec, const char *ref,
                            const cJSON *json)
{
    const char *id = get_text(json, "Id");
    const char *name = get_text(json, "Name");

    (void)exchange;
    if (id == NULL) {
        return true;
    }
    if (name != NULL && name[0] == '/') {
        name++;
    }
    return md_rec_tell(rec, &(struct md_rec_fact){.kind = MD_REC_FACT_LEARN,
                                                  .ref = ref,
                                                  .name = name,
                                                  .id = id});
}

static bool learn_new_container(const struct md_rec_exchange *exchange,
                                struct md_rec *rec, const char *ref,
                                const cJSON *json)
{
    const char *id = get_text(json, "Id");
    const char *query = strstr(exchange->target.on, "?name=");
    char *name = NULL;
    bool is_taken = true;

    (void)ref;
    if (query == NULL) {
        query = strstr(exchange->target.on, "&name=");
    }
    if (query != NULL) {
        query += strlen("?name=");
        name = strndup(query, strcspn(query, "&"));
    }
    if (id != NULL) {
        is_taken = md_rec_tell(
            rec, &(struct md_rec_fact){
                     .kind = MD_REC_FACT_LEARN,
                     .ref = name != NULL && name[0] != '\0' ? name : id,
                     .name = name,
                     .id = id});
    }
    free(name);
    return is_taken;
}

/* Does the create that this is want a terminal? */
static bool asks_terminal(const struct md_rec_exchange *exchange)
{
    cJSON *json = NULL;
    bool is_wanted = false;

    if (exchange->body.data != NULL) {
        json = cJSON_ParseWithLength(exchange->body.data, exchange->body.len);
    }
    is_wanted = cJSON_IsTrue(cJSON_GetObjectItem(json, "Tty"));
    cJSON_Delete(json);
    return is_wanted;
}

static bool learn_exec(const struct md_rec_exchange *exchange,
                       struct md_rec *rec, const char *ref, const cJSON *json)
{
    const char *id = get_text(json, "Id");
    struct md_rec_exec *exec = NULL;

    if (id == NULL || id[0] == '\0') {
        return true;
    }
    if (!md_rec_tell(rec, &(struct md_rec_fact){.kind = MD_REC_FACT_CREATE,
                                                .ref = ref,
                                                .id = id})) {
        return false;
    }
    exec = md_rec_names_exec(&rec->names, id);
    exec->has_terminal = asks_terminal(exchange);
    return true;
}

static bool learn_state(const struct md_rec_exchange *exchange,
                        struct md_rec *rec, const char *ref, const cJSON *json)
{
    const char *id = get_text(json, "ContainerID");
    struct md_rec_exec *exec = exchange->exec;

    (void)ref;
    if (exec == NULL) {
        return true;
    }
    if (exec->is_polled && exchange->phase == MD_REC_PHASE_RUNNING &&
        cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(json, "Running"))) {
        exec->phase = MD_REC_PHASE_EXITED;
    }
    return id == NULL ||
           md_rec_tell(rec, &(struct md_rec_fact){.kind = MD_REC_FACT_LEARN,
                                                  .ref = exec->container,
                                                  .id = id});
}

/* What a success tells. */
static bool learn_from_answer(const struct md_rec_exchange *exchange,
                              struct md_rec *rec, const char *ref)
{
    static bool (*const learners[])(const struct md_rec_exchange *,
                                    struct md_rec *, const char *,
                                    const cJSON *) = {
        [MD_REC_CALL_CONTAINER_CREATE] = learn_new_container,
        [MD_REC_CALL_CONTAINER_INSPECT] = learn_container,
        [MD_REC_CALL_CREATE] = learn_exec,
        [MD_REC_CALL_INSPECT] = learn_state,
        [MD_REC_CALL_RESIZE] = NULL,
    };
    cJSON *json = NULL;
    bool is_taken = true;

    if (!is_ok(exchange) || learners[exchange->target.call] == NULL ||
        exchange->answer.data == NULL) {
        return true;
    }
    json = cJSON_ParseWithLength(exchange->answer.data, exchange->answer.len);
    is_taken = learners[exchange->target.call](exchange, rec, ref, json);
    cJSON_Delete(json);
    return is_taken;
}

/* What the status tells of the name in the path. */
static bool learn_from_status(const struct md_rec_exchange *exchange,
                              struct md_rec *rec, const char *ref)
{
    struct md_rec_fact fact = {.kind = MD_REC_FACT_UNKNOWN, .ref = ref};

    switch (exchange->target.ref) {
    case MD_REC_REF_NONE:
        return true;
    case MD_REC_REF_CONTAINER:
        if (exchange->status != 404) {
            fact.kind = MD_REC_FACT_KNOWN;
        }
        return md_rec_tell(rec, &fact);
    case MD_REC_REF_EXEC:
        return exchange->exec != NULL || md_rec_tell(rec, &fact);
    }
    return true;
}

static void learn(struct md_rec_exchange *exchange, struct md_rec *rec)
{
    char *ref = copy_ref(&exchange->target);

    if (exchange->target.ref == MD_REC_REF_EXEC && exchange->exec == NULL &&
        exchange->status < 400) {
        exchange->problem = "its exec was made before the recording began";
    } else if ((exchange->target.ref != MD_REC_REF_NONE && ref == NULL) ||
               !learn_from_status(exchange, rec, ref) ||
               !learn_from_answer(exchange, rec, ref)) {
        exchange->problem = FULL;
    }
    free(ref);
}

/* A resize that the engine took belongs into the stream of its exec, too. */
static void record_resize(const struct md_rec_exchange *exchange,
                          uint64_t now_us)
{
    unsigned columns = 0;
    unsigned rows = 0;

    if (exchange->target.call == MD_REC_CALL_RESIZE && is_ok(exchange) &&
        exchange->exec != NULL && exchange->exec->flow != NULL &&
        md_rec_target_number(&exchange->target, "w", &columns) &&
        md_rec_target_number(&exchange->target, "h", &rows)) {
        md_rec_flow_resize(exchange->exec->flow, columns, rows, now_us);
    }
}

/* Can its body be told from another? */
static bool is_comparable(const struct md_rec_exchange *exchange)
{
    const struct md_rec_bytes *body = &exchange->body;
    struct md_rec_bytes json = md_rec_bytes_new(MD_REC_LINE_MAX / 2);
    bool is_json = false;

    if (body->failed || !exchange->is_request_done) {
        return false;
    }
    if (body->len <= MD_REC_MATCH_RAW_MAX) {
        return true;
    }
    is_json = md_rec_json_compact(&json, body->data, body->len);
    md_rec_bytes_release(&json);
    return is_json;
}

static void add_match(struct md_rec_bytes *key,
                      const struct md_rec_exchange *exchange)
{
    const struct md_rec_bytes *body = &exchange->body;
    const char import[] = "POST /images/create";
    size_t before = key->len;

    if (!is_comparable(exchange) ||
        strncmp(exchange->target.on, import, strlen(import)) == 0) {
        return;
    }
    if (body->len == 0 && exchange->target.call != MD_REC_CALL_CREATE) {
        return;
    }
    if (body->len == 0) { /* without a match it would answer every create */
        md_rec_bytes_text(key, ",\"match\":{\"body\":\"\"}");
        return;
    }
    md_rec_bytes_text(key, ",\"match\":{\"json\":");
    if (!md_rec_json_compact(key, body->data, body->len)) {
        key->len = before;
        md_rec_bytes_text(key, ",\"match\":{\"body\":");
        if (!md_rec_payload_segment(key, (const uint8_t *)body->data,
                                    body->len)) {
            md_rec_bytes_text(key, "\"");
            md_rec_payload_escape(key, (const uint8_t *)body->data, body->len);
            md_rec_bytes_text(key, "\"");
        }
    }
    md_rec_bytes_text(key, "}");
}

static char *make_key(const struct md_rec_exchange *exchange)
{
    static const char *const phases[] = {
        [MD_REC_PHASE_CREATED] = "created",
        [MD_REC_PHASE_RUNNING] = "running",
        [MD_REC_PHASE_EXITED] = "exited",
    };
    struct md_rec_bytes key = md_rec_bytes_new(MD_REC_LINE_MAX / 2);

    if (exchange->exec != NULL) {
        md_rec_bytes_print(&key, ",\"phase\":\"%s\"", phases[exchange->phase]);
    }
    add_match(&key, exchange);
    return md_rec_bytes_take(&key);
}

/* Hand the exchange's request over to a rule. */
static struct md_rec_rule begin_rule(struct md_rec_exchange *exchange)
{
    struct md_rec_rule rule = {
        .target = exchange->target,
        .key = make_key(exchange),
    };

    exchange->target = (struct md_rec_target){0}; /* ours no longer */
    return rule;
}

static char *make_reply(struct md_rec_cast *cast,
                        const struct md_rec_exchange *exchange)
{
    struct md_rec_bytes reply = md_rec_bytes_new(MD_REC_LINE_MAX / 2 + 65536);

    md_rec_bytes_text(&reply, ",\"reply\":{\"head\":");
    md_rec_bytes_add(&reply, exchange->head.data, exchange->head.len);
    if (exchange->answer.len > 0) {
        md_rec_bytes_text(&reply, ",\"body\":");
        md_rec_cast_body(cast, &reply, exchange->answer.data,
                         exchange->answer.len);
    }
    md_rec_bytes_text(&reply, "}");
    return md_rec_bytes_take(&reply);
}

/* Number of the exec that a create brought into being; 0 = none. */
static unsigned find_made(const struct md_rec_exchange *exchange,
                          const struct md_rec *rec)
{
    const struct md_rec_exec *exec = NULL;
    cJSON *json = NULL;

    if (exchange->target.call != MD_REC_CALL_CREATE || !is_ok(exchange)) {
        return 0;
    }
    json = cJSON_ParseWithLength(exchange->answer.data, exchange->answer.len);
    if (get_text(json, "Id") != NULL) {
        exec = md_rec_names_exec(&rec->names, get_text(json, "Id"));
    }
    cJSON_Delete(json);
    return exec != NULL ? exec->number : 0;
}

static void write_reply(struct md_rec_exchange *exchange, struct md_rec *rec)
{
    unsigned makes = find_made(exchange, rec);
    struct md_rec_rule rule = begin_rule(exchange);
    char *reply = NULL;

    rule.makes = makes;
    sha256_update(&exchange->digest, exchange->answer.len,
                  (const uint8_t *)exchange->answer.data);
    sha256_digest(&exchange->digest, sizeof(rule.digest), rule.digest);
    if (md_rec_cast_is_repeated(&rec->cast, &rule)) {
        md_rec_rule_release(&rule);
        return;
    }
    reply = make_reply(&rec->cast, exchange);
    md_rec_cast_rule(&rec->cast, &rule, reply);
    free(reply);
}

void md_rec_exchange_finish(struct md_rec_exchange *exchange,
                            struct md_rec *rec, uint64_t now_us)
{
    struct md_rec_exec *exec = exchange->exec;

    rec->requests++;
    md_rec_redact_body(rec, &exchange->answer, name_of(exchange),
                       "the body of the answer to");
    if (exchange->answer.failed) {
        exchange->problem = "its answer is longer than 16 MiB";
    } else if (exchange->target.call == MD_REC_CALL_CREATE &&
               !is_comparable(exchange)) {
        /* Without a match it would answer every create. */
        exchange->problem = "its command is too long to be told from others";
    } else if (exchange->problem == NULL) {
        learn(exchange, rec);
    }
    if (exchange->problem != NULL) {
        md_rec_cast_note(&rec->cast, "left out: %s: %s", name_of(exchange),
                         exchange->problem);
        return;
    }
    if (exec != NULL && exchange->target.call == MD_REC_CALL_START) {
        exec->is_polled = exec->flow == NULL;
    }
    if (exec != NULL && exchange->target.call == MD_REC_CALL_INSPECT &&
        exec->is_polled && exchange->phase == MD_REC_PHASE_RUNNING) {
        exchange->phase = exec->phase; /* as this very answer tells it */
    }
    record_resize(exchange, now_us);
    write_reply(exchange, rec);
}

void md_rec_exchange_stream(struct md_rec_exchange *exchange,
                            struct md_rec *rec, unsigned stream)
{
    struct md_rec_rule rule = begin_rule(exchange);
    char answer[64];

    rec->requests++;
    rule.stream = stream;
    (void)snprintf(answer, sizeof(answer), ",\"upgrade\":%s,\"stream\":\"s%u\"",
                   exchange->has_upgrade ? "true" : "false", stream);
    md_rec_cast_rule(&rec->cast, &rule, answer);
}
