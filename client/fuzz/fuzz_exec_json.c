/* SPDX-License-Identifier: MIT */
/* fuzz_exec_json.c - any bytes as an answer's JSON: read or refused whole. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exec_json.h"
#include "refusal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t length(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

/* Every string must be one: touch each byte. */
static size_t touch(const struct dexec_inspect *inspect)
{
    const struct dexec_process *process = inspect->process;
    size_t len = length(inspect->id) + length(inspect->container_id) +
                 length(inspect->detach_keys);

    if (process == NULL) {
        return len;
    }
    len += length(process->entrypoint) + length(process->user);
    for (size_t i = 0;
         process->arguments != NULL && process->arguments[i] != NULL; i++) {
        len += strlen(process->arguments[i]);
    }
    return len;
}

static void read_inspect(struct dx_view text)
{
    struct dx_mem mem = {0};
    struct dexec_inspect *inspect = NULL;
    struct dexec_error err = {0};

    (void)dx_mem_init(&mem, NULL);
    if (dx_json_read_inspect(text, &mem, &inspect, &err) != DEXEC_OK) {
        if (inspect != NULL || err.message[0] == '\0') {
            abort();
        }
        return;
    }
    if (touch(inspect) > text.len) {
        abort();
    }
    dx_mem_free(&mem, inspect);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dx_view text = {.data = data, .len = size};
    struct dexec_id id = {.text = ""};
    struct dx_json_version version = {.newest = ""};
    struct dexec_error err = {0};

    read_inspect(text);
    if (dx_json_read_id(text, &id, NULL) == DEXEC_OK && id.text[0] == '\0') {
        abort();
    }
    (void)dx_json_read_version(text, &version, NULL);
    if (dx_refusal(500, text, &err) != DEXEC_E_HTTP || err.message[0] == '\0' ||
        strchr(err.message, '\n') != NULL) {
        abort();
    }
    return 0;
}
