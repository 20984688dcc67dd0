/* SPDX-License-Identifier: MIT */
#include "admin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bounds.h"
#include "verbs.h"

#define READ_CHUNK 4096
#define RETRY_US 100000 /* when the process has no descriptor left */

/* One of its bounds: a request is answered before the next one is read, so
 * there is never more than one answer in @out. */
struct connection {
    struct md_watch watch; /* first: how the loop finds us */
    struct connection *next;
    struct connection *previous;
    int fd;
    struct md_buf in;
    struct md_buf out;
    size_t out_off; /* how much of it was sent */
    struct md_wait wait;
    bool is_waiting;
    uint64_t deadline_us; /* while it is waiting */
    bool is_over;         /* no more requests: answer, and close */
};

struct md_admin {
    struct md_admin_options options;
    struct md_watch watch;
    struct md_alarm alarm;
    struct connection *first;
    size_t count;
    uint64_t retry_us; /* accept again then; 0 = nothing is in the way */
};

static void set_accepting(struct md_admin *admin, bool is_accepting)
{
    (void)md_loop_rewatch(admin->options.loop, admin->options.listen_fd,
                          &admin->watch, is_accepting ? EPOLLIN : 0);
}

static void set_alarm(struct md_admin *admin)
{
    uint64_t soonest = admin->retry_us;

    for (const struct connection *at = admin->first; at != NULL;
         at = at->next) {
        if (at->is_waiting && (soonest == 0 || at->deadline_us < soonest)) {
            soonest = at->deadline_us;
        }
    }
    admin->alarm.due_us = soonest;
}

static void close_connection(struct md_admin *admin,
                             struct connection *connection)
{
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        admin->first = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    if (admin->count == MD_ADMIN_CONNECTIONS_MAX) {
        set_accepting(admin, true);
    }
    admin->count--;
    md_loop_unwatch(admin->options.loop, connection->fd);
    (void)close(connection->fd);
    md_buf_release(&connection->in);
    md_buf_release(&connection->out);
    md_wait_release(&connection->wait);
    free(connection);
    set_alarm(admin);
}

/* Nothing is sent here: the loop says when. */
static void answer_wait(struct md_admin *admin, struct connection *connection,
                        const char *entry)
{
    md_verb_answer_wait(&connection->wait, entry, &connection->out);
    connection->is_over |= connection->out.len == 0; /* no memory */
    md_wait_release(&connection->wait);
    connection->is_waiting = false;
    (void)md_loop_rewatch(admin->options.loop, connection->fd,
                          &connection->watch, EPOLLOUT);
}

void md_admin_note(struct md_admin *admin, const char *line)
{
    uint64_t seq = md_journal_last(admin->options.control->engine->journal);

    for (struct connection *at = admin->first; at != NULL; at = at->next) {
        if (at->is_waiting && seq > at->wait.since &&
            md_journal_fits(line, at->wait.filter)) {
            answer_wait(admin, at, line);
        }
    }
    set_alarm(admin);
}

/* ---- one connection ---- */

