/* SPDX-License-Identifier: MIT */
/*
 * test_sniff.c - bollard's table of what its decoder makes of reads, row by
 * row, and that no cut loses a byte.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_memory.h"
#include "limits.h"
#include "sniff.h"
#include "table.h"

#define READS_MAX 4
#define OUT_A "\1\0\0\0\0\0\0\1a"
#define ERR_B "\2\0\0\0\0\0\0\1b"

struct read {
    const char *bytes; /* NULL behind the last read */
    size_t len;
};

#define READ(text)                                                             \
    {                                                                          \
        BYTES(text)                                                            \
    }

struct row {
    const char *name;
    struct read reads[READS_MAX];
    const char *log; /* each item: its kind (i, o, e, t) and its bytes, then
                      * a bar where the input ended */
    bool is_uncut;   /* only these reads give these items */
};

static struct row rows[] = {
    {.name = "sniff__nothing", .reads = {READ("")}, .log = "|"},
    {.name = "sniff__two_frames",
     .reads = {READ(OUT_A ERR_B)},
     .log = "oa eb |"},
    {.name = "sniff__all_three_kinds",
     .reads = {READ("\0\0\0\0\0\0\0\1i" OUT_A ERR_B)},
     .log = "ii oa eb |"},
    {.name = "sniff__padding_is_not_looked_at",
     .reads = {READ("\1\377\377\377\0\0\0\1a")},
     .log = "oa |"},
    {.name = "sniff__whole_frame_is_one_item",
     .reads = {READ("\1\0\0\0\0\0\0\6abcdef")},
     .log = "oabcdef |"},
    {.name = "sniff__length_of_four_bytes_is_waited_for",
     .reads = {READ("\1\0\0\0\1\0\0\1"), READ("abc"), READ("def")},
     .log = "|tabcdef "},
    {.name = "sniff__zero_length_frames_are_empty_items",
     .reads = {READ("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0" OUT_A
                    "\0\0\0\0\0\0\0\0")},
     .log = "o e oa i |"},
    {.name = "sniff__payload_may_look_like_anything",
     .reads = {READ("\1\0\0\0\0\0\0\3\3\2x" ERR_B)},
     .log = "o\\3\\2x eb |"},
    {.name = "sniff__error_frame_and_all_behind_it_is_raw",
     .reads = {READ("\3\0\0\0\0\0\0\1x" OUT_A)},
     .log = "t\\3\\0\\0\\0\\0\\0\\0\\1x\\1\\0\\0\\0\\0\\0\\0\\1a |",
     .is_uncut = true},
    {.name = "sniff__frames_before_an_error_frame_are_frames",
     .reads = {READ(OUT_A "\3\0\0\0\0\0\0\1x" ERR_B)},
     .log = "oa t\\3\\0\\0\\0\\0\\0\\0\\1x\\2\\0\\0\\0\\0\\0\\0\\1b |",
     .is_uncut = true},
    {.name = "sniff__error_frame_alone_is_raw_and_then_frames_go_on",
     .reads = {READ("\3\0\0\0\0\0\0\1x"), READ(OUT_A)},
     .log = "t\\3\\0\\0\\0\\0\\0\\0\\1x oa |",
     .is_uncut = true},
    {.name = "sniff__end_inside_a_header_is_raw",
     .reads = {READ(OUT_A "\2\0\0")},
     .log = "oa |t\\2\\0\\0 "},
    {.name = "sniff__end_inside_a_payload_is_raw",
     .reads = {READ("\1\0\0\0\0\0\0\12abcd")},
     .log = "|tabcd "},
    {.name = "sniff__end_behind_a_header_is_silent",
     .reads = {READ("\1\0\0\0\0\0\0\12")},
     .log = "|"},
    {.name = "sniff__terminal",
     .reads = {READ("hello\r\n")},
     .log = "thello\\15\\12 |",
     .is_uncut = true},
    {.name = "sniff__each_terminal_read_is_an_item",
     .reads = {READ("a"), READ("bc"), READ("d")},
     .log = "ta tbc td |",
     .is_uncut = true},
    {.name = "sniff__first_byte_3_is_raw",
     .reads = {READ("\3")},
     .log = "t\\3 |"},
    {.name = "sniff__first_byte_2_is_held",
     .reads = {READ("\2")},
     .log = "|t\\2 "},
    {.name = "sniff__terminal_read_of_a_single_1_is_held",
     .reads = {READ("\1"), READ("bash-5")},
     .log = "|t\\1bash-5 "},
    {.name = "sniff__terminal_read_that_begins_with_1_loses_8_bytes",
     .reads = {READ("\1bash-5.1$ "), READ("ls\r\n")},
     .log = "|t1$ ls\\15\\12 "},
    {.name = "sniff__terminal_bytes_vanish_into_a_small_length",
     .reads = {READ("\1abc\0\0\0\4ab"), READ("cdef")},
     .log = "oabcd tef |",
     .is_uncut = true},
    {.name = "sniff__terminal_rest_behind_a_bogus_length_comes_at_the_end",
     .reads = {READ("\1abc\0\0\1\0de"), READ("fg")},
     .log = "|tdefg "},
    {.name = "sniff__read_that_ends_in_a_header",
     .reads = {READ(OUT_A "\2\0\0\0"), READ("\0\0\0\1b" OUT_A)},
     .log = "oa eb oa |"},
    {.name = "sniff__raw_first_byte_behind_a_frame_takes_the_read",
     .reads = {READ(OUT_A "hi\n" OUT_A), READ(ERR_B)},
     .log = "oa thi\\12\\1\\0\\0\\0\\0\\0\\0\\1a eb |",
     .is_uncut = true},
};

