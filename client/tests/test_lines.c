/* SPDX-License-Identifier: MIT */
/* test_lines.c - the line splitter, its input cut at every byte. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/lines.h>

#include "client.h"
#include "fake_memory.h"
#include "limits.h"
#include "table.h"

#define KINDS DEXEC_KIND_END
#define PARTS_MAX 6

/* A NUL may be inside. */
#define IN(text) .kind = DEXEC_KIND_STDIN, BYTES(text)
#define OUT(text) .kind = DEXEC_KIND_STDOUT, BYTES(text)
#define ERR(text) .kind = DEXEC_KIND_STDERR, BYTES(text)
#define SYS(text) .kind = DEXEC_KIND_SYSTEM, BYTES(text)
#define TTY(text) .kind = DEXEC_KIND_CONSOLE, BYTES(text)
#define END .kind = DEXEC_KIND_END, .bytes = ""

struct part {
    enum dexec_kind kind;
    const char *bytes; /* NULL behind the last part */
    size_t len;
};

struct row {
    const char *name;
    struct part parts[PARTS_MAX];
    const char *log; /* of each line its kind (i, o, e, s, t), its bytes and
                      * how it ends: $ newline, + cut, . last */
};

/* Every splitter here has the smallest capacity, 16. */
static struct row rows[] = {
    {.name = "lines__nothing", .parts = {{END}}, .log = ""},
    {.name = "lines__one", .parts = {{OUT("abc\n")}, {END}}, .log = "oabc$ "},
    {.name = "lines__three_in_a_chunk",
     .parts = {{OUT("a\nbc\nd\n")}, {END}},
     .log = "oa$ obc$ od$ "},
    {.name = "lines__empty_lines",
     .parts = {{OUT("\n\na\n\n")}, {END}},
     .log = "o$ o$ oa$ o$ "},
    {.name = "lines__last_has_no_newline",
     .parts = {{OUT("a\nbc")}, {END}},
     .log = "oa$ obc. "},
    {.name = "lines__carriage_return_stays",
     .parts = {{TTY("a\r\nb\rc\r\n\r")}, {END}},
     .log = "ta\\15$ tb\\15c\\15$ t\\15. "},
    {.name = "lines__nul_is_a_byte",
     .parts = {{OUT("a\0b\n\0")}, {END}},
     .log = "oa\\0b$ o\\0. "},
    {.name = "lines__line_in_three_chunks",
     .parts = {{OUT("ab")}, {OUT("cd")}, {OUT("ef\ng")}, {END}},
     .log = "oabcdef$ og. "},
    {.name = "lines__empty_chunk_is_silent",
     .parts = {{OUT("ab")}, {OUT("")}, {OUT("c\n")}, {OUT("")}, {END}},
     .log = "oabc$ "},
    {.name = "lines__kinds_are_held_apart",
     .parts = {{OUT("a")}, {ERR("b")}, {OUT("c\nd")}, {ERR("e\nf")}, {END}},
     .log = "oac$ ebe$ od. ef. "},
    {.name = "lines__every_kind_is_given_at_the_end",
     .parts =
         {{TTY("t")}, {SYS("s")}, {ERR("e")}, {OUT("o")}, {IN("i")}, {END}},
     .log = "ii. oo. ee. ss. tt. "},
    {.name = "lines__go_on_after_the_end",
     .parts = {{OUT("a")}, {END}, {OUT("b\nc")}, {END}},
     .log = "oa. ob$ oc. "},
    {.name = "lines__as_long_as_the_capacity",
     .parts = {{OUT("0123456789abcdef\n0123456789abcdef")}, {END}},
     .log = "o0123456789abcdef$ o0123456789abcdef. "},
    {.name = "lines__one_longer_than_the_capacity",
     .parts = {{OUT("0123456789abcdefg\n0123456789abcdefg")}, {END}},
     .log = "o0123456789abcdef+ og$ o0123456789abcdef+ og. "},
    {.name = "lines__twice_the_capacity",
     .parts = {{OUT("0123456789abcdef0123456789ABCDEF\nx")}, {END}},
     .log = "o0123456789abcdef+ o0123456789ABCDEF$ ox. "},
    {.name = "lines__long_one_after_a_held_beginning",
     .parts = {{OUT("012")},
               {OUT("3456789abcdefghijklmnopqrstuvwxyz\n")},
               {END}},
     .log = "o0123456789abcdef+ oghijklmnopqrstuv+ owxyz$ "},
    {.name = "lines__long_ones_of_two_kinds",
     .parts = {{OUT("0123456789abcdef")},
               {ERR("0123456789ABCDEFG")},
               {OUT("gh")},
               {ERR("H\n")},
               {END}},
     .log = "e0123456789ABCDEF+ o0123456789abcdef+ eGH$ ogh. "},
    {.name = "lines__cut_before_a_character_of_two",
     .parts = {{OUT("0123456789abcde\u00e9f\n")}, {END}},
     .log = "o0123456789abcde+ o\u00e9f$ "},
    {.name = "lines__cut_before_a_character_of_three",
     .parts = {{OUT("0123456789abcd\u20acf\n")}, {END}},
     .log = "o0123456789abcd+ o\u20acf$ "},
    {.name = "lines__cut_before_a_character_of_four",
     .parts = {{OUT("0123456789abc\U0001F600f\n")}, {END}},
     .log = "o0123456789abc+ o\U0001F600f$ "},
    {.name = "lines__cut_behind_a_character",
     .parts = {{OUT("0123456789abc\u20acf\n")}, {END}},
     .log = "o0123456789abc\u20ac+ of$ "},
    {.name = "lines__only_characters_of_three",
     .parts = {{OUT("\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"
                    "\u20ac\u20ac")},
               {END}},
     .log = "o\u20ac\u20ac\u20ac\u20ac\u20ac+ "
            "o\u20ac\u20ac\u20ac\u20ac\u20ac+ o\u20ac. "},
    {.name = "lines__what_is_no_utf8_is_cut_anywhere",
     .parts = {{OUT("0123456789abcde\x80\x80\xFF\n")}, {END}},
     .log = "o0123456789abcde\x80+ o\x80\xFF$ "},
};

