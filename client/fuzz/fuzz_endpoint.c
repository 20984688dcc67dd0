/* SPDX-License-Identifier: MIT */
/*
 * fuzz_endpoint.c - an accepted address, read again, is the same; what becomes
 * an argument of ssh is none of its options.
 */
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
    struct dexec_error err = {0};

    if (dx_endpoint_parse(text, &once, &err) != DEXEC_OK) {
        if (err.message[0] == '\0') {
            abort();
        }
        return;
    }
    if (once.user[0] == '-' ||
        (once.scheme == DX_SCHEME_SSH && once.host[0] == '-')) {
        abort();
    }
    if (dx_endpoint_parse(once.address, &again, NULL) != DEXEC_OK ||
        strcmp(once.address, again.address) != 0 ||
        strcmp(once.authority, again.authority) != 0 ||
        strcmp(once.user, again.user) != 0 ||
        strcmp(once.host, again.host) != 0 ||
        strcmp(once.path, again.path) != 0 || once.scheme != again.scheme ||
        once.port != again.port) {
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
