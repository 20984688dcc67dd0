/* SPDX-License-Identifier: MIT */
#include "diff.h"

#include <stdio.h>
#include <string.h>

#include "session.h"
#include "verdicts.h"

#define MESSAGE_SIZE 512

struct counts {
    size_t same;
    size_t different;
};

/* What an engine did is shown where it explains the verdict. */
static void print_observed(const char *side,
                           const struct dry_verdict_line *line)
{
    if (line->observed[0] != '\0') {
        (void)printf("    %s %s\n", side, line->observed);
    }
}

static void print_alone(const char *side, const struct dry_verdict_line *line,
                        struct counts *counts)
{
    (void)printf("%s: only in %s: %s\n", line->id, side, line->verdict);
    counts->different++;
}

static void compare(const struct dry_verdict_line *a,
                    const struct dry_verdict_line *b, struct counts *counts)
{
    if (strcmp(a->verdict, b->verdict) == 0) {
        counts->same++;
        return;
    }
    (void)printf("%s: %s, %s\n", a->id, a->verdict, b->verdict);
    print_observed("<", a);
    print_observed(">", b);
    counts->different++;
}

/* Both are sorted. */
static struct counts compare_all(const struct dry_options *options,
                                 const struct dry_verdicts *a,
                                 const struct dry_verdicts *b)
{
    struct counts counts = {0};
    size_t i = 0;
    size_t j = 0;

    while (i < a->count || j < b->count) {
        int order = i == a->count   ? 1
                    : j == b->count ? -1
                                    : strcmp(a->lines[i].id, b->lines[j].id);

        if (order < 0) {
            print_alone(options->files[0], &a->lines[i++], &counts);
        } else if (order > 0) {
            print_alone(options->files[1], &b->lines[j++], &counts);
        } else {
            compare(&a->lines[i++], &b->lines[j++], &counts);
        }
    }
    return counts;
}

int dry_diff(const struct dry_options *options)
{
    struct dry_verdicts a = {0};
    struct dry_verdicts b = {0};
    struct counts counts = {0};
    char message[MESSAGE_SIZE] = "";

    if (!dry_verdicts_read(options->files[0], &a, message, sizeof(message)) ||
        !dry_verdicts_read(options->files[1], &b, message, sizeof(message))) {
        (void)fprintf(stderr, "drydock: %s\n", message);
        dry_verdicts_release(&a);
        return DRY_EXIT_ENVIRONMENT;
    }
    counts = compare_all(options, &a, &b);
    dry_verdicts_release(&a);
    dry_verdicts_release(&b);
    if (counts.different == 0) {
        (void)printf("%zu cases, no difference\n", counts.same);
    } else {
        (void)printf("%zu cases, %zu differences\n",
                     counts.same + counts.different, counts.different);
    }
    if (fflush(stdout) != 0) {
        return DRY_EXIT_ENVIRONMENT;
    }
    return counts.different == 0 ? DRY_EXIT_CONFORMS : DRY_EXIT_FAILED;
}
