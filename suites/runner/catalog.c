/* SPDX-License-Identifier: MIT */
/* catalog.c - all cases of all case programs, as these list them. */
#include "catalog.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cjson/cJSON.h>

#include "pool.h"

#define PROGRAMS_MAX 64       /* case programs in the folder */
#define CASES_MAX 10000       /* of all programs */
#define LIST_TIMEOUT_MS 10000 /* a program that cannot even list is broken */
#define PREFIX "engine-"

static void free_json(cJSON **json)
{
    cJSON_Delete(*json);
}

/* Take the number at the front, or the one letter or dot that stands there:
 * ids are alike in where they have which. */
static unsigned long take_part(const char **text)
{
    char *end = NULL;
    unsigned long number = strtoul(*text, &end, 10);

    if (end == *text) {
        number = (unsigned char)**text;
        end++;
    }
    *text = end;
    return number;
}

int dry_id_compare(const char *left, const char *right)
{
    while (*left != '\0' && *right != '\0') {
        unsigned long a = take_part(&left);
        unsigned long b = take_part(&right);

        if (a != b) {
            return a < b ? -1 : 1;
        }
    }
    return (*left != '\0') - (*right != '\0');
}

static int compare_cases(const void *left, const void *right)
{
    const struct dry_catalog_case *a = left;
    const struct dry_catalog_case *b = right;

    return dry_id_compare(a->id, b->id);
}

static char *copy_of(const cJSON *object, const char *name)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text == NULL ? NULL : strdup(text);
}

static char *join_rules(const cJSON *list)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    const cJSON *rule = NULL;

    if (out == NULL) {
        return NULL;
    }
    cJSON_ArrayForEach(rule, list)
    {
        (void)fprintf(out, "%s%s", rule == list->child ? "" : " ",
                      cJSON_IsString(rule) ? rule->valuestring : "?");
    }
    return fclose(out) == 0 ? text : NULL;
}

static void release_case(struct dry_catalog_case *row)
{
    free(row->program);
    free(row->line);
    free(row->id);
    free(row->name);
    free(row->area);
    free(row->rules);
    free(row->why);
    *row = (struct dry_catalog_case){0};
}

static bool fill_case(struct dry_catalog_case *row, const cJSON *object)
{
    const char *level =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "level"));

    row->id = copy_of(object, "id");
    row->name = copy_of(object, "name");
    row->area = copy_of(object, "area");
    row->why = copy_of(object, "why");
    row->rules = join_rules(cJSON_GetObjectItemCaseSensitive(object, "rules"));
    return row->id != NULL && strlen(row->id) < DRY_ID_MAX &&
           row->name != NULL && row->area != NULL && row->why != NULL &&
           row->rules != NULL && row->program != NULL && row->line != NULL &&
           level != NULL && dry_level_from_name(level, &row->level);
}

bool dry_catalog_add(struct dry_catalog *catalog, const char *program,
                     const char *line, size_t len)
{
    __attribute__((cleanup(free_json))) cJSON *object =
        cJSON_ParseWithLength(line, len);
    struct dry_catalog_case row = {0};
    struct dry_catalog_case *more = NULL;

    if (!cJSON_IsObject(object) || catalog->count == CASES_MAX) {
        return false;
    }
    row.program = strdup(program);
    row.line = strndup(line, len);
    more = realloc(catalog->cases, (catalog->count + 1) * sizeof(row));
    if (more != NULL) {
        catalog->cases = more;
    }
    if (more == NULL || !fill_case(&row, object)) {
        release_case(&row);
        return false;
    }
    catalog->cases[catalog->count++] = row;
    return true;
}

/* What the listing children fill. */
struct loading {
    struct dry_catalog *catalog;
    char *error;
};

static bool add_lines(struct dry_catalog *catalog, const struct dry_job *job)
{
    const char *at = (const char *)job->child.result.data;
    size_t left = job->child.result.len;

    while (left > 0) {
        const char *end = memchr(at, '\n', left);
        size_t len = end == NULL ? left : (size_t)(end - at);

        if (end == NULL || !dry_catalog_add(catalog, job->program, at, len)) {
            return false;
        }
        at += len + 1;
        left -= len + 1;
    }
    return true;
}