struct run {
    struct fake_memory memory;
    struct dx_mem mem;
    struct dx_sniff sniff;
    char log[512];
    char fed[256];
    size_t fed_len;
    size_t seen; /* bytes of it that items and headers account for */
};

static void start(struct run *run)
{
    struct dexec_allocator allocator = fake_memory_allocator(&run->memory);

    assert_true(dx_mem_init(&run->mem, &allocator));
    dx_sniff_init(&run->sniff, &run->mem, DX_STREAM_BUFFER_MIN);
}

/* Returns how many pieces of memory are left. */
static size_t stop(struct run *run)
{
    dx_sniff_release(&run->sniff);
    dx_sniff_release(&run->sniff);
    return run->memory.live;
}

static int set_up(void **state)
{
    struct run *run = calloc(1, sizeof(*run));

    if (run == NULL) {
        return -1;
    }
    start(run);
    *state = run;
    return 0;
}

static int tear_down(void **state)
{
    struct run *run = *state;
    size_t live = stop(run);

    free(run);
    return live == 0 ? 0 : -1;
}

static void log_byte(struct run *run, uint8_t c)
{
    size_t used = strlen(run->log);

    (void)snprintf(run->log + used, sizeof(run->log) - used,
                   c < ' ' ? "\\%o" : "%c", (unsigned)c);
}

/* Its bytes are the next of the input, perhaps behind a header. */
static void check_bytes(struct run *run, const struct dexec_chunk *item)
{
    const char *next = run->fed + run->seen;

    if (item->kind != DEXEC_KIND_CONSOLE ||
        run->seen + item->len > run->fed_len ||
        memcmp(next, item->data, item->len) != 0) {
        run->seen += 8;
    }
    assert_in_range(run->seen + item->len, 0, run->fed_len);
    assert_memory_equal(run->fed + run->seen, item->data, item->len);
    run->seen += item->len;
}

static void take_items(struct run *run, bool at_end)
{
    struct dexec_chunk item = {0};

    while (dx_sniff_next(&run->sniff, at_end, &item)) {
        const uint8_t *data = item.data;

        assert_in_range(item.kind, 0, DEXEC_KIND_CONSOLE);
        log_byte(run, (uint8_t) "ioe?t"[item.kind]);
        for (size_t i = 0; i < item.len; i++) {
            log_byte(run, data[i]);
        }
        log_byte(run, ' ');
        check_bytes(run, &item);
    }
}

