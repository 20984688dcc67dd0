/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <stdbool.h>
#include <string.h>

/* Bytes of the character that @lead begins; 1 as well where it begins none. */
static size_t char_len(uint8_t lead)
{
    if (lead < 0xC2 || lead > 0xF4) {
        return 1;
    }
    if (lead < 0xE0) {
        return 2;
    }
    return lead < 0xF0 ? 3 : 4;
}

/* May @byte be byte @at of the character that @lead begins? The second byte
 * rules out overlong forms, surrogates and what is above U+10FFFF. */
static bool fits(uint8_t lead, size_t at, uint8_t byte)
{
    uint8_t low = 0x80;
    uint8_t high = 0xBF;

    if (at == 1) {
        low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : low;
        high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : high;
    }
    return byte >= low && byte <= high;
}

static bool is_open(const uint8_t *data, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        if (!fits(data[0], i, data[i])) {
            return false;
        }
    }
    return len < char_len(data[0]);
}

size_t dx_utf8_open(struct dx_view view)
{
    for (size_t n = 1; n < DX_UTF8_CHAR_MAX && n <= view.len; n++) {
        if (is_open(view.data + (view.len - n), n)) {
            return n;
        }
    }
    return 0;
}

/* From storage that stays as it is while the next character is held. */
static struct dx_view give_held(struct dx_utf8 *utf8)
{
    struct dx_view piece = {.data = utf8->given, .len = utf8->held_len};

    memcpy(utf8->given, utf8->held, sizeof(utf8->given));
    utf8->held_len = 0;
    return piece;
}

static struct dx_view next_held(struct dx_utf8 *utf8, struct dx_view *in)
{
    while (in->len > 0) {
        if (!fits(utf8->held[0], utf8->held_len, in->data[0])) {
            return give_held(utf8);
        }
        utf8->held[utf8->held_len] = dx_view_take(in, 1).data[0];
        utf8->held_len++;
        if (utf8->held_len == char_len(utf8->held[0])) {
            return give_held(utf8);
        }
    }
    return (struct dx_view){0};
}

struct dx_view dx_utf8_next(struct dx_utf8 *utf8, struct dx_view *in)
{
    size_t open = 0;

    if (utf8->held_len > 0) {
        return next_held(utf8, in);
    }
    open = dx_utf8_open(*in);
    if (open > 0 && open == in->len) {
        memcpy(utf8->held, in->data, open);
        utf8->held_len = open;
        (void)dx_view_take(in, open);
    }
    return dx_view_take(in, in->len > open ? in->len - open : 0);
}

struct dx_view dx_utf8_finish(struct dx_utf8 *utf8)
{
    return give_held(utf8);
}
