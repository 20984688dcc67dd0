/* SPDX-License-Identifier: MIT */
/*
 * fuzz_frame.c - however the input is cut, the frames are the same: each
 * stream is read whole, and in pieces whose sizes the first byte picks.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <dexec/frame.h>

#define ROOM_MAX 5 /* chunks a call */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that may be observed, folded into a few numbers. */
struct outcome {
    enum dexec_code code;
    uint64_t bytes; /* of payload */
    uint64_t hash;  /* of each payload byte with its kind */
};

static void fold(struct outcome *outcome, const struct dexec_chunk *chunk)
{
    for (size_t i = 0; i < chunk->len; i++) {
        outcome->hash = outcome->hash * 1099511628211U +
                        ((const uint8_t *)chunk->data)[i] +
                        256U * (uint64_t)chunk->kind;
    }
    outcome->bytes += chunk->len;
}

static enum dexec_code feed(struct dexec_frame_reader *reader,
                            struct dexec_input in, size_t room,
                            struct outcome *outcome)
{
    struct dexec_chunk chunks[ROOM_MAX];
    size_t count = 0;
    enum dexec_code rc = DEXEC_OK;

    do {
        rc = dexec_frame_read(reader, &in, chunks, room, &count, NULL);
        for (size_t i = 0; rc == DEXEC_OK && i < count; i++) {
            fold(outcome, &chunks[i]);
        }
    } while (rc == DEXEC_OK && count > 0);
    if (rc == DEXEC_OK && in.len != 0) {
        abort();
    }
    return rc;
}

static struct outcome read_in_pieces(const uint8_t *data, size_t size,
                                     size_t piece)
{
    struct dexec_frame_reader reader = {0};
    struct outcome outcome = {0};

    for (size_t at = 0; at < size && outcome.code == DEXEC_OK; at += piece) {
        size_t left = size - at;

        outcome.code =
            feed(&reader,
                 (struct dexec_input){.data = data + at,
                                      .len = left < piece ? left : piece},
                 piece % ROOM_MAX + 1, &outcome);
    }
    if (outcome.code == DEXEC_OK) {
        outcome.code = dexec_frame_finish(&reader, NULL);
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
