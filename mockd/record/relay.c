/* SPDX-License-Identifier: MIT */
/* relay.c - pass connections on to an engine, unchanged, and record them. */
#include "relay.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "chan.h"
#include "tap.h"

#define LISTENERS_MAX 2 /* one unix, one TCP */
#define EVENTS_MAX 64   /* taken from epoll at once */

struct link;

/* What an epoll event is about. */
struct source {
    struct link *link; /* NULL = a listener, or the stop descriptor */
    enum md_rec_side side;
    int fd;
    const struct md_rec_tls *tls; /* of a listener; NULL = plain */
    uint32_t interest;            /* as epoll knows it; 0 = not registered */
};

struct peer {
    struct source source;
    struct md_rec_chan chan;
    bool is_ready;    /* connected, and hands were shaken */
    bool is_over;     /* it sends no more */
    bool must_shut;   /* it has to be told that the other sends no more */
    bool is_shut;     /* and it was told */
    bool is_gone;     /* it takes no more */
    bool was_reset;   /* and that was a reset */
    bool is_noted;    /* in the recording: over, and takes no more either */
    uint8_t *pending; /* what it has not yet taken; NULL = nothing */
    size_t pending_len;
    size_t pending_off;
};

struct link {
    struct link *next;
    struct link **back;
    struct md_rec_tap *tap;
    bool is_dead; /* freed after the round, as events may still name it */
    struct peer peer[2]; /* by enum md_rec_side */
};

struct relay {
    const struct md_rec_relay_options *options;
    int epoll_fd;
    struct source stop;
    struct source listeners[LISTENERS_MAX];
    struct link *links;
    struct link *dead;
    size_t link_count;
    bool is_stopped;
    uint8_t *segment; /* MD_REC_SEGMENT_MAX bytes */
};

static uint64_t now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

static enum md_rec_side other(enum md_rec_side side)
{
    return side == MD_REC_CLIENT ? MD_REC_ENGINE : MD_REC_CLIENT;
}

/* A source nobody is interested in is taken out, as epoll would go on telling
 * of a hang-up. */
static bool watch(struct relay *relay, struct source *source, uint32_t interest)
{
    struct epoll_event event = {.events = interest, .data.ptr = source};
    int op = EPOLL_CTL_MOD;

    if (source->interest == interest) {
        return true;
    }
    if (interest == 0) {
        op = EPOLL_CTL_DEL;
    } else if (source->interest == 0) {
        op = EPOLL_CTL_ADD;
    }
    if (epoll_ctl(relay->epoll_fd, op, source->fd, &event) != 0) {
        return false;
    }
    source->interest = interest;
    return true;
}

static void set_listeners(struct relay *relay, uint32_t interest)
{
    for (size_t i = 0; i < relay->options->listener_count; i++) {
        (void)watch(relay, &relay->listeners[i], interest);
    }
}

static void watch_listeners(struct relay *relay)
{
    set_listeners(relay, relay->link_count < MD_REC_LINKS_MAX ? EPOLLIN : 0);
}

static void close_peer(struct peer *peer, bool is_reset)
{
    md_rec_chan_close(&peer->chan, is_reset);
    free(peer->pending);
    peer->pending = NULL;
    peer->source.fd = -1;
}

/* End the link; what it is made of is freed after the round. */
static void end_link(struct relay *relay, struct link *link, bool is_reset)
{
    if (link->is_dead) {
        return;
    }
    link->is_dead = true;
    md_rec_tap_free(link->tap);
    link->tap = NULL;
    close_peer(&link->peer[MD_REC_CLIENT], is_reset);
    close_peer(&link->peer[MD_REC_ENGINE], is_reset);
    *link->back = link->next;
    if (link->next != NULL) {
        link->next->back = link->back;
    }
    link->next = relay->dead;
    relay->dead = link;
    relay->link_count--;
    watch_listeners(relay);
}

static void free_dead(struct relay *relay)
{
    while (relay->dead != NULL) {
        struct link *gone = relay->dead;

        relay->dead = gone->next;
        free(gone);
    }
}

/* Nothing more will move on this link. */
static bool is_finished(const struct link *link)
{
    const struct peer *client = &link->peer[MD_REC_CLIENT];
    const struct peer *engine = &link->peer[MD_REC_ENGINE];
    bool is_drained = client->pending == NULL && engine->pending == NULL &&
                      !client->must_shut && !engine->must_shut;

    if (client->is_over && engine->is_over) {
        return is_drained;
    }
    /* One of them has closed both its halves. */
    return is_drained && ((client->is_over && client->is_gone) ||
                          (engine->is_over && engine->is_gone));
}

