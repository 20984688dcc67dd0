/* SPDX-License-Identifier: MIT */
/*
 * http_head.h - read an HTTP/1 response head as it comes.
 *
 *     HTTP/1.1 101 UPGRADED CRLF
 *     Content-Type: application/vnd.docker.raw-stream CRLF
 *     ...
 *     CRLF
 *
 * Interim answers (1xx but 101) are read and dropped. What follows the head
 * stays in the caller's input: it is the start of the body or of the stream.
 * Any reason phrase is taken, none too; HTTP/1.0 and 1.1. Nothing is
 * allocated, no byte is looked at twice.
 */
#ifndef DX_HTTP_HEAD_H
#define DX_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>

#include "limits.h"
#include "view.h"

struct dx_http_head {
    int status; /* 100 to 999 */
    bool has_length;
    uint64_t length; /* Content-Length, bytes */
    bool is_chunked;
    char content_type[DX_CONTENT_TYPE_SIZE]; /* "" = none; a longer is cut */
};

/* Zero-initialise to start. Fields but head are private. */
struct dx_head_reader {
    struct dx_http_head head; /* whole once dx_head_next() said done */
    size_t received;          /* bytes of all heads, interim ones too */
    size_t line_len;          /* bytes of the current line so far */
    size_t line_count;        /* lines of the current head before this one */
    bool saw_cr;              /* the last byte was a CR */
    char line[DX_HEAD_LINE_KEPT + 1];
};

/*
 * Take bytes off the front of @in until the head is whole or @in is empty.
 *
 * @in        advanced past every byte used; never past the head's end
 * @out_done  set on DEXEC_OK only: is the head whole?
 *
 * Returns DEXEC_OK, or DEXEC_E_PROTOCOL for bytes that are no HTTP/1 head, or
 * too many of them. After an error the reader must not be fed again.
 */
enum dexec_code dx_head_next(struct dx_head_reader *reader, struct dx_view *in,
                             bool *out_done, struct dexec_error *err);

#endif
