/* SPDX-License-Identifier: MIT */
/* test_mockd_steps.c - what each step of a script writes and waits for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "cleanup.h"
#include "execcast.h"
#include "frame.h"
#include "player.h"

#define LOG_MAX 4096
#define TEXT_MAX 2048
#define FRAME_OUT "{~1~0~0~0~0~0~0~3out}"

struct row {
    const char *name;
    const char *steps; /* the stream's lines, with ' for " */
    /* what happens: R run, (text) client bytes, e the client's end, z and Z
     * resizes to 80x24 and 120x40, f the wire is full, o it is open again */
    const char *happens;
    /* {what one write took}, ~N for bytes below 32, and after each run why it
     * stopped: F full, G gate, E end, X reset, x exit, P pause */
    const char *log;
    const char *note; /* NULL = none */
    unsigned notes;   /* how many; 0 = one, when there is a note */
    bool has_no_stdin;
    size_t room; /* bytes that one write takes; 0 = all */
};

static struct row rows[] = {
    {"nothing_is_an_end_at_once", "", "R", .log = "E"},
    {"write", "['<','out']", "R", .log = "{out}E"},
    {"write_with_a_time", "[7,'<','out']", "R", .log = "{out}E"},
    {"frame_of_stdout", "['<1','out']", "R", .log = FRAME_OUT "E"},
    {"frames_of_each_stream", "['<0','a']\n['<2','b']\n['<3','c']", "R",
     .log = "{~0~0~0~0~0~0~0~1a}{~2~0~0~0~0~0~0~1b}{~3~0~0~0~0~0~0~1c}E"},
    {"an_empty_frame", "['<1','']", "R", .log = "{~1~0~0~0~0~0~0~0}E"},
    {"frames_of_a_length", "['<1','abcde',{'frame_len':2}]", "R",
     .log = "{~1~0~0~0~0~0~0~2ab}{~1~0~0~0~0~0~0~2cd}{~1~0~0~0~0~0~0~1e}E"},
    {"frames_that_fit_exactly", "['<1','abcd',{'frame_len':2}]", "R",
     .log = "{~1~0~0~0~0~0~0~2ab}{~1~0~0~0~0~0~0~2cd}E"},
    {"frames_in_short_writes", "['<1','abc',{'frame_len':2}]", "R",
     .log = "{~1~0~0~0~0}{~0~0~2ab}{~1~0~0~0~0}{~0~0~1c}E", .room = 5},
    {"any_bytes_by_number", "['>',3]\n['<','x']", "RR(ab)R(c)R",
     .log = "GGG{x}E"},
    {"any_bytes_by_payload", "['>','abc']\n['<','x']", "R(xyz)R",
     .log = "G{x}E"},
    {"expected_bytes", "['>=','abc']\n['<','x']", "R(a)R(bc)R",
     .log = "GG{x}E"},
    {"expected_bytes_that_came_early", "['<','1']\n['>=','ab']\n['<','2']",
     "(ab)R", .log = "{1}{2}E"},
    {"expected_bytes_in_a_row", "['>=','ab']\n['>',1]\n['>=','cd']", "(abXcd)R",
     .log = "E"},
    {"a_difference_resets", "['>=','abc']\n['<','x']", "R(aXc)R", .log = "GX",
     .note = "mockd: f:3: the client's byte at 1 of the 3 expected is 58 (X), "
             "not 62 "
             "(b); it is byte 1 of what it sent; the stream is reset"},
    {"a_difference_after_other_bytes", "['>',2]\n['>=','abc']", "(12a)R(c)R",
     .log = "GX",
     .note = "mockd: f:4: the client's byte at 1 of the 3 expected is 63 (c), "
             "not 62 "
             "(b); it is byte 3 of what it sent; the stream is reset"},
    {"a_difference_goes_on_once", "['>=','abc',{'else':'go on'}]\n['<','x']",
     "R(XY)R(c)R", .log = "GG{x}E",
     .note = "mockd: f:3: the client's byte at 0 of the 3 expected is 58 (X), "
             "not 61 "
             "(a); it is byte 0 of what it sent; the stream goes on"},
    {"each_step_has_its_difference", "['>=','ab',{'else':'go on'}]\n['>=','c']",
     "(XYZ)R", .log = "X",
     .note = "mockd: f:4: the client's byte at 0 of the 1 expected is 5A (Z), "
             "not 63 (c); it is byte 2 of what it sent; the stream is reset",
     .notes = 2},
    {"an_early_end_resets", "['>=','abc',{'else':'reset'}]\n['<','x']",
     "(ab)ReR", .log = "GX",
     .note = "mockd: f:3: the client ended after 2 of the 3 expected bytes; "
             "the stream "
             "is reset"},
    {"an_early_end_goes_on", "['>=','abc',{'else':'go on'}]\n['<','x']", "eR",
     .log = "{x}E",
     .note = "mockd: f:3: the client ended after 0 of the 3 expected bytes; "
             "the stream "
             "goes on"},
    {"expected_of_a_client_without_stdin", "['>=','a']", "R", .log = "X",
     .note = "mockd: f:3: the create attached no standard input; 0 of the 1 "
             "expected "
             "bytes came; the stream is reset",
     .has_no_stdin = true},
    {"expected_bytes_that_are_generated", "['>=',{'lines':1,'width':10}]",
     "(0000001 .)ReR", .log = "GX",
     .note =
         "mockd: f:3: the client ended after 9 of the 10 expected bytes; the "
         "stream is reset"},
    {"half_close", "['>.']\n['<','x']", "RR(a)ReR", .log = "GGG{x}E"},
    {"resize_of_any_size", "['r']\n['<','x']", "RZR", .log = "G{x}E"},
    {"resize_to_a_size", "['r=','120x40']\n['<','x']", "RzRZR",
     .log = "GG{x}E"},
    {"resize_that_came_early", "['r=','120x40']\n['r']\n['<','x']", "zZzR",
     .log = "{x}E"},
    {"a_resize_before_the_one_that_fits_is_used_up",
     "['r=','120x40']\n['r=','80x24']", "zZRzR", .log = "GE"},
    {"an_early_resize_is_used_up_too", "['r=','120x40']\n['r=','120x40']",
     "????????ZRZR", .log = "GE"},
    {"a_resize_opens_one_gate", "['r=','80x24']\n['r=','80x24']", "zRzR",
     .log = "GE"},
    {"a_resize_that_is_long_gone", "['r=','80x24']", "z????????R", .log = "G"},
    {"echo", "['echo']\n['<','end']", "R(ab)R(c)ReR",
     .log = "G{ab}G{c}G{end}E"},
    {"echo_in_frames", "['echo',1]", "(ab)ReR",
     .log = "{~1~0~0~0~0~0~0~2ab}GE"},
    {"echo_of_what_was_left", "['>',1]\n['echo']", "(abc)eR", .log = "{bc}E"},
    {"echo_in_short_writes", "['echo']", "(abcde)eR", .log = "{abc}{de}E",
     .room = 3},
    {"echo_waits_for_the_wire", "['echo']", "(ab)fR(c)RoReR",
     .log = "FF{ab}{c}GE"},
    {"echo_of_a_client_without_stdin", "['echo']\n['<','x']", "R",
     .log = "{x}E", .has_no_stdin = true},
    {"exit", "['<','a']\n['exit',3]\n['<','b']", "RR", .log = "{a}x{b}E"},
    {"end", "['<.']\n['exit',3]", "R", .log = "E"},
    {"reset", "['<!']", "R", .log = "X"},
    {"pause", "['<','a']\n['pause',2500]\n['<','b']", "RR", .log = "{a}P{b}E"},
    {"block", "['repeat',3]\n['<','a']\n['<','b']\n['again']\n['<','c']", "R",
     .log = "{a}{b}{a}{b}{a}{b}{c}E"},
    {"blocks_in_a_row",
     "['repeat',2]\n['<','a']\n['again']\n['repeat',2]\n['<','b']\n['again']",
     "R", .log = "{a}{a}{b}{b}E"},
    {"block_of_questions_and_answers",
     "['repeat',2]\n['>=','q']\n['<','a']\n['again']", "R(qq)R",
     .log = "G{a}{a}E"},
    {"block_that_waits_for_bytes",
     "['repeat',2]\n['>',2]\n['<','a']\n['again']", "R(12)R(3)R(4)R",
     .log = "G{a}GG{a}E"},
    {"block_of_nothing_lets_others_run", "['repeat',600]\n['<','']\n['again']",
     "RRR", .log = "FFE"},
    {"numbered_lines", "['<',{'lines':2,'width':12}]", "R",
     .log = "{0000001 ...~100000002 ...~10}E"},
    {"pseudo_random_bytes", "['<',{'prng':0,'len':3}]", "R",
     .log = "{\xAF\xCD~29}E"},
    {"head_as_a_status", "['<H',200]\n['<','x']", "R", .log = "{x}E"},
    {"head_alone", "['<H']\n['<','x']", "R", .log = "{x}E"},
};

