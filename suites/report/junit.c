/* SPDX-License-Identifier: MIT */
/*
 * junit.c - a finished run as JUnit XML, the form that CI services read.
 *
 * XML 1.0 has no way to write most control characters, so those become "?",
 * as does what is not UTF-8.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/*
 * UTF-8 by its first two bytes: how long, and what the second byte may be.
 * What is outside is an overlong form, a surrogate or beyond U+10FFFF.
 */
static const struct {
    unsigned char first;
    unsigned char last;
    unsigned char second_first;
    unsigned char second_last;
    size_t len;
} forms[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool continues(const unsigned char *text, size_t len)
{
    for (size_t i = 2; i < len; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return false;
        }
    }
    return true;
}

/* Length of the character at @text, 0 when XML cannot have it. */
static size_t character_len(const unsigned char *text)
{
    if (text[0] < 0x80) {
        return 1;
    }
    if (text[0] == 0xef && text[1] == 0xbf && text[2] >= 0xbe) {
        return 0; /* U+FFFE and U+FFFF */
    }
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (text[0] >= forms[i].first && text[0] <= forms[i].last &&
            text[1] >= forms[i].second_first &&
            text[1] <= forms[i].second_last) {
            return continues(text, forms[i].len) ? forms[i].len : 0;
        }
    }
    return 0;
}

static const char *entity_of(unsigned char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    case '\t':
        return "&#9;";
    default:
        return byte < 0x20 || byte == 0x7f ? "?" : NULL;
    }
}

static void put_escaped(FILE *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at != '\0') {
        size_t len = character_len(at);
        const char *entity = len == 0 ? "?" : entity_of(*at);

        if (entity != NULL) {
            (void)fputs(entity, out);
        } else {
            (void)fwrite(at, 1, len, out);
        }
        at += len == 0 ? 1 : len;
    }
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
    (void)fprintf(out, " %s=\"", name);
    put_escaped(out, value);
    (void)fputc('"', out);
}

static void put_time(FILE *out, uint64_t ms)
{
    (void)fprintf(out, " time=\"%" PRIu64 ".%03" PRIu64 "\"", ms / 1000,
                  ms % 1000);
}

static void put_type(FILE *out, enum dry_verdict verdict)
{
    (void)fprintf(out, " type=\"drydock.%s\"", dry_verdict_name(verdict));
}

/* <failure> and <error>: a message in one line, the whole story inside. */
static void put_trouble(FILE *out, const char *element,
                        const struct dry_report_case *row)
{
    const struct dry_result *result = &row->result;
    char message[2 * DRY_TEXT_MAX + 32];

    (void)snprintf(message, sizeof(message), "expected %s, observed %s",
                   result->expected, result->observed);
    (void)fprintf(out, "      <%s", element);
    put_type(out, result->verdict);
    put_attribute(out, "message",
                  result->reason[0] == '\0' ? message : result->reason);
    (void)fputc('>', out);
    (void)fputs("because ", out);
    put_escaped(out, row->why);
    (void)fputs("\nrule ", out);
    put_escaped(out, row->rules);
    (void)fputs("\nexpected ", out);
    put_escaped(out, result->expected);
    (void)fputs("\nobserved ", out);
    put_escaped(out, result->observed);
    (void)fprintf(out, "</%s>\n", element);
}

static void put_skipped(FILE *out, const struct dry_result *result)
{
    (void)fputs("      <skipped", out);
    put_type(out, result->verdict);
    put_attribute(out, "message", result->reason);
    (void)fputs("/>\n", out);
}

static void put_outcome(FILE *out, const struct dry_report_case *row)
{
    switch (row->result.verdict) {
    case DRY_PASS:
        break;
    case DRY_NONSTRICT:
    case DRY_NOTED:
        (void)fputs("      <system-out>", out);
        put_escaped(out, dry_verdict_name(row->result.verdict));
        (void)fputs(": ", out);
        put_escaped(out, row->result.reason);
        (void)fputs("</system-out>\n", out);
        break;
    case DRY_XFAIL:
    case DRY_SKIP:
        put_skipped(out, &row->result);
        break;
    case DRY_FAIL:
    case DRY_TIMEOUT:
    case DRY_CRASH:
        put_trouble(out, "failure", row);
        break;
    case DRY_ERROR:
    case DRY_VERDICTS:
        put_trouble(out, "error", row);
        break;
    }
}

static void put_case(FILE *out, const struct dry_report_case *row)
{
    (void)fputs("    <testcase classname=\"engine.", out);
    put_escaped(out, row->area);
    (void)fputs("\" name=\"", out);
    put_escaped(out, row->id);
    (void)fputc(' ', out);
    put_escaped(out, row->name);
    (void)fputc('"', out);
    put_time(out, row->result.ms);
    if (row->result.verdict == DRY_PASS) {
        (void)fputs("/>\n", out);
        return;
    }
    (void)fputs(">\n", out);
    put_outcome(out, row);
    (void)fputs("    </testcase>\n", out);
}

static void put_totals(FILE *out, const struct dry_report *report)
{
    size_t failures = dry_report_count(report, DRY_FAIL) +
                      dry_report_count(report, DRY_TIMEOUT) +
                      dry_report_count(report, DRY_CRASH);
    size_t skipped = dry_report_count(report, DRY_XFAIL) +
                     dry_report_count(report, DRY_SKIP);
    uint64_t ms = 0;

    for (size_t i = 0; i < report->count; i++) {
        ms += report->cases[i].result.ms;
    }
    (void)fprintf(out,
                  " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                  "skipped=\"%zu\"",
                  report->count, failures, dry_report_count(report, DRY_ERROR),
                  skipped);
    put_time(out, ms);
}

char *dry_report_to_junit(const struct dry_report *report)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL) {
        return NULL;
    }
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
    put_attribute(out, "name", "drydock");
    put_totals(out, report);
    (void)fputs(">\n  <testsuite", out);
    put_attribute(out, "name", "drydock engine");
    put_totals(out, report);
    put_attribute(out, "timestamp", report->started);
    put_attribute(out, "hostname", report->host);
    (void)fputs(">\n", out);
    for (size_t i = 0; i < report->count; i++) {
        put_case(out, &report->cases[i]);
    }
    (void)fputs("  </testsuite>\n</testsuites>\n", out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
