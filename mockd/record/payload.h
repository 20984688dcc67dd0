/* SPDX-License-Identifier: MIT */
/* payload.h - bytes as the payload of an .execcast line. */
#ifndef MD_REC_PAYLOAD_H
#define MD_REC_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

/* Longer payloads stand in a file beside the recording, so that its lines
 * stay readable. */
#define MD_REC_PAYLOAD_INLINE_MAX 4096

/* Shorter runs of one byte, and shorter binary pieces such as a frame with a
 * few letters in it, are easier to read as escaped text. */
#define MD_REC_PAYLOAD_SHORT 64

/* Add the text with %HH for each byte that is not part of a printable
 * character, and for '%', '"' and '\'; without quotes. */
void md_rec_payload_escape(struct md_rec_bytes *out, const uint8_t *data,
                           size_t len);

/*
 * Add the shortest readable form of a stream segment: "TEXT", {"b64"} or
 * {"fill"}. Returns false, with nothing added, when the segment belongs in a
 * file: it is longer than MD_REC_PAYLOAD_INLINE_MAX and no fill.
 */
bool md_rec_payload_segment(struct md_rec_bytes *out, const uint8_t *data,
                            size_t len);

/*
 * Add {"text"} for the body of an answer. Returns false, with nothing added,
 * when it belongs in a file: longer than MD_REC_PAYLOAD_INLINE_MAX, not
 * UTF-8, or with a NUL.
 */
bool md_rec_payload_body(struct md_rec_bytes *out, const void *data,
                         size_t len);

/* Add the {"file"} form. */
void md_rec_payload_file(struct md_rec_bytes *out, const char *name,
                         uint64_t off, size_t len);

#endif
