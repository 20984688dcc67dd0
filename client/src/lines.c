/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include <dexec/lines.h>

#include "client.h"
#include "fail.h"
#include "limits.h"
#include "mem.h"
#include "utf8.h"
#include "view.h"

#define KINDS DEXEC_KIND_END /* all kinds before it have lines */

/* The beginning of a line whose end has not come. */
struct hold {
    uint8_t *data; /* capacity bytes; NULL before the first use */
    size_t len;    /* bytes in use */
    size_t given;  /* of them, in front: the caller's line until it is back */
};

struct dexec_lines {
    struct dx_mem mem; /* a copy: nothing else of the client is needed */
    size_t capacity;
    struct dx_view in;    /* what is left of the chunk */
    enum dexec_kind kind; /* of the chunk */
    bool is_busy;         /* until next has said that there is no more */
    struct hold holds[KINDS];
};

enum dexec_code dexec_lines_new(struct dexec_client *client,
                                const struct dexec_lines_options *options,
                                struct dexec_lines **out_lines,
                                struct dexec_error *err)
{
    static const struct dexec_lines_options defaults = DEXEC_LINES_OPTIONS_INIT;
    struct dexec_lines *lines = NULL;
    size_t capacity = 0;

    options = options == NULL ? &defaults : options;
    if (options->size != sizeof(*options)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "lines options: size is %zu, expected %zu; start from "
                       "DEXEC_LINES_OPTIONS_INIT",
                       options->size, sizeof(*options));
    }
    capacity = options->capacity == 0 ? DX_LINE_DEFAULT : options->capacity;
    if (capacity < DX_LINE_MIN || capacity > DX_LINE_MAX) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "lines options: capacity is %zu, expected %u to %u",
                       capacity, DX_LINE_MIN, DX_LINE_MAX);
    }
    lines = dx_mem_alloc(&client->mem, sizeof(*lines));
    if (lines == NULL) {
        return dx_fail_memory(err);
    }
    *lines = (struct dexec_lines){.mem = client->mem, .capacity = capacity};
    *out_lines = lines;
    return DEXEC_OK;
}

/* Only a chunk that ends inside a line leaves a rest. Its memory is had here,
 * so that dexec_lines_next() cannot fail. */
static bool prepare(struct dexec_lines *lines, const struct dexec_chunk *chunk)
{
    struct hold *hold = &lines->holds[chunk->kind];
    const uint8_t *data = chunk->data;

    if (hold->data == NULL && chunk->len > 0 && data[chunk->len - 1] != '\n') {
        hold->data = dx_mem_alloc(&lines->mem, lines->capacity);
        return hold->data != NULL;
    }
    return true;
}

enum dexec_code dexec_lines_feed(struct dexec_lines *lines,
                                 const struct dexec_chunk *chunk,
                                 struct dexec_error *err)
{
    bool is_end = chunk->kind == DEXEC_KIND_END;

    if (lines->is_busy) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "lines: a chunk was fed before the last one's lines "
                       "were all taken; take lines until there is none");
    }
    if ((unsigned)chunk->kind > DEXEC_KIND_END) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "lines: chunk of the unknown kind %u",
                       (unsigned)chunk->kind);
    }
    if (!is_end && !prepare(lines, chunk)) {
        return dx_fail_memory(err);
    }
    lines->kind = chunk->kind;
    lines->in = (struct dx_view){.data = is_end ? NULL : chunk->data,
                                 .len = is_end ? 0 : chunk->len};
    lines->is_busy = true;
    return DEXEC_OK;
}

/* The line that lay in the hold is the caller's no longer. Where anything is
 * left, it is the beginning of a character. */
static void drop_given(struct hold *hold)
{
    hold->len -= hold->given;
    if (hold->given > 0 && hold->len > 0) {
        memmove(hold->data, hold->data + hold->given, hold->len);
    }
    hold->given = 0;
}

/* Add the first @len bytes of the chunk to what is held. */
static void keep(struct hold *hold, struct dx_view *in, size_t len)
{
    struct dx_view part = dx_view_take(in, len);

    if (part.len > 0) {
        memcpy(hold->data + hold->len, part.data, part.len);
        hold->len += part.len;
    }
}

/*
 * A line ends at @len bytes of the chunk, or has filled a piece there: give it
 * from where it lies, which is the hold if its beginning is there.
 */
static void give(struct dexec_lines *lines, size_t len, enum dexec_line_end end,
                 struct dexec_line *out_line)
{
    struct hold *hold = &lines->holds[lines->kind];
    struct dx_view piece = {.data = lines->in.data, .len = len};
    bool is_held = hold->len > 0;

    if (is_held) {
        keep(hold, &lines->in, len);
        piece = (struct dx_view){.data = hold->data, .len = hold->len};
    }
    if (end == DEXEC_LINE_CUT) {
        piece.len -= dx_utf8_open(piece);
    }
    if (is_held) {
        hold->given = piece.len;
    } else {
        (void)dx_view_take(&lines->in, piece.len);
    }
    if (end == DEXEC_LINE_NEWLINE) {
        (void)dx_view_take(&lines->in, 1);
    }
    *out_line = (struct dexec_line){
        .kind = lines->kind, .data = piece.data, .len = piece.len, .end = end};
}

/* A line is cut only when one byte more than a piece holds is there and is no
 * newline: so there is always more of it to come. */
static bool next_of_chunk(struct dexec_lines *lines,
                          struct dexec_line *out_line)
{
    struct hold *hold = &lines->holds[lines->kind];
    const struct dx_view *in = &lines->in;
    const uint8_t *newline = NULL;
    size_t room = 0;

    drop_given(hold);
    room = lines->capacity - hold->len;
    if (in->len > 0) {
        newline = memchr(in->data, '\n', in->len <= room ? in->len : room + 1);
    }
    if (newline != NULL) {
        give(lines, (size_t)(newline - in->data), DEXEC_LINE_NEWLINE, out_line);
        return true;
    }
    if (in->len > room) {
        give(lines, room, DEXEC_LINE_CUT, out_line);
        return true;
    }
    keep(hold, &lines->in, in->len);
    return false;
}

static bool next_of_holds(struct dexec_lines *lines,
                          struct dexec_line *out_line)
{
    for (size_t i = 0; i < KINDS; i++) {
        struct hold *hold = &lines->holds[i];

        drop_given(hold);
        if (hold->len > 0) {
            hold->given = hold->len;
            *out_line = (struct dexec_line){.kind = (enum dexec_kind)i,
                                            .data = hold->data,
                                            .len = hold->len,
                                            .end = DEXEC_LINE_LAST};
            return true;
        }
    }
    return false;
}

bool dexec_lines_next(struct dexec_lines *lines, struct dexec_line *out_line)
{
    lines->is_busy = lines->kind == DEXEC_KIND_END
                         ? next_of_holds(lines, out_line)
                         : next_of_chunk(lines, out_line);
    return lines->is_busy;
}

void dexec_lines_free(struct dexec_lines *lines)
{
    struct dx_mem mem = {0};

    if (lines == NULL) {
        return;
    }
    mem = lines->mem;
    for (size_t i = 0; i < KINDS; i++) {
        dx_mem_free(&mem, lines->holds[i].data);
    }
    dx_mem_free(&mem, lines);
}
