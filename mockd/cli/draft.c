/* SPDX-License-Identifier: MIT */
#include "draft.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "loader.h"

#define END_MAX 256 /* bytes of an end line: four numbers and a digest */

/* A walk through the lines that goes on after a mistake. */
struct draft {
    const struct md_source *source;
    struct md_loader loader;
    md_mistake_fn on_mistake;
    void *user;
    size_t mistakes;
    uint32_t end_line;   /* 0 = there is none */
    bool skips_events;   /* those of a stream that did not begin well */
    bool has_wrong_step; /* in the present stream of a script */
};

static void report(struct draft *draft, uint32_t line, const char *message)
{
    draft->mistakes++;
    draft->on_mistake(draft->user, line, message);
}

static void release_draft(struct draft *draft)
{
    md_fixture_free(draft->loader.fixture);
}

static enum mockd_code open_draft(struct draft *draft, struct mockd_error *err)
{
    struct md_fixture *fixture = calloc(1, sizeof(*fixture));
    const char *folder = draft->source->folder;

    if (fixture == NULL) {
        return md_fail_nomem(err);
    }
    draft->loader.fixture = fixture;
    fixture->path = "";
    fixture->name = "";
    fixture->home.arena = &fixture->arena;
    fixture->home.folder = folder;
    return MOCKD_OK;
}

static enum mockd_code is_end(const struct draft *draft, uint32_t line,
                              bool *out_is, struct mockd_error *err)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *value = NULL;
    enum mockd_code rc = md_source_value(draft->source, line, &value, err);

    *out_is = rc == MOCKD_OK && md_json_get(value, "end") != NULL &&
              md_json_get(value, "on") == NULL &&
              md_json_get(value, "stream") == NULL;
    return rc == MOCKD_E_SYSTEM ? rc : MOCKD_OK;
}

static bool is_blank(const struct md_source_line *line)
{
    return line->len == 0 || line->text[0] == '#';
}

static bool is_event(const struct md_source_line *line)
{
    size_t i = 0;

    while (i < line->len && (line->text[i] == ' ' || line->text[i] == '\t')) {
        i++;
    }
    return i < line->len && line->text[i] == '[';
}

/* After a stream's head or name that is wrong each of its events would be. */
static void note_stream(struct draft *draft, bool is_right, bool was_event)
{
    const struct md_stream *stream = draft->loader.stream;
    bool may_begin = draft->loader.fixture->is_script; /* with any step */

    if (is_right) {
        draft->skips_events = false;
    } else if (!was_event || stream == NULL ||
               (stream->first == MD_NO_EVENT && !may_begin)) {
        draft->skips_events = true;
    }
    draft->has_wrong_step = was_event && (draft->has_wrong_step || !is_right);
}