static void feed(struct run *run, const char *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    memcpy(run->fed + run->fed_len, bytes, len);
    run->fed_len += len;
    assert_int_equal(
        dx_sniff_feed(&run->sniff,
                      (struct dx_view){.data = (uint8_t *)copy, .len = len},
                      NULL),
        DEXEC_OK);
    free(copy);
    take_items(run, false);
}

/* One read, whose first byte is number @first, with a cut before byte @at and,
 * unless 0, each @step bytes. */
static void feed_read(struct run *run, const struct read *read, size_t first,
                      size_t at, size_t step)
{
    size_t from = 0;

    for (size_t to = 1; to < read->len; to++) {
        size_t here = first + to;

        if (here == at || (step > 0 && here % step == 0)) {
            feed(run, read->bytes + from, to - from);
            from = to;
        }
    }
    feed(run, read->bytes + from, read->len - from);
}

static void check_cut_at(const struct row *row, size_t at, size_t step)
{
    struct run run = {0};
    size_t first = 0;

    start(&run);
    for (size_t i = 0; i < READS_MAX && row->reads[i].bytes != NULL; i++) {
        feed_read(&run, &row->reads[i], first, at, step);
        first += row->reads[i].len;
    }
    log_byte(&run, '|');
    take_items(&run, true);
    if (at + step == 0 || !row->is_uncut) {
        assert_string_equal(run.log, row->log);
    }
    if (run.seen != run.fed_len) { /* a whole header without its payload */
        assert_int_equal(run.seen + 8, run.fed_len);
    }
    assert_int_equal(stop(&run), 0);
}

static void sniff__row(void **state)
{
    const struct row *row = *state;

    for (size_t at = 0; at < 48; at++) { /* no row has more bytes */
        check_cut_at(row, at, 0);
    }
    for (size_t step = 1; step < 10; step++) {
        check_cut_at(row, 0, step);
    }
}

#define CAPACITY ((size_t)DX_STREAM_BUFFER_MIN)

static const uint8_t page[DX_STREAM_BUFFER_MIN];

/* Feed @len bytes of a payload; returns the length of the item, whose kind is
 * @kind, or 0 for none. */
static size_t feed_page(struct run *run, size_t len, enum dexec_kind kind)
{
    struct dexec_chunk item = {0};
    struct dx_view read = {.data = page, .len = len};

    assert_int_equal(dx_sniff_feed(&run->sniff, read, NULL), DEXEC_OK);
    if (!dx_sniff_next(&run->sniff, false, &item)) {
        return 0;
    }
    assert_int_equal(item.kind, kind);
    assert_false(dx_sniff_next(&run->sniff, false, &(struct dexec_chunk){0}));
    return item.len;
}

static void feed_header(struct run *run, uint8_t kind, size_t len)
{
    uint8_t header[8] = {kind,
                         0,
                         0,
                         0,
                         (uint8_t)(len >> 24),
                         (uint8_t)(len >> 16),
                         (uint8_t)(len >> 8),
                         (uint8_t)len};
    struct dx_view read = {.data = header, .len = sizeof(header)};

    assert_int_equal(dx_sniff_feed(&run->sniff, read, NULL), DEXEC_OK);
    assert_false(dx_sniff_next(&run->sniff, false, &(struct dexec_chunk){0}));
}

static void sniff__payload_of_the_capacity_is_one_item(void **state)
{
    struct run *run = *state;

    feed_header(run, 2, CAPACITY);
    assert_int_equal(feed_page(run, CAPACITY - 1, DEXEC_KIND_STDERR), 0);
    assert_int_equal(feed_page(run, 1, DEXEC_KIND_STDERR), CAPACITY);
    feed_header(run, 1, 1);
    assert_int_equal(feed_page(run, 1, DEXEC_KIND_STDOUT), 1);
}

