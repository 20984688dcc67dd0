/* SPDX-License-Identifier: MIT */
/* choose_request.c - what a client of the chooser asks. */
#include <string.h>

#include "choose_own.h"

int md_rec_seat_stop(const struct md_rec_seat *seat)
{
    return seat->chooser->options->stop_fd;
}

/* Read what has come from the client; false = it is gone. */
bool md_rec_seat_read(struct md_rec_seat *seat)
{
    size_t len = 0;

    switch (
        md_rec_chan_read(&seat->client, seat->page, sizeof(seat->page), &len)) {
    case MD_REC_IO_OK:
        md_rec_bytes_add(&seat->ahead, seat->page, len);
        return !seat->ahead.failed;
    case MD_REC_IO_AGAIN:
        return true;
    case MD_REC_IO_END:
        seat->is_client_over = true;
        return true;
    case MD_REC_IO_RESET:
        return false;
    }
    return false;
}

/* An answer of our own, after which the connection ends. */
bool md_rec_seat_refuse(struct md_rec_seat *seat, const char *status,
                        const char *why)
{
    struct md_rec_bytes text = md_rec_bytes_new(1024);

    md_rec_bytes_print(
        &text,
        "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
        "Connection: close\r\nContent-Length: %zu\r\n\r\n"
        "{\"message\":\"mockd: %s\"}\n",
        status, strlen(why) + strlen(MD_REC_CHOOSE_REFUSAL " \"}\n"), why);
    if (!text.failed) {
        (void)md_rec_duplex_send(&seat->client, md_rec_seat_stop(seat),
                                 text.data, text.len);
    }
    md_rec_bytes_release(&text);
    return false;
}

/* Move the first @len bytes from what is ahead to the request. */
static void use_ahead(struct md_rec_seat *seat, size_t len)
{
    md_rec_bytes_add(&seat->request, seat->ahead.data, len);
    seat->ahead.len -= len;
    memmove(seat->ahead.data, seat->ahead.data + len, seat->ahead.len);
}

bool md_rec_seat_connect(struct md_rec_seat *seat,
                         const struct md_rec_address *address,
                         struct md_rec_chan *chan)
{
    int fd = md_rec_socket_connect(address);

    return fd >= 0 && md_rec_chan_open(chan, fd, NULL, true) &&
           md_rec_duplex_ready(chan, md_rec_seat_stop(seat));
}

/* No question for a recording: the connection is the engine's from here on. */
static bool pass_for_good(struct md_rec_seat *seat)
{
    const struct md_rec_address *address = seat->chooser->options->engine;

    if (address == NULL) {
        return md_rec_seat_refuse(
            seat, "413 Content Too Large",
            "no recording has a request of more than 16 MiB");
    }
    md_rec_chan_close(&seat->engine, false);
    if (!md_rec_seat_connect(seat, address, &seat->engine)) {
        return md_rec_seat_refuse(seat, "502 Bad Gateway",
                                  "the engine cannot be reached");
    }
    if (md_rec_duplex_send(&seat->engine, md_rec_seat_stop(seat),
                           seat->request.data, seat->request.len) &&
        md_rec_duplex_send(&seat->engine, md_rec_seat_stop(seat),
                           seat->ahead.data, seat->ahead.len)) {
        md_rec_duplex_pump(&seat->client, false, &seat->engine,
                           md_rec_seat_stop(seat));
    }
    return false;
}

/* The scanner forgets a head at the end of its request. */
static void look_through_head(struct md_rec_seat *seat)
{
    struct md_rec_secrets *secrets = seat->chooser->options->secrets;

    md_rec_spans_release(&seat->head_spans);
    if (secrets != NULL) {
        (void)pthread_mutex_lock(&seat->chooser->lock);
        md_rec_secrets_learn_head(secrets, &seat->requests);
        md_rec_secrets_head(secrets, &seat->requests, &seat->head_spans);
        (void)pthread_mutex_unlock(&seat->chooser->lock);
    }
}