static void on_listed(void *user, struct dry_job *job)
{
    struct loading *loading = user;
    const struct dry_child *child = &job->child;

    if (!job->was_started || !WIFEXITED(child->status) ||
        WEXITSTATUS(child->status) != 0) {
        (void)snprintf(loading->error, DRY_CATALOG_ERROR_MAX,
                       "%s: cannot be run; build it again", job->program);
    } else if (!add_lines(loading->catalog, job)) {
        (void)snprintf(loading->error, DRY_CATALOG_ERROR_MAX,
                       "%s: --list wrote what is no case; build it again",
                       job->program);
    }
}

/* Paths of the case programs of @folder. Returns how many; each is to be
 * freed. */
static size_t find_programs(const char *folder, char *out[PROGRAMS_MAX])
{
    DIR *listing = opendir(folder);
    const struct dirent *entry = NULL;
    size_t count = 0;

    while (listing != NULL && count < PROGRAMS_MAX &&
           (entry = readdir(listing)) != NULL) {
        size_t size = strlen(folder) + strlen(entry->d_name) + 2;

        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0) {
            continue;
        }
        out[count] = malloc(size);
        if (out[count] != NULL) {
            (void)snprintf(out[count++], size, "%s/%s", folder, entry->d_name);
        }
    }
    if (listing != NULL) {
        (void)closedir(listing);
    }
    return count;
}

static void list_programs(struct loading *loading, char *const *programs,
                          size_t count)
{
    static char program_name[] = "engine";
    static char list_option[] = "--list";
    static char *const arguments[] = {program_name, list_option, NULL};
    struct dry_job jobs[PROGRAMS_MAX] = {0};
    struct dry_pool pool = {.jobs = jobs,
                            .count = count,
                            .parallel = 4,
                            .stop_fd = -1,
                            .on_done = on_listed,
                            .user = loading};

    for (size_t i = 0; i < count; i++) {
        jobs[i] = (struct dry_job){.program = programs[i],
                                   .arguments = arguments,
                                   .is_listing = true,
                                   .timeout_ms = LIST_TIMEOUT_MS};
    }
    (void)dry_pool_run(&pool);
}

static void find_double(const struct dry_catalog *catalog, char *error)
{
    for (size_t i = 1; i < catalog->count; i++) {
        if (strcmp(catalog->cases[i - 1].id, catalog->cases[i].id) == 0) {
            (void)snprintf(error, DRY_CATALOG_ERROR_MAX,
                           "case %s: two cases have this id",
                           catalog->cases[i].id);
        }
    }
}

bool dry_catalog_load(struct dry_catalog *out_catalog, const char *folder,
                      char out_error[DRY_CATALOG_ERROR_MAX])
{
    char *programs[PROGRAMS_MAX];
    size_t count = find_programs(folder, programs);
    struct loading loading = {.catalog = out_catalog, .error = out_error};

    *out_catalog = (struct dry_catalog){0};
    out_error[0] = '\0';
    if (count == 0) {
        (void)snprintf(out_error, DRY_CATALOG_ERROR_MAX,
                       "%s: no case programs (engine-*) there; build them, or "
                       "name their folder in DRYDOCK_LIBEXEC",
                       folder);
        return false;
    }
    list_programs(&loading, programs, count);
    for (size_t i = 0; i < count; i++) {
        free(programs[i]);
    }
    if (out_catalog->count > 0) {
        qsort(out_catalog->cases, out_catalog->count,
              sizeof(*out_catalog->cases), compare_cases);
        find_double(out_catalog, out_error);
    }
    return out_error[0] == '\0';
}

void dry_catalog_release(struct dry_catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++) {
        release_case(&catalog->cases[i]);
    }
    free(catalog->cases);
    *catalog = (struct dry_catalog){0};
}
