/* SPDX-License-Identifier: MIT */
/* verify_report.c - one line a difference, on standard output. */
#include "verify_report.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_MAX 1024 /* bytes of a difference, with the NUL; cut */

static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return hash;
}

/* Was it said before? It is remembered where there is room. */
static bool was_seen(struct md_verify_report *report, const char *text)
{
    uint64_t hash = hash_text(text);

    for (size_t i = 0; i < report->seen_count; i++) {
        if (report->seen[i] == hash) {
            return true;
        }
    }
    if (report->seen_count < MD_VERIFY_SEEN_MAX) {
        report->seen[report->seen_count++] = hash;
    }
    return false;
}

static void show(struct md_verify_report *report, unsigned line,
                 const char *text)
{
    printf("%s:%u: %s\n", report->file, line, text);
    report->shown++;
}

void md_verify_differ(struct md_verify_report *report, unsigned line,
                      const char *fmt, ...)
{
    char text[TEXT_MAX];
    va_list arguments;

    va_start(arguments, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, arguments);
    va_end(arguments);
    show(report, line, text);
}

void md_verify_differ_once(struct md_verify_report *report, unsigned line,
                           const char *fmt, ...)
{
    char text[TEXT_MAX];
    va_list arguments;

    va_start(arguments, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, arguments);
    va_end(arguments);
    if (was_seen(report, text)) {
        report->repeated++;
    } else {
        show(report, line, text);
    }
}