static bool take_head(struct md_rec_seat *seat)
{
    const struct md_rec_scan *scan = &seat->requests;

    look_through_head(seat);
    seat->body_off = seat->request.len;
    seat->head_off = seat->request.len - scan->head_len;
    seat->is_plain_body = !scan->is_chunked;
    seat->is_head =
        scan->method.len == 4 && memcmp(scan->method.data, "HEAD", 4) == 0;
    md_rec_target_release(&seat->target);
    return md_rec_target_parse(scan->method, scan->target, &seat->target) ==
           NULL;
}

/* Go through what is ahead, to the next event; it becomes the request's. */
static enum md_rec_scan_event scan_ahead(struct md_rec_seat *seat)
{
    struct md_rec_view in = {.data = (const uint8_t *)seat->ahead.data,
                             .len = seat->ahead.len};
    struct md_rec_view body = {0};
    enum md_rec_scan_event event = MD_REC_SCAN_MORE;

    if (in.len > 0 || seat->requests.state == MD_REC_STATE_END) {
        event = md_rec_scan_next(&seat->requests, &in, &body);
    }
    if (seat->ahead.len > in.len) {
        use_ahead(seat, seat->ahead.len - in.len);
    }
    return event;
}

static bool wait_for_more(struct md_rec_seat *seat)
{
    bool is_ready = false;

    return !seat->is_client_over &&
           md_rec_duplex_wait(&seat->client, &is_ready, NULL, NULL,
                              md_rec_seat_stop(seat)) &&
           md_rec_seat_read(seat);
}

/* Take the next whole request; false = there is none, or none that we can
 * read. */
/* What no recording can hold may be the engine's. */
static bool reject(struct md_rec_seat *seat, bool is_http)
{
    return is_http && seat->chooser->options->engine != NULL
               ? pass_for_good(seat)
               : md_rec_seat_refuse(seat, "400 Bad Request",
                                    "not a request that a recording can hold");
}

bool md_rec_seat_request(struct md_rec_seat *seat)
{
    md_rec_bytes_release(&seat->request);
    while (seat->request.len + seat->ahead.len <= MD_REC_CHOOSE_ASK_MAX) {
        enum md_rec_scan_event event = scan_ahead(seat);

        if (event == MD_REC_SCAN_END) {
            return !seat->request.failed;
        }
        if (event == MD_REC_SCAN_BAD || seat->request.failed) {
            return reject(seat, false);
        }
        if (event == MD_REC_SCAN_HEAD && !take_head(seat)) {
            return reject(seat, true);
        }
        if (event == MD_REC_SCAN_MORE && !wait_for_more(seat)) {
            return false;
        }
    }
    return pass_for_good(seat);
}

static void cover(struct md_rec_bytes *request, size_t base,
                  const struct md_rec_spans *spans)
{
    for (size_t i = 0; i < spans->count; i++) {
        memset(request->data + base + spans->items[i].off, MD_REC_FILLER,
               (size_t)spans->items[i].len);
    }
}

bool md_rec_seat_redact(const struct md_rec_seat *seat,
                        struct md_rec_bytes *request)
{
    struct md_rec_secrets *secrets = seat->chooser->options->secrets;
    struct md_rec_spans spans = {0};
    bool is_done = false;

    (void)pthread_mutex_lock(&seat->chooser->lock);
    if (seat->is_plain_body) {
        md_rec_secrets_body(secrets,
                            (const uint8_t *)request->data + seat->body_off,
                            request->len - seat->body_off, &spans);
    }
    is_done = !seat->head_spans.failed && !spans.failed &&
              !md_rec_secrets_is_full(secrets);
    (void)pthread_mutex_unlock(&seat->chooser->lock);
    cover(request, seat->head_off, &seat->head_spans);
    cover(request, seat->body_off, &spans);
    md_rec_spans_release(&spans);
    return is_done;
}
