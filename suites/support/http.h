/* SPDX-License-Identifier: MIT */
/* http.h - HTTP/1.1 over a wire: one request, its head, its body. */
#ifndef DRY_HTTP_H
#define DRY_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

#define DRY_HTTP_VALUE_MAX 512 /* bytes of a header's value, with the NUL */

/* An answer as it stands in a wire's buffer; offsets, as the buffer moves
 * while it grows. */
struct dry_answer {
    int status;
    size_t head_len; /* with the empty line: where the body starts */
    size_t body_len; /* bytes of a body that has a length; the answer is a
                      * stream otherwise, and this is 0 */
    bool has_length;
    bool is_chunked;
};

/*
 * Find @name in the head @head of @len bytes, in any case.
 *
 * Returns how many such headers there are; the first one's value is written,
 * cut to DRY_HTTP_VALUE_MAX.
 */
size_t dry_http_header(const void *head, size_t len, const char *name,
                       char out_value[DRY_HTTP_VALUE_MAX]);

/*
 * Read until the head is complete and parse it. Interim 1xx answers but 101
 * are passed over.
 *
 * Returns DRY_WIRE_OK or what dry_wire_read() returns, DRY_WIRE_CLOSED when
 * the daemon closed before the head's end or sent what is no HTTP head.
 */
enum dry_wire_code dry_http_read_head(struct dry_wire *wire,
                                      struct dry_answer *out_answer,
                                      uint64_t deadline_ms);

/*
 * Read the body of @answer: by its length, its chunks, or to the end of the
 * stream. Afterwards @wire->in holds the head and the plain body, and
 * @answer->body_len says how long that is.
 */
enum dry_wire_code dry_http_read_body(struct dry_wire *wire,
                                      struct dry_answer *answer,
                                      uint64_t deadline_ms);

/* One request; body may be NULL. */
struct dry_request {
    const char *method;
    const char *path;
    const char *content_type;  /* NULL = application/json, with a body */
    const char *extra_headers; /* whole lines with CR LF, or NULL */
    const void *body;
    size_t body_len;
    bool keeps_alive;
};

/* Send @request. Returns what dry_wire_send() returns, or DRY_WIRE_FULL. */
enum dry_wire_code dry_http_send(struct dry_wire *wire,
                                 const struct dry_request *request,
                                 uint64_t deadline_ms);

#endif
