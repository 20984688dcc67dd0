/* SPDX-License-Identifier: MIT */
/*
 * fuzz_context.c - any bytes as config.json and as a context's meta.json: read
 * or refused whole.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "context_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* @value is "x" before; a refusal says why and leaves it. */
static void check(enum dexec_code rc, const struct dexec_error *err,
                  const char *value, size_t value_size, size_t size)
{
    if (rc == DEXEC_OK &&
        (memchr(value, '\0', value_size) == NULL || strlen(value) > size)) {
        abort();
    }
    if (rc != DEXEC_OK && (err->message[0] == '\0' || err->code != rc ||
                           strcmp(value, "x") != 0)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dx_view text = {.data = data, .len = size};
    struct dx_context_name name = {.text = "x"};
    struct dx_context_meta meta = {.host = "x"};
    struct dexec_error err = {0};

    check(dx_json_read_config(text, &name, &err), &err, name.text,
          sizeof(name.text), size);
    err = (struct dexec_error){0};
    check(dx_json_read_context(text, &meta, &err), &err, meta.host,
          sizeof(meta.host), size);
    return 0;
}
