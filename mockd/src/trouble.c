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
