/* SPDX-License-Identifier: MIT */
#include "opening.h"

#include <string.h>

#include "fail.h"
#include "refusal.h"
#include "stream.h"

void dx_opening_release(struct dx_opening *opening)
{
    dx_buf_release(&opening->request);
    dx_buf_release(&opening->refusal);
}

unsigned dx_opening_wanted(const struct dx_opening *opening)
{
    return opening->phase == DX_OPENING_SEND ? DEXEC_WRITABLE : DEXEC_READABLE;
}

static void give_up(struct dexec_stream *stream, enum dexec_code rc)
{
    (void)dx_fail_while(&stream->broken, rc, "start exec %s",
                        stream->opening.id);
    dx_stream_settle(stream, rc);
}

void dx_opening_expire(struct dexec_stream *stream)
{
    const struct dx_opening *opening = &stream->opening;
    struct dexec_error *err = &stream->broken;
    size_t received = opening->head.received;

    switch (opening->phase) {
    case DX_OPENING_SEND:
        (void)dx_fail(err, DEXEC_E_TIMEOUT, 0,
                      "the daemon did not take the request in time");
        break;
    case DX_OPENING_HEAD:
        (void)dx_fail(err, DEXEC_E_TIMEOUT, 0,
                      "the time was over %s (%zu bytes received)",
                      received == 0 ? "before it answered"
                                    : "inside its response head",
                      received);
        break;
    case DX_OPENING_REFUSAL:
        (void)dx_fail(err, DEXEC_E_TIMEOUT, opening->head.head.status,
                      "the answer was not complete in time");
        break;
    }
    give_up(stream, DEXEC_E_TIMEOUT);
}

/* A daemon that refuses early may close while we still write: what it said is
 * then read all the same, so a reset is no error here. */
static bool send_request(struct dexec_stream *stream)
{
    struct dx_opening *opening = &stream->opening;
    struct dx_view rest = {.data = opening->request.data + opening->sent,
                           .len = opening->request.len - opening->sent};
    size_t written = 0;
    enum dx_io io = dx_stream_send(stream, rest, &written);

    if (io == DX_IO_AGAIN) {
        return false;
    }
    opening->sent += written;
    if (io != DX_IO_OK || opening->sent == opening->request.len) {
        dx_buf_release(&opening->request);
        opening->phase = DX_OPENING_HEAD;
    }
    return true;
}

static enum dexec_code fail_head(struct dexec_stream *stream, enum dx_io io)
{
    const struct dx_head_reader *head = &stream->opening.head;
    const char *words = stream->link->ops->words(stream->link);

    return dx_fail(
        &stream->broken, io == DX_IO_END ? DEXEC_E_CLOSED : DEXEC_E_RESET, 0,
        "the daemon %s the connection %s (%zu bytes received)%s%s",
        io == DX_IO_END ? "closed" : "reset",
        head->received == 0 ? "before it answered" : "inside its response head",
        head->received, words[0] == '\0' ? "" : ": ", words);
}

static enum dexec_code fail_refusal(struct dexec_stream *stream, enum dx_io io)
{
    enum dexec_code rc =
        io == DX_IO_RESET
            ? dx_fail(&stream->broken, DEXEC_E_RESET, 0,
                      "the daemon reset the connection inside its answer")
            : dx_body_finish(&stream->body, &stream->broken);

    stream->broken.http_status = stream->opening.head.head.status;
    return rc;
}

/* The mode is the caller's tty alone: a framed stream may call itself raw
 * (EX-START-05). */
static void accept_head(struct dexec_stream *stream)
{
    struct dx_opening *opening = &stream->opening;
    const struct dx_http_head *head = &opening->head.head;

    dx_body_init(&stream->body, head);
    if (head->status != 101 && head->status != 200) {
        opening->phase = DX_OPENING_REFUSAL;
        return;
    }
    stream->http_status = head->status;
    memcpy(stream->content_type, head->content_type,
           sizeof(stream->content_type));
    stream->state = DX_STREAM_OPEN;
    dx_opening_release(opening);
    dx_stream_advance(stream);
}

static void read_head(struct dexec_stream *stream)
{
    bool is_done = false;
    enum dexec_code rc = dx_head_next(&stream->opening.head, &stream->input,
                                      &is_done, &stream->broken);

    if (rc != DEXEC_OK) {
        give_up(stream, rc);
    } else if (is_done) {
        accept_head(stream);
    }
}

static void refuse(struct dexec_stream *stream)
{
    const struct dx_buf *text = &stream->opening.refusal;
    enum dexec_code rc =
        dx_refusal(stream->opening.head.head.status,
                   (struct dx_view){.data = text->data, .len = text->len},
                   &stream->broken);

    give_up(stream, rc);
}

/* Collect a refusal's text; of one that is longer the start is enough. */
static void read_refusal(struct dexec_stream *stream)
{
    struct dx_buf *text = &stream->opening.refusal;

    while (stream->state == DX_STREAM_OPENING) {
        struct dx_view data = {0};
        size_t room = text->max - text->len;
        enum dexec_code rc =
            dx_body_next(&stream->body, &stream->input, &data, &stream->broken);

        if (rc == DEXEC_OK &&
            dx_buf_append(text, data.data, data.len < room ? data.len : room) !=
                DEXEC_OK) {
            rc = dx_fail_memory(&stream->broken);
        }
        if (rc != DEXEC_OK) {
            stream->broken.http_status = stream->opening.head.head.status;
            give_up(stream, rc);
        } else if (dx_body_is_over(&stream->body) || text->len == text->max) {
            refuse(stream);
        } else if (data.len == 0) {
            return;
        }
    }
}

static void take_end(struct dexec_stream *stream, enum dx_io io)
{
    enum dexec_code rc = DEXEC_OK;

    if (stream->opening.phase == DX_OPENING_HEAD) {
        give_up(stream, fail_head(stream, io));
        return;
    }
    rc = fail_refusal(stream, io);
    if (rc != DEXEC_OK) {
        give_up(stream, rc);
    } else {
        refuse(stream); /* whole, as it had no length */
    }
}

bool dx_opening_step(struct dexec_stream *stream)
{
    enum dx_io io = DX_IO_OK;

    if (stream->opening.phase == DX_OPENING_SEND) {
        return send_request(stream);
    }
    io = dx_stream_read(stream);
    if (io == DX_IO_AGAIN) {
        return false;
    }
    if (io != DX_IO_OK) {
        take_end(stream, io);
        return true;
    }
    if (stream->opening.phase == DX_OPENING_HEAD) {
        read_head(stream);
    }
    if (stream->state == DX_STREAM_OPENING &&
        stream->opening.phase == DX_OPENING_REFUSAL) {
        read_refusal(stream);
    }
    return true;
}
