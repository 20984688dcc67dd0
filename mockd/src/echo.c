/* SPDX-License-Identifier: MIT */
/* echo.c - a script's step that sends back what the client sends. */
#include <string.h>

#include "bounds.h"
#include "frame.h"
#include "play.h"

/* Move what has come into the chunk, as a frame or as it is. */
static bool fill_echo(struct md_player *player, const struct md_event *event)
{
    size_t start = event->is_framed ? MD_FRAME_HEADER : 0;
    size_t len = 0;
    const uint8_t *got = md_intake_view(&player->intake, &len);

    if (!md_play_need_chunk(player)) {
        return false;
    }
    len = len < MD_ECHO_MAX ? len : MD_ECHO_MAX;
    if (event->is_framed) {
        md_frame_header(event->frame_kind, (uint32_t)len, player->chunk);
    }
    memcpy(player->chunk + start, got, len);
    md_intake_drop(&player->intake, len);
    player->echo_len = start + len;
    player->echo_off = 0;
    return true;
}

static bool write_echo(struct md_player *player, struct md_wire wire,
                       enum md_play *out_play)
{
    struct iovec piece = {player->chunk + player->echo_off,
                          player->echo_len - player->echo_off};
    size_t written = 0;
    enum md_wire_result result =
        wire.ops->write(wire.self, &piece, 1, &written);

    if (result != MD_WIRE_OK) {
        *out_play = md_play_after_write(result);
        return false;
    }
    player->echo_off += written;
    return true;
}

bool md_play_echo(struct md_player *player, const struct md_event *event,
                  struct md_wire wire, enum md_play *out_play)
{
    size_t len = 0;

    if (player->echo_off < player->echo_len) {
        return write_echo(player, wire, out_play);
    }
    if (player->intake.bytes == NULL) {
        md_play_advance(player); /* nothing is attached that could come back */
        return true;
    }
    (void)md_intake_view(&player->intake, &len);
    if (len == 0) {
        return md_play_gate(player, player->is_client_over, out_play);
    }
    if (!fill_echo(player, event)) {
        *out_play = MD_PLAY_BROKEN;
        return false;
    }
    return true;
}
