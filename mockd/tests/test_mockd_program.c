/* SPDX-License-Identifier: MIT */
/*
 * test_mockd_program.c - bytes with marks between them.
 *
 * A program is written down as its bytes with these between: # the end of the
 * head, | a cut, ? a wait for a byte, ( a pause, * a fault that fired, x the
 * exit, ! our end. A minus is a NUL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "program.h"

enum op {
    INSERT = 0, /* text at a */
    PUSH,       /* the same, with the marks at a behind it */
    REMOVE,     /* b bytes at a */
    REPLACE,    /* b bytes at a by text */
    MARK,       /* a cut at a */
    MARK_FIRST,
    UNMARK, /* cuts from a to b */
    TRUNCATE,
    MERGE,   /* with the program in text */
    JOIN,    /* a to b */
    REFRAME, /* payloads of up to a bytes */
    REWRITE, /* keep to a, pass, add text, skip to b */
    FRAME,   /* number a; text is its payload */
    ADD_LINE,
    DROP_LINES, /* of header text */
    FIND_VALUE  /* of header text is at b */
};

struct row {
    const char *name;
    const char *from;
    enum op op;
    size_t a;
    size_t b;
    const char *text;
    const char *want; /* NULL: it is refused, and all is as it was */
};

#define HEAD "S\r\nA: 1\r\nb:2\r\na:3\r\n\r\n"

