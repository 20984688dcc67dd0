/* SPDX-License-Identifier: MIT */
/* listing.c - the cases of an area as lines of JSON, for PROGRAM --list. */
#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

static void add_rules(cJSON *row, const char *rules)
{
    cJSON *list = cJSON_AddArrayToObject(row, "rules");

    while (*rules != '\0') {
        size_t len = strcspn(rules, " ");
        char *rule = strndup(rules, len);

        cJSON_AddItemToArray(list, cJSON_CreateString(rule));
        free(rule);
        rules += len + strspn(rules + len, " ");
    }
}

static void add_text(cJSON *row, const char *name, const char *text)
{
    if (text != NULL) {
        cJSON_AddStringToObject(row, name, text);
    }
}

static void add_deviations(cJSON *row, const struct dry_deviation *at)
{
    cJSON *list = cJSON_AddArrayToObject(row, "deviations");

    for (; at != NULL && at->family != NULL; at++) {
        cJSON *item = cJSON_CreateObject();

        add_text(item, "family", at->family);
        add_text(item, "from", at->from);
        add_text(item, "below", at->below);
        add_text(item, "what", at->what);
        add_text(item, "observed", at->observed);
        add_text(item, "reason", at->reason);
        cJSON_AddItemToArray(list, item);
    }
}

static cJSON *describe(const struct dry_area *area, const struct dry_case *row)
{
    cJSON *object = cJSON_CreateObject();

    add_text(object, "id", row->id);
    add_text(object, "name", row->name);
    add_text(object, "level", dry_level_name(row->level));
    add_rules(object, row->rules);
    add_text(object, "source", row->source);
    add_text(object, "why", row->why);
    add_text(object, "area", area->name);
    add_deviations(object, row->deviations);
    return object;
}

bool dry_listing_print(const struct dry_area *area)
{
    for (size_t i = 0; i < area->count; i++) {
        cJSON *object = describe(area, &area->cases[i]);
        char *line = cJSON_PrintUnformatted(object);
        bool is_written = line != NULL && puts(line) >= 0;

        free(line);
        cJSON_Delete(object);
        if (!is_written) {
            return false;
        }
    }
    return fflush(stdout) == 0;
}
