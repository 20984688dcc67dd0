/* SPDX-License-Identifier: MIT */
/* folder.c - files that are installed beside this program. */
#include "folder.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool dry_folder_beside(char out_path[DRY_FOLDER_MAX], const char *relative)
{
    char self[DRY_FOLDER_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash = NULL;
    int used = 0;

    if (len <= 0) {
        return false;
    }
    self[len] = '\0';
    slash = strrchr(self, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    used = snprintf(out_path, DRY_FOLDER_MAX, "%s/%s", self, relative);
    return used > 0 && used < DRY_FOLDER_MAX;
}
