/* SPDX-License-Identifier: MIT */
/* view.h - bytes borrowed from somebody else. */
#ifndef DX_VIEW_H
#define DX_VIEW_H

#include <stddef.h>
#include <stdint.h>

struct dx_view {
    const uint8_t *data; /* borrowed; may be NULL when len is 0 */
    size_t len;          /* bytes */
};

/* Cut @len bytes, at most view->len, off the front of @view. */
static inline struct dx_view dx_view_take(struct dx_view *view, size_t len)
{
    struct dx_view front = {.data = view->data, .len = len};

    view->data = len > 0 ? view->data + len : view->data;
    view->len -= len;
    return front;
}

#endif
