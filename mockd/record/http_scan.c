/* SPDX-License-Identifier: MIT */
/* http_scan.c - follow HTTP/1 messages in one direction of a connection. */
#include "http_scan.h"

#include <string.h>

#define CHUNK_DIGITS_MAX 15 /* 2^60 bytes: more than anybody sends */

static enum md_rec_scan_event bad(struct md_rec_scan *scan, const char *problem)
{
    scan->problem = problem;
    scan->state = MD_REC_STATE_BAD;
    return MD_REC_SCAN_BAD;
}

static struct md_rec_view take(struct md_rec_view *in, uint64_t most)
{
    struct md_rec_view front = {.data = in->data,
                                .len = in->len < most ? in->len : (size_t)most};

    in->data += front.len;
    in->len -= front.len;
    return front;
}

static uint8_t take_byte(struct md_rec_view *in)
{
    return take(in, 1).data[0];
}

static char lower(uint8_t c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Is the text @word, whatever its case? @word is in lower case. */
static bool is_word(struct md_rec_view text, const char *word)
{
    if (text.len != strlen(word)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (lower(text.data[i]) != word[i]) {
            return false;
        }
    }
    return true;
}

static struct md_rec_view trim(struct md_rec_view text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        (void)take(&text, 1);
    }
    while (text.len > 0 && (text.data[text.len - 1] == ' ' ||
                            text.data[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

/* Cut @text at the first @mark: the part before is returned, the part behind
 * stays. Without a mark everything is before it. */
static struct md_rec_view cut(struct md_rec_view *text, char mark)
{
    const uint8_t *at =
        text->len > 0 ? memchr(text->data, mark, text->len) : NULL;
    struct md_rec_view front =
        take(text, at != NULL ? (uint64_t)(at - text->data) : text->len);

    (void)take(text, at != NULL ? 1 : 0);
    return front;
}

static bool is_version(struct md_rec_view text)
{
    return text.len == 8 && memcmp(text.data, "HTTP/1.", 7) == 0 &&
           (text.data[7] == '0' || text.data[7] == '1');
}

static bool parse_request_line(struct md_rec_scan *scan,
                               struct md_rec_view line)
{
    scan->method = cut(&line, ' ');
    scan->target = cut(&line, ' ');
    return scan->method.len > 0 && scan->target.len > 0 && is_version(line);
}

static bool parse_status_line(struct md_rec_scan *scan, struct md_rec_view line)
{
    struct md_rec_view version = cut(&line, ' ');
    struct md_rec_view status = cut(&line, ' ');

    scan->status = 0;
    for (size_t i = 0; i < status.len && i < 3; i++) {
        if (status.data[i] < '0' || status.data[i] > '9') {
            return false;
        }
        scan->status = scan->status * 10 + (status.data[i] - '0');
    }
    return is_version(version) && status.len == 3 && scan->status >= 100;
}

static bool parse_length(struct md_rec_scan *scan, struct md_rec_view value)
{
    uint64_t length = 0;

    if (value.len == 0 || value.len > 18) {
        return false; /* 19 digits may not fit */
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return false;
        }
        length = length * 10 + (uint64_t)(value.data[i] - '0');
    }
    if (scan->has_length && scan->content_length != length) {
        return false;
    }
    scan->has_length = true;
    scan->content_length = length;
    return true;
}

/* The last coding of the list says how the body ends. */
static void parse_encoding(struct md_rec_scan *scan, struct md_rec_view value)
{
    while (value.len > 0) {
        scan->is_chunked = is_word(trim(cut(&value, ',')), "chunked");
    }
}

static bool parse_header(struct md_rec_scan *scan, struct md_rec_view line)
{
    struct md_rec_view value = line;
    struct md_rec_view name = cut(&value, ':');

    if (name.len == line.len) {
        return false;
    }
    value = trim(value);
    if (is_word(name, "upgrade")) {
        scan->has_upgrade = true;
    } else if (is_word(name, "transfer-encoding")) {
        parse_encoding(scan, value);
    } else if (is_word(name, "content-length")) {
        return parse_length(scan, value);
    }
    return true;
}

static const char *parse_lines(struct md_rec_scan *scan)
{
    struct md_rec_view line = {0};
    size_t pos = 0;
    bool is_good = md_rec_scan_line(scan, &pos, &line);

    is_good = is_good && (scan->kind == MD_REC_SCAN_REQUEST
                              ? parse_request_line(scan, line)
                              : parse_status_line(scan, line));
    if (!is_good) {
        return "a start line that is not HTTP/1";
    }
    while (md_rec_scan_line(scan, &pos, &line)) {
        if (!parse_header(scan, line)) {
            return "a header line that cannot be read";
        }
    }
    return NULL;
}

/* RFC 9112 section 6.3, in its order. */
static enum md_rec_scan_state body_state(const struct md_rec_scan *scan)
{
    bool is_response = scan->kind == MD_REC_SCAN_RESPONSE;

    if (is_response && scan->status == 101) {
        return MD_REC_STATE_CLOSE;
    }
    if (is_response &&
        (scan->status < 200 || scan->status == 204 || scan->status == 304)) {
        return MD_REC_STATE_END;
    }
    if (scan->is_chunked) {
        return MD_REC_STATE_CHUNK_SIZE;
    }
    if (scan->has_length) {
        return scan->content_length > 0 ? MD_REC_STATE_LENGTH
                                        : MD_REC_STATE_END;
    }
    return is_response ? MD_REC_STATE_CLOSE : MD_REC_STATE_END;
}

static enum md_rec_scan_event head_done(struct md_rec_scan *scan)
{
    const char *problem = NULL;

    scan->method = (struct md_rec_view){0};
    scan->target = (struct md_rec_view){0};
    scan->status = 0;
    scan->has_upgrade = false;
    scan->has_length = false;
    scan->is_chunked = false;
    scan->content_length = 0;
    problem = parse_lines(scan);
    if (problem != NULL) {
        return bad(scan, problem);
    }
    scan->state = body_state(scan);
    scan->left = scan->content_length;
    scan->digits = 0;
    scan->trailer_len = 0;
    scan->line_len = 0;
    return MD_REC_SCAN_HEAD;
}

/* A line of the head has just ended. */
static enum md_rec_scan_event line_done(struct md_rec_scan *scan)
{
    size_t len = scan->line_len;

    scan->line_len = 0;
    if (len < 2 || scan->head[scan->head_len - 2] != '\r') {
        return bad(scan, "a head line that ends without CR");
    }
    if (len > 2) {
        return MD_REC_SCAN_MORE;
    }
    if (scan->head_len > 2) {
        return head_done(scan);
    }
    if (scan->kind == MD_REC_SCAN_RESPONSE) {
        return bad(scan, "an empty line in place of a status line");
    }
    scan->head_len = 0; /* RFC 9112 section 2.2: to be ignored */
    return MD_REC_SCAN_MORE;
}

static enum md_rec_scan_event scan_head(struct md_rec_scan *scan,
                                        struct md_rec_view *in)
{
    uint8_t byte = 0;

    if (scan->head_len == MD_REC_HEAD_MAX) {
        return bad(scan, "a head of more than 64 KiB");
    }
    byte = take_byte(in);
    scan->head[scan->head_len++] = byte;
    scan->line_len++;
    return byte == '\n' ? line_done(scan) : MD_REC_SCAN_MORE;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (uint8_t)lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum md_rec_scan_event scan_chunk_size(struct md_rec_scan *scan,
                                              struct md_rec_view *in)
{
    int value = hex_value(in->data[0]);

    if (value < 0 && scan->digits == 0) {
        return bad(scan, "a chunk without a size");
    }
    if (value < 0) {
        scan->state = MD_REC_STATE_CHUNK_EXTENSION;
        return MD_REC_SCAN_MORE;
    }
    (void)take_byte(in);
    scan->left = scan->digits == 0 ? 0 : scan->left;
    scan->left = scan->left * 16 + (uint64_t)value;
    scan->digits++;
    if (scan->digits > CHUNK_DIGITS_MAX) {
        return bad(scan, "a chunk size of more than 15 digits");
    }
    return MD_REC_SCAN_MORE;
}

/* One byte of a line that is not kept. Returns true at its line feed. */
static bool skip_line(struct md_rec_scan *scan, struct md_rec_view *in)
{
    scan->trailer_len++;
    scan->line_len++;
    if (scan->trailer_len > MD_REC_HEAD_MAX) {
        (void)bad(scan, "more than 64 KiB of chunk extensions and trailers");
        return false;
    }
    return take_byte(in) == '\n';
}

static enum md_rec_scan_event scan_extension(struct md_rec_scan *scan,
                                             struct md_rec_view *in)
{
    if (skip_line(scan, in)) {
        scan->state =
            scan->left > 0 ? MD_REC_STATE_CHUNK_DATA : MD_REC_STATE_TRAILER;
        scan->line_len = 0;
        scan->digits = 0;
    }
    return MD_REC_SCAN_MORE;
}

static enum md_rec_scan_event scan_chunk_end(struct md_rec_scan *scan,
                                             struct md_rec_view *in)
{
    if (take_byte(in) != (scan->line_len == 0 ? '\r' : '\n')) {
        return bad(scan, "a chunk longer than its size");
    }
    scan->line_len++;
    if (scan->line_len == 2) {
        scan->line_len = 0;
        scan->state = MD_REC_STATE_CHUNK_SIZE;
    }
    return MD_REC_SCAN_MORE;
}

static enum md_rec_scan_event scan_trailer(struct md_rec_scan *scan,
                                           struct md_rec_view *in)
{
    if (skip_line(scan, in)) {
        if (scan->line_len <= 2) {
            scan->state = MD_REC_STATE_END;
        }
        scan->line_len = 0;
    }
    return MD_REC_SCAN_MORE;
}

static enum md_rec_scan_event scan_data(struct md_rec_scan *scan,
                                        struct md_rec_view *in,
                                        struct md_rec_view *out_body)
{
    *out_body = take(in, scan->left);
    scan->left -= out_body->len;
    if (scan->left == 0) {
        scan->state = scan->state == MD_REC_STATE_LENGTH
                          ? MD_REC_STATE_END
                          : MD_REC_STATE_CHUNK_END;
    }
    return MD_REC_SCAN_BODY;
}

static enum md_rec_scan_event end_message(struct md_rec_scan *scan)
{
    scan->state = MD_REC_STATE_HEAD;
    scan->head_len = 0;
    scan->line_len = 0;
    return MD_REC_SCAN_END;
}

/* One step; MORE means that it made no event. @in is not empty. */
static enum md_rec_scan_event step(struct md_rec_scan *scan,
                                   struct md_rec_view *in,
                                   struct md_rec_view *out_body)
{
    switch (scan->state) {
    case MD_REC_STATE_HEAD:
        return scan_head(scan, in);
    case MD_REC_STATE_LENGTH:
    case MD_REC_STATE_CHUNK_DATA:
        return scan_data(scan, in, out_body);
    case MD_REC_STATE_CLOSE:
        *out_body = take(in, in->len);
        return MD_REC_SCAN_BODY;
    case MD_REC_STATE_CHUNK_SIZE:
        return scan_chunk_size(scan, in);
    case MD_REC_STATE_CHUNK_EXTENSION:
        return scan_extension(scan, in);
    case MD_REC_STATE_CHUNK_END:
        return scan_chunk_end(scan, in);
    case MD_REC_STATE_TRAILER:
        return scan_trailer(scan, in);
    case MD_REC_STATE_END:
    case MD_REC_STATE_BAD:
        break;
    }
    return MD_REC_SCAN_MORE;
}

void md_rec_scan_init(struct md_rec_scan *scan, enum md_rec_scan_kind kind)
{
    *scan = (struct md_rec_scan){.kind = kind};
}

enum md_rec_scan_event md_rec_scan_next(struct md_rec_scan *scan,
                                        struct md_rec_view *in,
                                        struct md_rec_view *out_body)
{
    enum md_rec_scan_event event = MD_REC_SCAN_MORE;

    while (event == MD_REC_SCAN_MORE && in->len > 0 &&
           scan->state != MD_REC_STATE_END && scan->state != MD_REC_STATE_BAD) {
        event = step(scan, in, out_body);
    }
    if (event != MD_REC_SCAN_MORE) {
        return event;
    }
    if (scan->state == MD_REC_STATE_BAD) {
        return MD_REC_SCAN_BAD;
    }
    return scan->state == MD_REC_STATE_END ? end_message(scan)
                                           : MD_REC_SCAN_MORE;
}

void md_rec_scan_without_body(struct md_rec_scan *scan)
{
    scan->state = MD_REC_STATE_END;
}

enum md_rec_scan_event md_rec_scan_finish(struct md_rec_scan *scan)
{
    if (scan->state == MD_REC_STATE_CLOSE || scan->state == MD_REC_STATE_END) {
        return end_message(scan);
    }
    if (scan->state == MD_REC_STATE_HEAD && scan->head_len == 0) {
        return MD_REC_SCAN_MORE;
    }
    if (scan->state == MD_REC_STATE_BAD) {
        return MD_REC_SCAN_BAD;
    }
    return bad(scan, "an end inside a message");
}

bool md_rec_scan_line(const struct md_rec_scan *scan, size_t *pos,
                      struct md_rec_view *out_line)
{
    const uint8_t *at = scan->head + *pos;
    const uint8_t *end = NULL;

    if (scan->head_len < 2 || *pos >= scan->head_len - 2) {
        return false; /* the last two bytes are the empty line */
    }
    end = memchr(at, '\n', scan->head_len - *pos);
    if (end == NULL || end == at) {
        return false; /* a head that is not complete */
    }
    *out_line = (struct md_rec_view){.data = at, .len = (size_t)(end - at) - 1};
    *pos += out_line->len + 2;
    return true;
}
