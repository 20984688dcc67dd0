/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <string.h>

static uint64_t time_us(const struct dx_tracer *tracer)
{
    return tracer->clock.now_us(tracer->clock.user) - tracer->start_us;
}

static void tell(const struct dx_trace_line *line, struct dexec_trace trace)
{
    trace.time_us = time_us(line->tracer);
    trace.connection = line->connection;
    line->tracer->call(line->tracer->user, &trace);
}

void dx_trace_plain(const struct dx_tracer *tracer,
                    enum dexec_trace_event event, struct dx_view bytes)
{
    const struct dexec_trace trace = {.event = event,
                                      .time_us = time_us(tracer),
                                      .data = bytes.data,
                                      .len = bytes.len};

    tracer->call(tracer->user, &trace);
}

void dx_trace_sent(struct dx_trace_line *line, struct dx_view bytes)
{
    if (line->tracer->call == NULL) {
        return;
    }
    tell(line, (struct dexec_trace){.event = DEXEC_TRACE_SENT,
                                    .segment = line->segment,
                                    .data = bytes.data,
                                    .len = bytes.len,
                                    .offset = line->sent});
    line->sent += bytes.len;
}

void dx_trace_received(struct dx_trace_line *line, struct dx_view bytes)
{
    if (line->tracer->call == NULL) {
        return;
    }
    line->segment++;
    tell(line, (struct dexec_trace){.event = DEXEC_TRACE_RECEIVED,
                                    .segment = line->segment,
                                    .data = bytes.data,
                                    .len = bytes.len,
                                    .offset = line->received});
    line->received += bytes.len;
}

void dx_trace_mark(struct dx_trace_line *line, enum dexec_trace_event event)
{
    if (line->tracer->call == NULL) {
        return;
    }
    tell(line, (struct dexec_trace){.event = event,
                                    .segment = line->segment,
                                    .offset = event == DEXEC_TRACE_HALF_CLOSE
                                                  ? line->sent
                                                  : line->received});
}

/* Move header bytes over; the last one makes a frame. */
static void take_header(struct dx_trace_line *line, struct dx_view *content)
{
    size_t missing = DEXEC_FRAME_HEADER_SIZE - line->header_len;
    struct dx_view part =
        dx_view_take(content, content->len < missing ? content->len : missing);
    const uint8_t *length = line->header + 4;

    if (line->header_len == 0) {
        line->header_at = line->content;
        line->header_segment = line->segment;
    }
    memcpy(line->header + line->header_len, part.data, part.len);
    line->header_len += (uint32_t)part.len;
    line->content += part.len;
    if (line->header_len < DEXEC_FRAME_HEADER_SIZE) {
        return;
    }
    line->header_len = 0;
    line->payload_left = (uint32_t)length[0] << 24 | (uint32_t)length[1] << 16 |
                         (uint32_t)length[2] << 8 | (uint32_t)length[3];
    tell(line, (struct dexec_trace){.event = DEXEC_TRACE_FRAME,
                                    .segment = line->header_segment,
                                    .offset = line->header_at,
                                    .kind = (enum dexec_kind)line->header[0],
                                    .frame_length = line->payload_left});
}

void dx_trace_frames(struct dx_trace_line *line, struct dx_view content)
{
    while (line->tracer->call != NULL && content.len > 0) {
        size_t len =
            content.len < line->payload_left ? content.len : line->payload_left;

        (void)dx_view_take(&content, len);
        line->payload_left -= (uint32_t)len;
        line->content += len;
        if (content.len > 0) {
            take_header(line, &content);
        }
    }
}
