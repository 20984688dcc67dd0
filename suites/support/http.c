/* SPDX-License-Identifier: MIT */
/* http.c - HTTP/1.1 over a wire: one request, its head, its body. */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REQUEST_HEAD_MAX 2048       /* bytes; paths hold two ids at most */
#define CHUNK_LINE_MAX ((size_t)64) /* no extension that we know is longer */

/* Offset just after the first CR LF CR LF, 0 when there is none yet. */
static size_t head_end(const struct dry_buffer *in)
{
    for (size_t at = 4; at <= in->len; at++) {
        if (memcmp(in->data + at - 4, "\r\n\r\n", 4) == 0) {
            return at;
        }
    }
    return 0;
}

static void copy_value(char out[DRY_HTTP_VALUE_MAX], const char *from,
                       const char *end)
{
    size_t len = 0;

    while (from < end && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (end > from && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    len = (size_t)(end - from);
    len = len < DRY_HTTP_VALUE_MAX ? len : DRY_HTTP_VALUE_MAX - 1;
    memcpy(out, from, len);
    out[len] = '\0';
}

static bool is_header(const char *line, const char *stop, const char *name)
{
    size_t len = strlen(name);

    return (size_t)(stop - line) > len && line[len] == ':' &&
           strncasecmp(line, name, len) == 0;
}

size_t dry_http_header(const void *head, size_t len, const char *name,
                       char out_value[DRY_HTTP_VALUE_MAX])
{
    const char *line = head;
    const char *end = line + len;
    size_t count = 0;

    while (line < end) {
        const char *stop = memchr(line, '\r', (size_t)(end - line));

        stop = stop == NULL ? end : stop;
        if (is_header(line, stop, name) && count++ == 0) {
            copy_value(out_value, line + strlen(name) + 1, stop);
        }
        line = end - stop > 2 ? stop + 2 : end;
    }
    return count;
}

/* False when the bytes are no status line. */
static bool parse_status(const struct dry_buffer *in, int *out_status)
{
    const char *text = (const char *)in->data;
    int status = 0;

    if (in->len < 13 || strncmp(text, "HTTP/1.", 7) != 0 || text[8] != ' ') {
        return false;
    }
    for (size_t at = 9; at < 12; at++) {
        if (text[at] < '0' || text[at] > '9') {
            return false;
        }
        status = status * 10 + (text[at] - '0');
    }
    *out_status = status;
    return true;
}

static void drop_front(struct dry_buffer *in, size_t len)
{
    if (len == 0) {
        return;
    }
    memmove(in->data, in->data + len, in->len - len);
    in->len -= len;
}

static bool parse_head(const struct dry_wire *wire, struct dry_answer *out)
{
    char value[DRY_HTTP_VALUE_MAX];

    *out = (struct dry_answer){.head_len = head_end(&wire->in)};
    if (!parse_status(&wire->in, &out->status)) {
        return false;
    }
    out->has_length = dry_http_header(wire->in.data, out->head_len,
                                      "Content-Length", value) > 0;
    if (out->has_length) {
        char *end = NULL;

        out->body_len = strtoul(value, &end, 10);
        if (end == value || *end != '\0' || out->body_len > DRY_BUFFER_MAX) {
            return false;
        }
    }
    out->is_chunked = dry_http_header(wire->in.data, out->head_len,
                                      "Transfer-Encoding", value) > 0 &&
                      strcasecmp(value, "chunked") == 0;
    return true;
}

static enum dry_wire_code wait_for_head(struct dry_wire *wire,
                                        uint64_t deadline_ms)
{
    enum dry_wire_code code = DRY_WIRE_OK;

    while (code == DRY_WIRE_OK && head_end(&wire->in) == 0) {
        code =
            wire->is_ended ? DRY_WIRE_CLOSED : dry_wire_read(wire, deadline_ms);
    }
    return code;
}

enum dry_wire_code dry_http_read_head(struct dry_wire *wire,
                                      struct dry_answer *out_answer,
                                      uint64_t deadline_ms)
{
    struct dry_answer answer = {0};

    do {
        enum dry_wire_code code = DRY_WIRE_OK;

        drop_front(&wire->in, answer.head_len); /* of an interim answer */
        code = wait_for_head(wire, deadline_ms);
        if (code != DRY_WIRE_OK) {
            return code;
        }
        if (!parse_head(wire, &answer)) {
            return DRY_WIRE_CLOSED;
        }
    } while (answer.status < 200 && answer.status != 101);
    *out_answer = answer;
    return DRY_WIRE_OK;
}

/* Read until at least @len bytes stand in the buffer. */
static enum dry_wire_code read_to(struct dry_wire *wire, size_t len,
                                  uint64_t deadline_ms)
{
    while (wire->in.len < len) {
        enum dry_wire_code code =
            wire->is_ended ? DRY_WIRE_CLOSED : dry_wire_read(wire, deadline_ms);

        if (code != DRY_WIRE_OK) {
            return code;
        }
    }
    return DRY_WIRE_OK;
}

/* Read the line that starts at @at; @out_len is its length with CR LF. */
static enum dry_wire_code read_line(struct dry_wire *wire, size_t at,
                                    size_t *out_len, uint64_t deadline_ms)
{
    for (size_t len = 2; len < CHUNK_LINE_MAX; len++) {
        enum dry_wire_code code = read_to(wire, at + len, deadline_ms);

        if (code != DRY_WIRE_OK) {
            return code;
        }
        if (memcmp(wire->in.data + at + len - 2, "\r\n", 2) == 0) {
            *out_len = len;
            return DRY_WIRE_OK;
        }
    }
    return DRY_WIRE_CLOSED;
}

static void cut_out(struct dry_buffer *in, size_t at, size_t len)
{
    memmove(in->data + at, in->data + at + len, in->len - at - len);
    in->len -= len;
}

/* Take the framing of the chunk at @at out of the buffer; @out_len is the
 * length of what stays, 0 for the last one. */
static enum dry_wire_code take_chunk(struct dry_wire *wire, size_t at,
                                     size_t *out_len, uint64_t deadline_ms)
{
    size_t line_len = 0;
    enum dry_wire_code code = read_line(wire, at, &line_len, deadline_ms);
    unsigned long len = 0;

    if (code != DRY_WIRE_OK) {
        return code;
    }
    wire->in.data[at + line_len - 2] = '\0';
    len = strtoul((const char *)wire->in.data + at, NULL, 16);
    cut_out(&wire->in, at, line_len);
    if (len > DRY_BUFFER_MAX) {
        return DRY_WIRE_FULL;
    }
    code = read_to(wire, at + len + 2, deadline_ms);
    if (code == DRY_WIRE_OK) {
        cut_out(&wire->in, at + len, 2);
        *out_len = len;
    }
    return code;
}

static enum dry_wire_code read_chunks(struct dry_wire *wire,
                                      struct dry_answer *answer,
                                      uint64_t deadline_ms)
{
    size_t at = answer->head_len;
    size_t len = 0;

    do {
        enum dry_wire_code code = take_chunk(wire, at, &len, deadline_ms);

        if (code != DRY_WIRE_OK) {
            return code;
        }
        at += len;
    } while (len > 0);
    answer->body_len = at - answer->head_len;
    return DRY_WIRE_OK;
}

enum dry_wire_code dry_http_read_body(struct dry_wire *wire,
                                      struct dry_answer *answer,
                                      uint64_t deadline_ms)
{
    enum dry_wire_code code = DRY_WIRE_OK;

    if (answer->is_chunked) {
        return read_chunks(wire, answer, deadline_ms);
    }
    if (answer->has_length) {
        return read_to(wire, answer->head_len + answer->body_len, deadline_ms);
    }
    if (answer->status == 204 || answer->status == 304) {
        return DRY_WIRE_OK;
    }
    code = dry_wire_read_to_end(wire, deadline_ms);
    answer->body_len = wire->in.len - answer->head_len;
    return code;
}

enum dry_wire_code dry_http_send(struct dry_wire *wire,
                                 const struct dry_request *request,
                                 uint64_t deadline_ms)
{
    char head[REQUEST_HEAD_MAX];
    char content[DRY_HTTP_VALUE_MAX] = "";
    enum dry_wire_code code = DRY_WIRE_OK;
    int len = 0;

    if (request->body != NULL) {
        (void)snprintf(content, sizeof(content),
                       "Content-Type: %s\r\nContent-Length: %zu\r\n",
                       request->content_type == NULL ? "application/json"
                                                     : request->content_type,
                       request->body_len);
    } else if (strcmp(request->method, "POST") == 0) {
        (void)snprintf(content, sizeof(content), "Content-Length: 0\r\n");
    }
    len = snprintf(head, sizeof(head),
                   "%s %s HTTP/1.1\r\nHost: docker\r\n%s%s%s\r\n",
                   request->method, request->path, content,
                   request->extra_headers == NULL ? "" : request->extra_headers,
                   request->keeps_alive ? "" : "Connection: close\r\n");
    if (len < 0 || (size_t)len >= sizeof(head)) {
        return DRY_WIRE_FULL;
    }
    code = dry_wire_send(wire, head, (size_t)len, deadline_ms);
    if (code == DRY_WIRE_OK && request->body_len > 0) {
        code =
            dry_wire_send(wire, request->body, request->body_len, deadline_ms);
    }
    return code;
}
