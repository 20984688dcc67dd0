/* SPDX-License-Identifier: MIT */
/* swap.h - put what is true now in the place of what was recorded. */
#ifndef MD_SWAP_H
#define MD_SWAP_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct md_swap {
    const char *from; /* NULL or "" = change nothing */
    const char *to;
    bool is_word; /* only where no letter, digit, _, . or - is beside it */
};

/* Where @needle begins in @data, or NULL. */
const char *md_find(const char *data, size_t len, const char *needle,
                    size_t needle_len);

/* Append @data with every `from` replaced; false without memory or room. */
bool md_swap_into(struct md_buf *out, const char *data, size_t len,
                  const struct md_swap *swap);

struct md_swaps {
    const struct md_swap *items;
    size_t count;
};

/* The same with several, in one go: what was put in is not looked at. Of two
 * that begin at one place the first is taken. */
bool md_swaps_into(struct md_buf *out, const char *data, size_t len,
                   const struct md_swaps *swaps);

#endif
