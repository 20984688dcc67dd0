/* SPDX-License-Identifier: MIT */
/* folder.h - files that are installed beside this program. */
#ifndef DRY_FOLDER_H
#define DRY_FOLDER_H

#include <stdbool.h>

#define DRY_FOLDER_MAX 4096 /* bytes; Linux takes no longer path */

/* Write the path of @relative, seen from the folder that this program is in.
 * False when it does not fit. */
bool dry_folder_beside(char out_path[DRY_FOLDER_MAX], const char *relative);

#endif
