/* SPDX-License-Identifier: MIT */
#include "preset.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "cleanup.h"
#include "json.h"

#define SUFFIX ".json"

enum mockd_code md_presets_dir(char *out_path, size_t size,
                               struct mockd_error *err)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here calls setenv */
    const char *set = getenv("DRYDOCK_FAULTS");
    char program[PATH_MAX] = "";
    ssize_t got = readlink("/proc/self/exe", program, sizeof(program) - 1);
    char *slash = got < 0 ? NULL : strrchr(program, '/');
    int len = 0;

    if (slash != NULL) {
        *slash = '\0';
    }
    len = set != NULL && set[0] != '\0'
              ? snprintf(out_path, size, "%s", set)
              : snprintf(out_path, size, "%s/../share/drydock/fixtures/faults",
                         program);
    return len >= 0 && (size_t)len < size
               ? MOCKD_OK
               : md_fail(err, MOCKD_E_SYSTEM,
                         "the folder of the presets has a path over %zu bytes",
                         size - 1);
}

void md_presets_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Add the file's name without its suffix, if it has it. */
static bool add_name(char **names, size_t *count, const char *file)
{
    size_t len = strlen(file);
    size_t suffix = strlen(SUFFIX);

    if (len <= suffix || strcmp(file + len - suffix, SUFFIX) != 0 ||
        *count == MD_PRESETS_MAX) {
        return true;
    }
    names[*count] = strndup(file, len - suffix);
    if (names[*count] == NULL) {
        return false;
    }
    (*count)++;
    return true;
}

enum mockd_code md_presets_list(char ***out_names, size_t *out_count,
                                struct mockd_error *err)
{
    char path[PATH_MAX];
    enum mockd_code rc = md_presets_dir(path, sizeof(path), err);
    DIR *folder = rc == MOCKD_OK ? opendir(path) : NULL;
    char **names = NULL;
    size_t count = 0;
    const struct dirent *entry = NULL;
    bool ok = true;

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (folder == NULL) {
        return md_fail(err, MOCKD_E_SYSTEM, "%.300s: %s", path,
                       strerror(errno));
    }
    names = calloc(MD_PRESETS_MAX, sizeof(*names));
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
    while (names != NULL && ok && (entry = readdir(folder)) != NULL) {
        ok = add_name(names, &count, entry->d_name);
    }
    (void)closedir(folder);
    if (names == NULL || !ok) {
        md_presets_free(names, count);
        return md_fail_nomem(err);
    }
    qsort(names, count, sizeof(*names), compare);
    *out_names = names;
    *out_count = count;
    return MOCKD_OK;
}

static enum mockd_code fail_unknown(const char *name, struct mockd_error *err)
{
    char folder[PATH_MAX] = "";

    (void)md_presets_dir(folder, sizeof(folder), NULL);
    return md_fail(err, MOCKD_E_INVALID,
                   "no preset %.60s in %.200s; mockd faults list shows all",
                   name, folder);
}

static enum mockd_code read_file(const char *name, struct md_buf *out,
                                 struct mockd_error *err)
{
    char folder[PATH_MAX];
    char path[2 * PATH_MAX];
    enum mockd_code rc = md_presets_dir(folder, sizeof(folder), err);
    FILE *file = NULL;
    char *room = md_buf_reserve(out, MD_PRESET_SIZE_MAX);

    if (rc != MOCKD_OK || room == NULL) {
        return rc == MOCKD_OK ? md_fail_nomem(err) : rc;
    }
    (void)snprintf(path, sizeof(path), "%s/%s" SUFFIX, folder, name);
    file = fopen(strchr(name, '/') != NULL ? name : path, "rbe");
    if (file == NULL) {
        return fail_unknown(name, err);
    }
    out->len = fread(room, 1, MD_PRESET_SIZE_MAX, file);
    room[out->len] = '\0';
    if (ferror(file) != 0 || fgetc(file) != EOF) {
        rc = md_fail(err, MOCKD_E_SYSTEM,
                     "preset %.60s: it cannot be read, or has over %d bytes",
                     name, MD_PRESET_SIZE_MAX);
    }
    (void)fclose(file);
    return rc;
}

