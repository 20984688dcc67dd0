/* SPDX-License-Identifier: MIT */
/* fuzz_execcast.c - any bytes are a fixture or an error, and a script can be
 * asked and played. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "execcast.h"
#include "player.h"

#define RUNS_MAX 64       /* of one player */
#define BYTES_MAX 1048576 /* that one player may write */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t written;

static enum md_wire_result count_bytes(void *self, const struct iovec *pieces,
                                       int count, size_t *out_written)
{
    (void)self;
    *out_written = 0;
    for (int i = 0; i < count; i++) {
        *out_written += pieces[i].iov_len;
    }
    written += *out_written;
    return written > BYTES_MAX ? MD_WIRE_GONE : MD_WIRE_OK;
}

static bool is_over(enum md_play play)
{
    return play == MD_PLAY_END || play == MD_PLAY_RESET ||
           play == MD_PLAY_OVER || play == MD_PLAY_GONE ||
           play == MD_PLAY_BROKEN;
}

static void play_stream(struct md_fixture *fixture, struct md_stream *stream)
{
    static const struct md_wire_ops ops = {.write = count_bytes};
    struct md_wire wire = {.ops = &ops};
    struct md_resizes resizes = {0};
    struct md_player player = {0};
    struct md_player_options options = {
        .fixture = fixture,
        .stream = stream,
        .head = stream->has_usual_head ? &fixture->script.stream_heads[0]
                                       : &stream->head,
        .id = "x",
        .resizes = &resizes,
        .has_stdin = true,
    };
    enum md_play play = MD_PLAY_GATE;

    written = 0;
    if (md_player_init(&player, &options, NULL) != MOCKD_OK) {
        return;
    }
    for (int i = 0; i < RUNS_MAX && !is_over(play); i++) {
        if (md_player_room(&player) > 0) {
            md_player_take(&player, "a", 1);
        }
        md_resizes_add(&resizes, (struct md_size){80, 24});
        player.is_client_over = i > RUNS_MAX / 2;
        play = md_player_run(&player, wire);
    }
    md_player_release(&player);
}

static void ask(struct md_engine *engine, const char *method,
                const char *target, const char *body)
{
    struct md_request request = {.method = method,
                                 .target = target,
                                 .body = body,
                                 .body_len = strlen(body)};
    struct md_answer answer = {0};

    md_engine_answer(engine, &request, &answer);
    if (answer.status == 0) {
        abort(); /* there is always an answer */
    }
    md_answer_release(&answer);
}

static void ask_engine(struct md_fixture *fixture)
{
    struct md_profile profile = {.fixtures = &fixture, .count = 1};
    struct md_engine engine = {0};

    if (md_engine_init(&engine, &profile, 1, NULL) == MOCKD_OK) {
        ask(&engine, "POST", "/containers/t1/exec",
            "{\"Cmd\":[\"sh\",\"-c\",\"ls\"],\"AttachStdout\":true}");
        for (size_t i = 0; i < MD_EXEC_BUCKETS; i++) {
            const struct md_exec *exec = engine.execs.buckets[i];
            char target[512] = "/exec/";

            if (exec != NULL) {
                (void)strncat(target, exec->id, 256);
                (void)strncat(target, "/json", 6);
                ask(&engine, "GET", target, "");
            }
        }
    }
    md_engine_release(&engine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct md_fixture *fixture = NULL;
    struct mockd_error err = {0};

    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    if (md_execcast_parse("f", NULL, text, size, &fixture, &err) != MOCKD_OK &&
        err.message[0] == '\0') {
        abort(); /* an error always says what it is */
    }
    if (fixture != NULL && fixture->is_script) {
        for (struct md_stream *at = fixture->streams; at != NULL;
             at = at->next) {
            play_stream(fixture, at);
        }
        ask_engine(fixture);
    }
    md_fixture_free(fixture);
    free(text);
    return 0;
}
