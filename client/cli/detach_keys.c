/* SPDX-License-Identifier: MIT */
#include "detach_keys.h"

#include <string.h>

#define CTRL "ctrl-"

/* The control keys in the order of their codes. */
static const char controls[] = "@abcdefghijklmnopqrstuvwxyz[\\]^_";

static bool parse_key(const char *text, size_t len, unsigned char *out_key)
{
    const size_t prefix = sizeof(CTRL) - 1;

    if (len == 1) {
        *out_key = (unsigned char)text[0];
        return true;
    }
    if (len == 3 && memcmp(text, "DEL", len) == 0) {
        *out_key = 0x7F;
        return true;
    }
    if (len == prefix + 1 && memcmp(text, CTRL, prefix) == 0) {
        const char *found =
            memchr(controls, text[prefix], sizeof(controls) - 1);

        *out_key = found == NULL ? 0 : (unsigned char)(found - controls);
        return found != NULL;
    }
    return false;
}

bool detach_keys_parse(struct detach_keys *keys, const char *text,
                       const char **out_bad, size_t *out_bad_len)
{
    const char *piece = text[0] == '\0' ? DETACH_KEYS_DEFAULT : text;

    *keys = (struct detach_keys){0};
    for (;;) {
        size_t len = strcspn(piece, ",");

        if (keys->count == DETACH_KEYS_MAX ||
            !parse_key(piece, len, &keys->keys[keys->count])) {
            *out_bad = piece;
            *out_bad_len = len;
            return false;
        }
        keys->count++;
        if (piece[len] == '\0') {
            return true;
        }
        piece += len + 1;
    }
}

/*
 * The held keys and @key are not the sequence: give out as many as it takes
 * until the rest is a beginning of it again.
 */
static size_t give_out(struct detach_keys *keys, char key, char *out)
{
    char held[DETACH_KEYS_MAX];
    size_t len = keys->matched + 1;
    size_t given = 0;

    memcpy(held, keys->keys, keys->matched);
    held[keys->matched] = key;
    do {
        out[given] = held[given];
        given++;
    } while (memcmp(held + given, keys->keys, len - given) != 0);
    keys->matched = len - given;
    return given;
}

bool detach_keys_filter(struct detach_keys *keys, const char *typed, size_t len,
                        char *out, size_t *out_len)
{
    *out_len = 0;
    for (size_t i = 0; i < len; i++) {
        char key = typed[i];

        if ((unsigned char)key != keys->keys[keys->matched]) {
            *out_len += give_out(keys, key, out + *out_len);
        } else if (++keys->matched == keys->count) {
            keys->matched = 0;
            return true;
        }
    }
    return false;
}
