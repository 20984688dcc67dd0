/* SPDX-License-Identifier: MIT */
/* compare_head.c - two heads, line by line. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "compare.h"
#include "text.h"

#define VALUE_SHOWN 64 /* bytes of a line that differs */

/* Lines whose value is the recording's own. */
static bool is_of_the_run(const char *line)
{
    static const char *const names[] = {
        "Date:", "Content-Length:", "X-Reference-Id:"};

    for (size_t i = 0; i < MD_COUNT_OF(names); i++) {
        if (strncasecmp(line, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_same_name(const char *a, const char *b)
{
    size_t len = strcspn(a, ":");

    return len == strcspn(b, ":") && memcmp(a, b, len) == 0;
}

static bool is_later(const struct md_head *head, size_t from, const char *line)
{
    for (size_t i = from; i < head->line_count; i++) {
        if (has_same_name(head->lines[i], line)) {
            return true;
        }
    }
    return false;
}

static void put_quoted(FILE *out, const char *text)
{
    size_t len = strlen(text);

    md_text_quoted(out, text, len < VALUE_SHOWN ? len : VALUE_SHOWN);
    (void)fputs(len > VALUE_SHOWN ? ".." : "", out);
}

struct heads {
    struct md_comparison *comparison;
    uint32_t a_line;
    uint32_t b_line;
    const char *what;
};

static void put_head_difference(const struct heads *heads, const char *a,
                                const char *b)
{
    FILE *out = heads->comparison->out;

    md_compare_begin(heads->comparison, heads->a_line, heads->b_line);
    (void)fprintf(out, "%s: ", heads->what);
    if (a != NULL) {
        put_quoted(out, a);
    } else {
        (void)fputs("nothing", out);
    }
    (void)fputs(" against ", out);
    if (b != NULL) {
        put_quoted(out, b);
    } else {
        (void)fputs("nothing", out);
    }
    (void)putc('\n', out);
}

/* Step over the next line of one of them, or of both. */
static void compare_lines(const struct heads *heads, const struct md_head *a,
                          size_t *i, const struct md_head *b, size_t *j)
{
    const char *left = *i < a->line_count ? a->lines[*i] : NULL;
    const char *right = *j < b->line_count ? b->lines[*j] : NULL;
    bool is_pair = left != NULL && right != NULL && has_same_name(left, right);
    bool is_extra =
        !is_pair && right != NULL && (left == NULL || is_later(b, *j, left));

    if (is_extra) {
        put_head_difference(heads, NULL, right);
    } else if (!is_pair) {
        put_head_difference(heads, left, NULL);
    } else if (!is_of_the_run(left) &&
               !md_alike_text(&heads->comparison->alike, left, right)) {
        put_head_difference(heads, left, right);
    }
    *i += is_extra ? 0 : 1;
    *j += is_pair || is_extra ? 1 : 0;
}

void md_compare_heads(struct md_comparison *comparison, uint32_t a_line,
                      uint32_t b_line, const char *what,
                      const struct md_head *a, const struct md_head *b)
{
    const struct heads heads = {comparison, a_line, b_line, what};
    size_t i = 1;
    size_t j = 1;

    if (a->line_count > 0 && b->line_count > 0 &&
        strcmp(a->lines[0], b->lines[0]) != 0) {
        put_head_difference(&heads, a->lines[0], b->lines[0]);
    }
    while (i < a->line_count || j < b->line_count) {
        compare_lines(&heads, a, &i, b, &j);
    }
}
