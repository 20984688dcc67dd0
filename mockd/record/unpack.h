/* SPDX-License-Identifier: MIT */
/* unpack.h - the bytes that a payload of a journal stands for, counted. */
#ifndef MD_REC_UNPACK_H
#define MD_REC_UNPACK_H

#include <nettle/sha2.h>
#include <stdint.h>

/* Bytes of one payload: a segment has 256 KiB at most. */
#define MD_REC_UNPACK_MAX 1048576

struct cJSON;

/*
 * Count the bytes of an event's payload, or of the head that an array of lines
 * is.
 *
 * @dir_fd   folder of the files that it names
 * @digest   gets them, too; may be NULL
 * @counter  goes up by their number
 *
 * Returns NULL, or what is wrong with it; a constant.
 */
const char *md_rec_unpack(int dir_fd, const struct cJSON *payload,
                          struct sha256_ctx *digest, uint64_t *counter);

#endif
