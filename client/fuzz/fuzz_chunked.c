/* SPDX-License-Identifier: MIT */
/* fuzz_chunked.c - however chunks are cut, their data is the same. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum dexec_code code;
    bool is_over;
    uint64_t bytes;
    uint64_t hash;
    size_t left; /* of the input, behind the body */
};

static enum dexec_code feed(struct dx_chunked *chunked, struct dx_view *in,
                            struct outcome *outcome)
{
    struct dx_view data = {0};
    enum dexec_code rc = DEXEC_OK;

    do {
        rc = dx_chunked_next(chunked, in, &data, NULL);
        for (size_t i = 0; rc == DEXEC_OK && i < data.len; i++) {
            outcome->hash = outcome->hash * 1099511628211U + data.data[i];
            outcome->bytes++;
        }
    } while (rc == DEXEC_OK && data.len > 0);
    return rc;
}

static struct outcome read_in_pieces(const uint8_t *data, size_t size,
                                     size_t piece)
{
    struct dx_chunked chunked = {0};
    struct outcome outcome = {.left = size};

    while (outcome.left > 0 && outcome.code == DEXEC_OK && !outcome.is_over) {
        struct dx_view in = {.data = data + (size - outcome.left),
                             .len =
                                 outcome.left < piece ? outcome.left : piece};
        size_t fed = in.len;

        outcome.code = feed(&chunked, &in, &outcome);
        outcome.is_over = dx_chunked_is_over(&chunked);
        outcome.left -= fed - in.len;
        if (outcome.code == DEXEC_OK && !outcome.is_over && in.len > 0) {
            abort();
        }
    }
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole = {0};
    struct outcome cut = {0};

    if (size == 0) {
        return 0;
    }
    whole = read_in_pieces(data + 1, size - 1, size);
    cut = read_in_pieces(data + 1, size - 1, (size_t)data[0] % 17 + 1);
    if (whole.code != cut.code || whole.is_over != cut.is_over ||
        whole.bytes != cut.bytes || whole.hash != cut.hash ||
        (whole.code == DEXEC_OK && whole.left != cut.left)) {
        abort();
    }
    return 0;
}
