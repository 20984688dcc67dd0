/* SPDX-License-Identifier: MIT */
#include "player.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "frame.h"
#include "ids.h"
#include "play.h"

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

/* A script's bytes are sent as they stand: it has no recorded ids. */
static enum mockd_code find_ids(struct md_player *player,
                                struct mockd_error *err)
{
    const struct md_player_options *options = &player->options;
    struct md_fixture *fixture = options->fixture;
    enum mockd_code rc = MOCKD_OK;

    if (fixture->is_script) {
        return MOCKD_OK;
    }
    rc = md_ids_find(fixture, options->stream, options->var, err);
    player->ids =
        (struct md_ids){.offsets = options->stream->ids,
                        .count = options->stream->id_count,
                        .id = options->id,
                        .id_len = strlen(fixture->vars[options->var].value)};
    return rc;
}

enum mockd_code md_player_init(struct md_player *player,
                               const struct md_player_options *options,
                               struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    *player = (struct md_player){.options = *options, .waited = MD_NO_EVENT};
    rc = find_ids(player, err);
    if (rc != MOCKD_OK) {
        return rc;
    }
    player->event = md_stream_first(options->fixture, options->stream);
    if (!build_head(player) ||
        (options->stream->keeps_input && options->has_stdin &&
         !md_intake_init(&player->intake))) {
        md_player_release(player);
        return md_fail_nomem(err);
    }
    player->segment_end = options->head->segments[0];
    return MOCKD_OK;
}

void md_player_release(struct md_player *player)
{
    md_buf_release(&player->head);
    md_intake_release(&player->intake);
    free(player->chunk);
    player->chunk = NULL;
}

size_t md_player_room(const struct md_player *player)
{
    size_t room = md_intake_room(&player->intake);

    return room < MD_WRITE_CHUNK ? room : MD_WRITE_CHUNK;
}

void md_player_take(struct md_player *player, const void *bytes, size_t len)
{
    player->client_bytes += len;
    md_intake_add(&player->intake, bytes, len);
}

static const struct md_event *current(const struct md_player *player)
{
    return player->event == MD_NO_EVENT
               ? NULL
               : &player->options.fixture->events[player->event];
}

void md_play_advance(struct md_player *player)
{
    player->event = current(player)->next;
    player->event_off = 0;
    player->has_difference = false;
}

bool md_play_need_chunk(struct md_player *player)
{
    if (player->chunk == NULL) {
        player->chunk = malloc(MD_PLAY_CHUNK);
    }
    return player->chunk != NULL;
}

/* Bytes that are sent as they stand in memory. */
static bool is_plain(const struct md_player *player,
                     const struct md_event *event)
{
    uint64_t off = player->event_off;

    return event->payload.kind == MD_PAYLOAD_BYTES && !event->is_framed &&
           !md_ids_touch(&player->ids, event->off + off,
                         (size_t)(event->payload.len - off));
}

/* The rest of the event, or as much of it as a chunk or a frame holds. */
static bool view_event(struct md_player *player, const struct md_event *event,
                       struct iovec *out_piece)
{
    const struct md_payload *payload = &event->payload;
    uint64_t off = player->event_off;
    size_t size = event->is_framed ? MD_PLAY_CHUNK : MD_WRITE_CHUNK;
    size_t len = 0;

    if (is_plain(player, event)) {
        /* iovec is not const, and nothing writes through it */
        union {
            const uint8_t *in;
            void *out;
        } same = {.in = payload->bytes + off};

        *out_piece = (struct iovec){same.out, (size_t)(payload->len - off)};
        return true;
    }
    if (!md_play_need_chunk(player) ||
        md_frame_read(event, off, player->chunk, size, &len, NULL) !=
            MOCKD_OK) {
        return false;
    }
    md_ids_put(&player->ids, event->off + off, player->chunk, len);
    *out_piece = (struct iovec){player->chunk, len};
    return true;
}

enum md_play md_play_after_write(enum md_wire_result result)
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
        *out_play = md_play_after_write(result);
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

#define FILE_PIECE ((size_t)1 << 20)

/* The next bytes, from where they are in a file, if they are and no id is to
 * be put into them. False when they must be written. */
