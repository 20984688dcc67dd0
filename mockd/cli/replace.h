/* SPDX-License-Identifier: MIT */
/* replace.h - put other contents into a file, or leave it as it is. */
#ifndef MD_REPLACE_H
#define MD_REPLACE_H

#include <stddef.h>

#include "fail.h"

/*
 * Write @text to a hidden file beside @path and rename it over @path. Its mode
 * is kept, and a symbolic link stays one.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (it is as it was).
 */
enum mockd_code md_replace_file(const char *path, const char *text, size_t len,
                                struct mockd_error *err);

#endif
