/* SPDX-License-Identifier: MIT */
/* engine.c - which engine is judged: its family and its version. */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

static void free_json(cJSON **json)
{
    cJSON_Delete(*json);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text == NULL ? "" : text;
}

static const char *family_of(const cJSON *components)
{
    const char *family = "other";
    const cJSON *component = NULL;

    cJSON_ArrayForEach(component, components)
    {
        const char *name = text_of(component, "Name");

        if (strcmp(name, "Podman Engine") == 0) {
            return "podman";
        }
        if (strcmp(name, "Engine") == 0) {
            family = "docker";
        }
    }
    return family;
}

bool dry_engine_from_json(struct dry_engine *out_engine, const char *json,
                          size_t len)
{
    __attribute__((cleanup(free_json))) cJSON *root =
        cJSON_ParseWithLength(json, len);

    if (!cJSON_IsObject(root)) {
        return false;
    }
    *out_engine = (struct dry_engine){0};
    (void)snprintf(
        out_engine->family, sizeof(out_engine->family), "%s",
        family_of(cJSON_GetObjectItemCaseSensitive(root, "Components")));
    (void)snprintf(out_engine->version, sizeof(out_engine->version), "%s",
                   text_of(root, "Version"));
    return true;
}

bool dry_engine_from_text(struct dry_engine *out_engine, const char *text)
{
    size_t len = strcspn(text, "/-");
    struct dry_engine engine = {0};

    if (len == 0 || len >= DRY_ENGINE_MAX || text[len] == '\0' ||
        text[len + 1] == '\0' || strlen(text + len + 1) >= DRY_ENGINE_MAX) {
        return false;
    }
    memcpy(engine.family, text, len);
    memcpy(engine.version, text + len + 1, strlen(text + len + 1));
    *out_engine = engine;
    return true;
}

/* Take the number at the front of @text, 0 when there is none. */
static unsigned long take_number(const char **text)
{
    char *end = NULL;
    unsigned long number = 0;

    if (**text >= '0' && **text <= '9') {
        number = strtoul(*text, &end, 10);
        *text = *end == '.' ? end + 1 : "";
    } else {
        *text = "";
    }
    return number;
}

int dry_version_compare(const char *left, const char *right)
{
    while (*left != '\0' || *right != '\0') {
        unsigned long a = take_number(&left);
        unsigned long b = take_number(&right);

        if (a != b) {
            return a < b ? -1 : 1;
        }
    }
    return 0;
}