struct run {
    struct fake_memory memory;
    struct dexec_client client; /* only its memory is looked at */
    struct dexec_lines *lines;
    char log[512];
    char fed[KINDS][256];   /* all bytes of each kind */
    char taken[KINDS][256]; /* all lines of each kind, joined */
    size_t fed_len[KINDS];
    size_t taken_len[KINDS];
};

static void start(struct run *run)
{
    struct dexec_allocator allocator = fake_memory_allocator(&run->memory);

    assert_true(dx_mem_init(&run->client.mem, &allocator));
}

/* Returns how many pieces of memory are left. */
static size_t stop(struct run *run)
{
    dexec_lines_free(run->lines);
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

static enum dexec_code new_lines(struct run *run, size_t capacity)
{
    struct dexec_lines_options options = DEXEC_LINES_OPTIONS_INIT;

    options.capacity = capacity;
    return dexec_lines_new(&run->client, &options, &run->lines, NULL);
}

static void log_byte(struct run *run, uint8_t c)
{
    size_t used = strlen(run->log);

    (void)snprintf(run->log + used, sizeof(run->log) - used,
                   c < ' ' ? "\\%o" : "%c", (unsigned)c);
}

static void log_line(struct run *run, const struct dexec_line *line)
{
    const uint8_t *data = line->data;

    log_byte(run, (uint8_t) "ioest"[line->kind]);
    for (size_t i = 0; i < line->len; i++) {
        log_byte(run, data[i]);
    }
    log_byte(run, (uint8_t) "$+."[line->end]);
    log_byte(run, ' ');
}

static void join(char *bytes, size_t *len, const void *more, size_t more_len)
{
    assert_in_range(*len + more_len, 0, 256);
    if (more_len > 0) {
        memcpy(bytes + *len, more, more_len);
        *len += more_len;
    }
}

static void take_lines(struct run *run)
{
    struct dexec_line line = {0};

    while (dexec_lines_next(run->lines, &line)) {
        char *taken = run->taken[line.kind];

        log_line(run, &line);
        join(taken, &run->taken_len[line.kind], line.data, line.len);
        if (line.end == DEXEC_LINE_NEWLINE) {
            join(taken, &run->taken_len[line.kind], "\n", 1);
        }
    }
}

/* From memory of its own, so that the sanitizer sees every byte that is read
 * beside it or later. */
static enum dexec_code feed(struct run *run, const struct part *part,
                            size_t from, size_t to)
{
    char *copy = malloc(to - from + 1);
    struct dexec_chunk chunk = {.kind = part->kind, .len = to - from};
    enum dexec_code rc = DEXEC_OK;

    assert_non_null(copy);
    chunk.data = copy + 1;
    memcpy(copy + 1, part->bytes + from, to - from);
    rc = dexec_lines_feed(run->lines, &chunk, NULL);
    if (rc == DEXEC_OK) {
        if (part->kind != DEXEC_KIND_END) {
            join(run->fed[part->kind], &run->fed_len[part->kind], chunk.data,
                 chunk.len);
        }
        take_lines(run);
    }
    free(copy);
    return rc;
}

/* One part, whose first byte is number @first, with a cut before byte @at and,
 * unless 0, each @step bytes. */
static void feed_part(struct run *run, const struct part *part, size_t first,
                      size_t at, size_t step)
{
    size_t from = 0;

    for (size_t to = 1; to < part->len; to++) {
        size_t here = first + to;

        if (here == at || (step > 0 && here % step == 0)) {
            assert_int_equal(feed(run, part, from, to), DEXEC_OK);
            from = to;
        }
    }
    assert_int_equal(feed(run, part, from, part->len), DEXEC_OK);
}

static void feed_all(struct run *run, const struct part *parts, size_t at,
                     size_t step)
{
    size_t first = 0;

    for (size_t i = 0; i < PARTS_MAX && parts[i].bytes != NULL; i++) {
        feed_part(run, &parts[i], first, at, step);
        first += parts[i].len;
    }
}

static void check_run(struct run *run, const struct row *row)
{
    assert_string_equal(run->log, row->log);
    run->log[0] = '\0';
    for (size_t i = 0; i < KINDS; i++) {
        assert_int_equal(run->taken_len[i], run->fed_len[i]);
        assert_memory_equal(run->taken[i], run->fed[i], run->fed_len[i]);
        run->taken_len[i] = run->fed_len[i] = 0;
    }
}

static void lines__row(void **state)
{
    const struct row *row = *state;
    struct run run = {0};

    start(&run);
    assert_int_equal(new_lines(&run, DX_LINE_MIN), DEXEC_OK);
    for (size_t at = 0; at < 80; at++) { /* no row has more bytes */
        feed_all(&run, row->parts, at, 0);
        check_run(&run, row);
    }
    for (size_t step = 1; step < 20; step++) {
        feed_all(&run, row->parts, 0, step);
        check_run(&run, row);
    }
    assert_int_equal(stop(&run), 0);
}

/* Fails @fail_at-th allocation, 0 = none; returns how many were asked for. */
static size_t run_failing_at(const struct row *row, size_t fail_at)
{
    struct run run = {0};
    size_t count = 0;
    size_t failed = 0;

    start(&run);
    run.memory.fail_at = fail_at;
    if (new_lines(&run, DX_LINE_MIN) != DEXEC_OK) {
        assert_null(run.lines);
        assert_int_equal(new_lines(&run, DX_LINE_MIN), DEXEC_OK);
        failed++;
    }
    for (size_t i = 0; i < PARTS_MAX && row->parts[i].bytes != NULL; i++) {
        const struct part *part = &row->parts[i];
        enum dexec_code rc = feed(&run, part, 0, part->len);

        if (rc != DEXEC_OK) {
            assert_int_equal(rc, DEXEC_E_NOMEM);
            assert_int_equal(feed(&run, part, 0, part->len), DEXEC_OK);
            failed++;
        }
    }
    check_run(&run, row);
    assert_int_equal(failed, fail_at == 0 ? 0 : 1);
    count = run.memory.count - failed;
    assert_int_equal(stop(&run), 0);
    return count;
}

static void lines__failed_allocation_loses_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t count = run_failing_at(&rows[i], 0);

        for (size_t k = 1; k <= count; k++) {
            assert_int_equal(run_failing_at(&rows[i], k), count);
        }
    }
}

