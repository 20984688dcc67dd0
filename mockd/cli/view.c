/* SPDX-License-Identifier: MIT */
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "text.h"

size_t md_view_len(const struct md_view *view, size_t len)
{
    return view->max == 0 || len < view->max ? len : view->max;
}

static void put_pair(const struct md_view *view, const char *key,
                     const char *value)
{
    (void)fprintf(view->out, "  ");
    md_text_escaped(view->out, key, strlen(key));
    (void)putc(' ', view->out);
    md_text_escaped(view->out, value, strlen(value));
    (void)putc('\n', view->out);
}

static const char *style_name(const struct md_script *script)
{
    return script->style == MD_STYLE_PODMAN ? "podman" : "docker";
}

/* What a script leaves out is as this engine has it. */
static void put_script_text(const struct md_view *view,
                            const struct md_script *script)
{
    (void)fprintf(view->out, "  script %s ", style_name(script));
    md_text_escaped(view->out, script->version, strlen(script->version));
    (void)fprintf(view->out, ", API %s\n", script->api);
}

static void put_header_text(const struct md_view *view,
                            const struct md_source *source,
                            const struct md_fixture *fixture,
                            const struct md_json *provenance)
{
    md_text_escaped(view->out, source->path, strlen(source->path));
    (void)fputs(fixture->name[0] == '\0' ? "" : ": ", view->out);
    md_text_escaped(view->out, fixture->name, strlen(fixture->name));
    (void)putc('\n', view->out);
    if (fixture->is_script) {
        put_script_text(view, &fixture->script);
    }
    for (const struct md_json *at = md_json_first(provenance); at != NULL;
         at = md_json_next(at)) {
        put_pair(view, md_json_key(at), md_json_text(at));
    }
    for (size_t i = 0; i < fixture->var_count; i++) {
        put_pair(view, fixture->vars[i].name, fixture->vars[i].value);
    }
}

static void put_member(const struct md_view *view, bool is_first,
                       const char *key, const char *value)
{
    (void)fputs(is_first ? "" : ",", view->out);
    md_text_json(view->out, key);
    (void)putc(':', view->out);
    md_text_json(view->out, value);
}

static void put_header_json(const struct md_view *view,
                            const struct md_source *source,
                            const struct md_fixture *fixture,
                            const struct md_json *provenance)
{
    (void)fputs("{\"event\":\"session\",\"file\":", view->out);
    md_text_json(view->out, source->path);
    (void)fputs(",\"name\":", view->out);
    md_text_json(view->out, fixture->name);
    if (fixture->is_script) {
        (void)fprintf(view->out, ",\"script\":true,\"engine\":\"%s\"",
                      style_name(&fixture->script));
    }
    (void)fputs(",\"provenance\":{", view->out);
    for (const struct md_json *at = md_json_first(provenance); at != NULL;
         at = md_json_next(at)) {
        put_member(view, at == md_json_first(provenance), md_json_key(at),
                   md_json_text(at));
    }
    (void)fputs("},\"vars\":{", view->out);
    for (size_t i = 0; i < fixture->var_count; i++) {
        put_member(view, i == 0, fixture->vars[i].name, fixture->vars[i].value);
    }
    (void)fputs("}}\n", view->out);
}

static enum mockd_code put_header(const struct md_view *view,
                                  const struct md_source *source,
                                  const struct md_fixture *fixture,
                                  struct mockd_error *err)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *header = NULL;
    const struct md_json *provenance = NULL;
    enum mockd_code rc = md_source_header(source, &header, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    provenance = md_json_get(header, "provenance");
    if (view->is_json) {
        put_header_json(view, source, fixture, provenance);
    } else {
        put_header_text(view, source, fixture, provenance);
    }
    return MOCKD_OK;
}

static enum mockd_code read_body(const struct md_view *view,
                                 const struct md_payload *body,
                                 uint8_t **out_bytes, size_t *out_shown,
                                 struct mockd_error *err)
{
    *out_shown = md_view_len(view, (size_t)body->len);
    *out_bytes = malloc(*out_shown + 1);
    if (*out_bytes == NULL) {
        return md_fail_nomem(err);
    }
    return md_payload_read(body, 0, *out_bytes, *out_shown, err);
}

static bool has_members(const struct md_rule *rule)
{
    return rule->subset != NULL || rule->pattern != NULL;
}

/* The JSON that a request must be, or of a script what it must have; NULL when
 * it may be anything; yours. */
