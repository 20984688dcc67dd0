/* SPDX-License-Identifier: MIT */
/* json.c - a finished run as JSON. */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "report.h"

size_t dry_report_count(const struct dry_report *report,
                        enum dry_verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < report->count; i++) {
        count += report->cases[i].result.verdict == verdict;
    }
    return count;
}

static void add_rules(cJSON *object, const char *rules)
{
    cJSON *list = cJSON_AddArrayToObject(object, "rules");

    while (*rules != '\0') {
        size_t len = strcspn(rules, " ");
        char *rule = strndup(rules, len);

        cJSON_AddItemToArray(list, cJSON_CreateString(rule));
        free(rule);
        rules += len + strspn(rules + len, " ");
    }
}

static cJSON *describe_case(const struct dry_report_case *row)
{
    const struct dry_result *result = &row->result;
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "id", row->id);
    cJSON_AddStringToObject(object, "name", row->name);
    cJSON_AddStringToObject(object, "area", row->area);
    cJSON_AddStringToObject(object, "level", dry_level_name(result->level));
    add_rules(object, row->rules);
    cJSON_AddStringToObject(object, "verdict",
                            dry_verdict_name(result->verdict));
    cJSON_AddNumberToObject(object, "ms", (double)result->ms);
    cJSON_AddStringToObject(object, "expected", result->expected);
    cJSON_AddStringToObject(object, "observed", result->observed);
    cJSON_AddStringToObject(object, "reason", result->reason);
    return object;
}

static cJSON *describe_engine(const struct dry_engine *engine)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "family", engine->family);
    cJSON_AddStringToObject(object, "version", engine->version);
    return object;
}

static cJSON *describe_counts(const struct dry_report *report)
{
    cJSON *object = cJSON_CreateObject();

    for (int verdict = 0; verdict < DRY_VERDICTS; verdict++) {
        cJSON_AddNumberToObject(
            object, dry_verdict_name((enum dry_verdict)verdict),
            (double)dry_report_count(report, (enum dry_verdict)verdict));
    }
    return object;
}

char *dry_report_to_json(const struct dry_report *report)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *cases = cJSON_CreateArray();
    char *text = NULL;

    for (size_t i = 0; i < report->count; i++) {
        cJSON_AddItemToArray(cases, describe_case(&report->cases[i]));
    }
    cJSON_AddStringToObject(root, "drydock", report->version);
    cJSON_AddItemToObject(root, "engine", describe_engine(&report->engine));
    cJSON_AddStringToObject(root, "host", report->host);
    cJSON_AddStringToObject(root, "started", report->started);
    cJSON_AddItemToObject(root, "cases", cases);
    cJSON_AddItemToObject(root, "counts", describe_counts(report));
    cJSON_AddNumberToObject(root, "exit", report->exit_status);
    text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}
