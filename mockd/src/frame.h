/* SPDX-License-Identifier: MIT */
/*
 * frame.h - what a data event is on the wire: its payload, in frames or not.
 *
 *     kind 0 0 0 length(4, big-endian) payload
 */
#ifndef MD_FRAME_H
#define MD_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

#define MD_FRAME_HEADER 8

void md_frame_header(uint8_t kind, uint32_t len,
                     uint8_t out_header[MD_FRAME_HEADER]);

/* Bytes of the event with its frames' headers. */
uint64_t md_frame_total(const struct md_event *event);

/*
 * Copy what one write sends from wire offset @off on: the rest of a frame, or
 * @size bytes of it.
 *
 * Returns MOCKD_OK, or MOCKD_E_SYSTEM when a sidecar cannot be read.
 */
enum mockd_code md_frame_read(const struct md_event *event, uint64_t off,
                              uint8_t *out, size_t size, size_t *out_len,
                              struct mockd_error *err);

#endif
