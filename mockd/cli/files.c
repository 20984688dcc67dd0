/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bounds.h"
#include "cleanup.h"
#include "loader.h"

#define SUFFIX ".execcast"

void md_files_release(struct md_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->paths[i]);
    }
    free(files->paths);
    *files = (struct md_files){0};
}

static enum mockd_code append(struct md_files *files, const char *path,
                              struct mockd_error *err)
{
    void *paths = files->paths;
    char *copy = NULL;

    if (files->count == MD_FOLDER_ENTRIES_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE, "more than %d files",
                       MD_FOLDER_ENTRIES_MAX);
    }
    if (!md_loader_grow(&paths, files->count, &files->size,
                        sizeof(*files->paths))) {
        return md_fail_nomem(err);
    }
    files->paths = paths;
    copy = strdup(path);
    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    files->paths[files->count] = copy;
    files->count++;
    return MOCKD_OK;
}

bool md_files_is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool md_files_is_fixture(const char *name)
{
    size_t len = strlen(name);

    return len >= strlen(SUFFIX) &&
           strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

static bool has_mode(const char *path, mode_t kind)
{
    struct stat status;

    return lstat(path, &status) == 0 && (status.st_mode & S_IFMT) == kind;
}

static void close_folder(DIR **folder)
{
    if (*folder != NULL) {
        (void)closedir(*folder);
    }
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void md_files_sort(struct md_files *files)
{
    if (files->count > 1) {
        qsort(files->paths, files->count, sizeof(*files->paths), compare_paths);
    }
}

/* Append the paths of all that is in @path and not hidden. */
static enum mockd_code list(struct md_files *entries, const char *path,
                            struct mockd_error *err)
{
    MD_CLEANUP(close_folder) DIR *folder = opendir(path);
    enum mockd_code rc = MOCKD_OK;
    const struct dirent *entry = NULL;

    if (folder == NULL) {
        return md_fail(err, MOCKD_E_SYSTEM, "%s", strerror(errno));
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
    while (rc == MOCKD_OK && (entry = readdir(folder)) != NULL) {
        size_t size = strlen(path) + strlen(entry->d_name) + 2;
        MD_CLEANUP(md_cleanup_free) char *full = NULL;

        if (entry->d_name[0] == '.') {
            continue;
        }
        full = malloc(size);
        if (full == NULL) {
            return md_fail_nomem(err);
        }
        (void)snprintf(full, size, "%s/%s", path, entry->d_name);
        rc = append(entries, full, err);
    }
    md_files_sort(entries);
    return rc;
}

/* NOLINTNEXTLINE(misc-no-recursion): MD_FOLDER_DEPTH_MAX bounds it */
static enum mockd_code add_below(struct md_files *files, const char *path,
                                 int depth, struct mockd_error *err)
{
    MD_CLEANUP(md_files_release) struct md_files entries = {0};
    enum mockd_code rc = MOCKD_OK;

    if (depth > MD_FOLDER_DEPTH_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE, "over %d folders deep",
                       MD_FOLDER_DEPTH_MAX);
    }
    rc = list(&entries, path, err);
    if (rc != MOCKD_OK && depth > 0) {
        return md_fail_while(err, rc, "%.300s", path);
    }
    for (size_t i = 0; i < entries.count && rc == MOCKD_OK; i++) {
        if (md_files_is_fixture(entries.paths[i])) {
            rc = append(files, entries.paths[i], err);
        } else if (has_mode(entries.paths[i], S_IFDIR)) {
            rc = add_below(files, entries.paths[i], depth + 1, err);
        }
    }
    return rc;
}

enum mockd_code md_files_add(struct md_files *files, const char *path,
                             struct mockd_error *err)
{
    size_t before = files->count;
    MD_CLEANUP(md_cleanup_free) char *folder = NULL;
    size_t len = strlen(path);
    enum mockd_code rc = MOCKD_OK;

    if (!md_files_is_folder(path)) {
        return append(files, path, err);
    }
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    folder = strndup(path, len);
    if (folder == NULL) {
        return md_fail_nomem(err);
    }
    rc = add_below(files, folder, 0, err);
    if (rc == MOCKD_OK && files->count == before) {
        rc = md_fail(err, MOCKD_E_FIXTURE, "no .execcast file in it or below");
    }
    return rc;
}

enum mockd_code md_files_in(struct md_files *names, const char *folder,
                            struct mockd_error *err)
{
    MD_CLEANUP(md_files_release) struct md_files entries = {0};
    enum mockd_code rc = list(&entries, folder, err);

    for (size_t i = 0; i < entries.count && rc == MOCKD_OK; i++) {
        if (has_mode(entries.paths[i], S_IFREG)) {
            rc = append(names, strrchr(entries.paths[i], '/') + 1, err);
        }
    }
    return rc;
}
