/* SPDX-License-Identifier: MIT */
#include "verdicts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cjson/cJSON.h>

#include "verdict.h"

struct reading {
    const char *path;
    struct dry_verdicts *verdicts;
    size_t room;
    char *message;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static bool
refuse(const struct reading *reading, const char *format, ...)
{
    int used =
        snprintf(reading->message, reading->size, "%.200s: ", reading->path);
    va_list values;

    if (used > 0 && (size_t)used < reading->size) {
        va_start(values, format);
        (void)vsnprintf(reading->message + used, reading->size - (size_t)used,
                        format, values);
        va_end(values);
    }
    return false;
}

static bool is_verdict(const char *text)
{
    for (int i = 0; i < DRY_VERDICTS; i++) {
        if (strcmp(text, dry_verdict_name((enum dry_verdict)i)) == 0) {
            return true;
        }
    }
    return false;
}

static bool grow(struct reading *reading)
{
    struct dry_verdicts *verdicts = reading->verdicts;
    size_t room = reading->room == 0 ? 256 : reading->room * 2;
    void *lines = NULL;

    if (verdicts->count < reading->room) {
        return true;
    }
    lines = realloc(verdicts->lines, room * sizeof(*verdicts->lines));
    if (lines == NULL) {
        return false;
    }
    verdicts->lines = lines;
    reading->room = room;
    return true;
}

static bool add(struct reading *reading, const char *id, const char *verdict,
                const char *observed)
{
    struct dry_verdicts *verdicts = reading->verdicts;
    struct dry_verdict_line line = {0};

    if (!is_verdict(verdict)) {
        return refuse(reading, "case %.40s: no verdict is called %.40s", id,
                      verdict);
    }
    if (verdicts->count == DRY_VERDICTS_CASES_MAX || !grow(reading)) {
        return refuse(reading, "more than %d cases, or no memory",
                      DRY_VERDICTS_CASES_MAX);
    }
    line = (struct dry_verdict_line){strdup(id), strdup(verdict),
                                     strdup(observed)};
    verdicts->lines[verdicts->count++] = line;
    return (line.id != NULL && line.verdict != NULL && line.observed != NULL) ||
           refuse(reading, "no memory");
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

    return text == NULL ? "" : text;
}

static bool read_json(struct reading *reading, const char *text)
{
    cJSON *root = cJSON_Parse(text);
    const cJSON *cases = cJSON_GetObjectItemCaseSensitive(root, "cases");
    const cJSON *at = NULL;
    bool is_good = cJSON_IsArray(cases) ||
                   refuse(reading, "no report: it has no array of cases");

    for (at = is_good ? cases->child : NULL; at != NULL && is_good;
         at = at->next) {
        is_good = add(reading, text_of(at, "id"), text_of(at, "verdict"),
                      text_of(at, "observed"));
    }
    cJSON_Delete(root);
    return is_good;
}

static bool read_lines(struct reading *reading, char *text)
{
    char *rest = NULL;
    bool is_good = true;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL && is_good;
         line = strtok_r(NULL, "\n", &rest)) {
        char *blank = strchr(line, ' ');

        if (blank == NULL) {
            return refuse(reading, "neither a report in JSON nor lines of a "
                                   "case and its verdict");
        }
        *blank = '\0';
        is_good = add(reading, line, blank + 1, "");
    }
    return is_good;
}

static int compare_lines(const void *a, const void *b)
{
    const struct dry_verdict_line *left = a;
    const struct dry_verdict_line *right = b;

    return strcmp(left->id, right->id);
}

static bool sort_lines(const struct reading *reading)
{
    const struct dry_verdicts *verdicts = reading->verdicts;

    if (verdicts->count == 0) {
        return refuse(reading, "it holds no case");
    }
    qsort(verdicts->lines, verdicts->count, sizeof(*verdicts->lines),
          compare_lines);
    for (size_t i = 1; i < verdicts->count; i++) {
        if (compare_lines(&verdicts->lines[i - 1], &verdicts->lines[i]) == 0) {
            return refuse(reading, "case %.40s is there twice",
                          verdicts->lines[i].id);
        }
    }
    return true;
}

static char *read_text(const struct reading *reading)
{
    FILE *from = fopen(reading->path, "re");
    struct stat status;
    char *text = NULL;
    size_t len = 0;

    if (from == NULL || fstat(fileno(from), &status) != 0) {
        (void)refuse(reading, "%s", strerror(errno));
    } else if (!S_ISREG(status.st_mode) ||
               status.st_size > DRY_VERDICTS_BYTES_MAX) {
        (void)refuse(reading, "no file of at most %d bytes",
                     DRY_VERDICTS_BYTES_MAX);
    } else {
        text = malloc((size_t)status.st_size + 1);
        len = text == NULL ? 0 : fread(text, 1, (size_t)status.st_size, from);
        if (text == NULL || ferror(from) != 0) {
            (void)refuse(reading, "it cannot be read");
            free(text);
            text = NULL;
        } else {
            text[len] = '\0';
        }
    }
    if (from != NULL) {
        (void)fclose(from);
    }
    return text;
}

/* NOLINTBEGIN(readability-non-const-parameter): refuse() writes to it */
bool dry_verdicts_read(const char *path, struct dry_verdicts *out_verdicts,
                       char *out_message, size_t size)
{
    struct reading reading = {.path = path,
                              .verdicts = out_verdicts,
                              .message = out_message,
                              .size = size};
    char *text = NULL;
    bool is_good = false;

    *out_verdicts = (struct dry_verdicts){0};
    text = read_text(&reading);
    if (text == NULL) {
        return false;
    }
    is_good = text[strspn(text, " \t\r\n")] == '{' ? read_json(&reading, text)
                                                   : read_lines(&reading, text);
    is_good = is_good && sort_lines(&reading);
    free(text);
    if (!is_good) {
        dry_verdicts_release(out_verdicts);
    }
    return is_good;
}

/* NOLINTEND(readability-non-const-parameter) */

void dry_verdicts_release(struct dry_verdicts *verdicts)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        free(verdicts->lines[i].id);
        free(verdicts->lines[i].verdict);
        free(verdicts->lines[i].observed);
    }
    free(verdicts->lines);
    *verdicts = (struct dry_verdicts){0};
}
