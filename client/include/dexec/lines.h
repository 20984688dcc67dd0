/* SPDX-License-Identifier: MIT */
/*
 * lines.h - the lines of a stream's chunks.
 *
 * Happy path: dexec_lines_new(); for each chunk of dexec_stream_next()
 * dexec_lines_feed(), then dexec_lines_next() until it returns false;
 * dexec_lines_free(). The chunk of DEXEC_KIND_END brings out the lines that
 * had no newline; after a stream that ended with an error feed one made by
 * hand.
 *
 * Nothing is dropped and nothing is added: the pieces of one kind in their
 * order, each newline behind its line, are the bytes of that kind. A carriage
 * return is one of the line's bytes. What comes out does not depend on how the
 * bytes were cut into chunks.
 *
 * A splitter uses its client's allocator only; it may be used by one thread at
 * a time.
 */
#ifndef DEXEC_LINES_H
#define DEXEC_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include <dexec/client.h>
#include <dexec/error.h>
#include <dexec/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dexec_lines; /* opaque; made by dexec_lines_new() */

/* Start from DEXEC_LINES_OPTIONS_INIT; zero is the default of every field. */
struct dexec_lines_options {
    size_t size;     /* sizeof of the struct the caller compiled */
    size_t capacity; /* bytes of the longest line that comes in one piece, 16
                      * to 16 MiB; 0 = 64 KiB. So much memory is taken for
                      * each kind that ends a chunk inside a line, when it
                      * first does */
};

#define DEXEC_LINES_OPTIONS_INIT                                               \
    {                                                                          \
        .size = sizeof(struct dexec_lines_options)                             \
    }

enum dexec_line_end {
    DEXEC_LINE_NEWLINE, /* its newline, which is not part of the data */
    DEXEC_LINE_CUT,     /* longer than the capacity: more of it follows */
    DEXEC_LINE_LAST     /* the stream ended without a newline */
};

struct dexec_line {
    enum dexec_kind kind;
    const void *data; /* borrowed, from the chunk or from the splitter, until
                       * the next call on it; no NUL behind it */
    size_t len;       /* bytes; 0 for an empty line */
    enum dexec_line_end end;
};

/*
 * Make a splitter, which holds a line of each kind apart.
 *
 * @client     borrowed for the call
 * @options    NULL = all defaults
 * @out_lines  yours; give it to dexec_lines_free()
 *
 * Returns DEXEC_OK, or DEXEC_E_INVALID (a capacity out of its range, an
 * unknown options->size) or DEXEC_E_NOMEM.
 */
DEXEC_EXPORT enum dexec_code
dexec_lines_new(struct dexec_client *client,
                const struct dexec_lines_options *options,
                struct dexec_lines **out_lines, struct dexec_error *err);

/*
 * Give the splitter a chunk to take lines from. After DEXEC_KIND_END it is as
 * new.
 *
 * @chunk  the struct is borrowed for the call, its data until
 *         dexec_lines_next() returns false
 *
 * Returns DEXEC_OK or
 *   DEXEC_E_INVALID  an unknown kind, or dexec_lines_next() has not returned
 *                    false since the last chunk
 *   DEXEC_E_NOMEM    never for DEXEC_KIND_END
 * After either nothing of @chunk was taken: it may be fed again.
 */
DEXEC_EXPORT enum dexec_code dexec_lines_feed(struct dexec_lines *lines,
                                              const struct dexec_chunk *chunk,
                                              struct dexec_error *err);

/*
 * Take the next line, or the next piece of one longer than the capacity: such
 * a piece is cut up to 3 bytes short rather than inside a UTF-8 character.
 *
 * @out_line  set when there is one
 *
 * Returns false when there is none: feed the next chunk.
 */
DEXEC_EXPORT bool dexec_lines_next(struct dexec_lines *lines,
                                   struct dexec_line *out_line);

/* Free @lines, which may be NULL, with what it holds. May come after its
 * client's end. */
DEXEC_EXPORT void dexec_lines_free(struct dexec_lines *lines);

#ifdef __cplusplus
}
#endif

#endif
