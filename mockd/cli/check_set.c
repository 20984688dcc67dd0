/* SPDX-License-Identifier: MIT */
/* check_set.c - what is wrong between fixtures of one folder. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "check.h"
#include "cleanup.h"
#include "files.h"
#include "match.h"
#include "pattern.h"

/* ---- creates */

struct create {
    char *command; /* as JSON: only creates of one command can be the same */
    const struct md_checked *file;
    const struct md_rule *rule;
    size_t order;
};

struct creates {
    struct create *items;
    size_t count;
};

static void release_creates(struct creates *creates)
{
    for (size_t i = 0; i < creates->count; i++) {
        free(creates->items[i].command);
    }
    free(creates->items);
}

static int compare_creates(const void *a, const void *b)
{
    const struct create *left = a;
    const struct create *right = b;
    int order = strcmp(left->command, right->command);

    if (order != 0) {
        return order;
    }
    return left->order < right->order ? -1 : 1;
}

/* Recordings all say what the request was. */
static bool has_create(const struct md_rule *rule)
{
    return rule->is_create && (rule->json != NULL || rule->fixture->is_script);
}

static size_t count_creates(const struct md_checked *files, size_t count)
{
    size_t total = 0;

    for (size_t i = 0; i < count; i++) {
        const struct md_fixture *fixture = files[i].fixture;

        for (size_t j = 0; fixture != NULL && j < fixture->rule_count; j++) {
            total += has_create(&fixture->rules[j]) ? 1 : 0;
        }
    }
    return total;
}

static bool add_create(struct creates *creates, const struct md_checked *file,
                       const struct md_rule *rule)
{
    struct md_buf buf = {.max = (size_t)MD_LINE_MAX * 2};
    const struct md_json *cmd = md_json_get_any_case(
        rule->json != NULL ? rule->json : rule->subset, "Cmd");
    bool is_done =
        cmd == NULL ? md_buf_add_text(&buf, "") : md_json_print(cmd, &buf);

    if (!is_done) {
        md_buf_release(&buf);
        return false;
    }
    creates->items[creates->count] = (struct create){
        .command = buf.data,
        .file = file,
        .rule = rule,
        .order = creates->count,
    };
    creates->count++;
    return true;
}

static bool add_creates(struct creates *creates, const struct md_checked *file)
{
    const struct md_fixture *fixture = file->fixture;

    for (size_t i = 0; i < fixture->rule_count; i++) {
        if (has_create(&fixture->rules[i]) &&
            !add_create(creates, file, &fixture->rules[i])) {
            return false;
        }
    }
    return true;
}

static bool list_creates(const struct md_checked *files, size_t count,
                         struct creates *creates)
{
    creates->items =
        calloc(count_creates(files, count) + 1, sizeof(*creates->items));
    if (creates->items == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (files[i].fixture != NULL && !add_creates(creates, &files[i])) {
            return false;
        }
    }
    return true;
}

/* Are they for the same containers? Variables stand for all that are known, or
 * for all that are not. */
static bool has_same_path(const struct md_on *a, const struct md_on *b)
{
    bool is_variable = a->word_vars[1] != MD_NO_VAR &&
                       b->word_vars[1] != MD_NO_VAR &&
                       a->target.param_count + b->target.param_count == 0;

    return (a->any == MD_NO_VAR) == (b->any == MD_NO_VAR) &&
           (is_variable || strcmp(a->text, b->text) == 0);
}

static bool has_same_body(const struct md_rule *a, const struct md_rule *b)
{
    return a->body.kind == MD_PAYLOAD_BYTES &&
           b->body.kind == MD_PAYLOAD_BYTES && a->body.len == b->body.len &&
           memcmp(a->body.bytes, b->body.bytes, (size_t)a->body.len) == 0;
}

/* Do they ask the same? A json says what each field is, the others are compared
 * as they are written. */
static bool asks_same(const struct md_rule *a, const struct md_rule *b)
{
    if (md_match_rank(a) != md_match_rank(b)) {
        return false;
    }
    if (a->json != NULL) {
        return md_match_create(a->json, b->json) == NULL &&
               md_match_create(b->json, a->json) == NULL;
    }
    if (a->has_body) {
        return has_same_body(a, b);
    }
    return (a->subset == NULL) == (b->subset == NULL) &&
           (a->subset == NULL || md_json_is_equal(a->subset, b->subset)) &&
           md_pattern_is_equal(a->pattern, b->pattern);
}

/* Creates in a row of one file are answers in a row; a container that a file
 * makes has its own at each stage. */
