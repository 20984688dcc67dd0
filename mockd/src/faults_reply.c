/* SPDX-License-Identifier: MIT */
/* faults_reply.c - another answer, a late one, or none. */
#include <string.h>

#include "bounds.h"
#include "fault.h"
#include "json.h"
#include "reason.h"

/* ---- late, or never ---- */

static enum mockd_code slow_head(struct md_edit *edit, struct mockd_error *err)
{
    uint64_t pause_us = (uint64_t)md_edit_number(edit, "ms") * 1000;
    enum mockd_code rc = md_edit_fired(edit, 0, err);

    return rc == MOCKD_OK
               ? md_edit_done(md_program_mark_first(edit->program, 0,
                                                    MD_MARK_PAUSE, pause_us),
                              err)
               : rc;
}

/* Nothing at all, then @mark. */
static enum mockd_code nothing_but(struct md_edit *edit, enum md_mark_code mark,
                                   struct mockd_error *err)
{
    struct md_program *program = edit->program;
    bool is_over = mark != MD_MARK_STALL;

    md_program_truncate(program, 0);
    return md_edit_done(
        (!is_over || md_program_mark(program, 0, MD_MARK_EXIT, 0)) &&
            md_program_mark(program, 0, MD_MARK_FIRED, edit->number) &&
            md_program_mark(program, 0, mark, 0),
        err);
}

static enum mockd_code no_head(struct md_edit *edit, struct mockd_error *err)
{
    return nothing_but(edit, MD_MARK_STALL, err);
}

static enum mockd_code empty_reply(struct md_edit *edit,
                                   struct mockd_error *err)
{
    return nothing_but(edit, MD_MARK_FIN, err);
}

static enum mockd_code reset_before_head(struct md_edit *edit,
                                         struct mockd_error *err)
{
    return nothing_but(edit, MD_MARK_RESET, err);
}

/* The answer does not say that the connection closes, so to the client it is
 * a kept one until then. */
static enum mockd_code idle_close(struct md_edit *edit, struct mockd_error *err)
{
    uint64_t pause_us = (uint64_t)md_edit_number(edit, "ms") * 1000;
    size_t end = edit->program->bytes.len;
    enum mockd_code rc = md_edit_fired(edit, end, err);

    return rc == MOCKD_OK
               ? md_edit_done(md_program_mark_first(edit->program, end,
                                                    MD_MARK_PAUSE, pause_us),
                              err)
               : rc;
}

/* ---- another one ---- */

struct reply {
    const char *type; /* NULL = none is said */
    const char *body;
    bool has_length;
};

static bool write_reply(struct md_buf *out, int code, const struct reply *reply)
{
    bool ok = md_buf_printf(out, "HTTP/1.1 %d %s\r\n", code, md_reason(code));

    if (ok && reply->type != NULL) {
        ok = md_buf_printf(out, "Content-Type: %s\r\n", reply->type);
    }
    if (ok && reply->has_length) {
        ok = md_buf_printf(out, "Content-Length: %zu\r\n", strlen(reply->body));
    }
    return ok && md_buf_add_text(out, "\r\n") &&
           md_buf_add_text(out, reply->body);
}

/* What earlier faults did to the other answer never shows. */
static enum mockd_code answer_with(struct md_edit *edit,
                                   const struct reply *reply,
                                   struct mockd_error *err)
{
    struct md_program *program = edit->program;
    struct md_buf text = {.max = MD_PROGRAM_MAX};

    if (!write_reply(&text, (int)md_edit_number(edit, "code"), reply)) {
        md_buf_release(&text);
        return md_edit_no_room(err);
    }
    md_buf_release(&program->bytes);
    program->bytes = text;
    program->head_len = text.len - strlen(reply->body);
    program->is_framed = false;
    program->mark_count = 0;
    return md_edit_done(
        md_program_mark(program, text.len, MD_MARK_FIRED, edit->number) &&
            md_program_mark(program, text.len, MD_MARK_FIN, 0),
        err);
}

/* {"message":"..."} as engines have it. */
static enum mockd_code answer_json(struct md_edit *edit, bool has_length,
                                   struct mockd_error *err)
{
    struct md_buf body = {.max = MD_LINE_MAX};
    enum mockd_code rc = MOCKD_OK;

    if (md_buf_add_text(&body, "{\"message\":") &&
        md_json_quote(&body, md_edit_text(edit, "message")) &&
        md_buf_add_text(&body, "}\n")) {
        rc = answer_with(
            edit, &(struct reply){"application/json", body.data, has_length},
            err);
    } else {
        rc = md_edit_no_room(err);
    }
    md_buf_release(&body);
    return rc;
}