/* Is it the end of a block of which a wrong step was a part? */
static bool is_explained(const struct draft *draft,
                         const struct md_source_line *line)
{
    static const char again[] = "\"again\"";
    size_t len = sizeof(again) - 1;

    if (!draft->has_wrong_step || !draft->loader.fixture->is_script) {
        return false;
    }
    for (size_t i = 0; i + len <= line->len; i++) {
        if (memcmp(line->text + i, again, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Take one line that is not the end. */
static enum mockd_code take_line(struct draft *draft, uint32_t line,
                                 struct mockd_error *err)
{
    const struct md_source_line *at = &draft->source->lines[line - 1];
    MD_CLEANUP(md_cleanup_free) char *copy = malloc(at->len + 1);
    bool is_secondary = is_explained(draft, at);
    struct mockd_error mistake = {0};
    enum mockd_code rc = MOCKD_OK;

    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    memcpy(copy, at->text, at->len);
    copy[at->len] = '\0';
    draft->loader.line = line;
    rc = md_line_parse(&draft->loader, copy, at->len, &mistake);
    note_stream(draft, rc == MOCKD_OK, is_event(at));
    if (rc == MOCKD_E_FIXTURE) {
        if (!is_secondary) {
            report(draft, line, mistake.message);
        }
        rc = MOCKD_OK;
    }
    return rc == MOCKD_OK ? rc : md_fail(err, rc, "%s", mistake.message);
}

/* The end of a recording is counted elsewhere. */
static enum mockd_code take_or_end(struct draft *draft, uint32_t line,
                                   struct mockd_error *err)
{
    bool is_last = false;
    enum mockd_code rc = is_end(draft, line, &is_last, err);

    if (rc == MOCKD_OK && is_last && draft->loader.has_header) {
        draft->end_line = line;
        return draft->loader.fixture->is_script ? take_line(draft, line, err)
                                                : MOCKD_OK;
    }
    return rc == MOCKD_OK ? take_line(draft, line, err) : rc;
}

static enum mockd_code walk(struct draft *draft, struct mockd_error *err)
{
    for (uint32_t line = 1; line <= draft->source->line_count; line++) {
        enum mockd_code rc = MOCKD_OK;

        if (is_blank(&draft->source->lines[line - 1]) ||
            (draft->skips_events &&
             is_event(&draft->source->lines[line - 1]))) {
            continue;
        }
        if (draft->end_line != 0) {
            report(draft, line, "data after the end");
            continue;
        }
        rc = take_or_end(draft, line, err);
        if (rc != MOCKD_OK) {
            return rc;
        }
        if (!draft->loader.has_header) {
            return MOCKD_OK; /* without variables nothing else makes sense */
        }
    }
    return MOCKD_OK;
}

static void check_streams(struct draft *draft)
{
    const struct md_fixture *fixture = draft->loader.fixture;
    char message[256];

    for (size_t i = 0; i < fixture->rule_count; i++) {
        const struct md_rule *rule = &fixture->rules[i];

        if (rule->stream != NULL && rule->stream->first == MD_NO_EVENT &&
            !(fixture->is_script && rule->stream->is_defined)) {
            (void)snprintf(message, sizeof(message),
                           "rule: stream %.60s is nowhere in the file",
                           rule->stream->name);
            report(draft, rule->line, message);
        }
    }
}

/* Report what the loader said of a whole file, ":LINE: MESSAGE". */
static void report_error(struct draft *draft, const struct mockd_error *error)
{
    char *end = NULL;
    unsigned long line = 0;

    if (error->message[0] == ':') {
        line = strtoul(error->message + 1, &end, 10);
    }
    if (end != NULL && strncmp(end, ": ", 2) == 0) {
        report(draft, (uint32_t)line, end + 2);
    } else {
        report(draft, 0, error->message);
    }
}

static enum mockd_code walk_all(struct draft *draft, struct mockd_error *err)
{
    enum mockd_code rc = open_draft(draft, err);

    if (rc == MOCKD_OK) {
        rc = walk(draft, err);
    }
    if (rc == MOCKD_OK && draft->mistakes == 0) {
        check_streams(draft);
    }
    return rc;
}

enum mockd_code md_draft_check(const struct md_source *source,
                               md_mistake_fn on_mistake, void *user,
                               struct mockd_error *err)
{
    MD_CLEANUP(md_fixture_cleanup) struct md_fixture *fixture = NULL;
    MD_CLEANUP(release_draft)
    struct draft draft = {
        .source = source, .on_mistake = on_mistake, .user = user};
    struct mockd_error first = {0};
    enum mockd_code rc = md_source_load(source, &fixture, &first);

    if (rc == MOCKD_OK) {
        return rc;
    }
    if (rc == MOCKD_E_FIXTURE) {
        rc = walk_all(&draft, err);
        if (rc == MOCKD_OK && draft.mistakes == 0) {
            report_error(&draft, &first);
        }
        return rc == MOCKD_OK ? MOCKD_E_FIXTURE : rc;
    }
    return md_fail(err, rc, "%s", first.message);
}

static enum mockd_code print_end(const struct md_loader *loader, char *out,
                                 size_t size, struct mockd_error *err)
{
    const struct md_fixture *fixture = loader->fixture;
    uint8_t digest[MD_SHA256_SIZE];
    char hex[2 * MD_SHA256_SIZE + 1] = "";
    enum mockd_code rc = md_fixture_digest(fixture, digest, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    for (size_t i = 0; i < sizeof(digest); i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    (void)snprintf(out, size,
                   "{\"end\":{\"rules\":%zu,\"events\":%zu,"
                   "\"s2c_bytes\":%" PRIu64 ",\"c2s_bytes\":%" PRIu64
                   ",\"sha256_s2c\":\"%s\"}}",
                   fixture->rule_count, fixture->event_count,
                   fixture->s2c_bytes, loader->c2s_bytes, hex);
    return MOCKD_OK;
}

/* The text with @end in the place of the end line, or after everything. */
static enum mockd_code splice(const struct draft *draft, const char *end,
                              char **out_text, size_t *out_len,
                              struct mockd_error *err)
{
    const struct md_source *source = draft->source;
    size_t head = source->len;
    size_t tail = source->len;
    size_t size = source->len + strlen(end) + sizeof("\n\n");
    char *text = malloc(size);
    const char *feed = "";
    size_t len = 0;

    if (text == NULL) {
        return md_fail_nomem(err);
    }
    if (draft->end_line != 0) {
        const struct md_source_line *old = &source->lines[draft->end_line - 1];

        head = (size_t)(old->text - source->text);
        tail = head + old->len;
    } else if (source->text[source->len - 1] != '\n') {
        feed = "\n";
    }
    memcpy(text, source->text, head);
    (void)snprintf(text + head, size - head, "%s%s%s", feed, end,
                   draft->end_line == 0 ? "\n" : "");
    len = head + strlen(text + head);
    memcpy(text + len, source->text + tail, source->len - tail);
    *out_len = len + source->len - tail;
    *out_text = text;
    return MOCKD_OK;
}

/* Does the text load? What does not is a mistake of the file's own. */
static enum mockd_code try_text(struct draft *draft, const char *text,
                                size_t len, struct mockd_error *err)
{
    MD_CLEANUP(md_source_release) struct md_source copy = {0};
    MD_CLEANUP(md_fixture_cleanup) struct md_fixture *fixture = NULL;
    struct mockd_error mistake = {0};
    enum mockd_code rc =
        md_source_copy(&copy, "", draft->source->folder, text, len, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    rc = md_source_load(&copy, &fixture, &mistake);
    if (rc == MOCKD_E_FIXTURE) {
        report_error(draft, &mistake);
    } else if (rc != MOCKD_OK) {
        return md_fail(err, rc, "%s", mistake.message);
    }
    return rc;
}

static enum mockd_code count_again(struct draft *draft, char **out_text,
                                   size_t *out_len, struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_free) char *text = NULL;
    char end[END_MAX];
    enum mockd_code rc = print_end(&draft->loader, end, sizeof(end), err);

    if (rc == MOCKD_OK) {
        rc = splice(draft, end, &text, out_len, err);
    }
    if (rc == MOCKD_OK) {
        rc = try_text(draft, text, *out_len, err);
    }
    if (rc == MOCKD_OK) {
        *out_text = text;
        text = NULL; /* the caller's now */
    }
    return rc;
}

enum mockd_code md_draft_recount(const struct md_source *source,
                                 md_mistake_fn on_mistake, void *user,
                                 char **out_text, size_t *out_len,
                                 struct mockd_error *err)
{
    MD_CLEANUP(release_draft)
    struct draft draft = {
        .source = source, .on_mistake = on_mistake, .user = user};
    enum mockd_code rc = walk_all(&draft, err);

    if (rc == MOCKD_OK && !draft.loader.has_header && draft.mistakes == 0) {
        report(&draft, 1, "no header; the first line begins {\"execcast\":1");
    }
    if (rc == MOCKD_OK && draft.mistakes > 0) {
        rc = MOCKD_E_FIXTURE;
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    if (draft.loader.fixture->is_script) {
        *out_text = NULL;
        return try_text(&draft, source->text, source->len, err);
    }
    return count_again(&draft, out_text, out_len, err);
}
