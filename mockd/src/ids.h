/* SPDX-License-Identifier: MIT */
/*
 * ids.h - find an exec's recorded id in a stream, and show another instead.
 *
 * The id may lie across segments; the other one is equally long, so nothing
 * else in the stream changes.
 */
#ifndef MD_IDS_H
#define MD_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

/* Where ids stand in the data of a stream. Everything is borrowed. */
struct md_ids {
    const uint64_t *offsets; /* ascending */
    size_t count;
    const char *id; /* to show */
    size_t id_len;
};

/*
 * Search the data of @stream for the literal of @var, once.
 *
 * Returns MOCKD_OK (stream->ids is set), or MOCKD_E_SYSTEM (memory, a sidecar
 * cannot be read).
 */
enum mockd_code md_ids_find(struct md_fixture *fixture,
                            struct md_stream *stream, int var,
                            struct mockd_error *err);

/* Is part of an id in the @len bytes at @off of the data? */
bool md_ids_touch(const struct md_ids *ids, uint64_t off, size_t len);

/* Put the id over the recorded one in @bytes, which are those at @off. */
void md_ids_put(const struct md_ids *ids, uint64_t off, uint8_t *bytes,
                size_t len);

#endif