/* A peer that takes no more: what it would have got is dropped. What it has
 * sent before is still read. */
static void peer_gone(struct link *link, enum md_rec_side side, int error)
{
    struct peer *peer = &link->peer[side];

    peer->is_gone = true;
    peer->was_reset = peer->was_reset || error == ECONNRESET;
    free(peer->pending);
    peer->pending = NULL;
}

/* A client that had closed one half has closed the other one, too. */
static void note_gone(struct link *link, enum md_rec_side side)
{
    struct peer *peer = &link->peer[side];

    if (peer->is_over && peer->is_gone && !peer->is_noted) {
        peer->is_noted = true;
        md_rec_tap_over(link->tap, side, true, now_us());
    }
}

/* Send from the front of @data; returns how much was taken. */
static size_t push(struct link *link, enum md_rec_side to, const uint8_t *data,
                   size_t len)
{
    size_t done = 0;

    switch (md_rec_chan_write(&link->peer[to].chan, data, len, &done)) {
    case MD_REC_IO_OK:
        return done;
    case MD_REC_IO_AGAIN:
        return 0;
    case MD_REC_IO_END:
    case MD_REC_IO_RESET:
        peer_gone(link, to, errno);
        return 0;
    }
    return 0;
}

/* Pass one segment on; what is not taken at once waits. */
static bool forward(struct link *link, enum md_rec_side to,
                    struct md_rec_view segment)
{
    struct peer *peer = &link->peer[to];
    size_t done = 0;

    /* A TLS record at a time is taken, so ask until nothing is. */
    while (done < segment.len) {
        size_t more = push(link, to, segment.data + done, segment.len - done);

        if (peer->is_gone) {
            return true;
        }
        if (more == 0) {
            break;
        }
        done += more;
    }
    if (done == segment.len) {
        return true;
    }
    peer->pending_len = segment.len - done;
    peer->pending_off = 0;
    peer->pending = malloc(peer->pending_len);
    if (peer->pending == NULL) {
        return false;
    }
    memcpy(peer->pending, segment.data + done, peer->pending_len);
    return true;
}

static void flush_pending(struct link *link, enum md_rec_side to)
{
    struct peer *peer = &link->peer[to];

    if (peer->pending == NULL) {
        return;
    }
    peer->pending_off += push(link, to, peer->pending + peer->pending_off,
                              peer->pending_len - peer->pending_off);
    if (peer->pending_off == peer->pending_len) {
        free(peer->pending);
        peer->pending = NULL;
    }
}

/* Tell @to that the other side has ended, once it has got everything. */
static void forward_end(struct link *link, enum md_rec_side to)
{
    struct peer *peer = &link->peer[to];

    if (!link->peer[other(to)].is_over || peer->pending != NULL ||
        peer->is_shut || peer->is_gone) {
        return;
    }
    peer->must_shut = true;
    if (md_rec_chan_shut(&peer->chan) != MD_REC_IO_AGAIN) {
        peer->must_shut = false;
        peer->is_shut = true;
    }
}

static bool is_ready(const struct link *link)
{
    return link->peer[MD_REC_CLIENT].is_ready &&
           link->peer[MD_REC_ENGINE].is_ready;
}

static bool wants_read(const struct link *link, enum md_rec_side side)
{
    const struct peer *to = &link->peer[other(side)];

    return !link->peer[side].is_over && to->pending == NULL && !to->is_gone;
}

static uint32_t wanted(const struct link *link, enum md_rec_side side)
{
    const struct peer *peer = &link->peer[side];
    uint32_t interest = 0;

    if (!peer->is_ready) {
        return md_rec_chan_waits_to_write(&peer->chan) ? EPOLLOUT : EPOLLIN;
    }
    if (!is_ready(link)) {
        return 0;
    }
    if (wants_read(link, side)) {
        interest |= peer->chan.read_must_write ? EPOLLOUT : EPOLLIN;
    }
    if (peer->pending != NULL || peer->must_shut) {
        interest |= peer->chan.write_must_read ? EPOLLIN : EPOLLOUT;
    }
    return interest;
}

