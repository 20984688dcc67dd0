/* SPDX-License-Identifier: MIT */
/* fuzz_endpoint.c - an accepted address, read again, is the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text)
{
    struct dx_endpoint once = {0};
    struct dx_endpoint again = {0};

    if (dx_endpoint_parse(text, &once, NULL) != DEXEC_OK) {
        return;
    }
    if (dx_endpoint_parse(once.address, &again, NULL) != DEXEC_OK ||
        strcmp(once.address, again.address) != 0 ||
        strcmp(once.authority, again.authority) != 0 ||
        once.is_unix != again.is_unix || once.port != again.port) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    check(text);
    free(text);
    return 0;
}
