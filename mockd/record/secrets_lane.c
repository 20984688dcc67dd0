/* SPDX-License-Identifier: MIT */
/* secrets_lane.c - the secrets of bytes that come in pieces. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "secrets_own.h"

/* ---- variables: NAME=value ---- */

static bool is_name_byte(int c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_line_end(int c)
{
    return c == '\n' || c == '\r' || c == '\0';
}

static bool ends_value(const struct md_rec_lane *lane, int c)
{
    if (is_line_end(c) || c == lane->value_end) {
        return true;
    }
    return lane->value_end == ' ' && strchr(" \t;&|<>()'\"`", c) != NULL;
}

/* One character of a value; returns its id while the value lasts. */
static unsigned step_value(struct md_rec_lane *lane, int c)
{
    if (lane->is_value_new && lane->value_end == ' ' &&
        (c == '"' || c == '\'')) {
        lane->is_value_new = false;
        lane->value_end = (char)c;
        return 0;
    }
    lane->is_value_new = false;
    if (!ends_value(lane, c)) {
        return lane->value_id;
    }
    lane->value_id = 0;
    lane->is_after_line = is_line_end(c);
    return 0;
}

unsigned md_rec_secret_step(struct md_rec_lane *lane,
                            struct md_rec_secrets *secrets, int c)
{
    if (lane->value_id != 0) {
        return step_value(lane, c);
    }
    if (is_name_byte(c)) {
        if (lane->name_len == 0) {
            lane->is_name_first = !lane->has_begun || lane->is_after_line;
        }
        /* Of a longer name the end counts. */
        if (lane->name_len == MD_REC_SECRET_NAME_MAX) {
            memmove(lane->name, lane->name + 1, --lane->name_len);
        }
        lane->name[lane->name_len++] = (char)c;
    } else {
        lane->name[lane->name_len] = '\0';
        if (c == '=' && lane->name_len > 0) {
            lane->value_id = md_rec_secret_name(secrets, lane->name);
            lane->value_end = lane->is_name_first ? '\n' : ' ';
            lane->is_value_new = true;
        }
        lane->name_len = 0;
    }
    lane->has_begun = true;
    lane->is_after_line = is_line_end(c);
    return 0;
}

/* ---- pieces ---- */

static bool append(struct md_rec_lane *lane, struct md_rec_view piece)
{
    size_t size = lane->size > 0 ? lane->size : 256;
    uint8_t *data = NULL;

    while (size < lane->len + piece.len) {
        size *= 2;
    }
    if (size > lane->size) {
        data = realloc(lane->data, size);
        if (data == NULL) {
            return false;
        }
        lane->data = data;
        lane->size = size;
    }
    memcpy(lane->data + lane->len, piece.data, piece.len);
    lane->len += piece.len;
    return true;
}

/* Pass on what begins before @decided; what begins in the bytes that stay
 * held is found again next time. */
static void pass_on(const struct md_rec_spans *found, size_t decided,
                    struct md_rec_spans *out)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct md_rec_span *at = &found->items[i];

        if (at->off < decided) {
            md_rec_spans_add(out, at->off, at->len, at->id);
        }
    }
    out->failed = out->failed || found->failed;
}

/* Values of variables are decided byte by byte. */
static void find_values(struct md_rec_lane *lane,
                        struct md_rec_secrets *secrets,
                        struct md_rec_view piece, struct md_rec_spans *out)
{
    for (size_t i = 0; i < piece.len; i++) {
        unsigned id = md_rec_secret_step(lane, secrets, piece.data[i]);

        if (id != 0) {
            md_rec_spans_add(out, lane->len + i, 1, id);
        }
    }
}

/* Keep what is not decided. */
static bool hold_rest(struct md_rec_lane *lane, struct md_rec_view in,
                      size_t decided)
{
    struct md_rec_view rest = {.data = in.data + decided,
                               .len = in.len - decided};

    if (in.data == lane->data) {
        lane->len = rest.len;
        memmove(lane->data, rest.data, rest.len);
        return true;
    }
    return rest.len == 0 || append(lane, rest);
}

size_t md_rec_lane_feed(struct md_rec_lane *lane,
                        struct md_rec_secrets *secrets,
                        struct md_rec_view piece, bool is_end,
                        struct md_rec_spans *out_spans)
{
    struct md_rec_spans found = {0};
    struct md_rec_view in = piece;
    size_t decided = 0;

    find_values(lane, secrets, piece, out_spans);
    if (lane->len > 0) {
        if (piece.len > 0 && !append(lane, piece)) {
            out_spans->failed = true;
            return 0;
        }
        in = (struct md_rec_view){.data = lane->data, .len = lane->len};
    }
    if (in.len == 0) {
        return 0;
    }
    decided = in.len -
              md_rec_secret_find(secrets, in, lane->is_inside, is_end, &found);
    pass_on(&found, decided, out_spans);
    md_rec_spans_release(&found);
    if (decided > 0) {
        lane->is_inside = in.data[decided - 1] != '\n';
    }
    if (!hold_rest(lane, in, decided)) {
        out_spans->failed = true;
    }
    return decided;
}

void md_rec_lane_release(struct md_rec_lane *lane)
{
    free(lane->data);
    *lane = (struct md_rec_lane){0};
}
