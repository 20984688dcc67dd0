/* SPDX-License-Identifier: MIT */
/*
 * fuzz_frame.c - however the input is cut, the frames are the same: each
 * stream is read whole, and in pieces whose sizes the first byte picks.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that may be observed, folded into a few numbers. */
struct outcome {
    enum dexec_code code;
    uint64_t bytes; /* of payload */
    uint64_t hash;  /* of each payload byte with its kind */
};

static void fold(struct outcome *outcome, const struct dx_frame_chunk *chunk)
{
    for (size_t i = 0; i < chunk->bytes.len; i++) {
        outcome->hash = outcome->hash * 1099511628211U + chunk->bytes.data[i] +
                        256U * (uint64_t)chunk->kind;
    }
    outcome->bytes += chunk->bytes.len;
}

static enum dexec_code feed(struct dx_frame_reader *reader, struct dx_view in,
                            struct outcome *outcome)
{
    struct dx_frame_chunk chunk = {0};
    enum dexec_code rc = DEXEC_OK;

    do {
        rc = dx_frame_next(reader, &in, &chunk, NULL);
        if (rc == DEXEC_OK) {
            fold(outcome, &chunk);
        }
    } while (rc == DEXEC_OK && chunk.bytes.len > 0);
    if (rc == DEXEC_OK && in.len != 0) {
        abort();
    }
    return rc;
}

static struct outcome read_in_pieces(const uint8_t *data, size_t size,
                                     size_t piece)
{
    struct dx_frame_reader reader = {0};
    struct outcome outcome = {0};

    for (size_t at = 0; at < size && outcome.code == DEXEC_OK; at += piece) {
        size_t left = size - at;

        outcome.code =
            feed(&reader,
                 (struct dx_view){.data = data + at,
                                  .len = left < piece ? left : piece},
                 &outcome);
    }
    if (outcome.code == DEXEC_OK) {
        outcome.code = dx_frame_finish(&reader, NULL);
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
    if (whole.code != cut.code || whole.bytes != cut.bytes ||
        whole.hash != cut.hash) {
        abort();
    }
    return 0;
}
