/* SPDX-License-Identifier: MIT */
/*
 * fuzz_lines.c - lines, joined, are their kind's bytes; no piece passes the
 * capacity or ends inside a UTF-8 character. So are the pieces of dx_utf8.
 *
 * The first three bytes pick the capacity, the size of the chunks, and how
 * many chunks in turn are of one kind.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/lines.h>

#include "client.h"
#include "utf8.h"

#define KINDS DEXEC_KIND_END

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must come out: the bytes of one kind. */
struct want {
    uint8_t *data;
    size_t len;
    size_t at; /* bytes of it that came */
};

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

/* Bytes of the well-formed character in front, 0 if there is none. By the
 * value of its code point, not by a table of bytes as in utf8.c. */
static size_t char_at(const uint8_t *data, size_t len)
{
    static const uint32_t first[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = 1;
    uint32_t point = 0;

    while (n < 6 && (data[0] & (0x80 >> n)) != 0) {
        n++;
    }
    if ((data[0] & 0x80) == 0 || n < 2 || n > 4 || n > len) {
        return 0;
    }
    point = data[0] & (0x7FU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((data[i] & 0xC0) != 0x80) {
            return 0;
        }
        point = point << 6 | (data[i] & 0x3FU);
    }
    return point >= first[n] && point <= 0x10FFFF && point >> 11 != 0x1B ? n
                                                                         : 0;
}

static void require_no_split(const uint8_t *data, size_t len, size_t at)
{
    for (size_t back = 1; back <= 3 && back <= at; back++) {
        require(char_at(data + at - back, len - (at - back)) <= back);
    }
}

static void take(struct want *want, const void *data, size_t len)
{
    require(len <= want->len - want->at);
    require(len == 0 || memcmp(want->data + want->at, data, len) == 0);
    want->at += len;
}

static void take_line(struct want *want, const struct dexec_line *line,
                      size_t capacity)
{
    require(line->len <= capacity);
    require(line->len == 0 || memchr(line->data, '\n', line->len) == NULL);
    take(want, line->data, line->len);
    switch (line->end) {
    case DEXEC_LINE_NEWLINE:
        take(want, "\n", 1);
        break;
    case DEXEC_LINE_CUT:
        require(line->len + 3 >= capacity);
        require(want->at < want->len && want->data[want->at] != '\n');
        require_no_split(want->data, want->len, want->at);
        break;
    case DEXEC_LINE_LAST:
        require(line->len > 0 && want->at == want->len);
        break;
    }
}

static void feed(struct dexec_lines *lines, enum dexec_kind kind,
                 const uint8_t *data, size_t len, struct want *wants,
                 size_t capacity)
{
    struct dexec_chunk chunk = {.kind = kind, .data = data, .len = len};
    struct dexec_line line = {0};

    if (kind != DEXEC_KIND_END) {
        memcpy(wants[kind].data + wants[kind].len, data, len);
        wants[kind].len += len;
    }
    require(dexec_lines_feed(lines, &chunk, NULL) == DEXEC_OK);
    while (dexec_lines_next(lines, &line)) {
        take_line(&wants[line.kind], &line, capacity);
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void split_lines(const uint8_t *data, size_t size, size_t capacity,
                        size_t piece, size_t turns)
{
    struct dexec_lines_options options = DEXEC_LINES_OPTIONS_INIT;
    struct dexec_client client = {0};
    struct dexec_lines *lines = NULL;
    struct want wants[KINDS] = {0};

    options.capacity = capacity;
    require(dx_mem_init(&client.mem, NULL));
    require(dexec_lines_new(&client, &options, &lines, NULL) == DEXEC_OK);
    for (size_t i = 0; i < KINDS; i++) {
        wants[i].data = malloc(size + 1);
        require(wants[i].data != NULL);
    }
    for (size_t at = 0; at < size; at += piece) {
        feed(lines, (enum dexec_kind)(at / piece / turns % KINDS), data + at,
             smaller(piece, size - at), wants, capacity);
    }
    feed(lines, DEXEC_KIND_END, NULL, 0, wants, capacity);
    for (size_t i = 0; i < KINDS; i++) {
        require(wants[i].at == wants[i].len);
        free(wants[i].data);
    }
    dexec_lines_free(lines);
}

static void split_utf8(const uint8_t *data, size_t size, size_t piece)
{
    struct want want = {.data = malloc(size + 1), .len = size};
    struct dx_utf8 utf8 = {0};
    struct dx_view part = {0};

    require(want.data != NULL);
    memcpy(want.data, data, size);
    for (size_t at = 0; at < size; at += piece) {
        struct dx_view in = {.data = data + at,
                             .len = smaller(piece, size - at)};

        while ((part = dx_utf8_next(&utf8, &in)).len > 0) {
            take(&want, part.data, part.len);
            require_no_split(want.data, want.len, want.at);
        }
        require(in.len == 0 && smaller(at + piece, size) <= want.at + 3);
    }
    part = dx_utf8_finish(&utf8);
    require(part.len <= 3);
    take(&want, part.data, part.len);
    require(want.at == want.len);
    free(want.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 3) {
        size_t piece = data[1] % 64U + 1;

        split_lines(data + 3, size - 3, 16 + data[0] % 48U, piece,
                    data[2] % 8U + 1);
        split_utf8(data + 3, size - 3, piece);
    }
    return 0;
}
