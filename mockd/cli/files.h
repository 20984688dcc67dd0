/* SPDX-License-Identifier: MIT */
/* files.h - the .execcast files of some paths. */
#ifndef MD_FILES_H
#define MD_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"

/* Zero is an empty list. */
struct md_files {
    char **paths;
    size_t count;
    size_t size;
};

/*
 * Append @path, or when it is a folder each .execcast file in it and below, in
 * the order a mock loads them. Hidden names and folders behind symbolic links
 * are left out.
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (a folder without any, too deep, too
 * many) or MOCKD_E_SYSTEM (it cannot be read, memory). Messages name
 * only what is below @path. Release @files in each case.
 */
enum mockd_code md_files_add(struct md_files *files, const char *path,
                             struct mockd_error *err);

/*
 * The names of the regular files in @folder itself, in order, hidden ones left
 * out. Returns MOCKD_OK, MOCKD_E_FIXTURE (too many) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_files_in(struct md_files *names, const char *folder,
                            struct mockd_error *err);

/* Put them in the order of their bytes, whatever folder they are in. */
void md_files_sort(struct md_files *files);

bool md_files_is_folder(const char *path);
bool md_files_is_fixture(const char *name); /* ends in .execcast */

void md_files_release(struct md_files *files);

#endif
