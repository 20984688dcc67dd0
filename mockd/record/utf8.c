/* SPDX-License-Identifier: MIT */
/* utf8.c - look at UTF-8 without changing it. */
#include "utf8.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* RFC 3629 section 4: the second byte's range depends on the first; this is
 * what keeps out overlong forms, surrogates, and what is above U+10FFFF. */
static const struct lead {
    uint8_t first, last; /* range of the lead byte */
    uint8_t low, high;   /* range of the byte after it */
    uint8_t len;
    uint8_t mask; /* of the lead byte's own bits */
} leads[] = {
    {0x00, 0x7F, 0, 0, 1, 0x7F},       {0xC2, 0xDF, 0x80, 0xBF, 2, 0x1F},
    {0xE0, 0xE0, 0xA0, 0xBF, 3, 0x0F}, {0xE1, 0xEC, 0x80, 0xBF, 3, 0x0F},
    {0xED, 0xED, 0x80, 0x9F, 3, 0x0F}, {0xEE, 0xEF, 0x80, 0xBF, 3, 0x0F},
    {0xF0, 0xF0, 0x90, 0xBF, 4, 0x07}, {0xF1, 0xF3, 0x80, 0xBF, 4, 0x07},
    {0xF4, 0xF4, 0x80, 0x8F, 4, 0x07},
};

static const struct lead *find_lead(uint8_t byte)
{
    for (size_t i = 0; i < COUNT_OF(leads); i++) {
        if (byte >= leads[i].first && byte <= leads[i].last) {
            return &leads[i];
        }
    }
    return NULL;
}

static bool is_in(uint8_t byte, uint8_t low, uint8_t high)
{
    return byte >= low && byte <= high;
}

size_t md_rec_utf8_next(const uint8_t *data, size_t len, uint32_t *out_code)
{
    const struct lead *lead = len > 0 ? find_lead(data[0]) : NULL;
    uint32_t code = 0;

    if (lead == NULL || len < lead->len) {
        return 0;
    }
    code = data[0] & lead->mask;
    for (size_t i = 1; i < lead->len; i++) {
        uint8_t low = i == 1 ? lead->low : 0x80;
        uint8_t high = i == 1 ? lead->high : 0xBF;

        if (!is_in(data[i], low, high)) {
            return 0;
        }
        code = code << 6 | (data[i] & 0x3FU);
    }
    *out_code = code;
    return lead->len;
}

bool md_rec_utf8_is_printable(uint32_t code)
{
    /* controls, soft hyphen, zero width and direction marks, line and
     * paragraph separators, private use, byte order mark, specials */
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x00, 0x1F},       {0x7F, 0x9F},        {0xAD, 0xAD},
        {0x061C, 0x061C},   {0x180E, 0x180E},    {0x200B, 0x200F},
        {0x2028, 0x202E},   {0x2060, 0x206F},    {0xE000, 0xF8FF},
        {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},    {0xFEFF, 0xFEFF},
        {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},    {0x1FFFE, 0x1FFFF},
        {0x2FFFE, 0x2FFFF}, {0x3FFFE, 0x10FFFF},
    };

    for (size_t i = 0; i < COUNT_OF(hidden); i++) {
        if (code >= hidden[i].first && code <= hidden[i].last) {
            return false;
        }
    }
    return true;
}

bool md_rec_utf8_is_text(const void *data, size_t len)
{
    const uint8_t *at = data;
    size_t done = 0;

    while (done < len) {
        uint32_t code = 0;
        size_t step = md_rec_utf8_next(at + done, len - done, &code);

        if (step == 0 || code == 0) {
            return false;
        }
        done += step;
    }
    return true;
}
