/* SPDX-License-Identifier: MIT */
/* expect.c - expectations: they hold, are a known deviation, or end the case.
 */
#include "expect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "escape.h"

#define SIDE_MAX 384 /* bytes of one side in words, with the NUL */

static bool applies(const struct dry_deviation *deviation,
                    const struct dry_engine *engine)
{
    return strcmp(deviation->family, engine->family) == 0 &&
           (deviation->from == NULL ||
            dry_version_compare(engine->version, deviation->from) >= 0) &&
           (deviation->below == NULL ||
            dry_version_compare(engine->version, deviation->below) < 0);
}

/* The deviation that allows @observed for @what, or NULL. */
static const struct dry_deviation *find_deviation(const struct dry_run *run,
                                                  const char *what,
                                                  const char *observed)
{
    const struct dry_deviation *at = run->spec->deviations;

    for (; at != NULL && at->family != NULL; at++) {
        if (applies(at, &run->target->engine) && strcmp(at->what, what) == 0 &&
            strcmp(at->observed, observed) == 0) {
            return at;
        }
    }
    return NULL;
}

bool dry_expect(struct dry_run *run, const char *what, bool holds,
                const char *expected, const char *observed)
{
    const struct dry_deviation *known = NULL;
    char expected_text[DRY_TEXT_MAX];
    char observed_text[DRY_TEXT_MAX];

    if (holds) {
        return true;
    }
    known = find_deviation(run, what, observed);
    if (known != NULL) {
        dry_run_deviate(run, known, expected);
        return false;
    }
    (void)snprintf(expected_text, sizeof(expected_text), "%s %s", what,
                   expected);
    (void)snprintf(observed_text, sizeof(observed_text), "%s %s", what,
                   observed);
    dry_run_fail(run, expected_text, observed_text);
}

bool dry_expect_number(struct dry_run *run, const char *what, int64_t expected,
                       int64_t observed)
{
    char expected_text[SIDE_MAX];
    char observed_text[SIDE_MAX];

    (void)snprintf(expected_text, SIDE_MAX, "%" PRId64, expected);
    (void)snprintf(observed_text, SIDE_MAX, "%" PRId64, observed);
    return dry_expect(run, what, expected == observed, expected_text,
                      observed_text);
}

bool dry_expect_text(struct dry_run *run, const char *what,
                     const char *expected, const char *observed)
{
    return dry_expect_bytes(run, what, expected, strlen(expected), observed,
                            strlen(observed));
}

bool dry_expect_part(struct dry_run *run, const char *what, const char *part,
                     const char *observed)
{
    char expected_text[SIDE_MAX];
    char observed_text[SIDE_MAX];

    (void)snprintf(expected_text, SIDE_MAX, "with \"%s\" in it", part);
    dry_escape(observed_text, SIDE_MAX, observed, strlen(observed));
    for (const char *at = observed; *at != '\0'; at++) {
        if (strncasecmp(at, part, strlen(part)) == 0) {
            return true;
        }
    }
    return dry_expect(run, what, false, expected_text, observed_text);
}

bool dry_expect_bytes(struct dry_run *run, const char *what,
                      const void *expected, size_t expected_len,
                      const void *observed, size_t observed_len)
{
    char expected_text[SIDE_MAX];
    char observed_text[SIDE_MAX];

    if (expected_len == observed_len &&
        (expected_len == 0 || memcmp(expected, observed, expected_len) == 0)) {
        return true;
    }
    dry_describe_difference(
        expected_text, observed_text, SIDE_MAX,
        (struct dry_span){.data = expected, .len = expected_len},
        (struct dry_span){.data = observed, .len = observed_len});
    return dry_expect(run, what, false, expected_text, observed_text);
}

void dry_expect_ok(struct dry_run *run, const char *doing, enum dexec_code code,
                   const struct dexec_error *err)
{
    char observed[DRY_TEXT_MAX];

    if (code == DEXEC_OK) {
        return;
    }
    (void)snprintf(observed, sizeof(observed), "%s: %s (status %d)",
                   dexec_code_name(code), err->message, err->http_status);
    if (code == DEXEC_E_TIMEOUT) {
        dry_run_timeout(run, doing, observed);
    }
    if (code == DEXEC_E_NOMEM || code == DEXEC_E_INVALID) {
        dry_run_error(run, observed);
    }
    dry_run_fail(run, doing, observed);
}

void dry_expect_wire(struct dry_run *run, const char *doing,
                     enum dry_wire_code code, const struct dry_wire *wire)
{
    char observed[DRY_TEXT_MAX];
    size_t shown = wire->in.len < 200 ? wire->in.len : 200;
    int used = 0;

    if (code == DRY_WIRE_OK) {
        return;
    }
    used = snprintf(observed, sizeof(observed), "%s; %zu bytes so far: ",
                    code == DRY_WIRE_CLOSED ? "the daemon closed too early"
                                            : wire->message,
                    wire->in.len);
    if (used > 0 && (size_t)used + 8 < sizeof(observed)) {
        dry_escape(observed + used, sizeof(observed) - (size_t)used,
                   wire->in.data + wire->in.len - shown, shown);
    }
    if (code == DRY_WIRE_TIMEOUT) {
        dry_run_timeout(run, doing, observed);
    }
    dry_run_fail(run, doing, observed);
}
