/* SPDX-License-Identifier: MIT */
#include "usual.h"

#include <stdio.h>
#include <string.h>

#define LINES_MAX 8   /* of a usual head */
#define LINE_SIZE 320 /* a version has at most MD_VAR_LEN_MAX bytes */
#define CID "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
#define EID "e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1"
#define JSON "application/json"
#define MULTIPLEXED_SINCE 42 /* minor API version */

/* A head as it grows. */
struct draft {
    struct md_fixture *fixture;
    const char *lines[LINES_MAX];
    size_t count;
    bool is_broken; /* no memory */
};

static void add_line(struct draft *draft, const char *before, const char *value,
                     const char *after)
{
    char line[LINE_SIZE];
    const char *copy = NULL;

    (void)snprintf(line, sizeof(line), "%s%s%s", before, value, after);
    copy = md_arena_copy(&draft->fixture->arena, line, strlen(line));
    draft->is_broken |= copy == NULL;
    draft->lines[draft->count] = copy;
    draft->count++;
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {101, "UPGRADED"},
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}

static void add_status(struct draft *draft, int status)
{
    char number[16];

    (void)snprintf(number, sizeof(number), "%d ", status);
    add_line(draft, "HTTP/1.1 ", number, reason_of(status));
}

static enum mockd_code finish(struct draft *draft, int status,
                              struct md_head *out_head, struct mockd_error *err)
{
    struct md_arena *arena = &draft->fixture->arena;
    const char **lines = md_arena_array(arena, draft->count, sizeof(*lines));
    size_t *segment = md_arena_alloc(arena, sizeof(*segment));

    if (draft->is_broken || lines == NULL || segment == NULL) {
        return md_fail_nomem(err);
    }
    memcpy(lines, draft->lines, draft->count * sizeof(*lines));
    *out_head = (struct md_head){.lines = lines,
                                 .line_count = draft->count,
                                 .segments = segment,
                                 .segment_count = 1,
                                 .status = status};
    *segment = md_head_len(out_head);
    return MOCKD_OK;
}

static void add_docker_lines(struct draft *draft)
{
    add_line(draft, "Docker-Experimental: false", "", "");
    add_line(draft, "Ostype: linux", "", "");
    add_line(draft, "Server: Docker/", draft->fixture->script.version,
             " (linux)");
}

/* @type NULL = there is no body */
static enum mockd_code make_head(struct md_fixture *fixture, int status,
                                 const char *type, struct md_head *out_head,
                                 struct mockd_error *err)
{
    const struct md_script *script = &fixture->script;
    struct draft draft = {.fixture = fixture};

    add_status(&draft, status);
    add_line(&draft, "Api-Version: ", script->api, "");
    if (type != NULL) {
        add_line(&draft, "Content-Type: ", type, "");
    }
    if (script->style == MD_STYLE_PODMAN) {
        add_line(&draft, "Libpod-Api-Version: ", script->version, "");
        add_line(&draft, "Server: Libpod/", script->version, " (linux)");
    } else {
        add_docker_lines(&draft);
    }
    return finish(&draft, status, out_head, err);
}

enum mockd_code md_usual_head(struct md_fixture *fixture,
                              const struct md_rule *rule, int status,
                              bool has_body, struct md_head *out_head,
                              struct mockd_error *err)
{
    const struct md_target *target = &rule->on.target;
    bool is_ping =
        target->word_count == 1 && strcmp(target->words[0], "_ping") == 0;
    const char *type = is_ping ? "text/plain; charset=utf-8" : JSON;

    return make_head(fixture, status, has_body ? type : NULL, out_head, err);
}

static size_t index_of(bool has_upgrade, bool is_multiplexed)
{
    return (has_upgrade ? 2U : 0U) + (is_multiplexed ? 1U : 0U);
}

static enum mockd_code make_stream_head(struct md_fixture *fixture,
                                        bool has_upgrade, bool is_multiplexed,
                                        struct mockd_error *err)
{
    struct md_script *script = &fixture->script;
    struct draft draft = {.fixture = fixture};
    int status = has_upgrade ? 101 : 200;

    add_status(&draft, status);
    add_line(&draft, "Content-Type: application/vnd.docker.",
             is_multiplexed ? "multiplexed" : "raw", "-stream");
    if (has_upgrade) {
        add_line(&draft, "Connection: Upgrade", "", "");
        add_line(&draft, "Upgrade: tcp", "", "");
    }
    if (script->style == MD_STYLE_DOCKER) {
        add_line(&draft, "Api-Version: ", script->api, "");
        add_docker_lines(&draft);
    }
    return finish(&draft, status,
                  &script->stream_heads[index_of(has_upgrade, is_multiplexed)],
                  err);
}