struct world {
    struct md_fixture *fixture;
    struct md_player player;
    struct md_resizes resizes;
    size_t room;
    bool is_full;
    char log[LOG_MAX];
    size_t used;
    char note[MD_TROUBLE_MAX];
    unsigned notes;
};

static struct world world;

static void log_byte(uint8_t byte)
{
    if (world.used + 4 < LOG_MAX) {
        world.used += (size_t)snprintf(world.log + world.used, 4,
                                       byte < 32 ? "~%d" : "%c", byte);
    }
}

static enum md_wire_result fake_write(void *self, const struct iovec *pieces,
                                      int count, size_t *out_written)
{
    const uint8_t *bytes = pieces[0].iov_base;
    size_t len = pieces[0].iov_len;

    (void)self;
    assert_int_equal(count, 1);
    if (world.is_full) {
        return MD_WIRE_FULL;
    }
    len = world.room > 0 && world.room < len ? world.room : len;
    log_byte('{');
    for (size_t i = 0; i < len; i++) {
        log_byte(bytes[i]);
    }
    log_byte('}');
    *out_written = len;
    return MD_WIRE_OK;
}

static void keep_note(void *user, const char *note)
{
    (void)user;
    (void)snprintf(world.note, sizeof(world.note), "%s", note);
    world.notes++;
}

