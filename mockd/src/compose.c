/* SPDX-License-Identifier: MIT */
#include "compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bounds.h"
#include "cleanup.h"
#include "frame.h"
#include "ids.h"
#include "json.h"
#include "player.h"

static enum mockd_code fail_size(struct mockd_error *err)
{
    return md_fail(err, MOCKD_E_INVALID,
                   "no fault can be applied to an answer of more than %d "
                   "bytes, nor without memory",
                   MD_PROGRAM_MAX);
}

static bool add_line(struct md_program *program, const char *line,
                     const struct md_swap *swap)
{
    return md_swap_into(&program->bytes, line, strlen(line), swap) &&
           md_buf_add_text(&program->bytes, "\r\n");
}

/* Cuts where the recorded head was cut. */
static bool cut_head(struct md_program *program, const struct md_head *head)
{
    size_t at = 0;

    for (size_t i = 0; i < head->segment_count; i++) {
        bool is_last = i + 1 == head->segment_count;

        at = is_last ? program->head_len : at + head->segments[i];
        if (is_last && head->is_joined) {
            return true;
        }
        if (at > program->head_len ||
            !md_program_mark(program, at, MD_MARK_CUT, 0)) {
            return at > program->head_len;
        }
    }
    return true;
}

static bool write_head(struct md_program *program, const struct md_head *head,
                       const struct md_swap *swap)
{
    for (size_t i = 0; i < head->line_count; i++) {
        if (!add_line(program, head->lines[i], swap)) {
            return false;
        }
    }
    if (!md_buf_add_text(&program->bytes, "\r\n")) {
        return false;
    }
    program->head_len = program->bytes.len;
    return cut_head(program, head);
}

static bool write_data(struct md_program *program, const struct md_event *event,
                       const struct md_ids *ids, struct mockd_error *err)
{
    char *room = md_buf_reserve(&program->bytes, event->payload.len);

    if (room == NULL || md_payload_read(&event->payload, 0, (uint8_t *)room,
                                        event->payload.len, err) != MOCKD_OK) {
        return false;
    }
    md_ids_put(ids, event->off, (uint8_t *)room, event->payload.len);
    program->bytes.len += event->payload.len;
    return md_program_mark(program, program->bytes.len, MD_MARK_CUT, 0);
}

/* A write for each frame. */
static bool write_frames(struct md_program *program,
                         const struct md_event *event, struct mockd_error *err)
{
    uint64_t total = md_frame_total(event);
    size_t len = 0;

    for (uint64_t off = 0; off < total; off += len) {
        char *room =
            md_buf_reserve(&program->bytes, MD_WRITE_CHUNK + MD_FRAME_HEADER);

        if (room == NULL || md_frame_read(event, off, (uint8_t *)room,
                                          MD_WRITE_CHUNK + MD_FRAME_HEADER,
                                          &len, err) != MOCKD_OK) {
            return false;
        }
        program->bytes.len += len;
        if (!md_program_mark(program, program->bytes.len, MD_MARK_CUT, 0)) {
            return false;
        }
    }
    return true;
}

static bool write_event(struct md_program *program,
                        const struct md_event *event, const struct md_ids *ids,
                        struct mockd_error *err)
{
    size_t at = program->bytes.len;

    switch (event->code) {
    case MD_EVENT_DATA:
        return event->is_framed ? write_frames(program, event, err)
                                : write_data(program, event, ids, err);
    case MD_EVENT_EXPECT: /* as many bytes, whatever they are */
    case MD_EVENT_INPUT:
        return event->is_free ||
               md_program_mark(program, at, MD_MARK_INPUT, event->payload.len);
    case MD_EVENT_INPUT_END:
        return event->is_free ||
               md_program_mark(program, at, MD_MARK_INPUT_END, 0);
    case MD_EVENT_RESIZE:
        return event->is_free ||
               md_program_mark(program, at, MD_MARK_RESIZE, 0);
    case MD_EVENT_END:
        return md_program_mark(program, at, MD_MARK_EXIT, 0) &&
               md_program_mark(program, at, MD_MARK_FIN, 0);
    case MD_EVENT_RESET:
        return md_program_mark(program, at, MD_MARK_EXIT, 0) &&
               md_program_mark(program, at, MD_MARK_RESET, 0);
    case MD_EVENT_INPUT_LOST:
    case MD_EVENT_EXIT:
        return md_program_mark(program, at, MD_MARK_EXIT, 0);
    case MD_EVENT_PAUSE:
        return md_program_mark(program, at, MD_MARK_PAUSE, event->count);
    case MD_EVENT_ECHO: /* may_write() lets none through */
    case MD_EVENT_REPEAT:
    case MD_EVENT_AGAIN:
    case MD_EVENT_HEAD:
        break;
    }
    return true;
}

/* The time that passed before it came. */
static bool write_pause(struct md_program *program,
                        const struct md_answer *answer, uint32_t at,
                        uint32_t dt_percent)
{
    const struct md_fixture *fixture = answer->exec->fixture;
    const struct md_event *event =
        at == MD_NO_EVENT ? NULL : &fixture->events[at];

    if (dt_percent == 0 || event == NULL || fixture->is_script ||
        !md_player_is_timed(event) || event->dt_us == 0) {
        return true;
    }
    return md_program_mark(program, program->bytes.len, MD_MARK_PAUSE,
                           (uint64_t)event->dt_us * dt_percent / 100);
}