static enum mockd_code add_usual_vars(struct md_fixture *fixture,
                                      struct mockd_error *err)
{
    static const struct md_var usual[] = {
        {MD_VAR_NAME, "NAME", "t1"},
        {MD_VAR_CID, "CID", CID},
        {MD_VAR_EID, "EID1", EID},
    };
    size_t count = sizeof(usual) / sizeof(usual[0]);

    fixture->vars = md_arena_array(&fixture->arena, count, sizeof(usual[0]));
    if (fixture->vars == NULL) {
        return md_fail_nomem(err);
    }
    memcpy(fixture->vars, usual, sizeof(usual));
    fixture->var_count = count;
    return MOCKD_OK;
}

/* The answers that need no rule. */
static enum mockd_code make_heads(struct md_fixture *fixture,
                                  struct mockd_error *err)
{
    struct md_script *script = &fixture->script;
    bool is_podman = script->style == MD_STYLE_PODMAN;
    const char *start_type = is_podman ? "text/plain; charset=us-ascii" : NULL;
    enum mockd_code rc =
        make_head(fixture, 200, JSON, &script->inspect_head, err);

    if (rc == MOCKD_OK) {
        rc = make_head(fixture, 200, start_type, &script->start_head, err);
    }
    if (rc == MOCKD_OK) {
        rc = make_head(fixture, is_podman ? 201 : 200, NULL,
                       &script->resize_head, err);
    }
    for (unsigned i = 0; i < MD_STREAM_HEADS && rc == MOCKD_OK; i++) {
        rc = make_stream_head(fixture, (i & 2) != 0, (i & 1) != 0, err);
    }
    return rc;
}

enum mockd_code md_usual_init(struct md_fixture *fixture,
                              struct mockd_error *err)
{
    struct md_script *script = &fixture->script;
    bool is_podman = script->style == MD_STYLE_PODMAN;
    enum mockd_code rc = MOCKD_OK;

    if (script->version == NULL) {
        script->version = is_podman ? "5.8.6" : "28.5.2";
    }
    if (script->api == NULL) {
        script->api = is_podman ? "1.41" : "1.51";
        script->minor = is_podman ? 41 : 51;
    }
    if (fixture->var_count == 0) {
        rc = add_usual_vars(fixture, err);
    }
    script->cid = CID;
    for (size_t i = fixture->var_count; i > 0; i--) {
        if (fixture->vars[i - 1].kind == MD_VAR_CID) {
            script->cid = fixture->vars[i - 1].value;
        }
    }
    return rc == MOCKD_OK ? make_heads(fixture, err) : rc;
}

int md_usual_status(const struct md_fixture *fixture,
                    const struct md_rule *rule)
{
    const struct md_target *target = &rule->on.target;
    const char *last =
        target->word_count == 0 ? "" : target->words[target->word_count - 1];

    if (rule->is_create ||
        (strcmp(target->method, "POST") == 0 && strcmp(last, "create") == 0)) {
        return 201;
    }
    if (strcmp(last, "resize") == 0) {
        return fixture->script.style == MD_STYLE_PODMAN ? 201 : 200;
    }
    return strcmp(target->method, "DELETE") == 0 ? 204 : 200;
}

enum mockd_code md_usual_created(struct md_fixture *fixture, int eid,
                                 struct md_payload *out_body,
                                 struct mockd_error *err)
{
    char text[LINE_SIZE];
    char *copy = NULL;

    (void)snprintf(text, sizeof(text), "{\"Id\":\"%s\"}\n",
                   fixture->vars[eid].value);
    copy = md_arena_copy(&fixture->arena, text, strlen(text));
    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    *out_body = (struct md_payload){.bytes = (const uint8_t *)copy,
                                    .len = strlen(text)};
    return MOCKD_OK;
}

/* Docker says so only with an Upgrade, and takes no version for its newest;
 * Podman says so always, and takes no version for an old one. */
static bool is_multiplexed(const struct md_script *script,
                           const struct md_target *target, bool has_upgrade)
{
    bool is_podman = script->style == MD_STYLE_PODMAN;
    unsigned minor = target->has_version ? target->minor
                     : is_podman         ? 0
                                         : script->minor;

    return minor >= MULTIPLEXED_SINCE && (has_upgrade || is_podman);
}

const struct md_head *md_usual_stream_head(const struct md_fixture *fixture,
                                           int status,
                                           const struct md_target *target,
                                           bool has_upgrade, bool is_tty)
{
    bool is_upgraded = status == 0 ? has_upgrade : status == 101;
    bool is_split =
        !is_tty && is_multiplexed(&fixture->script, target, is_upgraded);

    return &fixture->script.stream_heads[index_of(is_upgraded, is_split)];
}
