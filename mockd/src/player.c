/* SPDX-License-Identifier: MIT */
#include "player.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "ids.h"

static bool build_head(struct md_player *player)
{
    const struct md_head *head = player->options.head;
    struct md_buf *out = &player->head;

    out->max = 2 * (md_head_len(head) + MD_LINE_MAX);
    for (size_t i = 0; i < head->line_count; i++) {
        const char *line = head->lines[i];

        if (!md_swap_into(out, line, strlen(line),
                          &player->options.head_swap) ||
            !md_buf_add_text(out, "\r\n")) {
            return false;
        }
    }
    return md_buf_add_text(out, "\r\n");
}

enum mockd_code md_player_init(struct md_player *player,
                               const struct md_player_options *options,
                               struct mockd_error *err)
{
    struct md_fixture *fixture = options->fixture;
    enum mockd_code rc =
        md_ids_find(fixture, options->stream, options->var, err);

    *player = (struct md_player){.options = *options};
    if (rc != MOCKD_OK) {
        return rc;
    }
    player->ids =
        (struct md_ids){.offsets = options->stream->ids,
                        .count = options->stream->id_count,
                        .id = options->id,
                        .id_len = strlen(fixture->vars[options->var].value)};
    player->event = fixture->events[options->stream->first].next;
    if (!build_head(player)) {
        md_player_release(player);
        return md_fail_nomem(err);
    }
    player->segment_end = options->head->segments[0];
    return MOCKD_OK;
}

void md_player_release(struct md_player *player)
{
    md_buf_release(&player->head);
    free(player->chunk);
    player->chunk = NULL;
}

static const struct md_event *current(const struct md_player *player)
{
    return player->event == MD_NO_EVENT
               ? NULL
               : &player->options.fixture->events[player->event];
}

static void advance(struct md_player *player)
{
    player->event = current(player)->next;
    player->event_off = 0;
}

/* The rest of the event, or as much of it as a chunk holds. */
static bool view_event(struct md_player *player, const struct md_event *event,
                       struct iovec *out_piece)
{
    const struct md_payload *payload = &event->payload;
    size_t off = player->event_off;
    size_t len = payload->len - off;
    bool is_plain = payload->kind == MD_PAYLOAD_BYTES &&
                    !md_ids_touch(&player->ids, event->off + off, len);

    if (is_plain) {
        /* iovec is not const, and nothing writes through it */
        union {
            const uint8_t *in;
            void *out;
        } same = {.in = payload->bytes + off};

        *out_piece = (struct iovec){same.out, len};
        return true;
    }
    len = len < MD_WRITE_CHUNK ? len : MD_WRITE_CHUNK;
    if (player->chunk == NULL) {
        player->chunk = malloc(MD_WRITE_CHUNK);
    }
    if (player->chunk == NULL ||
        md_payload_read(payload, off, player->chunk, len, NULL) != MOCKD_OK) {
        return false;
    }
    md_ids_put(&player->ids, event->off + off, player->chunk, len);
    *out_piece = (struct iovec){player->chunk, len};
    return true;
}

static enum md_play after_write(enum md_wire_result result)
{
    return result == MD_WIRE_GONE ? MD_PLAY_GONE : MD_PLAY_FULL;
}

/* Send the piece of the head that is due, the last one with the event that
 * shared its segment. Returns true when it is time to go on. */
static bool run_head(struct md_player *player, struct md_wire wire,
                     enum md_play *out_play)
{
    const struct md_head *head = player->options.head;
    const struct md_event *event = current(player);
    bool is_last = player->segment + 1 == head->segment_count;
    size_t end = is_last ? player->head.len : player->segment_end;
    struct iovec pieces[2] = {
        {player->head.data + player->head_off, end - player->head_off}};
    bool is_joined = is_last && head->is_joined && event != NULL &&
                     event->code == MD_EVENT_DATA;
    enum md_wire_result result = MD_WIRE_OK;
    size_t written = 0;