static bool is_same(const struct create *a, const struct create *b)
{
    bool is_row = a->file == b->file && a->rule->group == b->rule->group;
    bool is_one =
        a->rule->life == b->rule->life && a->rule->stage == b->rule->stage;

    return !is_row && is_one && has_same_path(&a->rule->on, &b->rule->on) &&
           asks_same(a->rule, b->rule);
}

static void report_same(const struct md_checker *checker,
                        const struct create *first, const struct create *second)
{
    char message[400];

    (void)snprintf(message, sizeof(message),
                   "the same create as %.300s:%" PRIu32
                   "; a mock answers with that one only",
                   first->file->path, first->rule->line);
    checker->on_finding(checker->user, MD_FINDING_SAME_CREATE,
                        second->file->path, second->rule->line, message);
}

/* The first of them is the one that a mock takes, unless the second names more
 * fields. */
static void report_pair(const struct md_checker *checker,
                        const struct create *first, const struct create *second)
{
    if (second->rule->json_fields > first->rule->json_fields) {
        report_same(checker, second, first);
    } else {
        report_same(checker, first, second);
    }
}

/* The same create as items[@index] before it, or NULL. */
static const struct create *find_same(const struct create *items, size_t index)
{
    for (size_t i = index;
         i > 0 && strcmp(items[i - 1].command, items[index].command) == 0;
         i--) {
        if (is_same(&items[i - 1], &items[index])) {
            return &items[i - 1];
        }
    }
    return NULL;
}

enum mockd_code md_check_creates(const struct md_checker *checker,
                                 const struct md_checked *files, size_t count,
                                 struct mockd_error *err)
{
    MD_CLEANUP(release_creates) struct creates creates = {0};

    if (!list_creates(files, count, &creates)) {
        return md_fail_nomem(err);
    }
    qsort(creates.items, creates.count, sizeof(*creates.items),
          compare_creates);
    for (size_t i = 1; i < creates.count; i++) {
        const struct create *same = find_same(creates.items, i);

        if (same != NULL) {
            report_pair(checker, same, &creates.items[i]);
        }
    }
    return MOCKD_OK;
}

/* ---- sidecars */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* The file called @name in @folder, or NULL. */
static const struct md_checked *find_file(const struct md_checked *files,
                                          size_t count, const char *folder,
                                          const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(files[i].folder, folder) == 0 &&
            strcmp(last_part(files[i].path), name) == 0) {
            return &files[i];
        }
    }
    return NULL;
}

/* Is each fixture in the folder among the files, and did it load? Who knows
 * what another one uses. */
static bool is_all_loaded(const struct md_checked *files, size_t count,
                          const char *folder, const struct md_files *names)
{
    for (size_t i = 0; i < names->count; i++) {
        const struct md_checked *file = NULL;

        if (!md_files_is_fixture(names->paths[i])) {
            continue;
        }
        file = find_file(files, count, folder, names->paths[i]);
        if (file == NULL || file->fixture == NULL) {
            return false;
        }
    }
    return true;
}

static bool uses(const struct md_fixture *fixture, const char *name)
{
    for (const struct md_sidecar *at = fixture->home.sidecars; at != NULL;
         at = at->next) {
        if (strcmp(at->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_used(const struct md_checked *files, size_t count,
                    const char *folder, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(files[i].folder, folder) == 0 && files[i].fixture != NULL &&
            uses(files[i].fixture, name)) {
            return true;
        }
    }
    return false;
}

enum mockd_code md_check_sidecars(const struct md_checker *checker,
                                  const struct md_checked *files, size_t count,
                                  const char *folder, struct mockd_error *err)
{
    MD_CLEANUP(md_files_release) struct md_files names = {0};
    enum mockd_code rc = md_files_in(&names, folder, err);

    if (rc != MOCKD_OK || !is_all_loaded(files, count, folder, &names)) {
        return rc;
    }
    for (size_t i = 0; i < names.count && rc == MOCKD_OK; i++) {
        const char *name = names.paths[i];
        size_t size = strlen(folder) + strlen(name) + 2;
        MD_CLEANUP(md_cleanup_free) char *path = NULL;

        if (find_file(files, count, folder, name) != NULL ||
            is_used(files, count, folder, name)) {
            continue;
        }
        path = malloc(size);
        if (path == NULL) {
            return md_fail_nomem(err);
        }
        (void)snprintf(path, size, "%s/%s", folder, name);
        checker->on_finding(checker->user, MD_FINDING_UNUSED_SIDECAR, path, 0,
                            "no fixture of the folder uses this file");
    }
    return rc;
}
