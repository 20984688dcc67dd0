/* SPDX-License-Identifier: MIT */
#include "door.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "http.h"
#include "listen.h"
#include "lobby.h"

static enum mockd_code fail_door(struct mockd_error *err,
                                 const struct md_door *door, const char *what)
{
    return md_fail(err, MOCKD_E_SYSTEM, "%.200s: %s: %s", door->listener->url,
                   what, strerror(errno));
}

/* Edge-triggered: who is left waiting must not wake us again and again. */
static enum mockd_code watch(struct md_door *door, struct mockd_error *err)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET,
                                .data = {.ptr = door->watch}};

    return epoll_ctl(door->epoll_fd, EPOLL_CTL_ADD, door->fd, &event) == 0
               ? MOCKD_OK
               : fail_door(err, door, "epoll");
}

enum mockd_code md_door_open(struct md_door *door, struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    door->fd = door->listener->fd;
    rc = watch(door, err);
    door->is_ours = rc == MOCKD_OK;
    if (rc == MOCKD_OK) {
        door->listener->fd = -1;
    } else {
        door->fd = -1;
    }
    return rc;
}

static enum mockd_code take_listener(struct md_door *door,
                                     struct mockd_error *err)
{
    if (door->is_ours) {
        return MOCKD_OK;
    }
    door->fd = md_http_take_listener(door->http);
    if (door->fd < 0) {
        return md_fail(err, MOCKD_E_SYSTEM,
                       "%.200s: the listening socket is not to be had",
                       door->listener->url);
    }
    door->is_ours = true;
    return watch(door, err);
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

void md_door_release(struct md_door *door)
{
    close_fd(&door->fd);
    close_fd(&door->filler);
}

enum mockd_code md_door_shut(struct md_door *door, bool is_gone,
                             uint64_t reopen_us, struct mockd_error *err)
{
    enum mockd_code rc = take_listener(door, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    md_door_release(door);
    door->reopen_us = reopen_us;
    door->is_closed = false;
    if (is_gone && door->listener->path != NULL &&
        unlink(door->listener->path) != 0 && errno != ENOENT) {
        return fail_door(err, door, "unlink");
    }
    return MOCKD_OK;
}

/* A queue of length 0 takes one connection: ours. */
static enum mockd_code fill_queue(struct md_door *door, uint64_t reopen_us,
                                  struct mockd_error *err)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);

    if (listen(door->fd, 0) != 0 ||
        getsockname(door->fd, (struct sockaddr *)&address, &len) != 0) {
        return fail_door(err, door, "listen");
    }
    door->reopen_us = reopen_us;
    door->is_closed = true;
    door->filler = socket(address.ss_family,
                          SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (door->filler < 0 ||
        (connect(door->filler, (const struct sockaddr *)&address, len) != 0 &&
         errno != EINPROGRESS && errno != EAGAIN)) {
        return fail_door(err, door, "connect");
    }
    return MOCKD_OK;
}

static enum mockd_code forbid(struct md_door *door, uint64_t reopen_us,
                              struct mockd_error *err)
{
    if (door->listener->path == NULL) {
        return MOCKD_OK; /* TCP knows no permissions */
    }
    if (geteuid() == 0) {
        return md_fail(err, MOCKD_E_INVALID,
                       "fault eacces: root may connect all the same; run the "
                       "mock as another user");
    }
    door->reopen_us = reopen_us;
    return chmod(door->listener->path, 0) == 0 ? MOCKD_OK
                                               : fail_door(err, door, "chmod");
}

enum mockd_code md_door_act(struct md_door *door, enum md_door_act act,
                            const struct md_fault *fault, uint64_t now_us,
                            struct mockd_error *err)
{
    enum mockd_code rc = take_listener(door, err);
    uint64_t ms = 0;
    uint64_t reopen_us = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (act != MD_DOOR_LIMIT) {
        ms = (uint64_t)md_fault_number(fault, "ms");
        reopen_us = ms == 0 ? 0 : now_us + ms * 1000;
    }
    if (act != MD_DOOR_DELAY && act != MD_DOOR_LIMIT) {
        door->shut_fault = fault->number;
    }
    switch (act) {
    case MD_DOOR_DELAY:
        door->delay_us = ms * 1000;
        door->delay_fault = fault->number;
        break;
    case MD_DOOR_LIMIT:
        door->limit = (uint64_t)md_fault_number(fault, "n");
        door->limit_fault = fault->number;
        break;
    case MD_DOOR_FULL:
        return fill_queue(door, reopen_us, err);
    case MD_DOOR_GONE:
        return door->listener->path == NULL
                   ? MOCKD_OK
                   : md_door_shut(door, true, reopen_us, err);
    case MD_DOOR_REFUSE:
        return md_door_shut(door, false, reopen_us, err);
    case MD_DOOR_FORBIDDEN:
        return forbid(door, reopen_us, err);
    case MD_DOOR_OPEN:
        break;
    }
    return MOCKD_OK;
}

enum mockd_code md_door_reopen(struct md_door *door, struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    door->reopen_us = 0;
    door->shut_fault = 0;
    door->is_closed = false;
    md_door_release(door);
    rc = md_listener_reopen(door->listener, err);
    if (rc != MOCKD_OK) {
        return rc;
    }
    door->fd = door->listener->fd;
    door->listener->fd = -1;
    return watch(door, err);
}

enum mockd_code md_door_undo(struct md_door *door, unsigned fault,
                             struct mockd_error *err)
{
    bool is_all = fault == 0;
    bool is_shut = false;

