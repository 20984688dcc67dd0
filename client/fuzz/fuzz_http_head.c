/* SPDX-License-Identifier: MIT */
/*
 * fuzz_http_head.c - however a head is cut, it is read the same; what is
 * behind it stays.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum dexec_code code;
    bool is_done;
    size_t used;
    struct dx_http_head head;
};

static struct outcome read_in_pieces(const uint8_t *data, size_t size,
                                     size_t piece)
{
    struct dx_head_reader reader = {0};
    struct outcome outcome = {0};

    while (outcome.used < size && outcome.code == DEXEC_OK &&
           !outcome.is_done) {
        size_t left = size - outcome.used;
        struct dx_view in = {.data = data + outcome.used,
                             .len = left < piece ? left : piece};
        size_t fed = in.len;

        outcome.code = dx_head_next(&reader, &in, &outcome.is_done, NULL);
        outcome.used += fed - in.len;
        if (outcome.code == DEXEC_OK && !outcome.is_done && in.len > 0) {
            abort();
        }
    }
    outcome.head = reader.head;
    return outcome;
}

static bool is_same(const struct outcome *a, const struct outcome *b)
{
    return a->code == b->code && a->is_done == b->is_done &&
           a->used == b->used && a->head.status == b->head.status &&
           a->head.has_length == b->head.has_length &&
           a->head.length == b->head.length &&
           a->head.is_chunked == b->head.is_chunked &&
           strcmp(a->head.content_type, b->head.content_type) == 0;
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
    if (!is_same(&whole, &cut)) {
        abort();
    }
    if (whole.is_done &&
        (whole.head.status == 100 || whole.head.status > 999)) {
        abort();
    }
    return 0;
}
