/* SPDX-License-Identifier: MIT */
#include "compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bounds.h"
#include "cleanup.h"
#include "ids.h"
#include "json.h"

static enum mockd_code fail_size(struct mockd_error *err)
{
    return md_fail(err, MOCKD_E_SYSTEM,
                   "an answer with a fault may have %d bytes at most, or "
                   "memory is short",
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

static bool write_event(struct md_program *program,
                        const struct md_event *event, const struct md_ids *ids,
                        struct mockd_error *err)
{
    size_t at = program->bytes.len;

    switch (event->code) {
    case MD_EVENT_DATA:
        return write_data(program, event, ids, err);
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
        return md_program_mark(program, at, MD_MARK_EXIT, 0);
    case MD_EVENT_HEAD:
        break;
    }
    return true;
}

static enum mockd_code compose_stream(const struct md_answer *answer,
                                      struct md_program *program,
                                      struct mockd_error *err)
{
    struct md_fixture *fixture = answer->exec->fixture;
    struct md_ids ids = {0};
    enum mockd_code rc =
        md_ids_find(fixture, answer->stream, answer->exec->var, err);
    bool ok =
        rc == MOCKD_OK && write_head(program, answer->head, &answer->head_swap);
    uint32_t event = fixture->events[answer->stream->first].next;

    if (rc != MOCKD_OK) {
        return rc;
    }
    ids = (struct md_ids){.offsets = answer->stream->ids,
                          .count = answer->stream->id_count,
                          .id = answer->exec->id,
                          .id_len =
                              strlen(fixture->vars[answer->exec->var].value)};
    for (; ok && event != MD_NO_EVENT; event = fixture->events[event].next) {
        ok = write_event(program, &fixture->events[event], &ids, err);
    }
    program->is_framed = !answer->is_tty;
    ok = ok && (answer->stream->is_output_over ||
                md_program_mark(program, program->bytes.len, MD_MARK_STALL, 0));
    return ok ? MOCKD_OK : fail_size(err);
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

enum mockd_code md_compose(const struct md_answer *answer,
                           struct md_program *program, struct mockd_error *err)
{
    md_program_init(program);
    return answer->is_stream ? compose_stream(answer, program, err)
                             : compose_reply(answer, program, err);
}
