/* SPDX-License-Identifier: MIT */
/* engine.h - which engine is judged: its family and its version. */
#ifndef DRY_ENGINE_H
#define DRY_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#define DRY_ENGINE_MAX 64 /* bytes of a name or version, with the NUL */

/* "docker", "podman", or "other", for which no deviation is known. */
struct dry_engine {
    char family[DRY_ENGINE_MAX];
    char version[DRY_ENGINE_MAX];
};

/*
 * Read the answer to GET /version: "podman" when a component is called
 * "Podman Engine", "docker" when one is "Engine", else "other".
 *
 * Returns false when it is not a JSON object.
 */
bool dry_engine_from_json(struct dry_engine *out_engine, const char *json,
                          size_t len);

/*
 * Read "FAMILY/VERSION", as the runner passes it on, or "FAMILY-VERSION", as
 * a profile is called.
 *
 * Returns false when a part is missing or longer than DRY_ENGINE_MAX.
 */
bool dry_engine_from_text(struct dry_engine *out_engine, const char *text);

/*
 * Compare two versions number by number, as in 20.10.24 and 28.0; what follows
 * the numbers is ignored and a missing number is 0.
 *
 * Returns less than, equal to or greater than 0.
 */
int dry_version_compare(const char *left, const char *right);

#endif
