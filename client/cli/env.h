/* SPDX-License-Identifier: MIT */
/* env.h - the variables that the command gets, in the order they were named. */
#ifndef DEXEC_CLI_ENV_H
#define DEXEC_CLI_ENV_H

#include <stdbool.h>
#include <stddef.h>

/* Zero is an empty list; give it to env_release(). */
struct env {
    char **entries; /* "NAME=value", NULL-terminated; NULL = none */
    size_t count;
    size_t room; /* of entries */
};

/* What becomes of a "NAME" that our own environment does not have. */
enum env_unset {
    ENV_SKIP,  /* nothing */
    ENV_REMOVE /* it is sent as it is: Docker then removes the container's
                * variable, Podman (4.3) refuses it */
};

/*
 * Add "NAME=value", or "NAME", which takes its value from our own environment.
 * Returns false when out of memory.
 */
bool env_add(struct env *env, const char *entry, enum env_unset unset);

void env_release(struct env *env);

#endif
