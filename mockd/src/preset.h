/* SPDX-License-Identifier: MIT */
/*
 * preset.h - faults that belong together, by a name: fixtures/faults/NAME.json.
 *
 *     {"name":"haproxy-200","class":"proxy","what":"...","link":"...",
 *      "faults":[{"fault":"status","code":200}]}
 *
 * One of class "bug" is something that an engine gets wrong, in all answers.
 */
#ifndef MD_PRESET_H
#define MD_PRESET_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"

struct md_json;

#define MD_PRESET_SIZE_MAX 65536 /* bytes of a file */
#define MD_PRESETS_MAX 1024      /* files */

/* The folder of the presets: the environment's DRYDOCK_FAULTS, else
 * ../share/drydock/fixtures/faults beside the program's folder. Returns
 * MOCKD_OK or MOCKD_E_SYSTEM (it does not fit). */
enum mockd_code md_presets_dir(char *out_path, size_t size,
                               struct mockd_error *err);

/* Names of all presets, in order; free each and the list. Returns MOCKD_OK or
 * MOCKD_E_SYSTEM. */
enum mockd_code md_presets_list(char ***out_names, size_t *out_count,
                                struct mockd_error *err);
void md_presets_free(char **names, size_t count);

/*
 * Read a preset: an object with the five members above, whose faults are
 * objects.
 *
 * @name      of a preset, or a path with a slash in it
 * @out_json  yours; md_json_free()
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (there is none of that name),
 * MOCKD_E_FIXTURE (a mistake in it) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_preset_read(const char *name, struct md_json **out_json,
                               struct mockd_error *err);

/*
 * Give each fault of a preset to @arm, as JSON text, until one fails.
 *
 * @is_bug  it must be of class "bug", and its faults get "times":0
 *
 * Returns as md_preset_read(), or MOCKD_E_INVALID (not a bug), or what @arm
 * returned.
 */
enum mockd_code md_preset_each(const char *name, bool is_bug,
                               enum mockd_code (*arm)(void *user,
                                                      const char *text,
                                                      struct mockd_error *err),
                               void *user, struct mockd_error *err);

#endif
