/* SPDX-License-Identifier: MIT */
/*
 * http_scan.h - follow HTTP/1 messages in one direction of a connection.
 *
 *     start line CR LF  (header line CR LF)*  CR LF  body
 *
 * Bytes in, events out; nothing is changed, no memory is taken. A scanner is
 * one direction: it sees requests or responses, one after the other. Happy
 * path: HEAD, any number of BODY, END, and again. It goes wrong by
 * MD_REC_SCAN_BAD only, after which it says nothing else.
 *
 * Strict where the recording would lie otherwise: a head line that ends
 * without CR, lengths that differ, a chunk that does not end where it said.
 */
#ifndef MD_REC_HTTP_SCAN_H
#define MD_REC_HTTP_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Go's net/http, in both engines, takes 1 MiB; a head of theirs has under
 * 1 KiB. Also the most that trailers and chunk extensions may have. */
#define MD_REC_HEAD_MAX 65536

enum md_rec_scan_kind { MD_REC_SCAN_REQUEST, MD_REC_SCAN_RESPONSE };

enum md_rec_scan_event {
    MD_REC_SCAN_MORE, /* the input is used up */
    MD_REC_SCAN_HEAD, /* a head is complete: see the fields below */
    MD_REC_SCAN_BODY, /* a piece of the body, without chunk framing */
    MD_REC_SCAN_END,  /* the message is complete */
    MD_REC_SCAN_BAD   /* not HTTP, or over a limit: see problem */
};

enum md_rec_scan_state {
    MD_REC_STATE_HEAD,
    MD_REC_STATE_LENGTH, /* a body of known length */
    MD_REC_STATE_CLOSE,  /* a body that ends with the connection */
    MD_REC_STATE_CHUNK_SIZE,
    MD_REC_STATE_CHUNK_EXTENSION,
    MD_REC_STATE_CHUNK_DATA,
    MD_REC_STATE_CHUNK_END, /* CR LF behind the data */
    MD_REC_STATE_TRAILER,
    MD_REC_STATE_END, /* END is still to be told */
    MD_REC_STATE_BAD
};

struct md_rec_view {
    const uint8_t *data;
    size_t len;
};

struct md_rec_scan {
    /* What a head says; valid from its HEAD to its END. */
    struct md_rec_view method; /* requests */
    struct md_rec_view target; /* requests */
    int status;                /* responses */
    bool has_upgrade;          /* there is an Upgrade header */
    bool has_length;           /* there is a Content-Length */
    bool is_chunked;
    uint64_t content_length;
    const char *problem; /* set with MD_REC_SCAN_BAD; a constant */

    /* The head itself, start line to empty line, and the scanner's own. */
    enum md_rec_scan_kind kind;
    enum md_rec_scan_state state;
    uint64_t left; /* bytes of the body or chunk still to come */
    size_t digits; /* of the chunk size so far */
    size_t line_len;
    size_t trailer_len;
    size_t head_len;
    uint8_t head[MD_REC_HEAD_MAX];
};

/* Begin at the first byte of a connection. The views of a scanner point into
 * itself: do not move it. */
void md_rec_scan_init(struct md_rec_scan *scan, enum md_rec_scan_kind kind);

/*
 * Take bytes off the front of @in up to the next event.
 *
 * @in        advanced past every byte used; never past the end of a message
 * @out_body  set with MD_REC_SCAN_BODY only; points into @in
 */
enum md_rec_scan_event md_rec_scan_next(struct md_rec_scan *scan,
                                        struct md_rec_view *in,
                                        struct md_rec_view *out_body);

/* To be called after HEAD of an answer to HEAD: whatever it says, it has no
 * body. */
void md_rec_scan_without_body(struct md_rec_scan *scan);

/*
 * The sender closed. Returns MD_REC_SCAN_END when that completes a message,
 * MD_REC_SCAN_MORE between two messages, else MD_REC_SCAN_BAD.
 */
enum md_rec_scan_event md_rec_scan_finish(struct md_rec_scan *scan);

/*
 * Lines of the head, without CR LF and without the empty one at the end.
 *
 * @pos  0 for the first line; advanced to the next
 *
 * Returns false when there are no more.
 */
bool md_rec_scan_line(const struct md_rec_scan *scan, size_t *pos,
                      struct md_rec_view *out_line);

#endif
