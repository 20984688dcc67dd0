/* SPDX-License-Identifier: MIT */
/* profile.h - the fixtures of one folder. */
#ifndef MD_PROFILE_H
#define MD_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "fixture.h"

/* Zero is a profile without fixtures. */
struct md_profile {
    struct md_fixture **fixtures; /* in the order of their paths */
    size_t count;
};

/*
 * Load every .execcast file below @folder.
 *
 * @is_ours  a profile as ci/record makes it: a folder in it that holds a
 *           session.execcast holds nothing else to load, and is not listed
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (a mistake in one, or there is none),
 * MOCKD_E_SYSTEM (the folder cannot be read, memory). Release @profile in
 * each case.
 */
enum mockd_code md_profile_load(struct md_profile *profile, const char *folder,
                                bool is_ours, struct mockd_error *err);

void md_profile_release(struct md_profile *profile);

/* A rule and the fixture it is in; rule NULL = none. */
struct md_choice {
    struct md_fixture *fixture;
    size_t index; /* of the fixture in the profile */
    const struct md_rule *rule;
};

/* Step to the next rule of all fixtures; begin with zero. False at the end. */
bool md_profile_next(const struct md_profile *profile, struct md_choice *at);

/* The first NAME of all fixtures, or NULL. */
const char *md_profile_container(const struct md_profile *profile);

/* Does a recorded reply have a Date? */
bool md_profile_has_date(const struct md_profile *profile);

/*
 * The folder of the profile called @name.
 *
 * @out_folder  yours; free()
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (none is called so; the message lists
 * those there are) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_profile_find(const char *name, char **out_folder,
                                struct mockd_error *err);

#endif