static bool try_file(struct md_player *player, const struct md_event *event,
                     struct md_wire wire, enum md_wire_result *out_result,
                     size_t *out_written)
{
    const struct md_payload *payload = &event->payload;
    uint64_t off = player->event_off;
    size_t len = payload->len - off < FILE_PIECE ? (size_t)(payload->len - off)
                                                 : FILE_PIECE;
    int file = -1;

    if (wire.ops->send_file == NULL || event->is_framed ||
        payload->kind != MD_PAYLOAD_FILE ||
        md_ids_touch(&player->ids, event->off + off, len)) {
        return false;
    }
    file = md_payload_file(payload);
    if (file < 0) {
        return false;
    }
    *out_result = wire.ops->send_file(wire.self, file, payload->off + off, len,
                                      out_written);
    return *out_result != MD_WIRE_OK || *out_written > 0;
}

static bool run_data(struct md_player *player, const struct md_event *event,
                     struct md_wire wire, enum md_play *out_play)
{
    struct iovec piece = {0};
    enum md_wire_result result = MD_WIRE_OK;
    size_t written = 0;

    if (player->event_off == md_frame_total(event)) {
        md_play_advance(player);
        return true;
    }
    if (!try_file(player, event, wire, &result, &written)) {
        if (!view_event(player, event, &piece)) {
            *out_play = MD_PLAY_BROKEN;
            return false;
        }
        result = wire.ops->write(wire.self, &piece, 1, &written);
    }
    if (result != MD_WIRE_OK) {
        *out_play = md_play_after_write(result);
        return false;
    }
    player->event_off += written;
    return true;
}

/* Client bytes that were not attached could not have been waited for. The
 * client's end opens what waits for bytes: no more can come. */
static bool is_input_free(const struct md_player *player,
                          const struct md_event *event)
{
    return event->is_free || !player->options.has_stdin;
}

bool md_play_gate(struct md_player *player, bool is_open,
                  enum md_play *out_play)
{
    if (is_open) {
        md_play_advance(player);
    } else {
        *out_play = MD_PLAY_GATE;
    }
    return is_open;
}

/* Drop bytes as they come, when they are kept for other steps. */
static bool run_kept_input(struct md_player *player,
                           const struct md_event *event, enum md_play *out_play)
{
    uint64_t left = event->payload.len - player->event_off;
    size_t len = 0;

    (void)md_intake_view(&player->intake, &len);
    len = len < left ? len : (size_t)left;
    md_intake_drop(&player->intake, len);
    player->taken += len;
    player->event_off += len;
    return md_play_gate(player,
                        player->event_off == event->payload.len ||
                            player->is_client_over,
                        out_play);
}

static bool run_input(struct md_player *player, const struct md_event *event,
                      enum md_play *out_play)
{
    uint64_t needed = player->needed_bytes + event->payload.len;
    bool is_open = is_input_free(player, event) || player->is_client_over ||
                   player->client_bytes >= needed;

    if (player->intake.bytes != NULL) {
        return run_kept_input(player, event, out_play);
    }
    player->needed_bytes = is_open ? needed : player->needed_bytes;
    return md_play_gate(player, is_open, out_play);
}

/* Is there a resize that fits? Those before it are used up with it. */
static bool find_resize(struct md_player *player, const struct md_event *event)
{
    const struct md_resizes *resizes = player->options.resizes;
    unsigned at = player->needed_resizes;

    if (!event->is_exact) {
        player->needed_resizes += at < resizes->count ? 1 : 0;
        return at < resizes->count;
    }
    if (resizes->count - at > MD_RESIZES_KEPT) {
        at = resizes->count - MD_RESIZES_KEPT;
    }
    for (; at < resizes->count; at++) {
        const struct md_size *got = &resizes->kept[at % MD_RESIZES_KEPT];

        if (got->cols == event->size.cols && got->rows == event->size.rows) {
            player->needed_resizes = at + 1;
            return true;
        }
    }
    return false;
}

static bool run_gate(struct md_player *player, const struct md_event *event,
                     enum md_play *out_play)
{
    if (event->code == MD_EVENT_INPUT) {
        return run_input(player, event, out_play);
    }
    if (event->code == MD_EVENT_INPUT_END) {
        return md_play_gate(
            player, is_input_free(player, event) || player->is_client_over,
            out_play);
    }
    if (event->is_free) {
        player->needed_resizes++;
        md_play_advance(player);
        return true;
    }
    return md_play_gate(player, find_resize(player, event), out_play);
}