static void lines__memory_is_taken_once_a_kind_and_only_for_rests(void **state)
{
    static const struct {
        struct part part;
        size_t count; /* allocations so far */
    } steps[] = {
        {{OUT("abc\ndef\n")}, 1},
        {{OUT("0123456789abcdefghijklmn\n")}, 1},
        {{OUT("a")}, 2},
        {{OUT("\nb")}, 2},
        {{ERR("a")}, 3},
        {{ERR("0123456789abcdefghijklmn")}, 3},
        {{END}, 3},
        {{OUT("a")}, 3},
    };
    struct run *run = *state;

    assert_int_equal(new_lines(run, DX_LINE_MIN), DEXEC_OK);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        const struct part *part = &steps[i].part;

        assert_int_equal(feed(run, part, 0, part->len), DEXEC_OK);
        assert_int_equal(run->memory.count, steps[i].count);
    }
}

static void lines__whole_line_is_not_copied(void **state)
{
    static const char text[] = "x\nabc\n0123456789abcdefgh\n";
    static const size_t offsets[] = {1, 2, 6, 22};
    struct dexec_chunk first = {.kind = DEXEC_KIND_STDOUT, "held", 4};
    struct dexec_chunk chunk = {
        .kind = DEXEC_KIND_STDOUT, text, sizeof(text) - 1};
    struct dexec_line line = {0};
    struct run *run = *state;

    assert_int_equal(new_lines(run, DX_LINE_MIN), DEXEC_OK);
    assert_int_equal(dexec_lines_feed(run->lines, &first, NULL), DEXEC_OK);
    assert_false(dexec_lines_next(run->lines, &line));
    assert_int_equal(dexec_lines_feed(run->lines, &chunk, NULL), DEXEC_OK);
    assert_true(dexec_lines_next(run->lines, &line));
    assert_memory_equal(line.data, "heldx", 5);

    for (size_t i = 1; i < COUNT_OF(offsets); i++) {
        assert_true(dexec_lines_next(run->lines, &line));
        assert_ptr_equal(line.data, text + offsets[i]);
    }
    assert_false(dexec_lines_next(run->lines, &line));
}