static struct row rows[] = {
    {"insert_in_the_middle", "#ab|c!", INSERT, 1, 0, "XY", "#aXYb|c!"},
    {"insert_leaves_marks_before", "#ab|*c!", INSERT, 2, 0, "X", "#ab|*Xc!"},
    {"insert_pushes_marks", "#ab|*c!", PUSH, 2, 0, "X", "#abX|*c!"},
    {"insert_at_the_end", "#ab|!", PUSH, 2, 0, "X", "#abX|!"},
    {"insert_at_the_start", "|#ab!", INSERT, 0, 0, "X", "#|Xab!"},
    {"insert_in_the_head_grows_it", "ab#c!", INSERT, 1, 0, "X", "aXb#c!"},
    {"insert_behind_the_head_does_not", "ab#|c!", INSERT, 2, 0, "X", "ab#|Xc!"},
    {"insert_nothing", "a#|c!", INSERT, 1, 0, "", "a#|c!"},
    {"remove_in_the_middle", "#a|bc(d!", REMOVE, 1, 2, "", "#a|(d!"},
    {"remove_moves_marks_inside_to_its_start", "#ab|c?d!", REMOVE, 0, 3, "",
     "#|?d!"},
    {"remove_all", "ab#|c*!", REMOVE, 0, 3, "", "#|*!"},
    {"remove_in_the_head", "abc#d!", REMOVE, 0, 2, "", "c#d!"},
    {"remove_over_the_heads_end", "abc#d|e!", REMOVE, 1, 3, "", "a#|e!"},
    {"remove_nothing", "#ab|!", REMOVE, 2, 0, "", "#ab|!"},
    {"replace_by_more", "#a|bc|d!", REPLACE, 1, 2, "XYZ", "#a|XYZ|d!"},
    {"replace_by_less", "a|bc#|d!", REPLACE, 1, 2, "X", "a|X#|d!"},
    {"replace_puts_marks_inside_behind", "#ab*c!", REPLACE, 1, 2, "XY",
     "#aXY*!"},
    {"mark_behind_others", "#a*b!", MARK, 1, 0, "", "#a*|b!"},
    {"mark_before_others", "#a*b!", MARK_FIRST, 1, 0, "", "#a|*b!"},
    {"unmark_with_both_ends", "|#a|b|*c|!", UNMARK, 1, 2, "", "#|ab*c|!"},
    {"truncate_keeps_cuts_and_fired", "#a|b|*?x!", TRUNCATE, 2, 0, "",
     "#a|b|*"},
    {"truncate_drops_what_is_behind", "#a|b*c|!", TRUNCATE, 1, 0, "", "#a|"},
    {"truncate_in_the_head", "abc#d!", TRUNCATE, 2, 0, "", "ab#"},
    {"merge_goes_before_the_same_offset", "#a*b|!", MERGE, 0, 0, "#a|(b|",
     "#a|(*b||!"},
    {"merge_with_none", "#a*b!", MERGE, 0, 0, "#ab", "#a*b!"},
    {"merge_into_none", "#ab", MERGE, 0, 0, "|#a|b|", "#|a|b|"},
    {"join_drops_cuts_and_pauses", "|#a|(b|c|d!", JOIN, 0, 3, "", "#|abc|d!"},
    {"join_moves_others_to_the_end", "#a*b|xc|d!", JOIN, 0, 3, "", "#abc*x|d!"},
    {"join_leaves_the_ends", "#a|b|c?d!", JOIN, 1, 3, "", "#a|bc?d!"},
    {"join_over_a_wait", "#a|b?c|!", JOIN, 0, 3, "", NULL},
    {"reframe", "H#\1------\3abc|\2------\1x!", REFRAME, 2, 0, "",
     "H#\1------\2ab\1------\1c|\2------\1x!"},
    {"reframe_with_marks_inside", "#\1------\3a|b*c!", REFRAME, 1, 0, "",
     "#\1------\1a|\1------\1b*\1------\1c!"},
    {"reframe_keeps_empty_frames", "#\1-------|\2------\1x!", REFRAME, 1, 0, "",
     "#\1-------|\2------\1x!"},
    {"reframe_of_half_a_header", "#\1------\2ab\1---!", REFRAME, 1, 0, "",
     "#\1------\1a\1------\1b\1---!"},
    {"rewrite_replaces", "ab#c|d|e!", REWRITE, 3, 4, "XY", "ab#c|XY|e!"},
    {"rewrite_passes_no_end", "#ab|x!", REWRITE, 2, 2, "X", "#ab|Xx!"},
    {"rewrite_over_the_heads_end", "ab#c|d!", REWRITE, 1, 3, "X", "aX#|d!"},
    {"rewrite_of_nothing", "#", REWRITE, 0, 0, "", "#"},
    {"frame_first", "H#\1------\2ab\1------\1c", FRAME, 0, 0, "ab",
     "H#\1------\2ab\1------\1c"},
    {"frame_second", "H#\1------\2ab\1------\1c", FRAME, 1, 0, "c",
     "H#\1------\2ab\1------\1c"},
    {"frame_that_is_cut", "#\1------\5ab", FRAME, 0, 0, "ab", "#\1------\5ab"},
    {"frame_behind_all", "#\1------\2ab", FRAME, 1, 0, "", NULL},
    {"frame_with_half_a_header", "#\1------\1a\1---", FRAME, 1, 0, "", NULL},
    {"line_added", HEAD "#|b", ADD_LINE, 0, 0, "c: 4",
     "S\r\nA: 1\r\nb:2\r\na:3\r\nc: 4\r\n\r\n#|b"},
    {"line_added_behind_bare_lf", "S\nA:1\n\n#b", ADD_LINE, 0, 0, "c:4",
     "S\nA:1\nc:4\r\n\n#b"},
    {"line_added_without_an_empty_one", "S\r\nA:1#b", ADD_LINE, 0, 0, "c:4",
     NULL},
    {"line_added_to_no_head", "#b", ADD_LINE, 0, 0, "c:4", NULL},
    {"line_added_behind_an_interim_head",
     "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\n\r\n#", ADD_LINE, 0, 0, "c:4",
     "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nc:4\r\n\r\n#"},
    {"lines_dropped_in_any_case", HEAD "#b", DROP_LINES, 0, 0, "A",
     "S\r\nb:2\r\n\r\n#b"},
    {"lines_dropped_that_are_none", HEAD "#b", DROP_LINES, 0, 0, "S", NULL},
    {"value_behind_spaces", HEAD "#", FIND_VALUE, 0, 6, "a", HEAD "#"},
    {"value_behind_none", HEAD "#", FIND_VALUE, 0, 11, "B", HEAD "#"},
};

static const char marks[] = {
    [MD_MARK_CUT] = '|',   [MD_MARK_INPUT] = '?', [MD_MARK_PAUSE] = '(',
    [MD_MARK_FIRED] = '*', [MD_MARK_EXIT] = 'x',  [MD_MARK_FIN] = '!',
};

/* The mark that @letter stands for; MD_MARK_CLOSE is none. */
static enum md_mark_code mark_of(char letter)
{
    for (unsigned i = 0; i < sizeof(marks); i++) {
        if (marks[i] == letter) {
            return i;
        }
    }
    return MD_MARK_CLOSE;
}

static void read_program(struct md_program *program, const char *text)
{
    md_program_init(program);
    program->is_framed = true;
    assert_true(md_buf_add_text(&program->bytes, ""));
    for (; *text != '\0'; text++) {
        size_t len = program->bytes.len;
        enum md_mark_code code = mark_of(*text);
        /* the exit is only written before the end, where no text is */
        bool is_mark = code != MD_MARK_CLOSE &&
                       (*text != 'x' || text[1] == '!' || text[1] == 'c');

        if (*text == '#') {
            program->head_len = len;
        } else if (is_mark) {
            assert_true(md_program_mark(program, len, code, 1));
        } else {
            assert_true(
                md_buf_add(&program->bytes, *text == '-' ? "" : text, 1));
        }
    }
}

