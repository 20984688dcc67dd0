/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "door.h"
#include "http.h"
#include "session.h"
#include "watch.h"

#define EVENTS_AT_ONCE 64

struct md_loop {
    int epoll_fd;
    int stop_fd;
    struct md_watch stop_watch;
    struct md_watch http_watch; /* nothing to do: HTTP runs every round */
    struct md_engine *engine;
    struct md_http *servers[MD_LISTENERS_MAX];
    struct md_door doors[MD_LISTENERS_MAX]; /* of each server */
    size_t server_count;
    struct md_session *sessions;
    bool has_fresh;    /* a session was added and not run yet */
    bool has_sleepers; /* one of them may wait for time to pass */
    bool is_stopping;
    bool is_stop_asked;
    pthread_mutex_t lock; /* held but for waiting: the mock is quiet then */
};

/* To stop, or to look anew at what is due. */
static void note_stop(void *user, struct md_watch *watch, uint32_t ready)
{
    struct md_loop *loop = user;
    uint64_t count = 0;

    (void)watch;
    (void)ready;
    if (read(loop->stop_fd, &count, sizeof(count)) > 0) {
        loop->is_stopping = loop->is_stop_asked;
    }
}

static void note_http(void *user, struct md_watch *watch, uint32_t ready)
{
    (void)user;
    (void)watch;
    (void)ready;
}

static bool watch_fd(const struct md_loop *loop, int fd, struct md_watch *watch,
                     uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.ptr = watch}};

    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

enum mockd_code md_loop_new(struct md_engine *engine, struct md_loop **out_loop,
                            struct mockd_error *err)
{
    struct md_loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL) {
        return md_fail_nomem(err);
    }
    loop->engine = engine;
    if (pthread_mutex_init(&loop->lock, NULL) != 0) {
        free(loop);
        return md_fail_nomem(err);
    }
    loop->stop_watch = (struct md_watch){note_stop, loop};
    loop->http_watch = (struct md_watch){note_http, loop};
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll_fd < 0 || loop->stop_fd < 0 ||
        !watch_fd(loop, loop->stop_fd, &loop->stop_watch, EPOLLIN)) {
        enum mockd_code rc =
            md_fail(err, MOCKD_E_SYSTEM, "epoll: %s", strerror(errno));

        md_loop_free(loop);
        return rc;
    }
    *out_loop = loop;
    return MOCKD_OK;
}

static void unlink_session(struct md_loop *loop, struct md_session *session)
{
    if (session->previous != NULL) {
        session->previous->next = session->next;
    } else {
        loop->sessions = session->next;
    }
    if (session->next != NULL) {
        session->next->previous = session->previous;
    }
}

static void free_session(struct md_loop *loop, struct md_session *session)
{
    unlink_session(loop, session);
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, session->socket.fd, NULL);
    md_session_free(session);
}

static uint64_t now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

/* Run a session and wait for what it wants next, or free it. */
static void run_session(struct md_loop *loop, struct md_session *session,
                        uint32_t ready)
{
    struct epoll_event event = {.data = {.ptr = &session->watch}};

    session->is_fresh = false;
    event.events = md_session_run(session, ready, now_us());
    if (session->state == MD_SESSION_DONE) {
        free_session(loop, session);
        return;
    }
    loop->has_sleepers |= session->wake_us > 0;
    if (event.events == session->waits_for) {
        return;
    }
    session->waits_for = event.events;
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, session->socket.fd, &event) !=
        0) {
        md_session_finish(session);
        free_session(loop, session);
    }
}

static void note_session(void *user, struct md_watch *watch, uint32_t ready)
{
    /* the watch is the session's first member */
    run_session(user, (struct md_session *)watch, ready);
}

/* The descriptor stays open until the next md_http_run(). */
static void end_session(void *user)
{
    md_http_give_back(user);
}

static bool add_session(void *user, const struct md_answer *answer, int fd,
                        void *connection)
{
    struct md_loop *loop = user;
    struct md_session *session = NULL;

    if (md_session_new(answer, loop->engine, fd, &session, NULL) != MOCKD_OK) {
        return false;
    }
    session->watch = (struct md_watch){note_session, loop};
    session->on_done = end_session;
    session->on_done_user = connection;
    if (!watch_fd(loop, fd, &session->watch, 0)) {
        md_session_free(session);
        return false;
    }
    session->is_fresh = true;
    loop->has_fresh = true;
    session->next = loop->sessions;
    if (loop->sessions != NULL) {
        loop->sessions->previous = session;
    }
    loop->sessions = session;
    return true;
}

