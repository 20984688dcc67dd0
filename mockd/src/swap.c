/* SPDX-License-Identifier: MIT */
#include "swap.h"

#include <string.h>

const char *md_find(const char *data, size_t len, const char *needle,
                    size_t needle_len)
{
    const char *end = data + len;

    while ((size_t)(end - data) >= needle_len && needle_len > 0) {
        const char *at =
            memchr(data, needle[0], (size_t)(end - data) - needle_len + 1);

        if (at == NULL || memcmp(at, needle, needle_len) == 0) {
            return at;
        }
        data = at + 1;
    }
    return NULL;
}

static bool is_in_word(char c)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

    return c != '\0' && strchr(letters, c) != NULL;
}

/* Is what is from @at to @behind not a part of a longer word? */
static bool is_alone(const char *data, const char *end, const char *at,
                     const char *behind)
{
    return (at == data || !is_in_word(at[-1])) &&
           (behind == end || !is_in_word(*behind));
}

/* Where @swap applies first from @from on, or NULL. */
static const char *find_place(const char *data, const char *end,
                              const char *from, const struct md_swap *swap)
{
    size_t len = strlen(swap->from);
    const char *at = md_find(from, (size_t)(end - from), swap->from, len);

    while (at != NULL && swap->is_word && !is_alone(data, end, at, at + len)) {
        at = md_find(at + 1, (size_t)(end - at - 1), swap->from, len);
    }
    return at;
}

/* The swap that applies first, and where; NULL = none does. */
static const struct md_swap *find_first(const struct md_swaps *swaps,
                                        const char *data, const char *end,
                                        const char *from, const char **out_at)
{
    const struct md_swap *found = NULL;

    *out_at = end;
    for (size_t i = 0; i < swaps->count; i++) {
        const char *at = find_place(data, end, from, &swaps->items[i]);

        if (at != NULL && at < *out_at) {
            *out_at = at;
            found = &swaps->items[i];
        }
    }
    return found;
}

bool md_swaps_into(struct md_buf *out, const char *data, size_t len,
                   const struct md_swaps *swaps)
{
    const char *end = data + len;
    const char *done = data;
    const char *at = NULL;
    const struct md_swap *swap = NULL;

    do {
        swap = find_first(swaps, data, end, done, &at);
        if (!md_buf_add(out, done, (size_t)(at - done)) ||
            (swap != NULL && !md_buf_add_text(out, swap->to))) {
            return false;
        }
        done = swap == NULL ? end : at + strlen(swap->from);
    } while (swap != NULL);
    return true;
}

bool md_swap_into(struct md_buf *out, const char *data, size_t len,
                  const struct md_swap *swap)
{
    struct md_swaps swaps = {
        .items = swap,
        .count = swap->from == NULL || *swap->from == '\0' ? 0 : 1};

    return md_swaps_into(out, data, len, &swaps);
}
