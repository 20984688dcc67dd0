/* SPDX-License-Identifier: MIT */
/* compose.h - write an answer out as a program, for faults to edit. */
#ifndef MD_COMPOSE_H
#define MD_COMPOSE_H

#include "engine.h"
#include "program.h"

/*
 * Write @answer out: head, then stream with its gates, or body.
 *
 * @dt_percent  of the recorded times stand in it as pauses; 0 = none
 * @program     zeroed; the caller's to release on failure too
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (more than MD_PROGRAM_MAX bytes, a script
 * that echoes, memory) or MOCKD_E_SYSTEM (a sidecar that cannot be read).
 */
enum mockd_code md_compose(const struct md_answer *answer, uint32_t dt_percent,
                           struct md_program *program, struct mockd_error *err);

#endif
