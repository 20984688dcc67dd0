/* SPDX-License-Identifier: MIT */
/* duplex.c - wait for connections, on a thread that has nothing else to do. */
#include "duplex.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

/* Wait for the first two of @fds; the third is the stop. */
static bool wait_for(struct pollfd fds[3])
{
    int rc = -1;

    do {
        rc = poll(fds, 3, -1);
    } while (rc < 0 && errno == EINTR);
    return rc > 0 && fds[2].revents == 0;
}

static bool wait_one(const struct md_rec_chan *chan, short events, int stop_fd)
{
    struct pollfd fds[3] = {{.fd = chan->fd, .events = events},
                            {.fd = -1},
                            {.fd = stop_fd, .events = POLLIN}};

    return wait_for(fds);
}

static short to_read(const struct md_rec_chan *chan)
{
    return (short)(chan->read_must_write ? POLLOUT : POLLIN);
}

static short to_write(const struct md_rec_chan *chan)
{
    return (short)(chan->write_must_read ? POLLIN : POLLOUT);
}

bool md_rec_duplex_ready(struct md_rec_chan *chan, int stop_fd)
{
    enum md_rec_io io = MD_REC_IO_AGAIN;

    if (chan->is_connecting && !wait_one(chan, POLLOUT, stop_fd)) {
        return false;
    }
    while (io == MD_REC_IO_AGAIN) {
        io = md_rec_chan_ready(chan);
        if (io == MD_REC_IO_AGAIN &&
            !wait_one(chan, md_rec_chan_waits_to_write(chan) ? POLLOUT : POLLIN,
                      stop_fd)) {
            return false;
        }
    }
    return io == MD_REC_IO_OK;
}

bool md_rec_duplex_send(struct md_rec_chan *chan, int stop_fd, const void *data,
                        size_t len)
{
    const uint8_t *at = data;

    while (len > 0) {
        size_t done = 0;
        enum md_rec_io io = md_rec_chan_write(chan, at, len, &done);

        bool goes_on =
            io == MD_REC_IO_OK ||
            (io == MD_REC_IO_AGAIN && wait_one(chan, to_write(chan), stop_fd));

        if (!goes_on) {
            return false;
        }
        at += done;
        len -= done;
    }
    return true;
}

bool md_rec_duplex_wait(const struct md_rec_chan *a, bool *out_a,
                        const struct md_rec_chan *b, bool *out_b, int stop_fd)
{
    struct pollfd fds[3] = {{.fd = a->fd, .events = to_read(a)},
                            {.fd = b != NULL ? b->fd : -1,
                             .events = (short)(b != NULL ? to_read(b) : 0)},
                            {.fd = stop_fd, .events = POLLIN}};

    if (!wait_for(fds)) {
        return false;
    }
    *out_a = fds[0].revents != 0;
    if (out_b != NULL) {
        *out_b = fds[1].revents != 0;
    }
    return true;
}

/* One way of a pump. */
struct way {
    struct md_rec_chan *from;
    struct md_rec_chan *to;
    bool is_over; /* from has ended */
    bool is_told; /* and to knows */
    size_t off;
    size_t len;
    uint8_t page[MD_REC_DUPLEX_PAGE];
};

/* Do what can be done now; false = a side is gone. */
static bool step(struct way *way)
{
    enum md_rec_io io = MD_REC_IO_OK;
    size_t done = 0;

    if (!way->is_over && way->len == 0) {
        io = md_rec_chan_read(way->from, way->page, sizeof(way->page),
                              &way->len);
        way->off = 0;
        way->is_over = io == MD_REC_IO_END;
    }
    if (way->len > 0 && io != MD_REC_IO_RESET) {
        io = md_rec_chan_write(way->to, way->page + way->off, way->len, &done);
        way->off += done;
        way->len -= done;
    }
    if (way->is_over && !way->is_told && way->len == 0) {
        io = md_rec_chan_shut(way->to);
        way->is_told = io != MD_REC_IO_AGAIN;
    }
    return io != MD_REC_IO_RESET;
}

static void add_events(const struct way *way, struct pollfd *from,
                       struct pollfd *to)
{
    if (!way->is_over && way->len == 0) {
        from->events = (short)(from->events | to_read(way->from));
    }
    if (way->len > 0 || (way->is_over && !way->is_told)) {
        to->events = (short)(to->events | to_write(way->to));
    }
}

static bool wait_ways(const struct way *there, const struct way *back,
                      int stop_fd)
{
    struct pollfd fds[3] = {{.fd = there->from->fd},
                            {.fd = there->to->fd},
                            {.fd = stop_fd, .events = POLLIN}};

    add_events(there, &fds[0], &fds[1]);
    add_events(back, &fds[1], &fds[0]);
    /* A hang-up that nobody asked for would be told again and again. */
    fds[0].fd = fds[0].events != 0 ? fds[0].fd : -1;
    fds[1].fd = fds[1].events != 0 ? fds[1].fd : -1;
    return wait_for(fds);
}

void md_rec_duplex_pump(struct md_rec_chan *a, bool is_a_over,
                        struct md_rec_chan *b, int stop_fd)
{
    struct way *ways = calloc(2, sizeof(*ways));
    bool is_good = ways != NULL;

    if (is_good) {
        ways[0].from = ways[1].to = a;
        ways[0].to = ways[1].from = b;
        ways[0].is_over = ways[0].is_told = is_a_over;
    }
    while (is_good && !(ways[0].is_told && ways[1].is_told)) {
        is_good = wait_ways(&ways[0], &ways[1], stop_fd) && step(&ways[0]) &&
                  step(&ways[1]);
    }
    free(ways);
    md_rec_chan_close(a, !is_good);
    md_rec_chan_close(b, !is_good);
}
