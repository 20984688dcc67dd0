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

bool md_swap_into(struct md_buf *out, const char *data, size_t len,
                  const struct md_swap *swap)
{
    size_t from_len = swap->from == NULL ? 0 : strlen(swap->from);

    while (from_len > 0 && len > 0) {
        const char *at = md_find(data, len, swap->from, from_len);

        if (at == NULL) {
            break;
        }
        if (!md_buf_add(out, data, (size_t)(at - data)) ||
            !md_buf_add_text(out, swap->to)) {
            return false;
        }
        len -= (size_t)(at - data) + from_len;
        data = at + from_len;
    }
    return md_buf_add(out, data, len);
}
