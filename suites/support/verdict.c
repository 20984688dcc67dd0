/* SPDX-License-Identifier: MIT */
/* verdict.c - how a case can end, and the line of JSON that says so. */
#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

static const char *const level_names[DRY_LEVELS] = {
    [DRY_MUST] = "must",
    [DRY_SHOULD] = "should",
    [DRY_DE_FACTO] = "de facto",
    [DRY_INFO] = "info",
};

static const char *const verdict_names[DRY_VERDICTS] = {
    [DRY_PASS] = "pass",   [DRY_NONSTRICT] = "nonstrict",
    [DRY_XFAIL] = "xfail", [DRY_NOTED] = "info",
    [DRY_FAIL] = "fail",   [DRY_TIMEOUT] = "timeout",
    [DRY_CRASH] = "crash", [DRY_SKIP] = "skip",
    [DRY_ERROR] = "error",
};

static void free_json(cJSON **json)
{
    cJSON_Delete(*json);
}

/* Index of @name, or @count. */
static size_t find_name(const char *const *names, size_t count,
                        const char *name)
{
    size_t at = 0;

    while (at < count && strcmp(names[at], name) != 0) {
        at++;
    }
    return at;
}

const char *dry_level_name(enum dry_level level)
{
    return level_names[level];
}

const char *dry_verdict_name(enum dry_verdict verdict)
{
    return verdict_names[verdict];
}

bool dry_level_from_name(const char *name, enum dry_level *out_level)
{
    size_t at = find_name(level_names, DRY_LEVELS, name);

    if (at == DRY_LEVELS) {
        return false;
    }
    *out_level = (enum dry_level)at;
    return true;
}

bool dry_verdict_from_name(const char *name, enum dry_verdict *out_verdict)
{
    size_t at = find_name(verdict_names, DRY_VERDICTS, name);

    if (at == DRY_VERDICTS) {
        return false;
    }
    *out_verdict = (enum dry_verdict)at;
    return true;
}

bool dry_verdict_conforms(enum dry_verdict verdict)
{
    return verdict == DRY_PASS || verdict == DRY_NONSTRICT ||
           verdict == DRY_XFAIL || verdict == DRY_NOTED || verdict == DRY_SKIP;
}

char *dry_result_to_line(const struct dry_result *result)
{
    __attribute__((cleanup(free_json))) cJSON *root = cJSON_CreateObject();
    char *text = NULL;
    char *line = NULL;
    size_t len = 0;

    cJSON_AddStringToObject(root, "id", result->id);
    cJSON_AddStringToObject(root, "verdict", dry_verdict_name(result->verdict));
    cJSON_AddStringToObject(root, "level", dry_level_name(result->level));
    cJSON_AddNumberToObject(root, "ms", (double)result->ms);
    cJSON_AddStringToObject(root, "expected", result->expected);
    cJSON_AddStringToObject(root, "observed", result->observed);
    cJSON_AddStringToObject(root, "reason", result->reason);
    text = cJSON_PrintUnformatted(root);
    if (text == NULL) {
        return NULL;
    }
    len = strlen(text);
    line = realloc(text, len + 2);
    if (line == NULL) {
        free(text);
        return NULL;
    }
    memcpy(line + len, "\n", 2);
    return line;
}

/* Copy a string member; false when it is absent or does not fit. */
static bool copy_text(char *out, size_t size, const cJSON *object,
                      const char *name)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    if (text == NULL || strlen(text) >= size) {
        return false;
    }
    memcpy(out, text, strlen(text) + 1);
    return true;
}

bool dry_result_from_line(struct dry_result *out_result, const char *line,
                          size_t len)
{
    __attribute__((cleanup(free_json))) cJSON *root =
        cJSON_ParseWithLength(line, len);
    const cJSON *ms = cJSON_GetObjectItemCaseSensitive(root, "ms");
    struct dry_result result = {0};
    char level[DRY_ID_MAX];
    char verdict[DRY_ID_MAX];

    if (!cJSON_IsNumber(ms) || ms->valuedouble < 0 || ms->valuedouble > 1e12 ||
        !copy_text(result.id, sizeof(result.id), root, "id") ||
        !copy_text(level, sizeof(level), root, "level") ||
        !copy_text(verdict, sizeof(verdict), root, "verdict") ||
        !copy_text(result.expected, DRY_TEXT_MAX, root, "expected") ||
        !copy_text(result.observed, DRY_TEXT_MAX, root, "observed") ||
        !copy_text(result.reason, DRY_TEXT_MAX, root, "reason") ||
        !dry_level_from_name(level, &result.level) ||
        !dry_verdict_from_name(verdict, &result.verdict)) {
        return false;
    }
    result.ms = (uint64_t)ms->valuedouble;
    *out_result = result;
    return true;
}
