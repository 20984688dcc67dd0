/* SPDX-License-Identifier: MIT */
/* test_mockd_player.c - what a player writes, and what it waits for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "execcast.h"
#include "player.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"
#define FIRST "HTTP/1.1 200 X||"

struct row {
    const char *name;
    const char *stream;
    bool has_no_stdin;
    size_t room; /* bytes that one write takes; 0 = all */
    /* what happens: R run, b one more client byte, e the client's end, z a
     * resize, f the wire is full, o it is open again, g the client is gone */
    const char *script;
    /* {what one write took}, with | for each line end, and after each run why
     * it stopped: F full, G gate, E end, X reset, O over, ! gone */
    const char *log;
};

static struct row rows[] = {
    {"head_in_its_segments", "plain", false, 0, "R",
     "{HTTP/}{1.1 200 X||}{one}{two}E"},
    {"head_joined_with_data", "joined", false, 0, "R",
     "{HTTP/1.1 200 X|}{|one}{two}E"},
    {"short_writes_lose_nothing", "plain", false, 4, "R",
     "{HTTP}{/}{1.1 }{200 }{X|}{|}{one}{two}E"},
    {"short_writes_over_a_joint", "joined", false, 3, "R",
     "{HTT}{P/1}{.1 }{200}{ X}{|}{|o}{ne}{two}E"},
    {"a_full_wire_stops_it", "plain", false, 0, "fRoR",
     "F{HTTP/}{1.1 200 X||}{one}{two}E"},
    {"gates_open_in_order", "gates", false, 0, "RbRbRbRbReRzR",
     "{" FIRST "}GG{A}G{B}GG{C}G{D}E"},
    {"bytes_may_come_early", "gates", false, 0, "bbbezR",
     "{" FIRST "}{A}{B}{C}{D}E"},
    {"the_clients_end_opens_what_waits_for_bytes", "gates", false, 0, "ReRzR",
     "{" FIRST "}G{A}{B}{C}G{D}E"},
    {"without_stdin_bytes_are_not_waited_for", "gates", true, 0, "RzR",
     "{" FIRST "}{A}{B}{C}G{D}E"},
    {"free_gates_do_not_wait_but_count", "free", false, 0, "RbbRbR",
     "{" FIRST "}{A}GG{B}E"},
    {"after_a_lost_client_nothing_is_sent", "lost", false, 0, "R",
     "{" FIRST "}{A}O"},
    {"reset", "reset", false, 0, "R", "{" FIRST "}{A}X"},
    {"a_stream_without_an_end", "endless", false, 0, "R", "{" FIRST "}{A}S"},
    {"an_empty_segment_writes_nothing", "empty", false, 0, "R", "{" FIRST "}E"},
    {"a_client_that_is_gone", "plain", false, 0, "gR", "!"},
    {"ids_are_replaced_even_across_segments", "ids", false, 0, "R",
     "{HTTP/1.1 200 X|Id: " ID "||}{id 0123456789abcdef0123}"
     "{456789abcdef0123456789abcdef0123456789ABCDEF and " ID "}E"},
    {"ids_in_short_writes", "ids", false, 50, "R",
     "{HTTP/1.1 200 X|Id: 0123456789abcdef0123456789abcd}"
     "{ef0123456789abcdef0123456789ABCDEF||}{id 0123456789abcdef0123}"
     "{456789abcdef0123456789abcdef0123456789ABCDEF and 0}"
     "{123456789abcdef0123456789abcdef0123456789abcdef012}"
     "{3456789ABCDEF}E"},
};

struct world {
    struct md_fixture *fixture;
    struct md_player player;
    struct md_resizes resizes;
    size_t room;
    bool is_full;
    bool is_gone;
    char log[1024];
    size_t used;
};

static struct world world;

static void log_bytes(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len && world.used + 1 < sizeof(world.log); i++) {
        char byte = bytes[i];

        if (byte == '\r') {
            continue;
        }
        if (byte == '\n') {
            byte = '|';
        }
        world.log[world.used] = byte;
        world.used++;
    }
}

static enum md_wire_result fake_write(void *self, const struct iovec *pieces,
                                      int count, size_t *out_written)
{
    size_t room = world.room == 0 ? SIZE_MAX : world.room;
    size_t written = 0;

    (void)self;
    if (world.is_gone || world.is_full) {
        return world.is_gone ? MD_WIRE_GONE : MD_WIRE_FULL;
    }
    log_bytes("{", 1);
    for (int i = 0; i < count; i++) {
        size_t len = pieces[i].iov_len < room ? pieces[i].iov_len : room;

        log_bytes(pieces[i].iov_base, len);
        written += len;
        room -= len;
    }
    log_bytes("}", 1);
    *out_written = written;
    return MD_WIRE_OK;
}

static int set_up(void **state)
{
    (void)state;
    world = (struct world){0};
    return md_execcast_load(FIXTURES_DIR "/player/player.execcast", "player",
                            &world.fixture, NULL) == MOCKD_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    md_player_release(&world.player);
    md_fixture_free(world.fixture);
    return 0;
}

static struct md_stream *find_stream(const char *name)
{
    struct md_stream *at = world.fixture->streams;

    while (at != NULL && strcmp(at->name, name) != 0) {
        at = at->next;
    }
    return at;
}

static void happen(char what)
{
    static const struct md_wire_ops ops = {.write = fake_write};
    static const char codes[] = {
        [MD_PLAY_FULL] = 'F',  [MD_PLAY_GATE] = 'G',  [MD_PLAY_END] = 'E',
        [MD_PLAY_RESET] = 'X', [MD_PLAY_OVER] = 'O',  [MD_PLAY_GONE] = '!',
        [MD_PLAY_STALL] = 'S', [MD_PLAY_BROKEN] = '?'};
    struct md_wire wire = {.ops = &ops};

    if (what == 'R') {
        log_bytes(&codes[md_player_run(&world.player, wire)], 1);
    }
    if (what == 'b') {
        md_player_take(&world.player, "b", 1);
    }
    world.player.is_client_over |= what == 'e';
    if (what == 'z') {
        md_resizes_add(&world.resizes, (struct md_size){80, 24});
    }
    world.is_full = what == 'f' || (world.is_full && what != 'o');
    world.is_gone |= what == 'g';
}

static void player__row(void **state)
{
    const struct row *row = *state;
    int eid = md_fixture_find_var(world.fixture, "EID1", 4);
    struct md_stream *stream = find_stream(row->stream);
    struct md_player_options options = {
        .fixture = world.fixture,
        .stream = stream,
        .head = &stream->head,
        .head_swap = {.from = world.fixture->vars[eid].value, .to = ID},
        .var = eid,
        .id = ID,
        .resizes = &world.resizes,
        .has_stdin = !row->has_no_stdin,
    };

    world.room = row->room;
    assert_int_equal(md_player_init(&world.player, &options, NULL), MOCKD_OK);
    for (const char *at = row->script; *at != '\0'; at++) {
        happen(*at);
    }

    assert_string_equal(world.log, row->log);
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows)];

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = player__row,
                                       .setup_func = set_up,
                                       .teardown_func = tear_down,
                                       .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_player", tests, NULL, NULL);
}