/* After something has moved: pass ends on, and see what to wait for. */
static void settle(struct relay *relay, struct link *link)
{
    if (link->is_dead) {
        return;
    }
    if (is_ready(link)) {
        note_gone(link, MD_REC_CLIENT);
        forward_end(link, MD_REC_CLIENT);
        forward_end(link, MD_REC_ENGINE);
    }
    if (is_finished(link)) {
        end_link(relay, link, link->peer[MD_REC_CLIENT].is_gone);
        return;
    }
    for (int side = MD_REC_CLIENT; side <= MD_REC_ENGINE; side++) {
        if (!watch(relay, &link->peer[side].source,
                   wanted(link, (enum md_rec_side)side))) {
            end_link(relay, link, true);
            return;
        }
    }
}

static void read_end(struct relay *relay, struct link *link,
                     enum md_rec_side from)
{
    struct peer *peer = &link->peer[from];

    peer->is_over = true;
    /* A unix socket tells of a reset once: the send has had it. */
    md_rec_tap_over(link->tap, from, peer->was_reset, now_us());
    if (peer->was_reset) {
        end_link(relay, link, true);
    }
}

static void take_segment(struct relay *relay, struct link *link,
                         enum md_rec_side from, size_t len)
{
    struct md_rec_view segment = {.data = relay->segment, .len = len};
    uint64_t when = now_us();

    /* Forwarded first, so that recording it takes no time from the peers. */
    if (!link->peer[other(from)].is_gone &&
        !forward(link, other(from), segment)) {
        end_link(relay, link, true);
        return;
    }
    md_rec_tap_data(link->tap, from, segment, when);
}

static void read_from(struct relay *relay, struct link *link,
                      enum md_rec_side from)
{
    size_t len = 0;

    switch (md_rec_chan_read(&link->peer[from].chan, relay->segment,
                             MD_REC_SEGMENT_MAX, &len)) {
    case MD_REC_IO_OK:
        take_segment(relay, link, from, len);
        break;
    case MD_REC_IO_AGAIN:
        break;
    case MD_REC_IO_END:
        read_end(relay, link, from);
        break;
    case MD_REC_IO_RESET:
        md_rec_tap_over(link->tap, from, true, now_us());
        end_link(relay, link, true);
        break;
    }
}

/* A comment in the recording, if there is one. */
static void note(const struct relay *relay, const char *what, const char *why)
{
    if (relay->options->rec != NULL) {
        md_rec_cast_note(&relay->options->rec->cast, "%s: %s", what, why);
    }
}

/* Connect, and shake hands. */
static void get_ready(struct relay *relay, struct link *link,
                      enum md_rec_side side)
{
    struct peer *peer = &link->peer[side];

    switch (md_rec_chan_ready(&peer->chan)) {
    case MD_REC_IO_OK:
        peer->is_ready = true;
        break;
    case MD_REC_IO_AGAIN:
        break;
    case MD_REC_IO_END:
    case MD_REC_IO_RESET:
        note(relay,
             side == MD_REC_CLIENT ? "a client came, but its TLS failed"
                                   : "a client came, but the engine could not "
                                     "be connected to",
             md_rec_chan_words(&peer->chan));
        end_link(relay, link, true);
        break;
    }
}

static void serve_link(struct relay *relay, struct source *source)
{
    struct link *link = source->link;
    const struct peer *peer = NULL;
    bool may_read = false;

    if (link->is_dead) {
        return;
    }
    peer = &link->peer[source->side];
    if (!peer->is_ready) {
        get_ready(relay, link, source->side);
    } else if (is_ready(link)) {
        may_read = wants_read(link, source->side);
        if (peer->pending != NULL) {
            flush_pending(link, source->side);
        }
        if (may_read) {
            read_from(relay, link, source->side);
        }
    }
    settle(relay, link);
}

static struct link *new_link(struct relay *relay)
{
    struct link *link = calloc(1, sizeof(*link));

    if (link == NULL) {
        return NULL;
    }
    for (int side = MD_REC_CLIENT; side <= MD_REC_ENGINE; side++) {
        link->peer[side].chan = md_rec_chan_none();
    }
    if (relay->options->rec != NULL) {
        link->tap = md_rec_tap_new(relay->options->rec);
    }
    link->next = relay->links;
    if (link->next != NULL) {
        link->next->back = &link->next;
    }
    link->back = &relay->links;
    relay->links = link;
    relay->link_count++;
    return link;
}

