/* SPDX-License-Identifier: MIT */
/*
 * life.h - the containers that a recording makes, and how far each one is.
 *
 * A container is created by its create, running from a start, exited from a
 * stop, a kill, or a wait that was answered while it ran, and gone before its
 * create and from its removal. A rule about it answers for that stage only.
 */
#ifndef MD_LIFE_H
#define MD_LIFE_H

#include <stdbool.h>

#include "fixture.h"

/*
 * Find the lives of a file whose rules are all there, and tell each rule which
 * one it is about, at which stage.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (memory, a sidecar cannot be read).
 */
enum mockd_code md_lives_find(struct md_fixture *fixture,
                              struct mockd_error *err);

/* Does the variable stand for a container that the file makes? */
bool md_life_has(const struct md_fixture *fixture, int var);

/* Where a container at @stage is after a request for it was answered. */
enum md_phase md_life_after(enum md_phase stage, const struct md_target *target,
                            int status);

/* Does a rule about a life answer at @stage? A wait is recorded where it was
 * over; a mock does not wait, so it answers before that, too. */
bool md_life_fits(const struct md_rule *rule, enum md_phase stage);

/* The variable of the id (@kind "CID") or the name ("NAME") of the container
 * that @var stands for, or MD_NO_VAR. */
int md_life_twin(const struct md_fixture *fixture, int var, const char *kind);

#endif