/* Start server number @index; without @listen_fd its door lets clients in. */
static enum mockd_code start_server(struct md_loop *loop, size_t index,
                                    int listen_fd, struct mockd_error *err)
{
    struct md_http_options options = {
        .listen_fd = listen_fd,
        .engine = loop->engine,
        .has_date = md_profile_has_date(loop->engine->profile),
        .on_stream = add_session,
        .on_stream_user = loop,
    };
    struct md_http *http = NULL;
    enum mockd_code rc = md_http_start(&options, &http, err);

    loop->servers[index] = http;
    loop->doors[index].http = http;
    if (rc != MOCKD_OK) {
        return rc;
    }
    if (!watch_fd(loop, md_http_fd(http), &loop->http_watch, EPOLLIN)) {
        /* the server closes listen_fd with the loop */
        return md_fail(err, MOCKD_E_SYSTEM, "epoll: %s", strerror(errno));
    }
    return MOCKD_OK;
}

enum mockd_code md_loop_listen(struct md_loop *loop,
                               struct md_listener *listener,
                               struct mockd_error *err)
{
    size_t index = loop->server_count;
    enum mockd_code rc = MOCKD_OK;

    loop->doors[index] = (struct md_door){.listener = listener,
                                          .epoll_fd = loop->epoll_fd,
                                          .watch = &loop->http_watch,
                                          .fd = -1,
                                          .filler = -1};
    rc = start_server(loop, index, listener->fd, err);
    if (loop->servers[index] != NULL) {
        loop->server_count++;
        listener->fd = -1;
    }
    return rc;
}

static void tell(const struct md_loop *loop, const struct mockd_error *err)
{
    if (loop->engine->on_note != NULL) {
        loop->engine->on_note(loop->engine->on_note_user, err->message);
    }
}

/* Wake the loop: what is due has changed. */
static void poke(struct md_loop *loop)
{
    uint64_t one = 1;

    /* only a full counter can make this fail, and then it is set already */
    if (write(loop->stop_fd, &one, sizeof(one)) < 0) {
        return;
    }
}

enum mockd_code md_loop_act(struct md_loop *loop, struct md_fault *fault,
                            struct mockd_error *err)
{
    enum md_door_act act = fault->kind->door;
    bool is_put = act != MD_DOOR_DELAY && act != MD_DOOR_LIMIT;

    for (size_t i = 0; i < loop->server_count; i++) {
        enum mockd_code rc =
            md_door_act(&loop->doors[i], act, fault, now_us(), err);

        if (rc != MOCKD_OK) {
            return rc;
        }
    }
    fault->applied++;
    fault->fired += is_put; /* the others when somebody comes */
    poke(loop);
    return MOCKD_OK;
}

static void note_fired(void *user, unsigned fault)
{
    struct md_loop *loop = user;

    md_faults_note_fired(&loop->engine->faults, fault);
}

static void run_doors(struct md_loop *loop)
{
    for (size_t i = 0; i < loop->server_count; i++) {
        struct mockd_error err = {0};

        if (md_door_run(&loop->doors[i], now_us(), note_fired, loop, &err) !=
            MOCKD_OK) {
            tell(loop, &err);
        }
    }
}

/* Take server @index down, and start one that its door lets clients in to. */
static enum mockd_code restart_server(struct md_loop *loop, size_t index,
                                      struct mockd_error *err)
{
    md_http_run(loop->servers[index]); /* lets go of what was given back */
    md_http_stop(loop->servers[index]);
    loop->servers[index] = NULL;
    return start_server(loop, index, -1, err);
}

/* What a daemon loses that goes down and comes back: its listening sockets,
 * its connections, its execs. Who sees the end of one finds the sockets gone,
 * or made anew. */
static void restart(struct md_loop *loop)
{
    uint64_t down_us = loop->engine->faults.restart_us;
    enum mockd_code rc = MOCKD_OK;
    struct mockd_error err = {0};

    loop->engine->faults.is_restart_due = false;
    for (size_t i = 0; rc == MOCKD_OK && i < loop->server_count; i++) {
        rc = md_door_shut(&loop->doors[i], true, now_us() + down_us, &err);
        if (rc == MOCKD_OK && down_us == 0) {
            rc = md_door_reopen(&loop->doors[i], &err);
        }
    }
    while (loop->sessions != NULL) {
        md_session_finish(loop->sessions);
        free_session(loop, loop->sessions);
    }
    for (size_t i = 0; rc == MOCKD_OK && i < loop->server_count; i++) {
        rc = restart_server(loop, i, &err);
    }
    md_execs_release(&loop->engine->execs);
    if (rc != MOCKD_OK) {
        tell(loop, &err);
    }
}

