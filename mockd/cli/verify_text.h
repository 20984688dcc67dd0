/* SPDX-License-Identifier: MIT */
/* verify_text.h - text without what differs from run to run. */
#ifndef MOCKD_CLI_VERIFY_TEXT_H
#define MOCKD_CLI_VERIFY_TEXT_H

#include <stddef.h>

#include "fixture.h"
#include "record/bytes.h"

#define MD_VERIFY_ID_LEN 64 /* hex digits of an id */

/* What the variables of a recording are on the live engine. */
struct md_verify_names {
    const struct md_fixture *fixture;
    char **live; /* for each variable; NULL = as recorded */
};

/* The live value of variable @var, owned by @names. */
const char *md_verify_name(const struct md_verify_names *names, int var);

/*
 * Add @text to @out, with <NAME>, <CID>, <EID1> for what is a variable,
 * recorded or live, <id> for any other id, <date> for a time as JSON has it,
 * <pointer> for an address and <fd> for a descriptor in a path.
 */
void md_verify_scrub(const struct md_verify_names *names, const char *text,
                     size_t len, struct md_rec_bytes *out);

/* Add a printable piece of @bytes, from a little before @at, to @out, with dots
 * where something is left out. */
void md_verify_excerpt(struct md_rec_bytes *out,
                       const struct md_rec_bytes *bytes, size_t at);

#endif
