/* SPDX-License-Identifier: MIT */
#include "profile.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bounds.h"
#include "buf.h"
#include "cleanup.h"
#include "execcast.h"
#include "loader.h"

#define SUFFIX ".execcast"
#define SESSION "session.execcast" /* what mockd record writes */

struct name {
    char *text;
    unsigned char type; /* DT_..., as readdir() says */
};

struct names {
    struct name *items;
    size_t count;
    size_t size;
    bool is_ours;
};

static void release_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->items[i].text);
    }
    free(names->items);
    *names = (struct names){0};
}

static int compare_names(const void *a, const void *b)
{
    const struct name *left = a;
    const struct name *right = b;

    return strcmp(left->text, right->text);
}

static void close_folder(DIR **folder)
{
    if (*folder != NULL) {
        (void)closedir(*folder);
    }
}

static enum mockd_code add_name(struct names *names, const char *name,
                                unsigned char type, struct mockd_error *err)
{
    void *items = names->items;
    char *copy = NULL;

    if (names->count == MD_FOLDER_ENTRIES_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE, "more than %d entries in a folder",
                       MD_FOLDER_ENTRIES_MAX);
    }
    if (!md_loader_grow(&items, names->count, &names->size,
                        sizeof(*names->items))) {
        return md_fail_nomem(err);
    }
    names->items = items;
    copy = strdup(name);
    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    names->items[names->count] = (struct name){copy, type};
    names->count++;
    return MOCKD_OK;
}

/* The sorted names in a folder, hidden ones left out. */
static enum mockd_code list_folder(const char *path, struct names *out_names,
                                   struct mockd_error *err)
{
    MD_CLEANUP(close_folder) DIR *folder = opendir(path);
    const struct dirent *entry = NULL;

    if (folder == NULL) {
        return md_fail(err, MOCKD_E_SYSTEM, "%.300s: %s", path,
                       strerror(errno));
    }
    for (;;) {
        enum mockd_code rc = MOCKD_OK;

        errno = 0;
        entry = readdir(folder);
        if (entry == NULL) {
            break;
        }
        if (entry->d_name[0] != '.') {
            rc = add_name(out_names, entry->d_name, entry->d_type, err);
        }
        if (rc != MOCKD_OK) {
            return rc;
        }
    }
    if (errno != 0) {
        return md_fail(err, MOCKD_E_SYSTEM, "%.300s: %s", path,
                       strerror(errno));
    }
    if (out_names->count > 1) {
        qsort(out_names->items, out_names->count, sizeof(*out_names->items),
              compare_names);
    }
    return MOCKD_OK;
}

static bool has_suffix(const char *name)
{
    size_t len = strlen(name);

    return len >= strlen(SUFFIX) &&
           strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/* What is at @path; a link is a link. */
static unsigned char type_of(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 ? (unsigned char)IFTODT(status.st_mode)
                                     : DT_UNKNOWN;
}

static enum mockd_code find_files(struct names *files, const char *path,
                                  int depth, struct mockd_error *err);

/* To list each of the hundred folders of a profile would be a tenth of a mock's
 * start. */
static enum mockd_code find_in_folder(struct names *files, const char *path,
                                      int depth, struct mockd_error *err)
{
    size_t size = strlen(path) + sizeof("/" SESSION);
    MD_CLEANUP(md_cleanup_free) char *session = NULL;

    if (!files->is_ours) {
        return find_files(files, path, depth, err);
    }
    session = malloc(size);
    if (session == NULL) {
        return md_fail_nomem(err);
    }
    (void)snprintf(session, size, "%s/%s", path, SESSION);
    return type_of(session) == DT_REG ? add_name(files, session, DT_REG, err)
                                      : find_files(files, path, depth, err);
}

/* Links are not followed: they may lead out of the folder. */
static enum mockd_code find_in_entry(struct names *files, const char *path,
                                     const struct name *entry, int depth,
                                     struct mockd_error *err)
{
    size_t size = strlen(path) + strlen(entry->text) + 2;
    MD_CLEANUP(md_cleanup_free) char *full = malloc(size);
    unsigned char type = entry->type;

    if (full == NULL) {
        return md_fail_nomem(err);
    }
    (void)snprintf(full, size, "%s/%s", path, entry->text);
    type = type == DT_UNKNOWN ? type_of(full) : type;
    if (type == DT_DIR) {
        return find_in_folder(files, full, depth + 1, err);
    }
    if (!has_suffix(entry->text)) {
        return MOCKD_OK;
    }
    if (type == DT_LNK) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "%.300s: a link, which is not followed; put the file "
                       "itself there",
                       full);
    }
    return add_name(files, full, type, err);
}

/* Append the paths of the fixtures below @path, in order. */
/* NOLINTNEXTLINE(misc-no-recursion): MD_FOLDER_DEPTH_MAX bounds it */
static enum mockd_code find_files(struct names *files, const char *path,
                                  int depth, struct mockd_error *err)
{
    MD_CLEANUP(release_names) struct names names = {0};
    enum mockd_code rc = MOCKD_OK;

    if (depth > MD_FOLDER_DEPTH_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE, "%.300s: over %d folders deep",
                       path, MD_FOLDER_DEPTH_MAX);
    }
    rc = list_folder(path, &names, err);
    for (size_t i = 0; i < names.count && rc == MOCKD_OK; i++) {
        rc = find_in_entry(files, path, &names.items[i], depth, err);
    }
    return rc;
}

/* Where what a file is called begins in its path: one of a profile is found by
 * the profile's name, the others where the caller said. */
static size_t shown_from(const struct names *files, const char *folder)
{
    const char *slash = files->is_ours ? strrchr(folder, '/') : NULL;

    return slash == NULL ? 0 : (size_t)(slash - folder) + 1;
}

