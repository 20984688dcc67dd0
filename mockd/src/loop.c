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
#include "lobby.h"
#include "session.h"
#include "watch.h"

#define EVENTS_AT_ONCE 64

struct md_loop {
    int epoll_fd;
    int wake_fd; /* an event counter: look around, though nothing came */
    struct md_watch wake_watch;
    struct md_watch http_watch; /* nothing to do: HTTP runs every round */
    struct md_engine *engine;
    struct md_http *servers[MD_LISTENERS_MAX];
    struct md_door doors[MD_LISTENERS_MAX]; /* of each server */
    size_t server_count;
    struct md_lobby lobby; /* of the one that speaks TLS */
    struct md_session *sessions;
    bool has_fresh;    /* a session was added and not run yet */
    bool has_changed;  /* so were others that are to be run */
    bool has_sleepers; /* one of them may wait for time to pass */
    bool is_stopping;
    bool is_coarse;         /* the kernel waits for whole milliseconds only */
    struct md_alarm *alarm; /* NULL = none */
    pthread_mutex_t lock;   /* held but for waiting: the mock is quiet then */
    pthread_cond_t changed;
};

static void note_wake(void *user, struct md_watch *watch, uint32_t ready)
{
    const struct md_loop *loop = user;
    uint64_t count = 0;

    (void)watch;
    (void)ready;
    /* it may have been read already, which is as good */
    if (read(loop->wake_fd, &count, sizeof(count)) < 0) {
        return;
    }
}

static void wake(const struct md_loop *loop)
{
    uint64_t one = 1;

    /* only a full counter can make this fail, and then it is set already */
    if (write(loop->wake_fd, &one, sizeof(one)) < 0) {
        return;
    }
}

static void note_http(void *user, struct md_watch *watch, uint32_t ready)
{
    (void)user;
    (void)watch;
    (void)ready;
}

bool md_loop_watch(struct md_loop *loop, int fd, struct md_watch *watch,
                   uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.ptr = watch}};

    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool md_loop_rewatch(struct md_loop *loop, int fd, struct md_watch *watch,
                     uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.ptr = watch}};

    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0;
}