static enum mockd_code error_json(struct md_edit *edit, struct mockd_error *err)
{
    return answer_json(edit, true, err);
}

static enum mockd_code error_no_length(struct md_edit *edit,
                                       struct mockd_error *err)
{
    return answer_json(edit, false, err);
}

static enum mockd_code error_text(struct md_edit *edit, struct mockd_error *err)
{
    return answer_with(edit,
                       &(struct reply){"text/plain; charset=utf-8",
                                       md_edit_text(edit, "message"), true},
                       err);
}

static enum mockd_code error_html(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf body = {.max = MD_LINE_MAX};
    int code = (int)md_edit_number(edit, "code");
    enum mockd_code rc = MOCKD_OK;

    if (md_buf_printf(&body,
                      "<html><head><title>%d %s</title></head>\r\n"
                      "<body><h1>%s</h1></body></html>\r\n",
                      code, md_reason(code), md_edit_text(edit, "message"))) {
        rc = answer_with(edit, &(struct reply){"text/html", body.data, true},
                         err);
    } else {
        rc = md_edit_no_room(err);
    }
    md_buf_release(&body);
    return rc;
}

static enum mockd_code error_empty(struct md_edit *edit,
                                   struct mockd_error *err)
{
    return answer_with(edit, &(struct reply){NULL, "", true}, err);
}

/* ---- the list ---- */

static const struct md_fault_param ms_params[] = {
    MD_TAKES_NUMBER("ms", 0, MD_PAUSE_US_MAX / 1000, 1000, "milliseconds"),
    {0}};
static const struct md_fault_param error_params[] = {
    MD_TAKES_NUMBER("code", 300, 599, 500, "the status"),
    MD_TAKES(MD_PARAM_TEXT, "message", "mockd was asked to fail",
             "what it says"),
    {0}};
static const struct md_fault_param proxy_params[] = {
    MD_TAKES_NUMBER("code", 300, 599, 502, "the status"),
    MD_TAKES(MD_PARAM_TEXT, "message", "Bad Gateway", "what it says"),
    {0}};
static const struct md_fault_param code_params[] = {
    MD_TAKES_NUMBER("code", 300, 599, 503, "the status"), {0}};

#define HEAD .group = "head", .on = MD_ON_ANY, .standard_on = MD_ON_START

const struct md_fault_kind md_faults_reply[] = {
    {.name = "slow_head",
     HEAD,
     .wire = "nothing for so long, then the answer",
     .models = "a busy daemon; a client's head timeout",
     .params = ms_params,
     .apply = slow_head},
    {.name = "no_head",
     HEAD,
     .wire = "nothing, and the connection stays open",
     .models = "a daemon that hangs; a client's head timeout",
     .apply = no_head},
    {.name = "empty_reply",
     HEAD,
     .wire = "the end of our side, and no byte before it",
     .models = "a daemon that crashes; NoHttpResponseException",
     .apply = empty_reply},
    {.name = "reset_before_head",
     HEAD,
     .needs_tcp = true,
     .wire = "a reset, and no byte before it",
     .models = "a daemon that crashes",
     .apply = reset_before_head},
    {.name = "idle_close",
     .group = "head",
     .on = MD_ON_ANY & ~(unsigned)MD_ON_START,
     .standard_on = MD_ON_CREATE,
     .wire = "the whole answer, as if the connection was kept; its end so much "
             "later; a request in between is not answered",
     .models = "Podman closes idle connections after about ten seconds: "
               "docker-java#2682, a POST fails on a pooled one",
     .params = ms_params,
     .apply = idle_close},
    {.name = "error_json",
     HEAD,
     .wire = "an error as engines give it: {\"message\":...}",
     .models = "404, 409 of a paused container, 500; Podman says 500 where "
               "Docker says 404 or 409",
     .params = error_params,
     .apply = error_json},
    {.name = "error_text",
     HEAD,
     .wire = "an error in plain text",
     .models = "proxies; Go's http.Error",
     .params = error_params,
     .apply = error_text},
    {.name = "error_html",
     HEAD,
     .wire = "an error in HTML",
     .models = "nginx, HAProxy",
     .params = proxy_params,
     .apply = error_html},
    {.name = "error_empty",
     HEAD,
     .wire = "an error with Content-Length: 0",
     .models = "HAProxy without an errorfile",
     .params = code_params,
     .apply = error_empty},
    {.name = "error_no_length",
     HEAD,
     .wire = "an error without Content-Length that the end of our side ends",
     .models = "HTTP/1.0 proxies",
     .params = error_params,
     .apply = error_no_length},
    {0}};
