/* SPDX-License-Identifier: MIT */
/* on.h - read a rule's "on" and find its variables. */
#ifndef MD_ON_H
#define MD_ON_H

#include "fixture.h"

/*
 * Read "POST /exec/{EID1}/start". What @out_on points to is in the fixture's
 * arena.
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE or MOCKD_E_SYSTEM.
 */
enum mockd_code md_on_parse(struct md_fixture *fixture, const char *text,
                            struct md_on *out_on, struct mockd_error *err);

#endif