/* The event after @at; behind a block its first one, as often as it says. */
static uint32_t next_event(const struct md_event *events, uint32_t at,
                           uint64_t *in_out_rounds)
{
    const struct md_event *event = &events[at];

    if (event->code == MD_EVENT_REPEAT) {
        *in_out_rounds = event->count;
    } else if (event->code == MD_EVENT_AGAIN) {
        --*in_out_rounds;
        if (*in_out_rounds > 0) {
            return events[event->block].next;
        }
    }
    return event->next;
}

/* What depends on the client cannot be written out before it came. */
static enum mockd_code may_write(const struct md_fixture *fixture,
                                 uint32_t event, struct mockd_error *err)
{
    for (; event != MD_NO_EVENT; event = fixture->events[event].next) {
        if (fixture->events[event].code == MD_EVENT_ECHO) {
            return md_fail(err, MOCKD_E_INVALID,
                           "no fault can be applied to %.300s: its stream "
                           "echoes what the client sends",
                           fixture->path);
        }
    }
    return MOCKD_OK;
}

/* All events, and what comes when they are through. */
static bool write_events(const struct md_answer *answer,
                         struct md_program *program, uint32_t at,
                         uint32_t dt_percent, const struct md_ids *ids,
                         struct mockd_error *err)
{
    const struct md_fixture *fixture = answer->exec->fixture;
    uint64_t rounds = 0;

    while (at != MD_NO_EVENT) {
        if (!write_pause(program, answer, at, dt_percent) ||
            !write_event(program, &fixture->events[at], ids, err)) {
            return false;
        }
        at = next_event(fixture->events, at, &rounds);
    }
    if (answer->stream->is_output_over) {
        return true;
    }
    if (!fixture->is_script) {
        return md_program_mark(program, program->bytes.len, MD_MARK_STALL, 0);
    }
    return md_program_mark(program, program->bytes.len, MD_MARK_EXIT, 0) &&
           md_program_mark(program, program->bytes.len, MD_MARK_FIN, 0);
}

static enum mockd_code find_ids(const struct md_answer *answer,
                                struct md_ids *out_ids, struct mockd_error *err)
{
    struct md_fixture *fixture = answer->exec->fixture;
    enum mockd_code rc = MOCKD_OK;

    if (fixture->is_script) { /* its bytes are sent as they stand */
        return MOCKD_OK;
    }
    rc = md_ids_find(fixture, answer->stream, answer->exec->var, err);
    *out_ids = (struct md_ids){
        .offsets = answer->stream->ids,
        .count = answer->stream->id_count,
        .id = answer->exec->id,
        .id_len = strlen(fixture->vars[answer->exec->var].value)};
    return rc;
}

static enum mockd_code compose_stream(const struct md_answer *answer,
                                      uint32_t dt_percent,
                                      struct md_program *program,
                                      struct mockd_error *err)
{
    const struct md_fixture *fixture = answer->exec->fixture;
    uint32_t first = md_stream_first(fixture, answer->stream);
    struct md_ids ids = {0};
    enum mockd_code rc = may_write(fixture, first, err);

    if (rc == MOCKD_OK) {
        rc = find_ids(answer, &ids, err);
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    program->is_framed = !answer->is_tty;
    return write_pause(program, answer, answer->stream->first, dt_percent) &&
                   write_head(program, answer->head, &answer->head_swap) &&
                   write_events(answer, program, first, dt_percent, &ids, err)
               ? MOCKD_OK
               : fail_size(err);
}

/* Those that say how long the body is: ours is another. */
static bool is_about_length(const char *line)
{
    return strncasecmp(line, "Content-Length:", 15) == 0 ||
           strncasecmp(line, "Transfer-Encoding:", 18) == 0;
}

static enum mockd_code compose_reply(const struct md_answer *answer,
                                     struct md_program *program,
                                     struct mockd_error *err)
{
    static const struct md_swap as_is = {0};
    char status[64] = "";
    char length[64] = "";
    bool ok = true;

    (void)snprintf(status, sizeof(status), "HTTP/1.1 %d", answer->status);
    (void)snprintf(length, sizeof(length), "Content-Length: %zu",
                   answer->body.len);
    ok = add_line(program,
                  answer->status_line == NULL ? status : answer->status_line,
                  &as_is);
    for (size_t i = 0; ok && i < answer->line_count; i++) {
        ok = is_about_length(answer->lines[i]) ||
             add_line(program, answer->lines[i], &as_is);
    }
    ok = ok && add_line(program, length, &as_is) &&
         md_buf_add_text(&program->bytes, "\r\n");
    program->head_len = program->bytes.len;
    if (ok && !answer->is_head && answer->body.len > 0) {
        ok = md_buf_add(&program->bytes, answer->body.data, answer->body.len);
    }
    ok = ok && md_program_mark(program, program->bytes.len, MD_MARK_FIN, 0);
    return ok ? MOCKD_OK : fail_size(err);
}

enum mockd_code md_compose(const struct md_answer *answer, uint32_t dt_percent,
                           struct md_program *program, struct mockd_error *err)
{
    md_program_init(program);
    return answer->is_stream ? compose_stream(answer, dt_percent, program, err)
                             : compose_reply(answer, program, err);
}
