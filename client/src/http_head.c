/* SPDX-License-Identifier: MIT */
#include "http_head.h"

#include <string.h>
#include <strings.h>

#include "fail.h"

#define HTTP_1 "HTTP/1."
#define HTTP_1_LEN (sizeof(HTTP_1) - 1)
#define STATUS_AT 9U          /* of "HTTP/1.1 200" */
#define LENGTH_DIGITS_MAX 18U /* fits 64 bits */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9110, 5.6.2. */
static bool is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static enum dexec_code read_status_line(struct dx_head_reader *reader,
                                        struct dexec_error *err)
{
    const char *line = reader->line;
    int status = 0;

    if (reader->line_len < STATUS_AT + 3) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: '%.16s' is not a status line", line);
    }
    if (line[HTTP_1_LEN] != '0' && line[HTTP_1_LEN] != '1') {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: unsupported version in '%.16s', expected "
                       "HTTP/1.0 or HTTP/1.1",
                       line);
    }
    if (line[HTTP_1_LEN + 1] != ' ') {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: no status in '%.32s'", line);
    }
    for (size_t i = STATUS_AT; i < STATUS_AT + 3; i++) {
        if (!is_digit(line[i])) {
            return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                           "http head: the status in '%.32s' is not three "
                           "digits",
                           line);
        }
        status = status * 10 + (line[i] - '0');
    }
    if (status < 100 ||
        (line[STATUS_AT + 3] != '\0' && line[STATUS_AT + 3] != ' ')) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: the status in '%.32s' is not one of 100 to "
                       "999",
                       line);
    }
    reader->head = (struct dx_http_head){.status = status};
    return DEXEC_OK;
}

static enum dexec_code read_length(struct dx_http_head *head, const char *value,
                                   struct dexec_error *err)
{
    uint64_t length = 0;
    size_t digits = strspn(value, "0123456789");

    if (digits == 0 || digits > LENGTH_DIGITS_MAX || value[digits] != '\0') {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: Content-Length '%.32s' is not a length",
                       value);
    }
    for (size_t i = 0; i < digits; i++) {
        length = length * 10 + (uint64_t)(value[i] - '0');
    }
    if (head->has_length && head->length != length) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: two different Content-Length headers");
    }
    head->has_length = true;
    head->length = length;
    return DEXEC_OK;
}

static enum dexec_code read_coding(struct dx_http_head *head, const char *value,
                                   struct dexec_error *err)
{
    if (strcasecmp(value, "chunked") != 0 || head->is_chunked) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: unsupported Transfer-Encoding '%.32s', "
                       "expected one 'chunked'",
                       value);
    }
    head->is_chunked = true;
    return DEXEC_OK;
}

static void keep_content_type(struct dx_http_head *head, const char *value)
{
    size_t len = strnlen(value, sizeof(head->content_type) - 1);

    memcpy(head->content_type, value, len);
    head->content_type[len] = '\0';
}

static enum dexec_code read_field(struct dx_http_head *head, const char *name,
                                  const char *value, struct dexec_error *err)
{
    if (strcasecmp(name, "Content-Length") == 0) {
        return read_length(head, value, err);
    }
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        return read_coding(head, value, err);
    }
    if (strcasecmp(name, "Content-Type") == 0) {
        keep_content_type(head, value);
    }
    return DEXEC_OK;
}

/* Cut the line into name and value, in place. */
static enum dexec_code read_header_line(struct dx_head_reader *reader,
                                        struct dexec_error *err)
{
    char *line = reader->line;
    size_t name_len = 0;
    char *value = NULL;
    size_t value_len = 0;

    if (is_blank(line[0])) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: a header is folded over two lines, which "
                       "HTTP no longer allows");
    }
    while (is_token_char(line[name_len])) {
        name_len++;
    }
    if (name_len == 0 || line[name_len] != ':') {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: '%.32s' is not 'name: value'", line);
    }
    if (reader->line_count > DX_HEADERS_MAX) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: more than %u headers", DX_HEADERS_MAX);
    }
    line[name_len] = '\0';
    value = line + name_len + 1;
    value += strspn(value, " \t");
    value_len = strlen(value);
    while (value_len > 0 && is_blank(value[value_len - 1])) {
        value[--value_len] = '\0';
    }
    return read_field(&reader->head, line, value, err);
}

/* The line is whole, without its CR LF. An empty one ends the head. */
static enum dexec_code end_line(struct dx_head_reader *reader, bool *out_done,
                                struct dexec_error *err)
{
    enum dexec_code rc = DEXEC_OK;
    bool is_interim = reader->head.status >= 100 && reader->head.status < 200 &&
                      reader->head.status != 101;

    reader->line[reader->line_len < DX_HEAD_LINE_KEPT ? reader->line_len
                                                      : DX_HEAD_LINE_KEPT] =
        '\0';
    if (reader->line_len == 0 && reader->line_count > 0) {
        *out_done = !is_interim;
        reader->line_count = 0;
        return DEXEC_OK;
    }
    rc = reader->line_count == 0 ? read_status_line(reader, err)
                                 : read_header_line(reader, err);
    reader->line_count++;
    reader->line_len = 0;
    return rc;
}

static enum dexec_code add_byte(struct dx_head_reader *reader, char c,
                                struct dexec_error *err)
{
    if (((unsigned char)c < ' ' && c != '\t') || c == 0x7F) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: byte 0x%02x at offset %zu is not allowed",
                       (unsigned)(unsigned char)c, reader->received - 1);
    }
    /* Told at the first wrong byte: a peer that does not speak HTTP may never
     * send a line end. */
    if (reader->line_count == 0 && reader->line_len < HTTP_1_LEN &&
        c != HTTP_1[reader->line_len]) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: the answer does not begin with " HTTP_1);
    }
    if (reader->line_len < DX_HEAD_LINE_KEPT) {
        reader->line[reader->line_len] = c;
    }
    reader->line_len++;
    return DEXEC_OK;
}

static enum dexec_code take_byte(struct dx_head_reader *reader, char c,
                                 bool *out_done, struct dexec_error *err)
{
    bool had_cr = reader->saw_cr;

    if (++reader->received > DX_HEAD_MAX) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: longer than %u bytes", DX_HEAD_MAX);
    }
    reader->saw_cr = c == '\r' && !had_cr;
    if (reader->saw_cr) {
        return DEXEC_OK;
    }
    if (had_cr != (c == '\n')) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "http head: the line end at offset %zu is not CR LF",
                       reader->received - 1);
    }
    return had_cr ? end_line(reader, out_done, err) : add_byte(reader, c, err);
}

enum dexec_code dx_head_next(struct dx_head_reader *reader, struct dx_view *in,
                             bool *out_done, struct dexec_error *err)
{
    bool is_done = false;

    while (in->len > 0 && !is_done) {
        char c = (char)*dx_view_take(in, 1).data;
        enum dexec_code rc = take_byte(reader, c, &is_done, err);

        if (rc != DEXEC_OK) {
            return rc;
        }
    }
    *out_done = is_done;
    return DEXEC_OK;
}