static enum mockd_code load_files(struct md_profile *profile,
                                  const struct names *files, const char *folder,
                                  struct mockd_error *err)
{
    size_t from = shown_from(files, folder);

    for (size_t i = 0; i < files->count; i++) {
        const char *path = files->items[i].text;
        enum mockd_code rc =
            md_execcast_load(path, path + from, &profile->fixtures[i], err);

        if (rc != MOCKD_OK) {
            return rc;
        }
    }
    return MOCKD_OK;
}

enum mockd_code md_profile_load(struct md_profile *profile, const char *folder,
                                bool is_ours, struct mockd_error *err)
{
    MD_CLEANUP(release_names) struct names files = {.is_ours = is_ours};
    enum mockd_code rc = find_files(&files, folder, 0, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (files.count == 0 || files.count > MD_FIXTURES_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE, "%.300s: %s", folder,
                       files.count == 0 ? "no .execcast file in it or below"
                                        : "too many .execcast files below");
    }
    profile->fixtures = calloc(files.count, sizeof(struct md_fixture *));
    if (profile->fixtures == NULL) {
        return md_fail_nomem(err);
    }
    profile->count = files.count;
    return load_files(profile, &files, folder, err);
}

void md_profile_release(struct md_profile *profile)
{
    for (size_t i = 0; i < profile->count; i++) {
        md_fixture_free(profile->fixtures[i]);
    }
    free(profile->fixtures);
    *profile = (struct md_profile){0};
}

bool md_profile_next(const struct md_profile *profile, struct md_choice *at)
{
    if (at->rule != NULL &&
        at->rule + 1 < at->fixture->rules + at->fixture->rule_count) {
        at->rule++;
        return true;
    }
    for (size_t i = at->rule == NULL ? 0 : at->index + 1; i < profile->count;
         i++) {
        struct md_fixture *fixture = profile->fixtures[i];

        if (fixture->rule_count > 0) {
            *at = (struct md_choice){fixture, i, fixture->rules};
            return true;
        }
    }
    return false;
}

static const char *container_of(const struct md_fixture *fixture)
{
    for (size_t i = 0; i < fixture->var_count; i++) {
        if (fixture->vars[i].kind == MD_VAR_NAME) {
            return fixture->vars[i].value;
        }
    }
    return NULL;
}

const char *md_profile_container(const struct md_profile *profile)
{
    const char *name = NULL;

    for (size_t i = 0; i < profile->count && name == NULL; i++) {
        name = container_of(profile->fixtures[i]);
    }
    return name;
}

bool md_profile_has_date(const struct md_profile *profile)
{
    struct md_choice at = {0};

    while (md_profile_next(profile, &at)) {
        if (md_head_value(&at.rule->reply_head, "Date") != NULL) {
            return true;
        }
    }
    return false;
}

static enum mockd_code fail_unknown(const char *name, const char *folder,
                                    struct mockd_error *err)
{
    MD_CLEANUP(release_names) struct names names = {0};
    char known[256] = "";
    size_t used = 0;

    if (list_folder(folder, &names, NULL) != MOCKD_OK || names.count == 0) {
        return md_fail(err, MOCKD_E_INVALID,
                       "profile %.60s: there are no profiles in %.300s; set "
                       "DRYDOCK_FIXTURES to a folder that has some",
                       name, folder);
    }
    for (size_t i = 0; i < names.count && used < sizeof(known); i++) {
        int len = snprintf(known + used, sizeof(known) - used, "%s%s",
                           i == 0 ? "" : ", ", names.items[i].text);

        used += len > 0 ? (size_t)len : 0;
    }
    return md_fail(err, MOCKD_E_INVALID, "no profile %.60s; there are %s", name,
                   known);
}

enum mockd_code md_profile_find(const char *name, char **out_folder,
                                struct mockd_error *err)
{
    char folder[PATH_MAX];
    char full[PATH_MAX];
    enum mockd_code rc = mockd_profiles_dir(folder, sizeof(folder), err);
    struct stat status;
    int len = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    len = snprintf(full, sizeof(full), "%s/%s", folder, name);
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL ||
        len < 0 || (size_t)len >= sizeof(full) || stat(full, &status) != 0 ||
        !S_ISDIR(status.st_mode)) {
        return fail_unknown(name, folder, err);
    }
    *out_folder = strdup(full);
    return *out_folder == NULL ? md_fail_nomem(err) : MOCKD_OK;
}

/* The folder of the running program, or "" when it cannot be told. */
static void program_folder(char *out_path, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", out_path, size - 1);
    char *slash = NULL;

    out_path[len < 0 ? 0 : len] = '\0';
    slash = strrchr(out_path, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
}

enum mockd_code mockd_profiles_dir(char *out_path, size_t size,
                                   struct mockd_error *err)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here calls setenv */
    const char *set = getenv("DRYDOCK_FIXTURES");
    char program[PATH_MAX];
    char path[PATH_MAX + 64];
    int len = 0;

    if (set != NULL && set[0] != '\0') {
        len = snprintf(path, sizeof(path), "%s", set);
    } else {
        program_folder(program, sizeof(program));
        len = snprintf(path, sizeof(path),
                       "%s/../share/drydock/fixtures/sessions", program);
    }
    if (len < 0 || (size_t)len >= sizeof(path) || (size_t)len >= size) {
        return md_fail(err, MOCKD_E_SYSTEM,
                       "the folder of the profiles has a path over %zu bytes",
                       size - 1);
    }
    memcpy(out_path, path, (size_t)len + 1);
    return MOCKD_OK;
}
