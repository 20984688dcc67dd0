/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - cut bytes into pieces that end between two UTF-8 characters.
 *
 * Nothing is dropped, added or replaced: the pieces one after the other are
 * the input. Bytes that are no UTF-8 (RFC 3629) are passed on as they are and
 * are held back no longer than they could have become a character.
 */
#ifndef DX_UTF8_H
#define DX_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "view.h"

#define DX_UTF8_CHAR_MAX 4U /* bytes of the longest character */

/* One stream's. Zero-initialise to start. Fields are private. */
struct dx_utf8 {
    uint8_t held[DX_UTF8_CHAR_MAX];  /* the beginning of a character */
    size_t held_len;                 /* bytes of it, 0 to 3 between calls */
    uint8_t given[DX_UTF8_CHAR_MAX]; /* the last piece that was held */
};

/*
 * Count the bytes at the end of @view, 0 to 3, that begin a character which
 * more bytes could make whole.
 */
size_t dx_utf8_open(struct dx_view view);

/*
 * Take the next piece off the front of @in. The up to 3 bytes of a character
 * that @in ends in are held until it is whole; it is then a piece of its own.
 *
 * @in  advanced past every byte used; used up when the piece is empty
 *
 * Returns a piece that lies in @in or in @utf8, valid as long as no other
 * input is given; len 0 means "feed me more input".
 */
struct dx_view dx_utf8_next(struct dx_utf8 *utf8, struct dx_view *in);

/*
 * Declare end of input. Returns the bytes still held, as dx_utf8_next() does;
 * @utf8 is then as new.
 */
struct dx_view dx_utf8_finish(struct dx_utf8 *utf8);

#endif