    if (is_joined && !view_event(player, event, &pieces[1])) {
        *out_play = MD_PLAY_BROKEN;
        return false;
    }
    result = wire.ops->write(wire.self, pieces, is_joined ? 2 : 1, &written);
    if (result != MD_WIRE_OK) {
        *out_play = after_write(result);
        return false;
    }
    if (written > pieces[0].iov_len) {
        player->event_off += written - pieces[0].iov_len;
        written = pieces[0].iov_len;
    }
    player->head_off += written;
    if (player->head_off == end && !is_last) {
        player->segment++;
        player->segment_end += head->segments[player->segment];
    }
    return true;
}

static bool run_data(struct md_player *player, const struct md_event *event,
                     struct md_wire wire, enum md_play *out_play)
{
    struct iovec piece = {0};
    enum md_wire_result result = MD_WIRE_OK;
    size_t written = 0;

    if (player->event_off == event->payload.len) {
        advance(player);
        return true;
    }
    if (!view_event(player, event, &piece)) {
        *out_play = MD_PLAY_BROKEN;
        return false;
    }
    result = wire.ops->write(wire.self, &piece, 1, &written);
    if (result != MD_WIRE_OK) {
        *out_play = after_write(result);
        return false;
    }
    player->event_off += written;
    return true;
}

/* Client bytes that were not attached could not have been waited for. The
 * client's end opens what waits for bytes: no more can come. */
static bool is_open(const struct md_player *player,
                    const struct md_event *event)
{
    bool is_free = event->is_free || !player->options.has_stdin;

    switch (event->code) {
    case MD_EVENT_INPUT:
        return is_free || player->is_client_over ||
               player->client_bytes >=
                   player->needed_bytes + event->payload.len;
    case MD_EVENT_INPUT_END:
        return is_free || player->is_client_over;
    case MD_EVENT_RESIZE:
        return event->is_free ||
               *player->options.resizes > player->needed_resizes;
    case MD_EVENT_HEAD:
    case MD_EVENT_DATA:
    case MD_EVENT_END:
    case MD_EVENT_RESET:
    case MD_EVENT_INPUT_LOST:
        break;
    }
    return true;
}

static bool run_gate(struct md_player *player, const struct md_event *event,
                     enum md_play *out_play)
{
    if (!is_open(player, event)) {
        *out_play = MD_PLAY_GATE;
        return false;
    }
    if (event->code == MD_EVENT_INPUT) {
        player->needed_bytes += event->payload.len;
    } else if (event->code == MD_EVENT_RESIZE) {
        player->needed_resizes++;
    }
    advance(player);
    return true;
}

/* True when it is time to go on, false with the reason to stop. */
static bool run_event(struct md_player *player, struct md_wire wire,
                      enum md_play *out_play)
{
    const struct md_event *event = current(player);

    if (event == NULL) { /* the engine never ended it */
        *out_play = MD_PLAY_STALL;
        return false;
    }
    switch (event->code) {
    case MD_EVENT_DATA:
        return run_data(player, event, wire, out_play);
    case MD_EVENT_INPUT:
    case MD_EVENT_INPUT_END:
    case MD_EVENT_RESIZE:
        return run_gate(player, event, out_play);
    case MD_EVENT_END:
        *out_play = MD_PLAY_END;
        return false;
    case MD_EVENT_RESET:
        *out_play = MD_PLAY_RESET;
        return false;
    case MD_EVENT_INPUT_LOST:
    case MD_EVENT_HEAD:
        break;
    }
    *out_play = MD_PLAY_OVER;
    return false;
}

enum md_play md_player_run(struct md_player *player, struct md_wire wire)
{
    enum md_play play = MD_PLAY_FULL;
    bool is_moving = true;

    while (is_moving) {
        is_moving = player->head_off < player->head.len
                        ? run_head(player, wire, &play)
                        : run_event(player, wire, &play);
    }
    return play;
}
