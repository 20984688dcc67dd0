/* SPDX-License-Identifier: MIT */
/* terminal.c - what a run looks like while it goes, and at its end. */
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLEAR_LINE "\r\033[K"

static const char *colour_of(enum dry_verdict verdict)
{
    switch (verdict) {
    case DRY_PASS:
        return "\033[32m";
    case DRY_NONSTRICT:
    case DRY_XFAIL:
    case DRY_NOTED:
    case DRY_SKIP:
        return "\033[33m";
    case DRY_FAIL:
    case DRY_TIMEOUT:
    case DRY_CRASH:
    case DRY_ERROR:
    case DRY_VERDICTS:
        break;
    }
    return "\033[31m";
}

void dry_terminal_init(struct dry_terminal *terminal, size_t total,
                       const char *again)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *kind = getenv("TERM");

    *terminal = (struct dry_terminal){.total = total, .again = again};
    terminal->is_live =
        isatty(STDOUT_FILENO) == 1 && kind != NULL && strcmp(kind, "dumb") != 0;
    terminal->has_colour =
        terminal->is_live && (no_colour == NULL || *no_colour == '\0');
}

static void print_verdict(const struct dry_terminal *terminal,
                          enum dry_verdict verdict)
{
    (void)printf("%s%-9s%s", terminal->has_colour ? colour_of(verdict) : "",
                 dry_verdict_name(verdict),
                 terminal->has_colour ? "\033[0m" : "");
}

static void print_status(const struct dry_terminal *terminal, const char *name)
{
    (void)printf(CLEAR_LINE "[%zu/%zu] %zu failed  %.50s", terminal->done,
                 terminal->total, terminal->bad, name);
    (void)fflush(stdout);
}

void dry_terminal_started(const struct dry_terminal *terminal, const char *name)
{
    if (terminal->is_live) {
        print_status(terminal, name);
    }
}

static void print_line(const struct dry_terminal *terminal,
                       const struct dry_report_case *row)
{
    (void)printf("%-8s ", row->id);
    print_verdict(terminal, row->result.verdict);
    (void)printf(" %5" PRIu64 " ms  %s\n", row->result.ms, row->name);
}

static void print_trouble(const struct dry_terminal *terminal,
                          const struct dry_report_case *row, const char *noise)
{
    const struct dry_result *result = &row->result;

    (void)printf("     because  %s\n     rule     %s (%s)\n", row->why,
                 row->rules, dry_level_name(result->level));
    if (result->expected[0] != '\0') {
        (void)printf("     expected %s\n     observed %s\n", result->expected,
                     result->observed);
    }
    if (result->reason[0] != '\0') {
        (void)printf("     reason   %s\n", result->reason);
    }
    if (noise != NULL && *noise != '\0') {
        (void)printf("     said\n%s\n", noise);
    }
    (void)printf("     again    drydock engine %s--include %s\n",
                 terminal->again, row->id);
}

void dry_terminal_ended(struct dry_terminal *terminal,
                        const struct dry_report_case *row, const char *noise)
{
    bool is_bad = !dry_verdict_conforms(row->result.verdict);

    terminal->done++;
    terminal->bad += is_bad;
    if (terminal->is_live && is_bad) {
        (void)fputs(CLEAR_LINE, stdout);
    }
    if (!terminal->is_live || is_bad) {
        print_line(terminal, row);
    }
    if (is_bad) {
        print_trouble(terminal, row, noise);
    }
    if (terminal->is_live) {
        print_status(terminal, row->id);
    }
    (void)fflush(stdout);
}

static void print_deviations(const struct dry_report *report)
{
    bool is_first = true;

    for (size_t i = 0; i < report->count; i++) {
        const struct dry_result *result = &report->cases[i].result;

        if (result->verdict != DRY_XFAIL && result->verdict != DRY_NONSTRICT &&
            result->verdict != DRY_NOTED) {
            continue;
        }
        if (is_first) {
            (void)printf("\nknown deviations of %s %s:\n",
                         report->engine.family, report->engine.version);
        }
        is_first = false;
        (void)printf("%-8s %-9s  expected %s, observed %s\n%20s%s\n",
                     report->cases[i].id, dry_verdict_name(result->verdict),
                     result->expected, result->observed, "", result->reason);
    }
}

static void print_excluded(const struct dry_report *report)
{
    if (dry_report_count(report, DRY_SKIP) == 0) {
        return;
    }
    (void)printf("\nnot run, as asked:");
    for (size_t i = 0; i < report->count; i++) {
        if (report->cases[i].result.verdict == DRY_SKIP) {
            (void)printf(" %s", report->cases[i].id);
        }
    }
    (void)putchar('\n');
}

void dry_terminal_finish(const struct dry_terminal *terminal,
                         const struct dry_report *report)
{
    static const enum dry_verdict always[] = {DRY_PASS, DRY_NONSTRICT,
                                              DRY_XFAIL, DRY_FAIL};
    static const enum dry_verdict sometimes[] = {
        DRY_NOTED, DRY_TIMEOUT, DRY_CRASH, DRY_SKIP, DRY_ERROR};

    if (terminal->is_live) {
        (void)fputs(CLEAR_LINE, stdout);
    }
    print_deviations(report);
    print_excluded(report);
    (void)printf("\n%zu case%s:", report->count, report->count == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        (void)printf("%s %zu %s", i == 0 ? "" : ",",
                     dry_report_count(report, always[i]),
                     dry_verdict_name(always[i]));
    }
    for (size_t i = 0; i < sizeof(sometimes) / sizeof(sometimes[0]); i++) {
        size_t count = dry_report_count(report, sometimes[i]);

        if (count > 0) {
            (void)printf(", %zu %s", count, dry_verdict_name(sometimes[i]));
        }
    }
    (void)putchar('\n');
    (void)fflush(stdout);
}
