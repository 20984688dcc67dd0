/* SPDX-License-Identifier: MIT */
/* fuzz_execcast.c - any bytes are a fixture or an error. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "execcast.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct md_fixture *fixture = NULL;
    struct mockd_error err = {0};

    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    if (md_execcast_parse("f", NULL, text, size, &fixture, &err) != MOCKD_OK &&
        err.message[0] == '\0') {
        abort(); /* an error always says what it is */
    }
    md_fixture_free(fixture);
    free(text);
    return 0;
}