static enum mockd_code print_match(const struct md_source *source,
                                   const struct md_rule *rule, char **out_text,
                                   struct mockd_error *err)
{
    struct md_buf buf = {.max = (size_t)MD_LINE_MAX * 2};
    MD_CLEANUP(md_json_cleanup) struct md_json *line = NULL;
    const struct md_json *match = rule->json;
    enum mockd_code rc = MOCKD_OK;

    *out_text = NULL;
    if (has_members(rule)) {
        rc = md_source_value(source, rule->line, &line, err);
        match = md_json_get(line, "match");
    }
    if (rc != MOCKD_OK || match == NULL) {
        return rc;
    }
    if (!md_json_print(match, &buf)) {
        md_buf_release(&buf);
        return md_fail_nomem(err);
    }
    *out_text = buf.data;
    return MOCKD_OK;
}

/* When an inspect says that the exec is over. */
static void put_inspect_text(const struct md_view *view,
                             const struct md_inspect *inspect)
{
    (void)fputs("    -> what the exec is; ", view->out);
    switch (inspect->lag) {
    case MD_LAG_NONE:
        (void)fputs("exited at once\n", view->out);
        break;
    case MD_LAG_POLLS:
        (void)fprintf(view->out, "exited after %" PRIu32 " more\n",
                      inspect->polls);
        break;
    case MD_LAG_UNTIL_RELEASED:
        (void)fputs("exited when released\n", view->out);
        break;
    }
}

static void put_inspect_json(const struct md_view *view,
                             const struct md_inspect *inspect)
{
    (void)fputs(",\"inspect\":", view->out);
    switch (inspect->lag) {
    case MD_LAG_NONE:
        (void)fputs("\"immediate\"", view->out);
        break;
    case MD_LAG_POLLS:
        (void)fprintf(view->out, "{\"after_polls\":%" PRIu32 "}",
                      inspect->polls);
        break;
    case MD_LAG_UNTIL_RELEASED:
        (void)fputs("\"until_released\"", view->out);
        break;
    }
    (void)fputs("}\n", view->out);
}

static void put_cut(const struct md_view *view, const char *what,
                    const void *bytes, size_t shown, size_t len)
{
    (void)fprintf(view->out, "    %s ", what);
    md_text_escaped(view->out, bytes, shown);
    if (shown < len) {
        (void)fprintf(view->out, " .. %zu more", len - shown);
    }
    (void)putc('\n', view->out);
}

static void put_request_text(const struct md_view *view,
                             const struct md_fixture *fixture,
                             const struct md_rule *rule, const char *match)
{
    (void)fprintf(view->out, "\n%" PRIu32 ": ", rule->line);
    md_text_escaped(view->out, rule->on.text, strlen(rule->on.text));
    if (rule->phase != MD_PHASE_ANY) {
        (void)fprintf(view->out, ", %s", md_phase_name(rule->phase));
    }
    if (rule->has_upgrade) {
        (void)fprintf(view->out, ", %s Upgrade",
                      rule->upgrade ? "with" : "without");
    }
    if (rule->makes != MD_NO_VAR) {
        (void)fprintf(view->out, ", makes %s", fixture->vars[rule->makes].name);
    }
    if (rule->times > 1) {
        (void)fprintf(view->out, ", %" PRIu32 " times", rule->times);
    }
    (void)putc('\n', view->out);
    if (match != NULL) {
        size_t len = strlen(match);

        put_cut(view, has_members(rule) ? "match" : "body", match,
                md_view_len(view, len), len);
    }
}

static void put_reply_text(const struct md_view *view,
                           const struct md_rule *rule, const uint8_t *body,
                           size_t shown)
{
    if (rule->stream != NULL) {
        (void)fputs("    -> stream ", view->out);
        md_text_escaped(view->out, rule->stream->name,
                        strlen(rule->stream->name));
        (void)putc('\n', view->out);
        return;
    }
    if (rule->has_inspect) {
        put_inspect_text(view, &rule->inspect);
        return;
    }
    for (size_t i = 0; i < rule->reply_head.line_count; i++) {
        const char *line = rule->reply_head.lines[i];

        (void)fputs(i == 0 ? "    -> " : "       ", view->out);
        md_text_escaped(view->out, line, strlen(line));
        (void)putc('\n', view->out);
    }
    if (rule->reply_body.len > 0) {
        put_cut(view, "  ", body, shown, rule->reply_body.len);
    }
}