/* The end of a block. Now and then others have their turn: a block may do
 * nothing that ever waits. */
static bool run_again(struct md_player *player, const struct md_event *event,
                      enum md_play *out_play)
{
    const struct md_event *events = player->options.fixture->events;

    player->round++;
    if (player->round == events[event->block].count) {
        md_play_advance(player);
        return true;
    }
    player->event = events[event->block].next;
    player->rounds_run++;
    *out_play = MD_PLAY_FULL;
    return player->rounds_run < MD_ROUNDS_AT_ONCE;
}

/* What the process does by itself. */
static bool run_step(struct md_player *player, const struct md_event *event,
                     enum md_play *out_play)
{
    if (event->code == MD_EVENT_REPEAT) {
        player->round = 0;
        md_play_advance(player);
        return true;
    }
    if (event->code == MD_EVENT_PAUSE) {
        player->pause_us = event->count;
    }
    *out_play = event->code == MD_EVENT_PAUSE ? MD_PLAY_PAUSE : MD_PLAY_EXIT;
    md_play_advance(player);
    return false;
}

/* True when it is time to go on, false with the reason to stop. */
static bool run_event(struct md_player *player, struct md_wire wire,
                      enum md_play *out_play)
{
    const struct md_event *event = current(player);

    if (event == NULL) {
        /* a script that is through is at its end; a recording that has none
         * is of an engine that never ended it */
        *out_play =
            player->options.fixture->is_script ? MD_PLAY_END : MD_PLAY_STALL;
        return false;
    }
    switch (event->code) {
    case MD_EVENT_DATA:
        return run_data(player, event, wire, out_play);
    case MD_EVENT_INPUT:
    case MD_EVENT_INPUT_END:
    case MD_EVENT_RESIZE:
        return run_gate(player, event, out_play);
    case MD_EVENT_EXPECT:
        return md_play_expect(player, event, out_play);
    case MD_EVENT_ECHO:
        return md_play_echo(player, event, wire, out_play);
    case MD_EVENT_EXIT:
    case MD_EVENT_PAUSE:
    case MD_EVENT_REPEAT:
        return run_step(player, event, out_play);
    case MD_EVENT_AGAIN:
        return run_again(player, event, out_play);
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

bool md_player_is_timed(const struct md_event *event)
{
    return event->code == MD_EVENT_HEAD || event->code == MD_EVENT_DATA ||
           event->code == MD_EVENT_END || event->code == MD_EVENT_RESET;
}

/* Is there time to let pass before what is sent next? Once for each event. */
static bool has_to_wait(struct md_player *player)
{
    const struct md_player_options *options = &player->options;
    uint32_t next =
        player->head_off == 0 ? options->stream->first : player->event;
    const struct md_event *event = NULL;

    if (options->dt_percent == 0 || options->fixture->is_script ||
        next == MD_NO_EVENT || next == player->waited ||
        (player->head_off > 0 && player->head_off < player->head.len)) {
        return false;
    }
    player->waited = next;
    event = &options->fixture->events[next];
    if (!md_player_is_timed(event) || player->event_off > 0) {
        return false;
    }
    player->pause_us = (uint64_t)event->dt_us * options->dt_percent / 100;
    return player->pause_us > 0;
}

static bool is_final(enum md_play play)
{
    return play == MD_PLAY_END || play == MD_PLAY_RESET ||
           play == MD_PLAY_OVER || play == MD_PLAY_GONE ||
           play == MD_PLAY_BROKEN;
}

enum md_play md_player_run(struct md_player *player, struct md_wire wire)
{
    enum md_play play = MD_PLAY_FULL;
    bool is_moving = true;

    player->rounds_run = 0;
    player->pause_us = 0;
    while (is_moving) {
        if (has_to_wait(player)) {
            return MD_PLAY_PAUSE;
        }
        is_moving = player->head_off < player->head.len
                        ? run_head(player, wire, &play)
                        : run_event(player, wire, &play);
    }
    if (is_final(play)) {
        md_intake_release(&player->intake); /* the rest may come and go */
    }
    return play;
}
