/* SPDX-License-Identifier: MIT */
#include "verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "json.h"

#define WAIT_MS 10000   /* where a request says nothing */
#define SHORT_ANSWER 64 /* bytes of what a verb says that changes something */

/* A request being answered. */
struct asked {
    const struct md_control *control;
    const struct md_json *request;
    struct md_buf *out;
    struct mockd_error *err;
};

/*
 * Append ",MEMBERS" of a good answer. Returns MOCKD_OK or what is wrong, with
 * the message in asked->err; then the caller takes back what was appended.
 */
typedef enum mockd_code (*verb_fn)(const struct asked *asked);

static enum mockd_code done(const struct asked *asked, bool ok)
{
    return ok ? MOCKD_OK
              : md_fail(asked->err, MOCKD_E_SYSTEM,
                        "out of memory, or the answer is over %d bytes",
                        MD_ADMIN_ANSWER_MAX);
}

static enum mockd_code fail_member(const struct asked *asked, const char *name,
                                   const char *what)
{
    return md_fail(asked->err, MOCKD_E_INVALID, "%s: not %s", name, what);
}

/* An absent member leaves *in_out as it is. */
static enum mockd_code read_number(const struct asked *asked, const char *name,
                                   int64_t max, int64_t *in_out)
{
    const struct md_json *value = md_json_get(asked->request, name);

    if (value == NULL || md_json_integer(value, 0, max, in_out)) {
        return MOCKD_OK;
    }
    return md_fail(asked->err, MOCKD_E_INVALID,
                   "%s: not a whole number from 0 to %" PRId64, name, max);
}

static enum mockd_code read_filter(const struct asked *asked,
                                   const struct md_json **out_filter)
{
    *out_filter = md_json_get(asked->request, "filter");
    return *out_filter == NULL || md_json_is_object(*out_filter)
               ? MOCKD_OK
               : fail_member(asked, "filter", "an object");
}

#define SEQ_MAX INT64_C(9007199254740992) /* what a JSON number is good for */

/* ---- the verbs ---- */

static enum mockd_code answer_health(const struct asked *asked)
{
    return done(asked, md_buf_add_text(asked->out, ",") &&
                           md_control_health(asked->control, asked->out));
}

static enum mockd_code answer_arm(const struct asked *asked)
{
    const struct md_json *value = md_json_get(asked->request, "fault");
    const char *text = md_json_text(value);
    struct md_buf printed = {.max = MD_ADMIN_LINE_MAX};
    unsigned first = 0;
    unsigned count = 0;
    enum mockd_code rc = MOCKD_OK;

    if (text == NULL && !md_json_is_object(value)) {
        return fail_member(asked, "fault",
                           "an object, nor NAME[:KEY=VALUE,...]");
    }
    if (text == NULL) {
        rc = done(asked, md_json_print(value, &printed));
        text = printed.data;
    }
    if (rc == MOCKD_OK) {
        rc = md_control_arm(asked->control, text, &first, &count, asked->err);
    }
    md_buf_release(&printed);
    return rc == MOCKD_OK
               ? done(asked,
                      md_buf_printf(asked->out, ",\"fault\":%u,\"count\":%u",
                                    first, count))
               : rc;
}

static enum mockd_code answer_disarm(const struct asked *asked)
{
    int64_t number = 0;
    enum mockd_code rc = read_number(asked, "fault", UINT32_MAX, &number);

    return rc == MOCKD_OK
               ? md_control_disarm(asked->control, (unsigned)number, asked->err)
               : rc;
}

static enum mockd_code answer_faults(const struct asked *asked)
{
    return done(asked, md_buf_add_text(asked->out, ",\"faults\":") &&
                           md_control_faults(asked->control, asked->out));
}

static enum mockd_code answer_load(const struct asked *asked)
{
    const char *path = md_json_text(md_json_get(asked->request, "path"));
    size_t count = 0;
    enum mockd_code rc = MOCKD_OK;

    if (path == NULL) {
        return fail_member(asked, "path", "a file or a folder");
    }
    rc = md_control_load(asked->control, path, &count, asked->err);
    return rc == MOCKD_OK ? done(asked, md_buf_printf(asked->out,
                                                      ",\"loaded\":%zu", count))
                          : rc;
}

/* The entries that fit, and what is needed to go on from there. */
static bool print_entries(const struct asked *asked, uint64_t since,
                          const struct md_json *filter)
{
    const struct md_journal *journal = asked->control->engine->journal;
    struct md_buf *out = asked->out;
    size_t before = 0;
    bool ok =
        md_buf_printf(out, ",\"last\":%" PRIu64 ",\"dropped\":%" PRIu64,
                      md_journal_last(journal), md_journal_dropped(journal)) &&
        md_buf_add_text(out, ",\"entries\":[");

    before = out->len;
    ok = ok && md_journal_print(journal, since, filter, ",", out);
    if (ok && out->len > before) {
        out->len--; /* the last comma */
    }
    return ok && md_buf_add_text(out, "]");
}