void md_loop_unwatch(struct md_loop *loop, int fd)
{
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

void md_loop_set_alarm(struct md_loop *loop, struct md_alarm *alarm)
{
    loop->alarm = alarm;
}

/* Deadlines are of a clock that nobody sets. */
static bool init_waiting(struct md_loop *loop)
{
    pthread_condattr_t attributes;
    bool ok = false;

    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
         pthread_cond_init(&loop->changed, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    if (ok && pthread_mutex_init(&loop->lock, NULL) != 0) {
        (void)pthread_cond_destroy(&loop->changed);
        ok = false;
    }
    return ok;
}

enum mockd_code md_loop_new(struct md_engine *engine, struct md_loop **out_loop,
                            struct mockd_error *err)
{
    struct md_loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL) {
        return md_fail_nomem(err);
    }
    loop->engine = engine;
    if (!init_waiting(loop)) {
        free(loop);
        return md_fail_nomem(err);
    }
    loop->wake_watch = (struct md_watch){note_wake, loop};
    loop->http_watch = (struct md_watch){note_http, loop};
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
        !md_loop_watch(loop, loop->wake_fd, &loop->wake_watch, EPOLLIN)) {
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

/* Watch its descriptor no more, and close it if that is ours to do. */
static void leave(struct md_loop *loop, struct md_session *session)
{
    if (session->socket.fd < 0) {
        return;
    }
    md_loop_unwatch(loop, session->socket.fd);
    if (session->owns_fd) {
        (void)close(session->socket.fd);
    }
    session->socket.fd = -1;
}

static void free_session(struct md_loop *loop, struct md_session *session)
{
    unlink_session(loop, session);
    leave(loop, session);
    md_session_free(session);
}

uint64_t md_loop_now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

/* Run a session and wait for what it wants next, or free it. */
static void run_session(struct md_loop *loop, struct md_session *session,
                        uint32_t ready)
{
    uint32_t events = 0;

    session->is_fresh = false;
    events = md_session_run(session, ready, md_loop_now_us());
    if (session->state == MD_SESSION_DONE) {
        free_session(loop, session);
        return;
    }
    loop->has_sleepers |= session->wake_us > 0;
    if (events == session->waits_for) {
        return;
    }
    session->waits_for = events;
    if (!md_loop_rewatch(loop, session->socket.fd, &session->watch, events)) {
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

static void end_detached(void *user)
{
    md_http_let_go(user);
}

/* HTTP need not keep a connection that only the session knows what to do with;
 * where it must, the session lasts as long. */
static void detach(struct md_session *session, void *connection)
{
    struct md_http *http = NULL;
    int fd = md_http_detach(connection, &http);

    if (fd >= 0) {
        session->socket.fd = fd;
        session->owns_fd = true;
        session->on_done = end_detached;
        session->on_done_user = http;
    }
}

static bool add_session(void *user, const struct md_answer *answer, int fd,
                        void *connection)
{
    struct md_loop *loop = user;
    struct md_tls_link *tls = md_lobby_take(&loop->lobby, fd);
    struct md_session *session = NULL;

    fd = tls == NULL ? fd : md_tls_fd(tls);
    if (md_session_new(answer, loop->engine, fd, tls, &session, NULL) !=
        MOCKD_OK) {
        md_tls_link_free(tls);
        return false;
    }
    session->watch = (struct md_watch){note_session, loop};
    session->on_done = end_session;
    session->on_done_user = connection;
    if (tls == NULL) {
        detach(session, connection);
    }
    if (!md_loop_watch(loop, session->socket.fd, &session->watch, 0)) {
        md_session_finish(session);
        leave(loop, session);
        md_session_free(session);
        return true;
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
    if (loop->doors[index].lobby != NULL) {
        loop->lobby.http = http;
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    if (!md_loop_watch(loop, md_http_fd(http), &loop->http_watch, EPOLLIN)) {
        /* the server closes listen_fd with the loop */
        return md_fail(err, MOCKD_E_SYSTEM, "epoll: %s", strerror(errno));
    }
    return MOCKD_OK;
}

/* HTTP never sees such a listener: its door lets clients in to the lobby. */
static enum mockd_code listen_tls(struct md_loop *loop, size_t index,
                                  struct mockd_error *err)
{
    struct md_door *door = &loop->doors[index];
    enum mockd_code rc = MOCKD_OK;

    loop->lobby = (struct md_lobby){.tls = door->listener->tls,
                                    .epoll_fd = loop->epoll_fd,
                                    .on_note = loop->engine->on_note,
                                    .on_note_user = loop->engine->on_note_user};
    door->lobby = &loop->lobby;
    rc = start_server(loop, index, -1, err);
    loop->server_count += loop->servers[index] != NULL;
    return rc == MOCKD_OK ? md_door_open(door, err) : rc;
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
    if (listener->tls != NULL) {
        return listen_tls(loop, index, err);
    }
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

enum mockd_code md_loop_act(struct md_loop *loop, struct md_fault *fault,
                            struct mockd_error *err)
{
    enum md_door_act act = fault->kind->door;
    bool is_put = act != MD_DOOR_DELAY && act != MD_DOOR_LIMIT;

    for (size_t i = 0; i < loop->server_count; i++) {
        enum mockd_code rc =
            md_door_act(&loop->doors[i], act, fault, md_loop_now_us(), err);

        if (rc != MOCKD_OK) {
            return rc;
        }
    }
    fault->applied++;
    if (is_put) { /* the others show when somebody comes */
        md_faults_note_fired(&loop->engine->faults, fault->number, 0, 0);
    }
    wake(loop);
    return MOCKD_OK;
}

void md_loop_undo(struct md_loop *loop, unsigned fault)
{
    for (size_t i = 0; i < loop->server_count; i++) {
        struct mockd_error err = {0};

        if (md_door_undo(&loop->doors[i], fault, &err) != MOCKD_OK) {
            tell(loop, &err);
        }
    }
    wake(loop);
}

static void note_fired(void *user, unsigned fault)
{
    struct md_loop *loop = user;

    md_faults_note_fired(&loop->engine->faults, fault, 0, 0);
}

static void run_doors(struct md_loop *loop)
{
    for (size_t i = 0; i < loop->server_count; i++) {
        struct mockd_error err = {0};

        if (md_door_run(&loop->doors[i], md_loop_now_us(), note_fired, loop,
                        &err) != MOCKD_OK) {
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
        rc = md_door_shut(&loop->doors[i], true, md_loop_now_us() + down_us,
                          &err);
        if (rc == MOCKD_OK && down_us == 0) {
            rc = md_door_reopen(&loop->doors[i], &err);
        }
    }
    while (loop->sessions != NULL) {
        md_session_finish(loop->sessions);
        free_session(loop, loop->sessions);
    }
    md_lobby_clear(&loop->lobby);
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

#define NO_WAKE UINT64_MAX /* nothing is due */

/* The sooner one of @soonest and the time @due_us; 0 is no time. */
static uint64_t sooner(uint64_t soonest, uint64_t due_us)
{
    return due_us > 0 && due_us < soonest ? due_us : soonest;
}

/* When something is to be done though nothing came: for HTTP, the alarm, the
 * doors and the sessions that let time pass. */
static uint64_t next_wake_us(struct md_loop *loop)
{
    uint64_t soonest = NO_WAKE;

    soonest = sooner(soonest, loop->lobby.wake_us);
    for (size_t i = 0; i < loop->server_count; i++) {
        int ms = md_http_timeout_ms(loop->servers[i]);

        if (ms >= 0) {
            soonest = sooner(soonest, md_loop_now_us() + (uint64_t)ms * 1000);
        }
        soonest = sooner(soonest, loop->doors[i].wake_us);
    }
    if (loop->alarm != NULL) {
        soonest = sooner(soonest, loop->alarm->due_us);
    }
    if (!loop->has_sleepers) {
        return soonest;
    }
    loop->has_sleepers = false;
    for (const struct md_session *at = loop->sessions; at != NULL;
         at = at->next) {
        loop->has_sleepers |= at->wake_us > 0;
        soonest = sooner(soonest, at->wake_us);
    }
    return soonest;
}

/* Wait to the microsecond: recorded times are short, and there are many. A
 * kernel before 5.11 knows milliseconds only. */
static int wait_until(struct md_loop *loop, uint64_t wake_us,
                      struct epoll_event *events)
{
    uint64_t now = wake_us == NO_WAKE ? 0 : md_loop_now_us();
    uint64_t left = wake_us > now ? wake_us - now : 0;
    struct timespec time = {.tv_sec = (time_t)(left / 1000000),
                            .tv_nsec = (long)(left % 1000000) * 1000};
    int ms = -1;

    if (!loop->is_coarse) {
        int count = epoll_pwait2(loop->epoll_fd, events, EVENTS_AT_ONCE,
                                 wake_us == NO_WAKE ? NULL : &time, NULL);

        loop->is_coarse = count < 0 && errno == ENOSYS;
        if (!loop->is_coarse) {
            return count;
        }
    }
    if (wake_us != NO_WAKE) {
        ms = left / 1000 < INT_MAX ? (int)((left + 999) / 1000) : INT_MAX;
    }
    return epoll_wait(loop->epoll_fd, events, EVENTS_AT_ONCE, ms);
}

static void run_alarm(struct md_loop *loop)
{
    struct md_alarm *alarm = loop->alarm;
    uint64_t now = 0;

    if (alarm == NULL || alarm->due_us == 0) {
        return;
    }
    now = md_loop_now_us();
    if (alarm->due_us <= now) {
        alarm->on_due(alarm->user, now);
    }
}

/* Run the sessions that no event of their own told us to run. */
static void run_sessions(struct md_loop *loop)
{
    bool has_resized = loop->engine->has_resized;
    bool is_for_all = has_resized || loop->has_changed || loop->has_sleepers;
    struct md_session *next = NULL;
    uint64_t now = md_loop_now_us();

    loop->engine->has_resized = false;
    loop->has_fresh = false;
    loop->has_changed = false;
    for (struct md_session *at = loop->sessions; at != NULL; at = next) {
        next = at->next;
        if (!is_for_all && !at->is_fresh) {
            break; /* new ones stand first */
        }
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
        uint64_t wake_us = next_wake_us(loop);
        int count = 0;

        (void)pthread_mutex_unlock(&loop->lock);
        count = wait_until(loop, wake_us, events);

        (void)pthread_mutex_lock(&loop->lock);
        for (int i = 0; i < count; i++) {
            struct md_watch *watch = events[i].data.ptr;

            watch->on_ready(watch->user, watch, events[i].events);
        }
        run_alarm(loop);
        run_servers(loop);
        /* a session that ends lets its server go on to the next request */
        if (loop->has_sleepers) {
            run_sessions(loop);
            run_servers(loop);
        }
        while (loop->has_fresh || loop->has_changed ||
               loop->engine->has_resized) {
            run_sessions(loop);
            run_servers(loop);
        }
        if (loop->engine->faults.is_restart_due) {
            restart(loop);
        }
        md_lobby_run(&loop->lobby, md_loop_now_us());
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

bool md_loop_wait(struct md_loop *loop, const struct timespec *deadline)
{
    return pthread_cond_timedwait(&loop->changed, &loop->lock, deadline) !=
           ETIMEDOUT;
}

void md_loop_notify(struct md_loop *loop)
{
    (void)pthread_cond_broadcast(&loop->changed);
}

void md_loop_stop(struct md_loop *loop)
{
    md_loop_lock(loop);
    loop->is_stopping = true;
    md_loop_unlock(loop);
    wake(loop);
}

/* Sessions are freed in a round of the loop: its events may speak of them. By
 * then their descriptors are closed, so they are not watched any more. */
void md_loop_cut(struct md_loop *loop)
{
    for (struct md_session *at = loop->sessions; at != NULL; at = at->next) {
        if (at->state != MD_SESSION_DONE) {
            md_session_finish(at);
            leave(loop, at);
        }
        at->is_fresh = true;
        loop->has_changed = true;
    }
    wake(loop);
}

size_t md_loop_step(struct md_loop *loop, uint64_t connection, uint64_t count)
{
    size_t stepped = 0;

    for (struct md_session *at = loop->sessions; at != NULL; at = at->next) {
        if ((connection == 0 || at->connection == connection) &&
            md_session_step(at, count)) {
            at->is_fresh = true;
            loop->has_changed = true;
            stepped++;
        }
    }
    wake(loop);
    return stepped;
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
    md_lobby_clear(&loop->lobby);
    run_servers(loop);
    for (size_t i = 0; i < loop->server_count; i++) {
        md_door_release(&loop->doors[i]);
        md_http_stop(loop->servers[i]);
    }
    if (loop->wake_fd >= 0) {
        (void)close(loop->wake_fd);
    }
    if (loop->epoll_fd >= 0) {
        (void)close(loop->epoll_fd);
    }
    (void)pthread_cond_destroy(&loop->changed);
    (void)pthread_mutex_destroy(&loop->lock);
    free(loop);
}
