/* SPDX-License-Identifier: MIT */
/*
 * fuzz_tools.c - whatever loads once its end is counted can be shown and
 * checked, and does not differ from itself.
 */
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
    if (again_len != len || memcmp(again, text, len) != 0) {
        abort(); /* what is right stays as it is */
    }
    must(md_source_load(&source, &fixture, NULL));
    use(&source, fixture);
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
    for (size_t i = 0; i + 5 <= size; i++) {
        if (memcmp(data + i, "fill\"", 5) == 0) {
            return 0; /* bulk is the loader's business, and takes long */
        }
    }
    (void)md_draft_check(&source, take_mistake, NULL, NULL);
    if (md_draft_recount(&source, take_mistake, NULL, &text, &len, NULL) ==
        MOCKD_OK) {
        use_text(text, len);
    }
    return 0;
}
