/* SPDX-License-Identifier: MIT */
/* expect.c - a script's step that says what the client must send. */
#include <stdio.h>

#include "bounds.h"
#include "play.h"

static void note_vain(struct md_player *player, const struct md_event *event,
                      const char *what)
{
    char note[MD_TROUBLE_MAX];

    player->has_difference = true;
    if (player->options.on_note == NULL) {
        return;
    }
    (void)snprintf(note, sizeof(note), "mockd: %.200s:%u: %s; the stream %s",
                   player->options.fixture->path, (unsigned)event->line, what,
                   event->goes_on ? "goes on" : "is reset");
    player->options.on_note(player->options.on_note_user, note);
}

/* The byte as a character, for people. */
static int shown(uint8_t byte)
{
    return byte > ' ' && byte < 0x7F ? byte : '.';
}

static void note_difference(struct md_player *player,
                            const struct md_event *event, uint64_t off,
                            uint8_t wanted, uint8_t got)
{
    char what[256];

    (void)snprintf(what, sizeof(what),
                   "the client's byte at %llu of the %llu expected is %02X "
                   "(%c), not %02X (%c); it is byte %llu of what it sent",
                   (unsigned long long)off,
                   (unsigned long long)event->payload.len, got, shown(got),
                   wanted, shown(wanted), (unsigned long long)player->taken);
    note_vain(player, event, what);
}

static void note_short(struct md_player *player, const struct md_event *event)
{
    char what[256];

    (void)snprintf(what, sizeof(what),
                   player->options.has_stdin
                       ? "the client ended after %llu of the %llu expected "
                         "bytes"
                       : "the create attached no standard input; %llu of the "
                         "%llu expected bytes came",
                   (unsigned long long)player->event_off,
                   (unsigned long long)event->payload.len);
    note_vain(player, event, what);
}

/* Take the @len bytes at @got, which lie within what is expected. */
static bool compare(struct md_player *player, const struct md_event *event,
                    const uint8_t *got, size_t len)
{
    if (!md_play_need_chunk(player) ||
        md_payload_read(&event->payload, player->event_off, player->chunk, len,
                        NULL) != MOCKD_OK) {
        return false;
    }
    for (size_t i = 0; i < len && !player->has_difference; i++) {
        if (got[i] != player->chunk[i]) {
            player->taken += i;
            note_difference(player, event, player->event_off + i,
                            player->chunk[i], got[i]);
            player->taken -= i;
        }
    }
    md_intake_drop(&player->intake, len);
    player->taken += len;
    player->event_off += len;
    return true;
}

/* Nothing is there to take: does the step wait, and was it in vain? */
static bool run_dry(struct md_player *player, const struct md_event *event)
{
    if (player->options.has_stdin && !player->is_client_over) {
        return true;
    }
    if (!player->has_difference) {
        note_short(player, event);
    }
    return false;
}

bool md_play_expect(struct md_player *player, const struct md_event *event,
                    enum md_play *out_play)
{
    uint64_t left = event->payload.len - player->event_off;
    size_t len = 0;
    const uint8_t *got = player->intake.bytes == NULL
                             ? NULL
                             : md_intake_view(&player->intake, &len);

    len = len < left ? len : (size_t)left;
    if (len > 0 && !compare(player, event, got, len)) {
        *out_play = MD_PLAY_BROKEN;
        return false;
    }
    if (len == 0 && left > 0 && run_dry(player, event)) {
        *out_play = MD_PLAY_GATE;
        return false;
    }
    if (player->has_difference && !event->goes_on) {
        *out_play = MD_PLAY_RESET;
        return false;
    }
    if (len == left || len == 0) {
        md_play_advance(player);
    }
    return true;
}
