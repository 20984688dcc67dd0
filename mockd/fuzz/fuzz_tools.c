/* SPDX-License-Identifier: MIT */
/*
 * fuzz_tools.c - whatever loads, a recording once its end is counted, can be
 * shown and checked, and does not differ from itself.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "cleanup.h"
#include "compare.h"
#include "draft.h"
#include "view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODIES_MAX 65536 /* bytes of all bodies: more takes too long */

static FILE *nowhere;

static void take_mistake(void *user, uint32_t line, const char *message)
{
    (void)line;
    (void)user;
    if (message[0] == '\0') {
        abort(); /* a mistake always says what it is */
    }
}

static void take_finding(void *user, enum md_finding finding, const char *path,
                         uint32_t line, const char *message)
{
    (void)user;
    (void)path;
    (void)line;
    if (md_finding_name(finding)[0] == '\0' || message[0] == '\0') {
        abort();
    }
}

static void must(enum mockd_code rc)
{
    if (rc != MOCKD_OK) {
        abort(); /* there are no sidecars that could be missing */
    }
}

static bool has_bulk(const struct md_fixture *fixture)
{
    uint64_t len = 0;

    for (size_t i = 0; i < fixture->rule_count; i++) {
        len += fixture->rules[i].reply_body.len + fixture->rules[i].body.len;
    }
    return len > BODIES_MAX;
}

static void use(const struct md_source *source,
                const struct md_fixture *fixture)
{
    const struct md_checker checker = {take_finding, NULL};
    const struct md_side side = {source, fixture};
    struct md_view text = {.out = nowhere, .max = 64, .has_colour = true};
    struct md_view hex = {.out = nowhere, .is_hex = true};
    struct md_view json = {.out = nowhere, .max = 2, .is_json = true};
    struct md_comparison same = {
        .out = stderr, .has_segments = true, .a = side, .b = side};

    must(md_view_fixture(&text, source, fixture, NULL));
    must(md_view_fixture(&hex, source, fixture, NULL));
    must(md_view_fixture(&json, source, fixture, NULL));
    must(md_check_fixture(&checker, source, fixture, NULL));
    must(md_compare_fixtures(&same, NULL));
    if (same.count > 0) {
        abort();
    }
}

/* @text is as --fix would leave it. */
static void use_text(const char *text, size_t len)
{
    MD_CLEANUP(md_source_release) struct md_source source = {0};
    MD_CLEANUP(md_fixture_cleanup) struct md_fixture *fixture = NULL;
    MD_CLEANUP(md_cleanup_free) char *again = NULL;
    size_t again_len = 0;

    must(md_source_copy(&source, "f", NULL, text, len, NULL));
    must(md_draft_check(&source, take_mistake, NULL, NULL));
    must(md_draft_recount(&source, take_mistake, NULL, &again, &again_len,
                          NULL));
    must(md_source_load(&source, &fixture, NULL));
    if ((again == NULL) != fixture->is_script) {
        abort(); /* a script is not counted, and no other is left alone */
    }
    if (again != NULL && (again_len != len || memcmp(again, text, len) != 0)) {
        abort(); /* what is right stays as it is */
    }
    if (!has_bulk(fixture)) {
        use(&source, fixture);
    }
}

static bool contains(const uint8_t *data, size_t size, const char *part)
{
    size_t len = strlen(part);

    for (size_t i = 0; i + len <= size; i++) {
        if (memcmp(data + i, part, len) == 0) {
            return true;
        }
    }
    return false;
}

/* As its first line says; only a seed has comments before it. */
static bool is_script(const uint8_t *data, size_t size)
{
    const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);

    return contains(data, end == NULL ? size : (size_t)(end - data),
                    "\"script\":true");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MD_CLEANUP(md_source_release) struct md_source source = {0};
    MD_CLEANUP(md_cleanup_free) char *text = NULL;
    size_t len = 0;

    if (nowhere == NULL) {
        nowhere = fopen("/dev/null", "w");
    }
    must(md_source_copy(&source, "f", NULL, (const char *)data, size, NULL));
    if (!is_script(data, size) && contains(data, size, "fill\"")) {
        return 0; /* bulk is the loader's business, and takes long */
    }
    (void)md_draft_check(&source, take_mistake, NULL, NULL);
    if (md_draft_recount(&source, take_mistake, NULL, &text, &len, NULL) ==
        MOCKD_OK) {
        use_text(text == NULL ? (const char *)data : text,
                 text == NULL ? size : len);
    }
    return 0;
}
