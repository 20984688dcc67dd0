/* SPDX-License-Identifier: MIT */
#include "trouble.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"
#include "buf.h"
#include "choice.h"
#include "json.h"

#define CMD_SHOWN 200 /* bytes of a command in a message */

struct text {
    char *at;
    size_t size;
    size_t used;
};

static void add(struct text *text, const char *fmt, ...) MD_PRINTF(2, 3);

static void add(struct text *text, const char *fmt, ...)
{
    va_list args;
    int len = 0;

    va_start(args, fmt);
    len = vsnprintf(text->at + text->used, text->size - text->used, fmt, args);
    va_end(args);
    if (len > 0) {
        text->used += (size_t)len;
    }
    if (text->used >= text->size) {
        text->used = text->size - 1;
    }
}

static void add_call(struct text *text, const struct md_target *target)
{
    add(text, "%s ", target->method);
    for (size_t i = 0; i < target->word_count; i++) {
        add(text, "/%.100s", target->words[i]);
    }
    for (size_t i = 0; i < target->param_count; i++) {
        add(text, "%c%.60s=%.60s", i == 0 ? '?' : '&', target->params[i].key,
            target->params[i].value);
    }
}

static void add_command(struct text *text, const struct md_json *json)
{
    const struct md_json *cmd = md_json_get_any_case(json, "Cmd");
    struct md_buf buf = {.max = MD_REQUEST_BODY_MAX};

    if (cmd != NULL && md_json_print(cmd, &buf)) {
        add(text, " running %.*s%s", CMD_SHOWN, buf.data,
            buf.len > CMD_SHOWN ? ".." : "");
    }
    md_buf_release(&buf);
}

static void add_closest(struct text *text, const struct md_profile *profile,
                        const struct md_call *call)
{
    const char *field = NULL;
    struct md_choice closest = md_choose_closest(profile, call, &field);

    if (closest.rule == NULL) {
        return;
    }
    add(text, "; closest: %.200s:%u", closest.fixture->path,
        (unsigned)closest.rule->line);
    add_command(text, closest.rule->json);
    if (field != NULL) {
        add(text, ", which differs in %s", field);
    }
}

void md_trouble_unmatched(char *out_text, size_t size,
                          const struct md_profile *profile,
                          const struct md_call *call)
{
    struct text text = {.at = out_text, .size = size};

    out_text[0] = '\0';
    add(&text, "mockd: no recording answers ");
    add_call(&text, &call->target);
    add_command(&text, call->json);
    add_closest(&text, profile, call);
    add(&text, "; record one with mockd record");
}

static void add_phases(struct text *text, unsigned phases)
{
    const char *comma = "";

    for (int i = MD_PHASE_CREATED; i <= MD_PHASE_EXITED; i++) {
        if ((phases >> i & 1) != 0) {
            add(text, "%s%s", comma, md_phase_name((enum md_phase)i));
            comma = ", ";
        }
    }
}

void md_trouble_not_in_phase(char *out_text, size_t size,
                             const struct md_call *call, unsigned phases)
{
    struct text text = {.at = out_text, .size = size};
    unsigned now = 1U << call->exec->phase;

    out_text[0] = '\0';
    add(&text, "mockd: no recording answers ");
    add_call(&text, &call->target);
    if ((phases & (now | 1U << MD_PHASE_ANY)) != 0) {
        add(&text, "%s%s in this way; %.200s has another",
            md_is_detached(call) ? " detached" : "",
            call->has_upgrade ? " with Upgrade" : "",
            call->exec->fixture->path);
    } else {
        add(&text, " while the exec is %s; %.200s has it only for ",
            md_phase_name(call->exec->phase), call->exec->fixture->path);
        add_phases(&text, phases);
    }
    add(&text, "; record one with mockd record");
}

void md_trouble_not_at_stage(char *out_text, size_t size,
                             const struct md_call *call,
                             const struct md_fixture *fixture, unsigned stages)
{
    struct text text = {.at = out_text, .size = size};

    out_text[0] = '\0';
    add(&text, "mockd: no recording answers ");
    add_call(&text, &call->target);
    add(&text, " while the container is %s; %.200s has it only for ",
        md_phase_name(call->container->stage), fixture->path);
    add_phases(&text, stages);
    add(&text, "; record one with mockd record");
}

/* ---- the difference ---- */

#define SHARED_SHOWN 16 /* bytes before the first that differs */

/* A row of the two columns. Long texts are shown from a little before where
 * they begin to differ. */
static bool add_row(struct md_buf *out, const char *name, const char *left,
                    const char *right, bool is_different)
{
    const int width = MD_NOTE_COLUMN;
    size_t skip = 0;

    while (is_different && left[skip] != '\0' && left[skip] == right[skip]) {
        skip++;
    }
    skip = strlen(left) <= (size_t)width && strlen(right) <= (size_t)width
               ? 0
               : skip;
    skip -= skip < SHARED_SHOWN ? skip : SHARED_SHOWN;
    return md_buf_printf(out, "\n  %-12s | %-*.*s | %.*s%s", name, width, width,
                         left + skip, width, right + skip,
                         is_different ? "  <<" : "");
}