static enum mockd_code answer_journal(const struct asked *asked)
{
    const struct md_json *filter = NULL;
    int64_t since = 0;
    enum mockd_code rc = read_number(asked, "since", SEQ_MAX, &since);

    if (rc == MOCKD_OK) {
        rc = read_filter(asked, &filter);
    }
    return rc == MOCKD_OK
               ? done(asked, print_entries(asked, (uint64_t)since, filter))
               : rc;
}

static enum mockd_code answer_unmatched(const struct asked *asked)
{
    static const char text[] = "{\"event\":\"answer\",\"rule\":\"unmatched\"}";
    MD_CLEANUP(md_json_cleanup) struct md_json *filter = NULL;

    return done(asked, md_json_parse(text, sizeof(text) - 1, &filter, NULL) ==
                               MOCKD_OK &&
                           print_entries(asked, 0, filter));
}

static enum mockd_code answer_execs(const struct asked *asked)
{
    return done(asked, md_buf_add_text(asked->out, ",\"execs\":") &&
                           md_control_execs(asked->control, asked->out));
}

static enum mockd_code answer_check(const struct asked *asked)
{
    bool allows_unused =
        md_json_is_true(md_json_get(asked->request, "allow_unused"));
    struct md_buf text = {.max = MD_ADMIN_ANSWER_MAX};
    bool ok = md_control_check(asked->control, allows_unused, &text) &&
              md_buf_printf(asked->out, ",\"good\":%s,\"text\":",
                            text.len == 0 ? "true" : "false") &&
              md_json_quote_bytes(asked->out, text.data, text.len);

    md_buf_release(&text);
    return done(asked, ok);
}

static enum mockd_code answer_reset(const struct asked *asked)
{
    md_control_reset(asked->control);
    return MOCKD_OK;
}

static enum mockd_code answer_release(const struct asked *asked)
{
    const char *id = md_json_text(md_json_get(asked->request, "exec"));

    return id == NULL ? fail_member(asked, "exec", "the id of one")
                      : md_control_release(asked->control, id, asked->err);
}

static enum mockd_code answer_step(const struct asked *asked)
{
    int64_t connection = 0;
    int64_t count = 1;
    enum mockd_code rc = read_number(asked, "connection", SEQ_MAX, &connection);

    if (rc == MOCKD_OK) {
        rc = read_number(asked, "count", SEQ_MAX, &count);
    }
    return rc == MOCKD_OK
               ? md_control_step(asked->control, (uint64_t)connection,
                                 (uint64_t)count, asked->err)
               : rc;
}

static enum mockd_code answer_stop(const struct asked *asked)
{
    (void)asked;
    return MOCKD_OK;
}

static const struct {
    const char *name;
    verb_fn answer; /* NULL = wait */
    const char *members[4];
} verbs[] = {
    {"arm", answer_arm, {"fault"}},
    {"check", answer_check, {"allow_unused"}},
    {"disarm", answer_disarm, {"fault"}},
    {"execs", answer_execs, {0}},
    {"faults", answer_faults, {0}},
    {"health", answer_health, {0}},
    {"journal", answer_journal, {"since", "filter"}},
    {"load", answer_load, {"path"}},
    {"release", answer_release, {"exec"}},
    {"reset", answer_reset, {0}},
    {"step", answer_step, {"connection", "count"}},
    {"stop", answer_stop, {0}},
    {"unmatched", answer_unmatched, {0}},
    {"wait", NULL, {"since", "filter", "timeout_ms"}},
};

#define NO_VERB MD_COUNT_OF(verbs)

static enum mockd_code find_verb(const struct asked *asked, size_t *out_verb)
{
    const char *name = md_json_text(md_json_get(asked->request, "verb"));

    if (!md_json_is_object(asked->request) || name == NULL) {
        return md_fail(asked->err, MOCKD_E_INVALID,
                       "not an object such as {\"verb\":\"health\"}");
    }
    for (size_t i = 0; i < MD_COUNT_OF(verbs); i++) {
        if (strcmp(name, verbs[i].name) == 0) {
            *out_verb = i;
            return MOCKD_OK;
        }
    }
    return md_fail(asked->err, MOCKD_E_INVALID,
                   "verb %.40s: there are arm, check, disarm, execs, faults, "
                   "health, journal, load, release, reset, step, stop, "
                   "unmatched and wait",
                   name);
}

static enum mockd_code check_members(const struct asked *asked, size_t verb)
{
    const struct md_json *at = md_json_first(asked->request);