/* False when the client is gone. */
static bool read_requests(struct connection *connection)
{
    while (!connection->is_over) {
        size_t left = connection->in.max - connection->in.len;
        size_t size = left < READ_CHUNK ? left : READ_CHUNK;
        char *room = md_buf_reserve(&connection->in, size);
        ssize_t got = -1;

        if (size == 0) {
            return true;
        }
        if (room == NULL) {
            return false; /* no memory */
        }
        got = recv(connection->fd, room, size, MSG_DONTWAIT);
        if (got < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        connection->is_over = got == 0;
        connection->in.len += (size_t)got;
    }
    return true;
}

/* False when the client is gone. */
static bool write_answer(struct connection *connection)
{
    struct md_buf *out = &connection->out;

    while (connection->out_off < out->len) {
        ssize_t sent =
            send(connection->fd, out->data + connection->out_off,
                 out->len - connection->out_off, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        connection->out_off += (size_t)sent;
    }
    md_buf_release(out);
    connection->out_off = 0;
    return true;
}

static void start_wait(struct md_admin *admin, struct connection *connection)
{
    struct md_wait *wait = &connection->wait;
    uint64_t seq = wait->since;
    const char *line = md_journal_find(admin->options.control->engine->journal,
                                       wait->filter, &seq);

    if (line != NULL) {
        md_verb_answer_wait(wait, line, &connection->out);
        md_wait_release(wait);
        return;
    }
    connection->is_waiting = true;
    connection->deadline_us = md_loop_now_us() + wait->timeout_us;
    set_alarm(admin);
}

/* Answer the first line that is there. False when there is none. */
static bool answer_line(struct md_admin *admin, struct connection *connection,
                        bool *out_stops)
{
    struct md_buf *in = &connection->in;
    char *end = in->len == 0 ? NULL : memchr(in->data, '\n', in->len);
    size_t len = 0;

    if (end == NULL) {
        if (in->len == in->max) {
            md_verb_refuse("the request is too long", &connection->out);
            connection->is_over = true;
            in->len = 0;
            return true;
        }
        return false;
    }
    *end = '\0';
    len = (size_t)(end - in->data);
    switch (md_verb_answer(admin->options.control, in->data, len,
                           &connection->wait, &connection->out)) {
    case MD_VERB_WAIT:
        start_wait(admin, connection);
        break;
    case MD_VERB_STOP:
        *out_stops = true;
        break;
    case MD_VERB_ANSWERED:
        break;
    }
    /* without memory for an answer there is none: close */
    connection->is_over |= connection->out.len == 0 && !connection->is_waiting;
    memmove(in->data, end + 1, in->len - len - 1);
    in->len -= len + 1;
    return true;
}

/* Answer, as long as the client takes the answers. False when it is gone. */
static bool answer_lines(struct md_admin *admin, struct connection *connection,
                         bool *out_stops)
{
    bool is_there = write_answer(connection);

    while (is_there && connection->out.len == 0 && !connection->is_waiting &&
           answer_line(admin, connection, out_stops)) {
        is_there = write_answer(connection);
    }
    return is_there;
}

static bool is_idle(const struct connection *connection)
{
    return connection->out.len == 0 && !connection->is_waiting;
}

/* What to wait for next: a request, room for an answer, or an entry. */
static uint32_t wanted_events(const struct connection *connection)
{
    if (is_idle(connection)) {
        return EPOLLIN;
    }
    return connection->is_waiting ? 0 : EPOLLOUT;
}

static void note_connection(void *user, struct md_watch *watch, uint32_t ready)
{
    struct md_admin *admin = user;
    struct connection *connection = (struct connection *)watch;
    bool is_gone = (ready & (EPOLLHUP | EPOLLERR)) != 0;
    bool stops = false;

    is_gone |= is_idle(connection) && !read_requests(connection);
    is_gone |= !answer_lines(admin, connection, &stops);
    if (is_gone || (connection->is_over && is_idle(connection))) {
        close_connection(admin, connection);
    } else {
        (void)md_loop_rewatch(admin->options.loop, connection->fd, watch,
                              wanted_events(connection));
    }
    if (stops && admin->options.on_stop != NULL) {
        admin->options.on_stop(admin->options.on_stop_user);
    }
}

/* ---- the server ---- */

static void add_connection(struct md_admin *admin, int fd)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL) {
        (void)close(fd);
        return;
    }
    *connection = (struct connection){.watch = {note_connection, admin},
                                      .next = admin->first,
                                      .fd = fd,
                                      .in = {.max = MD_ADMIN_LINE_MAX},
                                      .out = {.max = MD_ADMIN_ANSWER_MAX}};
    if (!md_loop_watch(admin->options.loop, fd, &connection->watch, EPOLLIN)) {
        (void)close(fd);
        free(connection);
        return;
    }
    if (admin->first != NULL) {
        admin->first->previous = connection;
    }
    admin->first = connection;
    admin->count++;
}

static void note_listener(void *user, struct md_watch *watch, uint32_t ready)
{
    struct md_admin *admin = user;
    int fd = accept(admin->options.listen_fd, NULL, NULL);

    (void)watch;
    (void)ready;
    if (fd >= 0) {
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        add_connection(admin, fd);
        set_accepting(admin, admin->count < MD_ADMIN_CONNECTIONS_MAX);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
        set_accepting(admin, false);
        admin->retry_us = md_loop_now_us() + RETRY_US;
        set_alarm(admin);
    }
}

static void note_time(void *user, uint64_t now_us)
{
    struct md_admin *admin = user;

    if (admin->retry_us > 0 && admin->retry_us <= now_us) {
        admin->retry_us = 0;
        set_accepting(admin, admin->count < MD_ADMIN_CONNECTIONS_MAX);
    }
    for (struct connection *at = admin->first; at != NULL; at = at->next) {
        if (at->is_waiting && at->deadline_us <= now_us) {
            answer_wait(admin, at, NULL);
        }
    }
    set_alarm(admin);
}

enum mockd_code md_admin_new(const struct md_admin_options *options,
                             struct md_admin **out_admin,
                             struct mockd_error *err)
{
    struct md_admin *admin = calloc(1, sizeof(*admin));

    if (admin == NULL) {
        return md_fail_nomem(err);
    }
    admin->options = *options;
    admin->watch = (struct md_watch){note_listener, admin};
    admin->alarm = (struct md_alarm){.on_due = note_time, .user = admin};
    if (!md_loop_watch(options->loop, options->listen_fd, &admin->watch,
                       EPOLLIN)) {
        free(admin);
        return md_fail(err, MOCKD_E_SYSTEM, "admin socket: epoll: %s",
                       strerror(errno));
    }
    md_loop_set_alarm(options->loop, &admin->alarm);
    *out_admin = admin;
    return MOCKD_OK;
}

void md_admin_free(struct md_admin *admin)
{
    if (admin == NULL) {
        return;
    }
    while (admin->first != NULL) {
        close_connection(admin, admin->first);
    }
    md_loop_set_alarm(admin->options.loop, NULL);
    free(admin);
}