static char letter_of(char byte)
{
    if (byte == '\0') {
        return '-';
    }
    return byte;
}

static void write_program(const struct md_program *program, char *out)
{
    size_t mark = 0;

    for (size_t at = 0; at <= program->bytes.len; at++) {
        if (at == program->head_len) {
            *out++ = '#';
        }
        for (; mark < program->mark_count && program->marks[mark].at == at;
             mark++) {
            *out++ = marks[program->marks[mark].code];
        }
        if (at < program->bytes.len) {
            *out++ = letter_of(program->bytes.data[at]);
        }
    }
    assert_int_equal(mark, program->mark_count);
    *out = '\0';
}

static size_t up_to(const struct md_program *program, size_t from, size_t end,
                    void *user)
{
    const size_t *count = user;

    (void)program;
    return end - from < *count ? end : from + *count;
}

static bool merge(struct md_program *program, const char *text)
{
    struct md_program more;
    bool ok = false;

    read_program(&more, text);
    ok = md_program_merge(program, &more);
    md_program_release(&more);
    return ok;
}

static bool rewrite(struct md_program *program, const struct row *row)
{
    struct md_rewrite rewrite;

    md_rewrite_begin(&rewrite, program);
    md_rewrite_keep(&rewrite, row->a);
    md_rewrite_pass(&rewrite);
    md_rewrite_add(&rewrite, row->text, strlen(row->text));
    md_rewrite_skip(&rewrite, row->b);
    return md_rewrite_end(&rewrite);
}

static bool find_frame(const struct md_program *program, const struct row *row)
{
    size_t at = 0;
    size_t len = 0;

    return md_program_frame(program, row->a, &at, &len) &&
           len == strlen(row->text) &&
           memcmp(program->bytes.data + at + 8, row->text, len) == 0;
}

static bool find_value(const struct md_program *program, const struct row *row)
{
    struct md_line line;

    return md_line_find(program, row->text, &line) &&
           md_line_value(program, &line) == row->b;
}

static bool change(struct md_program *program, const struct row *row)
{
    size_t len = strlen(row->text);
    size_t count = row->a;

    switch (row->op) {
    case INSERT:
    case PUSH:
        return md_program_insert(program, row->a, row->text, len,
                                 row->op == PUSH);
    case REMOVE:
        md_program_remove(program, row->a, row->b);
        return true;
    case REPLACE:
        return md_program_replace(program, row->a, row->b, row->text, len);
    case MARK:
        return md_program_mark(program, row->a, MD_MARK_CUT, 0);
    case MARK_FIRST:
        return md_program_mark_first(program, row->a, MD_MARK_CUT, 0);
    case UNMARK:
        md_program_unmark(program, MD_MARK_CUT, row->a, row->b);
        return true;
    case TRUNCATE:
        md_program_truncate(program, row->a);
        return true;
    case MERGE:
        return merge(program, row->text);
    case JOIN:
        return md_program_join(program, row->a, row->b);
    case REFRAME:
        return md_program_reframe(program, up_to, &count);
    case REWRITE:
        return rewrite(program, row);
    case FRAME:
        return find_frame(program, row);
    case ADD_LINE:
        return md_line_add(program, row->text, len);
    case DROP_LINES:
        return md_line_drop(program, row->text) > 0;
    case FIND_VALUE:
        break;
    }
    return find_value(program, row);
}

static void program__row(void **state)
{
    const struct row *row = *state;
    struct md_program program;
    char text[256];
    bool ok = false;

    read_program(&program, row->from);
    ok = change(&program, row);
    write_program(&program, text);
    md_program_release(&program);

    assert_string_equal(text, row->want == NULL ? row->from : row->want);
    assert_int_equal(ok, row->want != NULL);
}

static void program__never_grows_beyond_its_bound(void **state)
{
    struct md_program program;
    struct md_rewrite rewrite;

    (void)state;
    read_program(&program, "#ab|c!");
    program.bytes.max = 4;
    assert_false(md_program_insert(&program, 1, "XY", 2, false));
    assert_false(md_program_replace(&program, 1, 1, "XY", 2));
    md_rewrite_begin(&rewrite, &program);
    rewrite.made.bytes.max = 4;
    md_rewrite_add(&rewrite, "XY", 2);
    assert_false(md_rewrite_end(&rewrite));

    assert_string_equal(program.bytes.data, "abc");
    assert_int_equal(program.mark_count, 2);
    md_program_release(&program);
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows) + 1] = {
        cmocka_unit_test(program__never_grows_beyond_its_bound)};

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i + 1] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = program__row,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_program", tests, NULL, NULL);
}
