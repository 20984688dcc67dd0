/* SPDX-License-Identifier: MIT */
#include "payload.h"

#include <stdlib.h>
#include <string.h>

/* RFC 3629's table: the shortest form only, no surrogates. */
static const struct {
    unsigned char first_low;
    unsigned char first_high;
    unsigned char second_low;
    unsigned char second_high;
    size_t len;
} forms[] = {
    {0x01, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static bool is_between(unsigned char byte, unsigned char low,
                       unsigned char high)
{
    return byte >= low && byte <= high;
}

/* Returns the bytes of the character that @data begins with; 0 = none. */
static size_t character_len(const unsigned char *data, size_t len)
{
    size_t form = 0;

    while (
        !is_between(data[0], forms[form].first_low, forms[form].first_high)) {
        if (++form == sizeof(forms) / sizeof(forms[0])) {
            return 0;
        }
    }
    if (forms[form].len > len || (len > 1 && forms[form].len > 1 &&
                                  !is_between(data[1], forms[form].second_low,
                                              forms[form].second_high))) {
        return 0;
    }
    for (size_t i = 2; i < forms[form].len; i++) {
        if (!is_between(data[i], 0x80, 0xBF)) {
            return 0;
        }
    }
    return forms[form].len;
}

bool payload_is_text(const void *data, size_t len)
{
    const unsigned char *bytes = data;
    size_t step = 1;

    for (size_t at = 0; at < len && step > 0; at += step) {
        step = character_len(bytes + at, len - at);
    }
    return step > 0;
}

static void encode_three(const unsigned char *in, size_t len, char out[4])
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = (unsigned)in[0] << 16;

    bits |= len > 1 ? (unsigned)in[1] << 8 : 0;
    bits |= len > 2 ? (unsigned)in[2] : 0;
    out[0] = digits[bits >> 18];
    out[1] = digits[bits >> 12 & 63];
    out[2] = '=';
    out[3] = '=';
    if (len > 1) {
        out[2] = digits[bits >> 6 & 63];
    }
    if (len > 2) {
        out[3] = digits[bits & 63];
    }
}

char *payload_text(const void *data, size_t len)
{
    char *text = malloc(len + 1);

    if (text != NULL) {
        memcpy(text, data, len);
        text[len] = '\0';
    }
    return text;
}

char *payload_base64(const void *data, size_t len)
{
    const unsigned char *bytes = data;
    size_t text_len = (len + 2) / 3 * 4;
    char *text = malloc(text_len + 1);

    if (text != NULL) {
        for (size_t at = 0; at < len; at += 3) {
            encode_three(bytes + at, len - at, text + at / 3 * 4);
        }
        text[text_len] = '\0';
    }
    return text;
}