static int set_up(void **state)
{
    (void)state;
    world = (struct world){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    md_player_release(&world.player);
    md_fixture_free(world.fixture);
    return 0;
}

static void load(const char *steps)
{
    char text[TEXT_MAX];
    struct mockd_error err = {0};
    int len =
        snprintf(text, sizeof(text),
                 "{'execcast':1,'script':true}\n{'stream':'s1'}\n%s", steps);

    assert_true(len > 0 && len < TEXT_MAX - 1);
    for (char *at = strchr(text, '\''); at != NULL; at = strchr(at, '\'')) {
        *at = '"';
    }
    (void)md_execcast_parse("f", NULL, text, (size_t)len, &world.fixture, &err);
    assert_string_equal(err.message, "");
}

static void play(const struct row *row)
{
    struct md_stream *stream = world.fixture->streams;
    struct md_player_options options = {
        .fixture = world.fixture,
        .stream = stream,
        .head = &world.fixture->script.stream_heads[0],
        .var = md_fixture_find_var(world.fixture, "EID1", 4),
        .id = "x",
        .resizes = &world.resizes,
        .has_stdin = !row->has_no_stdin,
        .on_note = keep_note,
    };

    world.room = row->room;
    assert_int_equal(md_player_init(&world.player, &options, NULL), MOCKD_OK);
    world.player.head_off = world.player.head.len; /* not the subject here */
}

/* What comes at @at; returns its last character. */
static const char *happen(const char *at)
{
    static const struct md_wire_ops ops = {.write = fake_write};
    static const char codes[] = {
        [MD_PLAY_FULL] = 'F',  [MD_PLAY_GATE] = 'G', [MD_PLAY_END] = 'E',
        [MD_PLAY_RESET] = 'X', [MD_PLAY_OVER] = 'O', [MD_PLAY_EXIT] = 'x',
        [MD_PLAY_PAUSE] = 'P', [MD_PLAY_GONE] = '!', [MD_PLAY_BROKEN] = '?'};
    struct md_wire wire = {.ops = &ops};
    const char *end = at;

    switch (*at) {
    case 'R':
        log_byte((uint8_t)codes[md_player_run(&world.player, wire)]);
        break;
    case '(':
        end = strchr(at, ')');
        md_player_take(&world.player, at + 1, (size_t)(end - at - 1));
        break;
    case 'z':
    case 'Z':
        md_resizes_add(&world.resizes, *at == 'z' ? (struct md_size){80, 24}
                                                  : (struct md_size){120, 40});
        break;
    case '?': /* many resizes */
        for (int i = 0; i < MD_RESIZES_KEPT / 8; i++) {
            md_resizes_add(&world.resizes, (struct md_size){1, 1});
        }
        break;
    default:
        world.player.is_client_over |= *at == 'e';
        world.is_full = *at == 'f' || (world.is_full && *at != 'o');
        break;
    }
    return end;
}

static void steps__row(void **state)
{
    const struct row *row = *state;

    load(row->steps);
    play(row);
    for (const char *at = row->happens; *at != '\0'; at++) {
        at = happen(at);
    }

    assert_string_equal(world.log, row->log);
    assert_string_equal(world.note, row->note == NULL ? "" : row->note);
    assert_int_equal(world.notes, row->notes > 0      ? row->notes
                                  : row->note == NULL ? 0
                                                      : 1);
}

/* A client that is far ahead is held up, not forgotten and not kept whole. */
static void steps__client_bytes_have_a_limit(void **state)
{
    static uint8_t many[MD_CLIENT_AHEAD_MAX];
    static struct row row = {.name = "echo"};

    (void)state;
    load("['echo']");
    play(&row);
    assert_int_equal(md_player_room(&world.player), MD_CLIENT_AHEAD_MAX);
    md_player_take(&world.player, many, sizeof(many) - 1);
    assert_int_equal(md_player_room(&world.player), 1);
    md_player_take(&world.player, many, 1);
    assert_int_equal(md_player_room(&world.player), 0);
    (void)happen("R");
    assert_int_equal(md_player_room(&world.player), MD_CLIENT_AHEAD_MAX);

    (void)happen("e");
    (void)happen("R"); /* the end: now nothing is kept */
    md_player_take(&world.player, many, sizeof(many));
    assert_int_equal(md_player_room(&world.player), MD_WRITE_CHUNK);
}

static void steps__frame_length_is_big_endian(void **state)
{
    static const uint8_t want[MD_FRAME_HEADER] = {2, 0, 0, 0, 1, 2, 3, 4};
    uint8_t header[MD_FRAME_HEADER];

    (void)state;
    md_frame_header(2, 0x01020304, header);
    assert_memory_equal(header, want, sizeof(want));
}

static uint64_t swallowed;
static uint8_t last_bytes[9];

static enum md_wire_result swallow(void *self, const struct iovec *pieces,
                                   int count, size_t *out_written)
{
    size_t len = pieces[0].iov_len;

    (void)self;
    (void)count;
    swallowed += len;
    if (len >= sizeof(last_bytes)) {
        memcpy(last_bytes,
               (const uint8_t *)pieces[0].iov_base + len - sizeof(last_bytes),
               sizeof(last_bytes));
    }
    *out_written = len;
    return MD_WIRE_OK;
}

/* The far end of a stream over 4 GiB, without the time to send it all. */
static void steps__offsets_over_4_gib(void **state)
{
    static const struct md_wire_ops ops = {.write = swallow};
    static struct row row = {.name = "large"};
    struct md_wire wire = {.ops = &ops};
    uint64_t frames = (UINT64_C(800000000) * 8 + 32767) / 32768;

    (void)state;
    load("['<1',{'lines':800000000,'width':8},{'frame_len':32768}]");
    play(&row);
    swallowed = 0;
    world.player.event_off = UINT64_C(6400000000) + frames * 8 - 100000;
    assert_int_equal(md_player_run(&world.player, wire), MD_PLAY_END);
    assert_int_equal(swallowed, 100000);
    assert_memory_equal(last_bytes, "\n0000000\n", 9);
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows) + 3] = {
        cmocka_unit_test(steps__frame_length_is_big_endian),
        cmocka_unit_test_setup_teardown(steps__client_bytes_have_a_limit,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(steps__offsets_over_4_gib, set_up,
                                        tear_down),
    };

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i + 3] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = steps__row,
                                           .setup_func = set_up,
                                           .teardown_func = tear_down,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_steps", tests, NULL, NULL);
}
