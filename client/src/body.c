/* SPDX-License-Identifier: MIT */
#include "body.h"

#include "fail.h"

/* RFC 9112, 6.3: whatever their heads say. */
static bool has_none(int status)
{
    return status == 204 || status == 304;
}

void dx_body_init(struct dx_body *body, const struct dx_http_head *head)
{
    *body = (struct dx_body){.form = DX_BODY_TO_CLOSE};
    if (head->status == 101) {
        return;
    }
    if (has_none(head->status)) {
        body->form = DX_BODY_SIZED;
    } else if (head->is_chunked) {
        body->form = DX_BODY_CHUNKED;
    } else if (head->has_length) {
        body->form = DX_BODY_SIZED;
        body->size = head->length;
        body->left = head->length;
    }
}

enum dexec_code dx_body_next(struct dx_body *body, struct dx_view *in,
                             struct dx_view *out_data, struct dexec_error *err)
{
    switch (body->form) {
    case DX_BODY_TO_CLOSE:
        *out_data = dx_view_take(in, in->len);
        break;
    case DX_BODY_SIZED:
        *out_data = dx_view_take(in, in->len < body->left ? in->len
                                                          : (size_t)body->left);
        body->left -= out_data->len;
        break;
    case DX_BODY_CHUNKED:
        return dx_chunked_next(&body->chunked, in, out_data, err);
    }
    return DEXEC_OK;
}

bool dx_body_is_over(const struct dx_body *body)
{
    switch (body->form) {
    case DX_BODY_TO_CLOSE:
        return false;
    case DX_BODY_SIZED:
        return body->left == 0;
    case DX_BODY_CHUNKED:
        return dx_chunked_is_over(&body->chunked);
    }
    return false;
}

enum dexec_code dx_body_finish(const struct dx_body *body,
                               struct dexec_error *err)
{
    if (body->form == DX_BODY_TO_CLOSE || dx_body_is_over(body)) {
        return DEXEC_OK;
    }
    if (body->form == DX_BODY_CHUNKED) {
        return dx_fail(err, DEXEC_E_CLOSED, 0,
                       "the daemon closed the connection inside its answer "
                       "(no last chunk)");
    }
    return dx_fail(err, DEXEC_E_CLOSED, 0,
                   "the daemon closed the connection inside its answer (%llu "
                   "of %llu bytes received)",
                   (unsigned long long)(body->size - body->left),
                   (unsigned long long)body->size);
}