static enum mockd_code check_members(const char *name,
                                     const struct md_json *json,
                                     struct mockd_error *err)
{
    static const char *const texts[] = {"name", "class", "what", "link"};
    const struct md_json *faults = md_json_get(json, "faults");
    const struct md_json *fault = md_json_first(faults);
    bool is_path = strchr(name, '/') != NULL;

    for (size_t i = 0; i < MD_COUNT_OF(texts); i++) {
        if (md_json_text(md_json_get(json, texts[i])) == NULL) {
            return md_fail(err, MOCKD_E_FIXTURE,
                           "preset %.60s: %s must be a text", name, texts[i]);
        }
    }
    if (!is_path &&
        strcmp(md_json_text(md_json_get(json, "name")), name) != 0) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "preset %.60s: its name is not that of its file", name);
    }
    while (md_json_is_object(fault)) {
        fault = md_json_next(fault);
    }
    if (md_json_count(json) != MD_COUNT_OF(texts) + 1 ||
        !md_json_is_array(faults) || md_json_first(faults) == NULL ||
        fault != NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "preset %.60s: it must have name, class, what, link "
                       "and faults, a list of objects, and nothing else",
                       name);
    }
    return MOCKD_OK;
}

enum mockd_code md_preset_read(const char *name, struct md_json **out_json,
                               struct mockd_error *err)
{
    struct md_buf text = {.max = MD_PRESET_SIZE_MAX};
    struct md_json *json = NULL;
    struct mockd_error why = {0};
    enum mockd_code rc = read_file(name, &text, err);

    if (rc == MOCKD_OK &&
        md_json_parse(text.data, text.len, &json, &why) != MOCKD_OK) {
        rc = md_fail(err, MOCKD_E_FIXTURE, "preset %.60s: %s", name,
                     why.message);
    }
    md_buf_release(&text);
    if (rc == MOCKD_OK) {
        rc = check_members(name, json, err);
    }
    if (rc != MOCKD_OK) {
        md_json_free(json);
        return rc;
    }
    *out_json = json;
    return MOCKD_OK;
}

/* @fault as text; as a bug's it works for ever, whatever it says. */
static bool write_fault(const struct md_json *fault, bool is_bug,
                        struct md_buf *out)
{
    bool ok = md_buf_add_text(out, is_bug ? "{\"times\":0" : "{");
    bool is_first = !is_bug;

    for (const struct md_json *at = md_json_first(fault); ok && at != NULL;
         at = md_json_next(at)) {
        if (is_bug && strcmp(md_json_key(at), "times") == 0) {
            continue;
        }
        ok = (is_first || md_buf_add_text(out, ",")) &&
             md_json_quote(out, md_json_key(at)) && md_buf_add_text(out, ":") &&
             md_json_print(at, out);
        is_first = false;
    }
    return ok && md_buf_add_text(out, "}");
}

enum mockd_code md_preset_each(const char *name, bool is_bug,
                               enum mockd_code (*arm)(void *user,
                                                      const char *text,
                                                      struct mockd_error *err),
                               void *user, struct mockd_error *err)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *json = NULL;
    enum mockd_code rc = md_preset_read(name, &json, err);
    const struct md_json *fault = NULL;

    if (rc == MOCKD_OK && is_bug &&
        strcmp(md_json_text(md_json_get(json, "class")), "bug") != 0) {
        return md_fail(err, MOCKD_E_INVALID,
                       "preset %.60s is of class %.20s, not a bug", name,
                       md_json_text(md_json_get(json, "class")));
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    fault = md_json_first(md_json_get(json, "faults"));
    for (; rc == MOCKD_OK && fault != NULL; fault = md_json_next(fault)) {
        struct md_buf text = {.max = (size_t)8 * MD_PRESET_SIZE_MAX};

        rc = write_fault(fault, is_bug, &text) ? arm(user, text.data, err)
                                               : md_fail_nomem(err);
        md_buf_release(&text);
    }
    return rc == MOCKD_OK ? rc : md_fail_while(err, rc, "preset %.60s", name);
}