static void lines__default_capacity_is_64_kib(void **state)
{
    static char text[65537];
    struct dexec_chunk chunk = {.kind = DEXEC_KIND_STDOUT, text, sizeof(text)};
    struct dexec_line line = {0};
    struct run *run = *state;

    memset(text, 'x', sizeof(text));
    assert_int_equal(dexec_lines_new(&run->client, NULL, &run->lines, NULL),
                     DEXEC_OK);
    assert_int_equal(dexec_lines_feed(run->lines, &chunk, NULL), DEXEC_OK);

    assert_true(dexec_lines_next(run->lines, &line));
    assert_int_equal(line.len, 65536);
    assert_int_equal(line.end, DEXEC_LINE_CUT);
    assert_false(dexec_lines_next(run->lines, &line));
}

static void lines__feed_before_the_lines_are_taken_is_refused(void **state)
{
    struct dexec_chunk early = {.kind = DEXEC_KIND_STDERR, "no\n", 3};
    struct dexec_chunk end = {.kind = DEXEC_KIND_END};
    struct dexec_chunk chunk = {.kind = DEXEC_KIND_STDOUT, "a\nb", 3};
    struct dexec_line line = {0};
    struct dexec_error err = {0};
    struct run *run = *state;

    assert_int_equal(new_lines(run, 0), DEXEC_OK);
    assert_int_equal(dexec_lines_feed(run->lines, &chunk, NULL), DEXEC_OK);
    assert_int_equal(dexec_lines_feed(run->lines, &early, &err),
                     DEXEC_E_INVALID);
    assert_non_null(strstr(err.message, "take lines until there is none"));
    assert_int_equal(dexec_lines_feed(run->lines, &end, NULL), DEXEC_E_INVALID);
    take_lines(run);
    assert_int_equal(dexec_lines_feed(run->lines, &end, NULL), DEXEC_OK);
    assert_int_equal(dexec_lines_feed(run->lines, &chunk, NULL),
                     DEXEC_E_INVALID);
    take_lines(run);
    assert_string_equal(run->log, "oa$ ob. ");

    assert_false(dexec_lines_next(run->lines, &line));
}