static void sniff__longer_payload_comes_in_pieces_of_its_kind(void **state)
{
    struct run *run = *state;

    feed_header(run, 2, 3 * CAPACITY);
    assert_int_equal(feed_page(run, CAPACITY - 1, DEXEC_KIND_STDERR), 0);
    assert_int_equal(feed_page(run, CAPACITY, DEXEC_KIND_STDERR),
                     2 * CAPACITY - 1);
    assert_int_equal(feed_page(run, 5, DEXEC_KIND_STDERR), 5);
    assert_false(dx_sniff_next(&run->sniff, true, &(struct dexec_chunk){0}));
    assert_int_equal(feed_page(run, CAPACITY - 4, DEXEC_KIND_STDERR),
                     CAPACITY - 4);
    feed_header(run, 1, CAPACITY);
    assert_int_equal(feed_page(run, CAPACITY - 1, DEXEC_KIND_STDOUT), 0);
    assert_int_equal(feed_page(run, 1, DEXEC_KIND_STDOUT), CAPACITY);
    assert_in_range(run->sniff.buf.size, 0, 2 * CAPACITY + 1);
}

static void sniff__length_is_four_bytes_big_endian(void **state)
{
    struct run *run = *state;
    size_t left = 0x01030204;

    feed_header(run, 1, left);
    while (left > CAPACITY) {
        left -= feed_page(run, CAPACITY, DEXEC_KIND_STDOUT);
    }
    assert_int_equal(feed_page(run, left, DEXEC_KIND_STDOUT), left);
    feed_header(run, 2, 1);
}

static void sniff__items_stay_until_the_next_read(void **state)
{
    struct run *run = *state;
    struct dx_view read = {.data = (const uint8_t *)OUT_A ERR_B "\1",
                           .len = 19};
    struct dexec_chunk first = {0};
    struct dexec_chunk second = {0};

    assert_int_equal(dx_sniff_feed(&run->sniff, read, NULL), DEXEC_OK);
    assert_true(dx_sniff_next(&run->sniff, false, &first));
    assert_true(dx_sniff_next(&run->sniff, false, &second));
    assert_false(dx_sniff_next(&run->sniff, false, &(struct dexec_chunk){0}));

    assert_memory_equal(first.data, "a", 1);
    assert_memory_equal(second.data, "b", 1);
}

static void sniff__failed_allocation_loses_nothing(void **state)
{
    struct run *run = *state;
    struct dexec_error err = {0};
    struct dx_view read = {.data = page, .len = 1000};

    feed_header(run, 1, 2000);
    run->memory.fail_at = run->memory.count + 1;
    assert_int_equal(dx_sniff_feed(&run->sniff, read, &err), DEXEC_E_NOMEM);
    assert_int_equal(err.code, DEXEC_E_NOMEM);
    assert_int_equal(feed_page(run, 1000, DEXEC_KIND_STDOUT), 0);
    run->memory.fail_at = run->memory.count + 1;
    assert_int_equal(dx_sniff_feed(&run->sniff, read, NULL), DEXEC_E_NOMEM);
    assert_int_equal(feed_page(run, 1000, DEXEC_KIND_STDOUT), 2000);
    assert_int_equal(run->memory.refused, 2);
}

static void sniff__zeroed_may_be_released(void **state)
{
    struct dx_sniff sniff = {0};

    (void)state;
    dx_sniff_release(&sniff);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define SINGLE 6

int main(void)
{
    struct CMUnitTest tests[SINGLE + COUNT_OF(rows)] = {
        TEST(sniff__payload_of_the_capacity_is_one_item),
        TEST(sniff__longer_payload_comes_in_pieces_of_its_kind),
        TEST(sniff__length_is_four_bytes_big_endian),
        TEST(sniff__items_stay_until_the_next_read),
        TEST(sniff__failed_allocation_loses_nothing),
        cmocka_unit_test(sniff__zeroed_may_be_released),
    };

    ADD_ROWS(tests + SINGLE, sniff__row, rows);
    return cmocka_run_group_tests_name("sniff", tests, NULL, NULL);
}
