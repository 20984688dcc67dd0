/* SPDX-License-Identifier: MIT */
/*
 * env_file.h - variables from a file in Docker's format.
 *
 * A line is NAME=value, all of it literal, quotes and blanks at the end too,
 * or NAME, for the value that our own environment has. White space before a
 * name, lines that are empty or begin with '#', a byte order mark and the CR
 * of a CR LF are skipped.
 */
#ifndef DEXEC_CLI_ENV_FILE_H
#define DEXEC_CLI_ENV_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "env.h"

#define ENV_LINE_MAX 65536U       /* bytes; Docker's own limit */
#define ENV_FILE_MAX 16777216U    /* bytes; no request can carry more */
#define ENV_FILE_MESSAGE_MAX 512U /* bytes, with the final NUL */

/*
 * Add all variables of the file at @path to @env.
 *
 * @out_message  set on false only: "PATH: ..." for a file that cannot be read
 *               or is too long, "PATH:LINE: ..." for a name that is empty or
 *               has white space in it, a NUL, a line that is too long
 *
 * Returns false also when out of memory. Lines before a wrong one were added.
 */
bool env_file_read(const char *path, struct env *env,
                   char out_message[ENV_FILE_MESSAGE_MAX]);

#endif
