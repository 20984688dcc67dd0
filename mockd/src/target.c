/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "percent.h"

struct parts {
    const char *items[MD_REQUEST_WORDS_MAX];
    size_t count;
};

static enum mockd_code decode(struct md_arena *arena, const char *text,
                              size_t len, const char **out_text,
                              struct mockd_error *err)
{
    char *copy = md_arena_copy(arena, text, len);
    size_t used = 0;

    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    if (!md_percent_decode(copy, len, &used) || strlen(copy) != used) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "\"%.100s\" has a bad percent escape", text);
    }
    *out_text = copy;
    return MOCKD_OK;
}

/* Cut @text at @separator; the parts are still encoded. */
static enum mockd_code split(char *text, char separator,
                             struct parts *out_parts, struct mockd_error *err)
{
    char *at = text;

    while (at != NULL) {
        char *next = strchr(at, separator);

        if (out_parts->count == MD_REQUEST_WORDS_MAX) {
            return md_fail(err, MOCKD_E_FIXTURE,
                           "a path or query has at most %d parts",
                           MD_REQUEST_WORDS_MAX);
        }
        if (next != NULL) {
            *next = '\0';
            next++;
        }
        out_parts->items[out_parts->count] = at;
        out_parts->count++;
        at = next;
    }
    return MOCKD_OK;
}

static enum mockd_code parse_query(struct md_arena *arena, char *query,
                                   struct md_target *target,
                                   struct mockd_error *err)
{
    struct parts parts = {0};
    struct md_param *params = NULL;
    enum mockd_code rc = split(query, '&', &parts, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    params = md_arena_array(arena, parts.count, sizeof(*params));
    if (params == NULL) {
        return md_fail_nomem(err);
    }
    for (size_t i = 0; i < parts.count && rc == MOCKD_OK; i++) {
        size_t key_len = strcspn(parts.items[i], "=");
        const char *value = parts.items[i] + key_len;

        value += *value == '=' ? 1 : 0;
        rc = decode(arena, parts.items[i], key_len, &params[i].key, err);
        if (rc == MOCKD_OK) {
            rc = decode(arena, value, strlen(value), &params[i].value, err);
        }
    }
    target->params = params;
    target->param_count = parts.count;
    return rc;
}

/* Is @word "v1.41"? */
static bool read_version(const char *word, struct md_target *target)
{
    char *end = NULL;

    if (word[0] != 'v' || word[1] < '0' || word[1] > '9') {
        return false;
    }
    target->major = (unsigned)strtoul(word + 1, &end, 10);
    if (*end != '.' || end[1] < '0' || end[1] > '9') {
        return false;
    }
    target->minor = (unsigned)strtoul(end + 1, &end, 10);
    return strspn(end, ".0123456789") == strlen(end);
}

static enum mockd_code parse_path(struct md_arena *arena, char *path,
                                  struct md_target *target,
                                  struct mockd_error *err)
{
    struct parts parts = {0};
    const char **words = NULL;
    enum mockd_code rc = split(path, '/', &parts, err);
    size_t skip = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    target->has_version =
        parts.count > 1 && read_version(parts.items[0], target);
    skip = target->has_version ? 1 : 0;
    words = md_arena_array(arena, parts.count, sizeof(*words));
    if (words == NULL) {
        return md_fail_nomem(err);
    }
    target->words = words;
    target->word_count = parts.count - skip;
    for (size_t i = skip; i < parts.count && rc == MOCKD_OK; i++) {
        rc = decode(arena, parts.items[i], strlen(parts.items[i]),
                    &words[i - skip], err);
    }
    return rc;
}

enum mockd_code md_target_parse(struct md_arena *arena, const char *method,
                                const char *text, struct md_target *out_target,
                                struct mockd_error *err)
{
    struct md_target target = {.method = method};
    char *copy = md_arena_copy(arena, text, strlen(text));
    enum mockd_code rc = MOCKD_OK;
    char *query = NULL;

    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    if (copy[0] != '/') {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "\"%.100s\" is no path; it starts with a slash", text);
    }
    query = strchr(copy, '?');
    if (query != NULL) {
        *query = '\0';
        rc = parse_query(arena, query + 1, &target, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_path(arena, copy + 1, &target, err);
    }
    if (rc == MOCKD_OK) {
        *out_target = target;
    }
    return rc;
}