static void put_request_json(const struct md_view *view,
                             const struct md_fixture *fixture,
                             const struct md_rule *rule, const char *match)
{
    (void)fprintf(view->out, "{\"event\":\"rule\",\"line\":%" PRIu32 ",\"on\":",
                  rule->line);
    md_text_json(view->out, rule->on.text);
    if (rule->phase != MD_PHASE_ANY) {
        (void)fprintf(view->out, ",\"phase\":\"%s\"",
                      md_phase_name(rule->phase));
    }
    if (rule->has_upgrade) {
        (void)fprintf(view->out, ",\"upgrade\":%s",
                      rule->upgrade ? "true" : "false");
    }
    if (rule->makes != MD_NO_VAR) {
        (void)fprintf(view->out, ",\"makes\":\"%s\"",
                      fixture->vars[rule->makes].name);
    }
    (void)fprintf(view->out, ",\"times\":%" PRIu32, rule->times);
    if (match != NULL) {
        (void)fprintf(view->out, ",\"%s\":%s",
                      has_members(rule) ? "match" : "json", match);
    }
}

static void put_reply_json(const struct md_view *view,
                           const struct md_rule *rule, const uint8_t *body,
                           size_t shown)
{
    if (rule->stream != NULL) {
        (void)fputs(",\"stream\":", view->out);
        md_text_json(view->out, rule->stream->name);
        (void)fputs("}\n", view->out);
        return;
    }
    if (rule->has_inspect) {
        put_inspect_json(view, &rule->inspect);
        return;
    }
    (void)fprintf(view->out, ",\"status\":%d,\"head\":[",
                  rule->reply_head.status);
    for (size_t i = 0; i < rule->reply_head.line_count; i++) {
        (void)fputs(i == 0 ? "" : ",", view->out);
        md_text_json(view->out, rule->reply_head.lines[i]);
    }
    (void)fprintf(view->out, "],\"bytes\":%zu,\"data\":", rule->reply_body.len);
    md_text_quoted(view->out, body, shown);
    (void)fprintf(view->out, "%s}\n",
                  shown < rule->reply_body.len ? ",\"cut\":true" : "");
}

static enum mockd_code put_rule(const struct md_view *view,
                                const struct md_source *source,
                                const struct md_fixture *fixture,
                                const struct md_rule *rule,
                                struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_free) uint8_t *body = NULL;
    MD_CLEANUP(md_cleanup_free) char *match = NULL;
    size_t shown = 0;
    enum mockd_code rc = read_body(view, &rule->reply_body, &body, &shown, err);

    if (rc == MOCKD_OK) {
        rc = print_match(source, rule, &match, err);
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    if (view->is_json) {
        put_request_json(view, fixture, rule, match);
        put_reply_json(view, rule, body, shown);
    } else {
        put_request_text(view, fixture, rule, match);
        put_reply_text(view, rule, body, shown);
    }
    return MOCKD_OK;
}

static void put_item(void *user, const struct md_item *item)
{
    struct md_view *view = user;
    enum md_event_code code =
        item->kind == MD_ITEM_STEP ? item->event->code : MD_EVENT_HEAD;

    view->is_in_block &= code != MD_EVENT_AGAIN;
    if (view->is_json) {
        md_view_item_json(view, item);
    } else {
        md_view_item_text(view, item);
    }
    view->is_in_block |= code == MD_EVENT_REPEAT;
}

static enum mockd_code put_stream(struct md_view *view,
                                  const struct md_side *side,
                                  const struct md_stream *stream,
                                  struct mockd_error *err)
{
    bool is_framed = md_stream_is_framed(side->fixture, stream);
    const char *what = is_framed ? "frames" : "raw";

    view->stream = stream;
    if (!view->is_json) {
        (void)fputs("\nstream ", view->out);
        md_text_escaped(view->out, stream->name, strlen(stream->name));
        (void)fprintf(view->out, ", %s\n",
                      side->fixture->is_script ? "steps" : what);
    }
    return md_timeline_walk(side, stream, is_framed, put_item, view, err);
}

enum mockd_code md_view_fixture(struct md_view *view,
                                const struct md_source *source,
                                const struct md_fixture *fixture,
                                struct mockd_error *err)
{
    const struct md_side side = {source, fixture};
    enum mockd_code rc = put_header(view, source, fixture, err);

    for (size_t i = 0; i < fixture->rule_count && rc == MOCKD_OK; i++) {
        rc = put_rule(view, source, fixture, &fixture->rules[i], err);
    }
    for (const struct md_stream *at = md_stream_next(fixture, NULL);
         at != NULL && rc == MOCKD_OK; at = md_stream_next(fixture, at)) {
        rc = put_stream(view, &side, at, err);
    }
    return rc;
}
