/* SPDX-License-Identifier: MIT */
#include "query.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "json.h"

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words != NULL && strcasecmp(text, *words) != 0) {
        words++;
    }
    return *words != NULL;
}

/* Parameters that do not change what is answered. */
static bool is_idle(const struct md_target *target,
                    const struct md_param *param)
{
    static const char *const deadly[] = {"KILL", "SIGKILL", "9", NULL};
    static const char *const removals[] = {"v", "link", NULL};
    const char *verb = NULL;

    if (target->word_count < 2 || strcmp(target->words[0], "containers") != 0) {
        return false;
    }
    verb = target->words[target->word_count - 1];
    if (strcmp(target->method, "DELETE") == 0) {
        return is_one_of(param->key, removals);
    }
    if (strcmp(verb, "stop") == 0 || strcmp(verb, "restart") == 0) {
        return strcmp(param->key, "t") == 0;
    }
    return strcmp(verb, "kill") == 0 && strcmp(param->key, "signal") == 0 &&
           is_one_of(param->value, deadly);
}

/* @text with the blanks that a + stands for, as JSON; NULL = it is none. */
static struct md_json *parse_filters(const char *text)
{
    MD_CLEANUP(md_cleanup_free) char *copy = strdup(text);
    struct md_json *json = NULL;

    for (char *at = copy; at != NULL && *at != '\0'; at++) {
        if (*at == '+') {
            *at = ' ';
        }
    }
    if (copy == NULL ||
        md_json_parse(copy, strlen(copy), &json, NULL) != MOCKD_OK) {
        return NULL;
    }
    return json;
}

/* A filter's value: a string of an array, or a key of an object, else "". */
static const char *filter_value(const struct md_json *item)
{
    const char *text = md_json_text(item);

    return text != NULL ? text : md_json_key(item);
}

static bool has_value(const struct md_json *values, const char *wanted)
{
    const struct md_json *at = md_json_first(values);

    while (at != NULL && strcmp(filter_value(at), wanted) != 0) {
        at = md_json_next(at);
    }
    return at != NULL;
}

/* A filter that needs no recording: the mock knows names and ids. */
static bool is_pick(const struct md_json *filter)
{
    return strcmp(md_json_key(filter), "name") == 0 ||
           strcmp(md_json_key(filter), "id") == 0;
}

static bool only_picks(const char *filters)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *json = parse_filters(filters);
    const struct md_json *at = md_json_first(json);

    while (at != NULL && is_pick(at)) {
        at = md_json_next(at);
    }
    return md_json_is_object(json) && at == NULL;
}

bool md_query_is_usual(const struct md_target *target,
                       const struct md_param *param)
{
    static const char *const nothing[] = {"", "0", "-1", "false", "{}", NULL};

    return is_one_of(param->value, nothing) || is_idle(target, param) ||
           (strcmp(param->key, "filters") == 0 && only_picks(param->value));
}

/* Are all values of @wanted among @values? */
static bool has_values(const struct md_json *values,
                       const struct md_json *wanted)
{
    for (const struct md_json *at = md_json_first(wanted); at != NULL;
         at = md_json_next(at)) {
        if (!has_value(values, filter_value(at))) {
            return false;
        }
    }
    return true;
}

static bool has_filters(const struct md_json *filters,
                        const struct md_json *wanted)
{
    for (const struct md_json *at = md_json_first(wanted); at != NULL;
         at = md_json_next(at)) {
        const struct md_json *values = md_json_get(filters, md_json_key(at));

        if (!is_pick(at) && (md_json_count(values) != md_json_count(at) ||
                             !has_values(values, at))) {
            return false;
        }
    }
    return true;
}

static bool are_filters_same(const char *a, const char *b)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *left = parse_filters(a);
    MD_CLEANUP(md_json_cleanup) struct md_json *right = parse_filters(b);

    return md_json_is_object(left) && md_json_is_object(right) &&
           has_filters(left, right) && has_filters(right, left);
}

bool md_query_is_same(const struct md_param *a, const struct md_param *b)
{
    static const char *const flags[] = {"1", "true", NULL};

    if (strcmp(a->key, b->key) != 0) {
        return false;
    }
    return strcmp(a->value, b->value) == 0 ||
           (is_one_of(a->value, flags) && is_one_of(b->value, flags)) ||
           (strcmp(a->key, "filters") == 0 &&
            are_filters_same(a->value, b->value));
}

static struct md_json *find_filters(const struct md_target *target)
{
    for (size_t i = 0; i < target->param_count; i++) {
        if (strcmp(target->params[i].key, "filters") == 0) {
            return parse_filters(target->params[i].value);
        }
    }
    return NULL;
}

bool md_query_picks(const struct md_target *target)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *filters = find_filters(target);

    return md_json_get(filters, "name") != NULL ||
           md_json_get(filters, "id") != NULL;
}

static bool fits_name(const char *wanted, const char *name)
{
    bool is_start = wanted[0] == '^';
    size_t len = 0;

    wanted += is_start ? 1 : 0;
    wanted += wanted[0] == '/' ? 1 : 0;
    len = strcspn(wanted, "$");
    for (const char *at = name; strlen(at) >= len; at++) {
        if (strncmp(at, wanted, len) == 0 &&
            (wanted[len] == '\0' || at[len] == '\0')) {
            return true;
        }
        if (is_start || *at == '\0') {
            return false;
        }
    }
    return false;
}

bool md_query_shows(const struct md_target *target, const char *name,
                    const char *id)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *filters = find_filters(target);

    for (const struct md_json *at = md_json_first(filters); at != NULL;
         at = md_json_next(at)) {
        bool is_name = strcmp(md_json_key(at), "name") == 0;
        bool is_shown = !is_pick(at);

        for (const struct md_json *item = md_json_first(at); item != NULL;
             item = md_json_next(item)) {
            const char *wanted = filter_value(item);

            is_shown |= is_name ? fits_name(wanted, name)
                                : strncmp(id, wanted, strlen(wanted)) == 0;
        }
        if (!is_shown) {
            return false;
        }
    }
    return true;
}
