/* SPDX-License-Identifier: MIT */
/*
 * check_script.c - what only a script can get wrong: execs that nothing makes,
 * waiting for bytes that cannot come, frames where a terminal is, and bytes
 * that are none where there is no terminal.
 */
#include <stdio.h>

#include "bounds.h"
#include "check.h"
#include "timeline.h"

struct script {
    const struct md_checker *checker;
    const struct md_source *source;
    const struct md_fixture *fixture;
};

/* ---- execs */

static bool is_made(const struct md_fixture *fixture, int eid)
{
    for (size_t i = 0; i < fixture->rule_count; i++) {
        if (fixture->rules[i].makes == eid) {
            return true;
        }
    }
    return false;
}

static void check_execs(const struct script *script)
{
    const struct md_fixture *fixture = script->fixture;
    bool was_reported[MD_VARS_MAX] = {false};
    char message[160];

    for (size_t i = 0; i < fixture->rule_count; i++) {
        int eid = fixture->rules[i].on.eid;

        if (eid == MD_NO_VAR || was_reported[eid] || is_made(fixture, eid)) {
            continue;
        }
        was_reported[eid] = true;
        (void)snprintf(message, sizeof(message),
                       "nobody gets here: no create has \"makes\":\"%.60s\"",
                       fixture->vars[eid].name);
        script->checker->on_finding(
            script->checker->user, MD_FINDING_UNMADE_EXEC, script->source->path,
            fixture->rules[i].line, message);
    }
}

/* ---- what the creates ask for */

/* What all creates that lead to a stream say of a member. */
enum flag { NOT_SAID = 0, IS_FALSE, IS_TRUE };

/* What json leaves out is false, what subset leaves out may be either. */
static enum flag flag_of(const struct md_rule *create, const char *member)
{
    const struct md_json *members =
        create->json != NULL ? create->json : create->subset;
    const struct md_json *flag = md_json_get_any_case(members, member);

    if (create->json == NULL && flag == NULL) {
        return NOT_SAID;
    }
    return md_json_is_true(flag) ? IS_TRUE : IS_FALSE;
}

static bool leads_to(const struct script *script, const struct md_rule *create,
                     const struct md_stream *stream)
{
    const struct md_fixture *fixture = script->fixture;

    for (size_t i = 0; create->makes != MD_NO_VAR && i < fixture->rule_count;
         i++) {
        if (fixture->rules[i].stream == stream &&
            fixture->rules[i].on.eid == create->makes) {
            return true;
        }
    }
    return false;
}

static enum flag flag_at(const struct script *script,
                         const struct md_stream *stream, const char *member)
{
    const struct md_fixture *fixture = script->fixture;
    bool is_first = true;
    enum flag all = NOT_SAID;

    for (size_t i = 0; i < fixture->rule_count; i++) {
        enum flag one = NOT_SAID;

        if (!leads_to(script, &fixture->rules[i], stream)) {
            continue;
        }
        one = flag_of(&fixture->rules[i], member);
        if (!is_first && one != all) {
            return NOT_SAID;
        }
        is_first = false;
        all = one;
    }
    return all;
}

/* ---- input */

/* A step that is about the client's bytes, where none can come. */
static void check_input(const struct script *script,
                        const struct md_stream *stream)
{
    const struct md_fixture *fixture = script->fixture;
    uint32_t i = stream->first;

    while (i != MD_NO_EVENT && fixture->events[i].code != MD_EVENT_INPUT &&
           fixture->events[i].code != MD_EVENT_EXPECT &&
           fixture->events[i].code != MD_EVENT_INPUT_END &&
           fixture->events[i].code != MD_EVENT_ECHO) {
        i = fixture->events[i].next;
    }
    if (i != MD_NO_EVENT &&
        flag_at(script, stream, "AttachStdin") == IS_FALSE) {
        script->checker->on_finding(
            script->checker->user, MD_FINDING_UNATTACHED_INPUT,
            script->source->path, fixture->events[i].line,
            fixture->events[i].code == MD_EVENT_EXPECT
                ? "the create does not attach standard input: these bytes "
                  "never come"
                : "the create does not attach standard input: nothing is "
                  "waited for");
    }
}

/* ---- frames */