static bool add_json_row(struct md_buf *out, const char *name,
                         const struct md_json *wanted,
                         const struct md_json *got)
{
    struct md_buf left = {.max = MD_REQUEST_BODY_MAX};
    struct md_buf right = {.max = MD_REQUEST_BODY_MAX};
    bool is_empty = md_json_is_empty(wanted) && md_json_is_empty(got);
    bool ok = is_empty || ((wanted == NULL || md_json_print(wanted, &left)) &&
                           (got == NULL || md_json_print(got, &right)) &&
                           add_row(out, name, left.len > 0 ? left.data : "",
                                   right.len > 0 ? right.data : "",
                                   !md_json_is_equal(wanted, got)));

    md_buf_release(&left);
    md_buf_release(&right);
    return ok;
}

static bool add_field_rows(struct md_buf *out, const struct md_rule *rule,
                           const struct md_call *call)
{
    static const char *const creates[] = {
        "Cmd",          "Tty",        "AttachStdin", "AttachStdout",
        "AttachStderr", "Env",        "User",        "WorkingDir",
        "Privileged",   "DetachKeys", "ConsoleSize", NULL};
    static const char *const starts[] = {"Detach", NULL};
    bool ok = true;

    if (!rule->is_create && !rule->is_start) {
        return rule->json == NULL ||
               add_json_row(out, "body", rule->json, call->json);
    }
    for (const char *const *name = rule->is_create ? creates : starts;
         *name != NULL && ok; name++) {
        const struct md_json *wanted = md_json_get_any_case(rule->json, *name);
        bool is_ignored = wanted == NULL && (strcmp(*name, "DetachKeys") == 0 ||
                                             strcmp(*name, "ConsoleSize") == 0);

        ok =
            is_ignored || add_json_row(out, *name, wanted,
                                       md_json_get_any_case(call->json, *name));
    }
    return ok;
}

static bool add_state_rows(struct md_buf *out, const struct md_rule *rule,
                           const struct md_call *call)
{
    bool ok = true;

    if (call->exec != NULL && rule->on.eid != MD_NO_VAR) {
        ok = add_row(out, "phase", md_phase_name(rule->phase),
                     md_phase_name(call->exec->phase),
                     rule->phase != MD_PHASE_ANY &&
                         rule->phase != call->exec->phase);
    }
    if (ok && rule->stream != NULL) {
        ok = add_row(out, "Upgrade", rule->upgrade ? "yes" : "no",
                     call->has_upgrade ? "yes" : "no",
                     rule->upgrade != call->has_upgrade);
    }
    return ok;
}

/* How many parts of a request line are alike. */
static size_t nearness(const struct md_rule *rule, const struct md_call *call)
{
    const struct md_target *wanted = &rule->on.target;
    const struct md_target *got = &call->target;
    size_t score = strcmp(wanted->method, got->method) == 0;

    for (size_t i = 0; i < wanted->word_count && i < got->word_count; i++) {
        score += rule->on.word_vars[i] != MD_NO_VAR ||
                         strcmp(wanted->words[i], got->words[i]) == 0
                     ? 2
                     : 0;
    }
    score += wanted->word_count == got->word_count;
    return score + (call->exec != NULL && rule->phase == call->exec->phase);
}

/* The rule whose request line is nearest, of the call's exec if it has one. */
static struct md_choice choose_nearest(const struct md_profile *profile,
                                       const struct md_call *call)
{
    const char *field = NULL;
    struct md_choice best = md_choose_closest(profile, call, &field);
    struct md_choice at = {0};
    size_t best_score = 0;

    while ((best.rule == NULL || best_score > 0) &&
           md_profile_next(profile, &at)) {
        size_t score = nearness(at.rule, call);
        bool is_own = call->exec == NULL || at.fixture == call->exec->fixture;

        if (is_own && score > best_score) {
            best = at;
            best_score = score;
        }
    }
    return best;
}

bool md_trouble_difference(struct md_buf *out, const struct md_profile *profile,
                           const struct md_call *call)
{
    struct md_choice nearest = choose_nearest(profile, call);
    const struct md_rule *rule = nearest.rule;
    char request[MD_TROUBLE_MAX] = "";
    struct text text = {.at = request, .size = sizeof(request)};
    char place[MD_TROUBLE_MAX];
    size_t skip = 0;

    if (rule == NULL) {
        return true;
    }
    add_call(&text, &call->target);
    (void)snprintf(place, sizeof(place), "%s:%u", nearest.fixture->path,
                   (unsigned)rule->line);
    skip = strlen(place) > MD_NOTE_COLUMN ? strlen(place) - MD_NOTE_COLUMN : 0;
    return add_row(out, "", place + skip, "the request", false) &&
           add_row(out, "on", rule->on.text, request,
                   !md_match_path(nearest.fixture, rule, call,
                                  call->target.method, MD_LOOSE)) &&
           add_state_rows(out, rule, call) && add_field_rows(out, rule, call);
}
