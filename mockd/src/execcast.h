/* SPDX-License-Identifier: MIT */
/* execcast.h - load an .execcast file (docs/execcast.md). */
#ifndef MD_EXECCAST_H
#define MD_EXECCAST_H

#include <stddef.h>

#include "fixture.h"

/*
 * Load a fixture from memory.
 *
 * @path    shown in messages as FILE:LINE
 * @folder  where its sidecars are; NULL = it has none
 * @text    its bytes; text[len] must be writable. Left scrambled.
 * @out     yours; md_fixture_free()
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (the message begins with FILE:LINE),
 * MOCKD_E_SYSTEM (memory).
 */
enum mockd_code md_execcast_parse(const char *path, const char *folder,
                                  char *text, size_t len,
                                  struct md_fixture **out_fixture,
                                  struct mockd_error *err);

/* The same from the file @path, shown in messages as @shown. */
enum mockd_code md_execcast_load(const char *path, const char *shown,
                                 struct md_fixture **out_fixture,
                                 struct mockd_error *err);

#endif
