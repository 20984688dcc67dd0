/* SPDX-License-Identifier: MIT */
/* fuzz_payload.c - any JSON is a payload or an error, and can be read. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_back(const struct md_payload *payload)
{
    uint8_t page[256];
    size_t len =
        payload->len < sizeof(page) ? (size_t)payload->len : sizeof(page);

    if (md_payload_read(payload, payload->len - len, page, len, NULL) !=
        MOCKD_OK) {
        abort(); /* there are no files that could be missing */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct md_arena arena = {0};
    struct md_payload_home home = {.arena = &arena, .is_script = true};
    struct md_payload payload = {0};
    struct md_json *json = NULL;
    char *text = malloc(size + 1);

    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    if (md_json_parse(text, size, &json, NULL) == MOCKD_OK &&
        md_payload_parse(json, &home, &payload, NULL) == MOCKD_OK) {
        read_back(&payload);
    }
    md_json_free(json);
    md_arena_release(&arena);
    free(text);
    return 0;
}