static void run_servers(struct md_loop *loop)
{
    for (size_t i = 0; i < loop->server_count; i++) {
        md_http_run(loop->servers[i]);
    }
}

static int timeout_ms(const struct md_loop *loop)
{
    int soonest = -1;

    for (size_t i = 0; i < loop->server_count; i++) {
        int due = md_http_timeout_ms(loop->servers[i]);

        if (due >= 0 && (soonest < 0 || due < soonest)) {
            soonest = due;
        }
    }
    return soonest;
}

/* Milliseconds until @wake_us, rounded up. */
static int ms_until(uint64_t wake_us, uint64_t now)
{
    uint64_t left = wake_us > now ? wake_us - now : 0;

    return left / 1000 < INT_MAX ? (int)((left + 999) / 1000) : INT_MAX;
}

/* The same, with the doors that let time pass. */
static int doors_wake_ms(const struct md_loop *loop)
{
    int soonest = timeout_ms(loop);

    for (size_t i = 0; i < loop->server_count; i++) {
        uint64_t wake_us = loop->doors[i].wake_us;
        int due = wake_us == 0 ? -1 : ms_until(wake_us, now_us());

        if (due >= 0 && (soonest < 0 || due < soonest)) {
            soonest = due;
        }
    }
    return soonest;
}

/* The same, with the sessions that let time pass. */
static int next_wake_ms(struct md_loop *loop)
{
    int soonest = doors_wake_ms(loop);
    uint64_t now = 0;

    if (!loop->has_sleepers) {
        return soonest;
    }
    now = now_us();
    loop->has_sleepers = false;
    for (const struct md_session *at = loop->sessions; at != NULL;
         at = at->next) {
        int due = ms_until(at->wake_us, now);

        loop->has_sleepers |= at->wake_us > 0;
        if (at->wake_us > 0 && (soonest < 0 || due < soonest)) {
            soonest = due;
        }
    }
    return soonest;
}

/* Run the sessions that no event of their own told us to run. */
static void run_sessions(struct md_loop *loop)
{
    bool has_resized = loop->engine->has_resized;
    struct md_session *next = NULL;
    uint64_t now = now_us();

    loop->engine->has_resized = false;
    loop->has_fresh = false;
    for (struct md_session *at = loop->sessions; at != NULL; at = next) {
        next = at->next;
        if (at->is_fresh || has_resized ||
            (at->wake_us > 0 && at->wake_us <= now)) {
            run_session(loop, at, 0);
        }
    }
}

void md_loop_run(struct md_loop *loop)
{
    struct epoll_event events[EVENTS_AT_ONCE];

    (void)pthread_mutex_lock(&loop->lock);
    while (!loop->is_stopping) {
        int wake_ms = next_wake_ms(loop);
        int count = 0;

        (void)pthread_mutex_unlock(&loop->lock);
        count = epoll_wait(loop->epoll_fd, events, EVENTS_AT_ONCE, wake_ms);

        (void)pthread_mutex_lock(&loop->lock);
        for (int i = 0; i < count; i++) {
            struct md_watch *watch = events[i].data.ptr;

            watch->on_ready(watch->user, watch, events[i].events);
        }
        run_servers(loop);
        /* a session that ends lets its server go on to the next request */
        if (loop->has_sleepers) {
            run_sessions(loop);
            run_servers(loop);
        }
        while (loop->has_fresh || loop->engine->has_resized) {
            run_sessions(loop);
            run_servers(loop);
        }
        if (loop->engine->faults.is_restart_due) {
            restart(loop);
        }
        run_doors(loop);
    }
    (void)pthread_mutex_unlock(&loop->lock);
}

void md_loop_lock(struct md_loop *loop)
{
    (void)pthread_mutex_lock(&loop->lock);
}

void md_loop_unlock(struct md_loop *loop)
{
    (void)pthread_mutex_unlock(&loop->lock);
}

void md_loop_stop(struct md_loop *loop)
{
    md_loop_lock(loop);
    loop->is_stop_asked = true;
    md_loop_unlock(loop);
    poke(loop);
}

void md_loop_free(struct md_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    while (loop->sessions != NULL) {
        md_session_finish(loop->sessions);
        free_session(loop, loop->sessions);
    }
    run_servers(loop);
    for (size_t i = 0; i < loop->server_count; i++) {
        md_door_release(&loop->doors[i]);
        md_http_stop(loop->servers[i]);
    }
    if (loop->stop_fd >= 0) {
        (void)close(loop->stop_fd);
    }
    if (loop->epoll_fd >= 0) {
        (void)close(loop->epoll_fd);
    }
    (void)pthread_mutex_destroy(&loop->lock);
    free(loop);
}
