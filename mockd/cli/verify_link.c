/* SPDX-License-Identifier: MIT */
/* verify_link.c - one request to the live engine, and what comes back. */
#include "verify_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAGE 65536
#define HEAD_MAX 65536 /* of a request; its target has under 1 KiB */

static int64_t now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void close_link(struct md_verify_link *link, enum md_verify_end end)
{
    if (link->fd >= 0) {
        (void)close(link->fd);
        link->fd = -1;
        link->end = end;
    }
}

/* A success whose body has no end of its own is a stream, as is a 101. */
static void take_head(struct md_verify_link *link)
{
    link->has_head = true;
    link->status = link->scan.status;
    md_rec_bytes_add(&link->head, link->scan.head, link->scan.head_len);
    link->is_stream = link->scan.status == 101 ||
                      (link->scan.status == 200 && !link->scan.has_length &&
                       !link->scan.is_chunked);
    if (link->is_bodiless) {
        link->is_stream = false;
        md_rec_scan_without_body(&link->scan);
    }
    if (!link->is_stream) {
        link->output.is_framed = false;
    }
}

static void take_bytes(struct md_verify_link *link, struct md_rec_view in)
{
    for (;;) {
        struct md_rec_view body = {0};

        switch (md_rec_scan_next(&link->scan, &in, &body)) {
        case MD_REC_SCAN_MORE:
            return;
        case MD_REC_SCAN_HEAD:
            take_head(link);
            break;
        case MD_REC_SCAN_BODY:
            md_verify_output_add(&link->output, body.data, body.len);
            break;
        case MD_REC_SCAN_END:
            close_link(link, MD_VERIFY_CLOSED);
            return;
        case MD_REC_SCAN_BAD:
            close_link(link, MD_VERIFY_NOT_HTTP);
            return;
        }
    }
}

/* What can be read now. */
static void read_some(struct md_verify_link *link)
{
    uint8_t page[PAGE];
    ssize_t len = recv(link->fd, page, sizeof(page), 0);

    if (len > 0) {
        take_bytes(link,
                   (struct md_rec_view){.data = page, .len = (size_t)len});
    } else if (len == 0) {
        close_link(link, MD_VERIFY_CLOSED);
    } else if (errno != EAGAIN && errno != EINTR) {
        close_link(link, MD_VERIFY_RESET);
    }
}

/* Wait for @events and read what comes. Returns what can be done; 0 = nothing
 * happened in time, or the link is closed. */
static short step(struct md_verify_link *link, short events)
{
    struct pollfd ready = {.fd = link->fd, .events = events};
    int64_t deadline = now_ms() + MD_VERIFY_PATIENCE_MS;
    int rc = -1;

    if (link->fd < 0) {
        return 0;
    }
    do {
        int64_t left = deadline - now_ms();

        rc = poll(&ready, 1, left > 0 ? (int)left : 0);
    } while (rc < 0 && errno == EINTR);
    if (rc <= 0) {
        return 0;
    }
    if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        read_some(link);
    }
    return ready.revents;
}

bool md_verify_link_head(struct md_verify_link *link)
{
    while (!link->has_head && step(link, POLLIN) != 0) {
    }
    return link->has_head;
}

bool md_verify_link_wait(struct md_verify_link *link, uint64_t total)
{
    while (link->output.total < total && step(link, POLLIN) != 0) {
    }
    return link->output.total >= total || link->fd < 0;
}

bool md_verify_link_finish(struct md_verify_link *link)
{
    while (step(link, POLLIN) != 0) {
    }
    return link->fd < 0;
}

/* The engine takes no more; what it has sent can still be read. */
static bool stop_writing(struct md_verify_link *link)
{
    (void)md_verify_link_finish(link);
    return false;
}

bool md_verify_link_write(struct md_verify_link *link, const void *data,
                          size_t len)
{
    const uint8_t *at = data;

    while (len > 0) {
        short ready = step(link, POLLIN | POLLOUT);
        ssize_t sent = 0;

        if (ready == 0 || link->fd < 0) {
            return false;
        }
        if ((ready & POLLOUT) != 0) {
            sent = send(link->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            return stop_writing(link);
        }
        at += sent > 0 ? sent : 0;
        len -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

void md_verify_link_end_input(struct md_verify_link *link)
{
    if (link->fd >= 0) {
        (void)shutdown(link->fd, SHUT_WR);
    }
}

void md_verify_link_drop(struct md_verify_link *link)
{
    if (link->fd >= 0) {
        md_rec_socket_reset(link->fd);
        link->fd = -1;
    }
}

static void print_head(struct md_rec_bytes *head,
                       const struct md_verify_request *request)
{
    md_rec_bytes_print(head, "%s %s HTTP/1.1\r\nHost: docker\r\n",
                       request->method, request->target);
    if (request->has_upgrade) {
        md_rec_bytes_text(head, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
    }
    if (request->body != NULL) {
        md_rec_bytes_print(head, "Content-Type: %s\r\n",
                           request->content_type != NULL ? request->content_type
                                                         : "application/json");
    }
    if (request->body != NULL || strcmp(request->method, "POST") == 0) {
        md_rec_bytes_print(head, "Content-Length: %zu\r\n", request->body_len);
    }
    md_rec_bytes_text(head, "\r\n");
}

static enum mockd_code connect_link(struct md_verify_link *link,
                                    const struct md_rec_address *address,
                                    struct mockd_error *err)
{
    struct pollfd ready = {.events = POLLOUT};
    int error = 0;

    link->fd = md_rec_socket_connect(address);
    if (link->fd < 0) {
        return md_fail(err, MOCKD_E_SYSTEM, "connect to the engine: %s",
                       strerror(errno));
    }
    ready.fd = link->fd;
    error = poll(&ready, 1, MD_VERIFY_PATIENCE_MS) == 1
                ? md_rec_socket_error(link->fd)
                : ETIMEDOUT;
    return error == 0 ? MOCKD_OK
                      : md_fail(err, MOCKD_E_SYSTEM,
                                "connect to the engine: %s", strerror(error));
}

enum mockd_code md_verify_link_open(struct md_verify_link *link,
                                    const struct md_rec_address *address,
                                    const struct md_verify_request *request,
                                    struct mockd_error *err)
{
    struct md_rec_bytes head = md_rec_bytes_new(HEAD_MAX);
    enum mockd_code rc = MOCKD_OK;

    *link = (struct md_verify_link){
        .fd = -1, .is_bodiless = strcmp(request->method, "HEAD") == 0};
    link->head = md_rec_bytes_new(MD_REC_HEAD_MAX);
    md_rec_scan_init(&link->scan, MD_REC_SCAN_RESPONSE);
    md_verify_output_init(&link->output, request->is_framed);
    rc = connect_link(link, address, err);
    if (rc == MOCKD_OK) {
        print_head(&head, request);
        rc = head.failed ? md_fail_nomem(err) : MOCKD_OK;
    }
    if (rc == MOCKD_OK && md_verify_link_write(link, head.data, head.len)) {
        (void)md_verify_link_write(link, request->body, request->body_len);
    }
    md_rec_bytes_release(&head);
    return rc;
}

void md_verify_link_release(struct md_verify_link *link)
{
    if (link->fd >= 0) {
        (void)close(link->fd);
        link->fd = -1;
    }
    md_rec_bytes_release(&link->head);
    md_verify_output_release(&link->output);
}