/* Both ends of the link are its own in any case. */
static bool join(const struct relay *relay, struct link *link,
                 const struct source *listener, int client_fd, int engine_fd)
{
    struct peer *client = &link->peer[MD_REC_CLIENT];
    struct peer *engine = &link->peer[MD_REC_ENGINE];
    bool is_open =
        md_rec_chan_open(&client->chan, client_fd, listener->tls, false);

    is_open = md_rec_chan_open(&engine->chan, engine_fd,
                               relay->options->engine_tls, true) &&
              is_open;
    client->source = (struct source){
        .link = link, .side = MD_REC_CLIENT, .fd = client->chan.fd};
    engine->source = (struct source){
        .link = link, .side = MD_REC_ENGINE, .fd = engine->chan.fd};
    client->is_ready = listener->tls == NULL;
    return is_open;
}

static void accept_client(struct relay *relay, const struct source *listener)
{
    int client_fd = md_rec_socket_accept(listener->fd);
    int engine_fd = -1;
    struct link *link = NULL;

    if (client_fd < 0) {
        /* Without descriptors it has to wait until a link has ended. */
        if ((errno == EMFILE || errno == ENFILE) && relay->link_count > 0) {
            set_listeners(relay, 0);
        }
        return;
    }
    engine_fd = md_rec_socket_connect(relay->options->engine);
    if (engine_fd < 0) {
        note(relay, "a client came, but the engine could not be connected to",
             strerror(errno));
    } else {
        link = new_link(relay);
    }
    if (link == NULL) {
        md_rec_socket_reset(client_fd);
        if (engine_fd >= 0) {
            (void)close(engine_fd);
        }
        return;
    }
    if (!join(relay, link, listener, client_fd, engine_fd)) {
        end_link(relay, link, true);
        return;
    }
    watch_listeners(relay);
    settle(relay, link);
}

static void serve(struct relay *relay, const struct epoll_event *event)
{
    struct source *source = event->data.ptr;

    if (source == &relay->stop) {
        relay->is_stopped = true;
    } else if (source->link == NULL) {
        accept_client(relay, source);
    } else {
        serve_link(relay, source);
    }
}

static enum mockd_code run(struct relay *relay, struct mockd_error *err)
{
    struct epoll_event events[EVENTS_MAX];

    const struct md_rec *rec = relay->options->rec;

    while (!relay->is_stopped && (rec == NULL || !md_rec_has_failed(rec))) {
        int count = epoll_wait(relay->epoll_fd, events, EVENTS_MAX, -1);

        if (count < 0 && errno != EINTR) {
            return md_rec_fail(err, MOCKD_E_SYSTEM, "wait for events: %s",
                               strerror(errno));
        }
        for (int i = 0; i < count; i++) {
            serve(relay, &events[i]);
        }
        free_dead(relay);
    }
    return MOCKD_OK;
}

static enum mockd_code begin(struct relay *relay, struct mockd_error *err)
{
    const struct md_rec_relay_options *options = relay->options;
    bool is_watched = true;

    relay->segment = malloc(MD_REC_SEGMENT_MAX);
    relay->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (relay->segment == NULL || relay->epoll_fd < 0) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "make an epoll: %s",
                           strerror(errno));
    }
    relay->stop = (struct source){.fd = options->stop_fd};
    is_watched = watch(relay, &relay->stop, EPOLLIN);
    for (size_t i = 0; i < options->listener_count; i++) {
        relay->listeners[i] = (struct source){.fd = options->listeners[i].fd,
                                              .tls = options->listeners[i].tls};
        is_watched = is_watched && watch(relay, &relay->listeners[i], EPOLLIN);
    }
    return is_watched ? MOCKD_OK
                      : md_rec_fail(err, MOCKD_E_SYSTEM, "watch a socket: %s",
                                    strerror(errno));
}

enum mockd_code md_rec_relay_run(const struct md_rec_relay_options *options,
                                 struct mockd_error *err)
{
    struct relay relay = {.options = options, .epoll_fd = -1};
    enum mockd_code rc = MOCKD_OK;

    if (options->listener_count > LISTENERS_MAX) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "at most %d listeners are possible", LISTENERS_MAX);
    }
    rc = begin(&relay, err);
    if (rc == MOCKD_OK) {
        rc = run(&relay, err);
    }
    while (relay.links != NULL) {
        end_link(&relay, relay.links, false);
    }
    free_dead(&relay);
    if (relay.epoll_fd >= 0) {
        (void)close(relay.epoll_fd);
    }
    free(relay.segment);
    return rc;
}