    if (is_all || door->delay_fault == fault) {
        door->delay_us = 0;
        door->due_us = 0;
    }
    if (is_all || door->limit_fault == fault) {
        door->limit = 0;
    }
    /* a restart shuts it, too */
    is_shut = is_all ? door->is_ours && (door->fd < 0 || door->reopen_us > 0 ||
                                         door->is_closed)
                     : door->shut_fault == fault;
    return is_shut ? md_door_reopen(door, err) : MOCKD_OK;
}

static bool has_waiting(const struct md_door *door)
{
    struct pollfd wait = {.fd = door->fd, .events = POLLIN};

    return poll(&wait, 1, 0) == 1;
}

/* Is it too early for who waits? */
static bool must_wait(struct md_door *door, uint64_t now_us)
{
    if (door->delay_us == 0) {
        return false;
    }
    if (door->due_us == 0) {
        door->due_us = now_us + door->delay_us;
    }
    door->wake_us = door->due_us;
    return now_us < door->due_us;
}

static bool is_over_limit(const struct md_door *door)
{
    uint64_t count = md_http_count(door->http);

    count += door->lobby == NULL ? 0 : door->lobby->waiting;
    return door->limit > 0 && count >= door->limit;
}

static bool has_room(const struct md_door *door)
{
    return !is_over_limit(door) &&
           (door->lobby == NULL || md_lobby_has_room(door->lobby));
}

/* Let one in. False when it stays outside: no descriptor is left for it. */
static bool let_in(struct md_door *door, uint64_t now_us)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    int fd = accept(door->fd, (struct sockaddr *)&address, &len);

    if (fd >= 0 && door->lobby != NULL) {
        md_lobby_admit(door->lobby, fd, now_us);
    } else if (fd >= 0) {
        md_http_add(door->http, fd, (const struct sockaddr *)&address, len);
    }
    return fd >= 0;
}

enum mockd_code md_door_run(struct md_door *door, uint64_t now_us,
                            void (*on_fired)(void *user, unsigned fault),
                            void *user, struct mockd_error *err)
{
    door->wake_us = 0;
    if (!door->is_ours || door->http == NULL) {
        return MOCKD_OK;
    }
    if (door->reopen_us > 0) {
        if (now_us >= door->reopen_us) {
            return md_door_reopen(door, err);
        }
        door->wake_us = door->reopen_us;
    }
    if (door->fd < 0 || door->is_closed || !has_waiting(door) ||
        must_wait(door, now_us)) {
        return MOCKD_OK;
    }
    door->due_us = 0;
    door->wake_us = door->reopen_us;
    while (has_waiting(door) && has_room(door) && let_in(door, now_us)) {
        if (door->delay_us > 0) {
            on_fired(user, door->delay_fault);
        }
        door->was_over = false;
    }
    if (has_waiting(door) && is_over_limit(door) && !door->was_over) {
        door->was_over = true;
        on_fired(user, door->limit_fault);
    }
    return MOCKD_OK;
}