    for (; at != NULL; at = md_json_next(at)) {
        const char *const *known = verbs[verb].members;
        const char *key = md_json_key(at);

        while (*known != NULL && strcmp(*known, key) != 0) {
            known++;
        }
        if (*known == NULL && strcmp(key, "verb") != 0 &&
            strcmp(key, "id") != 0) {
            return md_fail(asked->err, MOCKD_E_INVALID,
                           "%s: it has no member %.40s", verbs[verb].name, key);
        }
    }
    return MOCKD_OK;
}

/* ---- answers ---- */

static bool begin(struct md_buf *out, bool is_ok, const struct md_json *id)
{
    return md_buf_printf(out, "{\"ok\":%s", is_ok ? "true" : "false") &&
           (id == NULL ||
            (md_buf_add_text(out, ",\"id\":") && md_json_print(id, out)));
}

static void refuse(struct md_buf *out, const struct md_json *id,
                   const char *text)
{
    size_t before = out->len;

    if (begin(out, false, id) && md_buf_add_text(out, ",\"error\":") &&
        md_json_quote(out, text) && md_buf_add_text(out, "}\n")) {
        return;
    }
    out->len = before; /* no memory: a client sees the connection close */
}

void md_verb_refuse(const char *text, struct md_buf *out)
{
    refuse(out, NULL, text);
}

static enum mockd_code read_wait(const struct asked *asked,
                                 struct md_wait *wait)
{
    int64_t since = 0;
    int64_t timeout_ms = WAIT_MS;
    enum mockd_code rc = read_number(asked, "since", SEQ_MAX, &since);

    if (rc == MOCKD_OK) {
        rc = read_number(asked, "timeout_ms", MD_WAIT_MS_MAX, &timeout_ms);
    }
    if (rc == MOCKD_OK) {
        rc = read_filter(asked, &wait->filter);
    }
    wait->since = (uint64_t)since;
    wait->timeout_us = (uint64_t)timeout_ms * 1000;
    return rc;
}

void md_wait_release(struct md_wait *wait)
{
    md_json_free(wait->request);
    *wait = (struct md_wait){0};
}

void md_verb_answer_wait(const struct md_wait *wait, const char *entry,
                         struct md_buf *out)
{
    size_t before = out->len;
    char text[128];

    if (entry == NULL) {
        (void)snprintf(text, sizeof(text),
                       "timeout: no entry fits after %" PRIu64 " ms",
                       wait->timeout_us / 1000);
        refuse(out, wait->id, text);
    } else if (!begin(out, true, wait->id) ||
               !md_buf_add_text(out, ",\"entry\":") ||
               !md_buf_add_text(out, entry) || !md_buf_add_text(out, "}\n")) {
        out->len = before;
    }
}

/* What changes the mock has room for its answer beforehand: it does not fail
 * once it is done. */
static enum mockd_code run_verb(const struct asked *asked, size_t verb)
{
    struct md_buf *out = asked->out;
    enum mockd_code rc =
        done(asked, begin(out, true, md_json_get(asked->request, "id")) &&
                        md_buf_reserve(out, SHORT_ANSWER) != NULL);

    if (rc == MOCKD_OK) {
        rc = verbs[verb].answer(asked);
    }
    return rc == MOCKD_OK ? done(asked, md_buf_add_text(out, "}\n")) : rc;
}

enum md_verb_after md_verb_answer(const struct md_control *control,
                                  const char *line, size_t len,
                                  struct md_wait *out_wait, struct md_buf *out)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *request = NULL;
    struct mockd_error err = {0};
    struct asked asked = {.control = control, .out = out, .err = &err};
    size_t before = out->len;
    size_t verb = NO_VERB;
    enum mockd_code rc = md_json_parse(line, len, &request, &err);

    asked.request = request;
    if (rc == MOCKD_OK) {
        rc = find_verb(&asked, &verb);
    }
    if (rc == MOCKD_OK) {
        rc = check_members(&asked, verb);
    }
    if (rc == MOCKD_OK) {
        rc = verbs[verb].answer == NULL ? read_wait(&asked, out_wait)
                                        : run_verb(&asked, verb);
    }
    if (rc != MOCKD_OK) {
        out->len = before;
        *out_wait = (struct md_wait){0};
        refuse(out, md_json_get(request, "id"), err.message);
        return MD_VERB_ANSWERED;
    }
    if (verbs[verb].answer == NULL) {
        out_wait->id = md_json_get(request, "id");
        out_wait->request = request;
        request = NULL; /* theirs now */
        return MD_VERB_WAIT;
    }
    return verbs[verb].answer == answer_stop ? MD_VERB_STOP : MD_VERB_ANSWERED;
}
