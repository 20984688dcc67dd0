/* SPDX-License-Identifier: MIT */
/*
 * expect.h - expectations: they hold, are a known deviation, or end the case.
 *
 * @what names the expectation within its case; a deviation answers for it by
 * that name. A case that meets a known deviation goes on.
 */
#ifndef DRY_EXPECT_H
#define DRY_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>

#include "run.h"

/* Each returns true when it holds, false on a known deviation. */

/* The general one: @holds, and both sides in words. */
bool dry_expect(struct dry_run *run, const char *what, bool holds,
                const char *expected, const char *observed);

bool dry_expect_number(struct dry_run *run, const char *what, int64_t expected,
                       int64_t observed);

/* Equal strings. */
bool dry_expect_text(struct dry_run *run, const char *what,
                     const char *expected, const char *observed);

/* @observed holds @part somewhere, in any case of letters. */
bool dry_expect_part(struct dry_run *run, const char *what, const char *part,
                     const char *observed);

/* Equal bytes; a difference is shown with its offset. */
bool dry_expect_bytes(struct dry_run *run, const char *what,
                      const void *expected, size_t expected_len,
                      const void *observed, size_t observed_len);

/*
 * A libdexec call went well. Otherwise the case ends: as a timeout when the
 * deadline passed, else as a failure with the call's message.
 *
 * @doing  what the call was for: "start the exec"
 */
void dry_expect_ok(struct dry_run *run, const char *doing, enum dexec_code code,
                   const struct dexec_error *err);

/* The same for a raw wire. */
void dry_expect_wire(struct dry_run *run, const char *doing,
                     enum dry_wire_code code, const struct dry_wire *wire);

#endif