/* A walk through one stream. A block counts once: where it begins and ends
 * between frames that is all there is to see. */
struct frames {
    const struct script *script;
    enum flag terminal;
    struct md_frame_reader reader;
    struct md_frame last;
    uint32_t line; /* of the last bytes */
    bool is_over;  /* nothing can be said from here on */
};

static bool is_between(const struct frames *frames)
{
    return frames->reader.header_len == 0;
}

static void take_bytes(struct frames *frames, const struct md_item *item)
{
    const uint8_t *bytes = item->bytes;
    size_t len = item->len;

    if (bytes == NULL) {
        frames->is_over = true; /* generated */
        return;
    }
    if (is_between(frames)) {
        frames->reader.offset = 0; /* in the step, as blocks come again */
    }
    frames->line = item->line;
    while (md_frame_next(&frames->reader, &bytes, &len, &frames->last)) {
        struct md_frame *last = &frames->last;

        if (last->header_from > 0 || last->header_len == 0) {
            continue; /* its first byte was seen */
        }
        last->kind = last->bytes[0];
        if (md_frame_kind_name(last->kind) == NULL) {
            md_check_bad_frame(frames->script->checker, frames->script->source,
                               item->line, last);
            frames->is_over = true;
            return;
        }
    }
}

static void take_frame(struct frames *frames, const struct md_item *item)
{
    if (frames->terminal == IS_FALSE) {
        frames->is_over |= !is_between(frames); /* cut on purpose */
        return;
    }
    frames->script->checker->on_finding(
        frames->script->checker->user, MD_FINDING_TERMINAL_FRAME,
        frames->script->source->path, item->line,
        "a frame, but the create asks for a terminal, whose output has none: "
        "write \"<\", or echo without a stream");
    frames->is_over = true; /* one a stream is enough */
}

static void take_step(void *user, const struct md_item *item)
{
    struct frames *frames = user;

    if (frames->is_over || item->kind != MD_ITEM_STEP) {
        return;
    }
    switch (item->event->code) {
    case MD_EVENT_DATA:
    case MD_EVENT_ECHO:
        if (item->event->is_framed) {
            take_frame(frames, item);
        } else if (frames->terminal == IS_FALSE) {
            take_bytes(frames, item);
        }
        break;
    case MD_EVENT_REPEAT:
    case MD_EVENT_AGAIN:
    case MD_EVENT_RESET: /* it may end anywhere */
    case MD_EVENT_INPUT_LOST:
        frames->is_over |= !is_between(frames);
        break;
    case MD_EVENT_HEAD:
    case MD_EVENT_INPUT:
    case MD_EVENT_END:
    case MD_EVENT_INPUT_END:
    case MD_EVENT_RESIZE:
    case MD_EVENT_EXPECT:
    case MD_EVENT_EXIT:
    case MD_EVENT_PAUSE:
        break;
    }
}

static enum mockd_code check_frames(const struct script *script,
                                    const struct md_stream *stream,
                                    struct mockd_error *err)
{
    const struct md_side side = {script->source, script->fixture};
    struct frames frames = {.script = script,
                            .terminal = flag_at(script, stream, "Tty")};
    enum mockd_code rc = MOCKD_OK;

    /* an own head may answer with anything */
    if (frames.terminal == NOT_SAID || stream->head.status >= 300) {
        return MOCKD_OK;
    }
    rc = md_timeline_walk(&side, stream, false, take_step, &frames, err);
    if (rc == MOCKD_OK && !frames.is_over && !is_between(&frames)) {
        md_check_cut_frame(script->checker, script->source, frames.line, stream,
                           &frames.last);
    }
    return rc;
}

enum mockd_code md_check_script(const struct md_checker *checker,
                                const struct md_source *source,
                                const struct md_fixture *fixture,
                                struct mockd_error *err)
{
    const struct script script = {checker, source, fixture};
    enum mockd_code rc = MOCKD_OK;

    check_execs(&script);
    for (const struct md_stream *at = md_stream_next(fixture, NULL);
         at != NULL && rc == MOCKD_OK; at = md_stream_next(fixture, at)) {
        check_input(&script, at);
        rc = check_frames(&script, at, err);
    }
    return rc;
}