static void lines__new_has_no_lines(void **state)
{
    struct dexec_line line = {0};
    struct run *run = *state;

    assert_int_equal(new_lines(run, 0), DEXEC_OK);
    assert_false(dexec_lines_next(run->lines, &line));
}

static void lines__unknown_kind_is_refused(void **state)
{
    struct dexec_chunk chunk = {
        .kind = (enum dexec_kind)(DEXEC_KIND_END + 1), .data = "x", .len = 1};
    struct dexec_error err = {0};
    struct run *run = *state;

    assert_int_equal(new_lines(run, 0), DEXEC_OK);
    assert_int_equal(dexec_lines_feed(run->lines, &chunk, &err),
                     DEXEC_E_INVALID);
    assert_non_null(strstr(err.message, "unknown kind 6"));
}

static void lines__options_are_checked(void **state)
{
    static const struct {
        struct dexec_lines_options options;
        const char *message;
    } wrong[] = {
        {{.size = 0}, "start from DEXEC_LINES_OPTIONS_INIT"},
        {{sizeof(struct dexec_lines_options), 15}, "capacity is 15, expected"},
        {{sizeof(struct dexec_lines_options), 16777217}, "16 to 16777216"},
    };
    struct run *run = *state;

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct dexec_error err = {0};

        assert_int_equal(
            dexec_lines_new(&run->client, &wrong[i].options, &run->lines, &err),
            DEXEC_E_INVALID);
        assert_non_null(strstr(err.message, wrong[i].message));
        assert_null(run->lines);
    }
    assert_int_equal(new_lines(run, 16777216), DEXEC_OK);
}

static void lines__may_outlive_their_client(void **state)
{
    static const struct part part = {OUT("ab\nc")};
    struct run *run = *state;

    assert_int_equal(new_lines(run, 0), DEXEC_OK);
    memset(&run->client, 0, sizeof(run->client));
    assert_int_equal(feed(run, &part, 0, part.len), DEXEC_OK);
    assert_string_equal(run->log, "oab$ ");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define SINGLE 9

int main(void)
{
    struct CMUnitTest tests[SINGLE + COUNT_OF(rows)] = {
        cmocka_unit_test(lines__failed_allocation_loses_nothing),
        TEST(lines__memory_is_taken_once_a_kind_and_only_for_rests),
        TEST(lines__whole_line_is_not_copied),
        TEST(lines__default_capacity_is_64_kib),
        TEST(lines__feed_before_the_lines_are_taken_is_refused),
        TEST(lines__new_has_no_lines),
        TEST(lines__unknown_kind_is_refused),
        TEST(lines__options_are_checked),
        TEST(lines__may_outlive_their_client),
    };

    dexec_lines_free(NULL);
    ADD_ROWS(tests + SINGLE, lines__row, rows);
    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
