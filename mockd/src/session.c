/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "bounds.h"
#include "compose.h"

#define READS_AT_ONCE 16 /* then the other sessions have their turn */

/* On a unix socket the client sees a reset only when we leave bytes unread:
 * at least the last one that the recording waits for. */
static void set_read_cap(struct md_session *session,
                         const struct md_answer *answer)
{
    uint64_t total = 0;
    uint32_t index = answer->stream->first;

    if (session->socket.is_tcp || !answer->stream->has_reset) {
        return;
    }
    while (index != MD_NO_EVENT) {
        const struct md_event *event = &answer->fixture->events[index];

        total += event->code == MD_EVENT_INPUT ? event->payload.len : 0;
        index = event->next;
    }
    session->has_read_cap = true;
    session->read_cap = total > 0 ? total - 1 : 0;
}

static enum mockd_code set_player(struct md_session *session,
                                  const struct md_answer *answer,
                                  struct mockd_error *err)
{
    const struct md_player_options options = {
        .fixture = answer->exec->fixture,
        .stream = answer->stream,
        .head = answer->head,
        .head_swap = answer->head_swap,
        .var = answer->exec->var,
        .id = answer->exec->id,
        .resizes = &answer->exec->resizes,
        .has_stdin = answer->exec->has_stdin,
    };

    return md_player_init(&session->player, &options, err);
}

static void note_mark(void *user, const struct md_mark *mark)
{
    struct md_session *session = user;

    if (mark->code == MD_MARK_FIRED) {
        md_faults_note_fired(session->faults, (unsigned)mark->number);
    } else if (session->exec != NULL) {
        md_exec_move(session->exec, MD_PHASE_EXITED);
    }
}

/* A fault that does not fit this answer is told of; the others go on. */
static enum mockd_code set_program(struct md_session *session,
                                   const struct md_answer *answer,
                                   struct md_engine *engine,
                                   struct mockd_error *err)
{
    struct mockd_error why = {0};
    struct md_edit edit = {.program = &session->program,
                           .manners = &session->manners,
                           .is_stream = answer->is_stream,
                           .is_tty = answer->is_tty,
                           .is_tcp = session->socket.is_tcp};
    enum mockd_code rc = md_compose(answer, &session->program, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    session->has_program = true;
    session->faults = &engine->faults;
    session->runner = (struct md_runner){.program = &session->program,
                                         .on_mark = note_mark,
                                         .on_mark_user = session};
    if (answer->exec != NULL) {
        session->runner.resizes = &answer->exec->resizes;
        session->runner.has_stdin = answer->exec->has_stdin;
    }
    if (md_faults_apply(&engine->faults, answer->call, &edit, &why) !=
            MOCKD_OK &&
        engine->on_note != NULL) {
        engine->on_note(engine->on_note_user, why.message);
    }
    return MOCKD_OK;
}

enum mockd_code md_session_new(const struct md_answer *answer,
                               struct md_engine *engine, int fd,
                               struct md_session **out_session,
                               struct mockd_error *err)
{
    struct md_session *session = calloc(1, sizeof(*session));
    enum mockd_code rc = MOCKD_OK;

    if (session == NULL) {
        return md_fail_nomem(err);
    }
    session->exec = answer->exec;
    session->pace = engine->pace;
    md_socket_init(&session->socket, fd);
    rc = answer->is_faulted ? set_program(session, answer, engine, err)
                            : set_player(session, answer, err);
    if (rc != MOCKD_OK) {
        md_session_free(session);
        return rc;
    }
    if (answer->is_stream) {
        set_read_cap(session, answer);
    }
    *out_session = session;
    return MOCKD_OK;
}

void md_session_free(struct md_session *session)
{
    if (session != NULL) {
        md_player_release(&session->player);
        md_program_release(&session->program);
        free(session);
    }
}

static void end_exec(struct md_session *session)
{
    if (session->exec != NULL) {
        md_exec_move(session->exec, MD_PHASE_EXITED);
    }
}

void md_session_finish(struct md_session *session)
{
    if (session->state == MD_SESSION_DONE) {
        return;
    }
    session->state = MD_SESSION_DONE;
    end_exec(session);
    (void)shutdown(session->socket.fd, SHUT_RDWR);
    session->on_done(session->on_done_user);
}

/* How much may be read now. */
static size_t read_room(const struct md_session *session)
{
    uint64_t limit = UINT64_MAX;
    uint64_t left = 0;

    if (session->manners.reads_nothing) {
        return 0;
    }
    if (session->has_read_cap) {
        limit = session->read_cap;
    }
    if (session->manners.read_limit > 0 &&
        session->manners.read_limit < limit) {
        limit = session->manners.read_limit;
    }
    left = limit - session->client_bytes;
    return left < MD_WRITE_CHUNK ? (size_t)left : MD_WRITE_CHUNK;
}

/* Count what the client sent. False when it is gone. */
static bool read_client(struct md_session *session)
{
    char discarded[MD_WRITE_CHUNK];

    for (int i = 0; i < READS_AT_ONCE && !session->is_client_over; i++) {
        size_t room = read_room(session);
        ssize_t got =
            room == 0 ? -1
                      : recv(session->socket.fd, discarded, room, MSG_DONTWAIT);

        if (room == 0 || (got < 0 && errno == EAGAIN)) {
            return true;
        }
        if (got < 0 && errno != EINTR) {
            return false;
        }
        if (got == 0) {
            session->is_client_over = true;
        } else if (got > 0) {
            session->client_bytes += (uint64_t)got;
        }
    }
    return true;
}

/* The player or the runner, with unread bytes counted in. */
static enum md_play play(struct md_session *session, uint64_t now_us)
{
    struct md_wire wire = md_pace_wire(&session->pace, &session->socket);
    uint64_t bytes = session->client_bytes;
    bool is_over =
        session->is_client_over && !session->manners.ignores_half_close;

    if (session->has_read_cap || session->manners.reads_nothing ||
        session->manners.read_limit > 0) {
        bytes += md_socket_unread(&session->socket);
    }
    if (session->has_program) {
        session->runner.client_bytes = bytes;
        session->runner.is_client_over = is_over;
        return md_runner_run(&session->runner, wire, now_us);
    }
    session->player.client_bytes = bytes;
    session->player.is_client_over = is_over;
    return md_player_run(&session->player, wire);
}

static uint32_t drain(struct md_session *session)
{
    session->state = MD_SESSION_DRAINING;
    if (session->is_client_over) {
        md_session_finish(session);
        return 0;
    }
    return EPOLLIN;
}

/* Bytes that are left unread on purpose must not wake us again and again. */
static uint32_t wanted_input(const struct md_session *session)
{
    bool is_full =
        read_room(session) == 0 && md_socket_unread(&session->socket) > 0;

    return session->is_client_over || is_full ? 0 : EPOLLIN;
}

/* Play until the pace holds the next piece back. @out_events: what to wait for
 * when the wire is full. */
static enum md_play play_paced(struct md_session *session, uint64_t now_us,
                               uint32_t *out_events)
{
    enum md_play result = MD_PLAY_FULL;

    do {
        *out_events = EPOLLOUT;
        result = play(session, now_us);
    } while (
        result == MD_PLAY_FULL && session->pace.is_waiting &&
        md_pace_may_go(&session->pace, now_us, out_events, &session->wake_us));
    return result;
}

static uint32_t run_player(struct md_session *session, uint64_t now_us)
{
    uint32_t events = 0;

    switch (play_paced(session, now_us, &events)) {
    case MD_PLAY_FULL:
        return events | wanted_input(session);
    case MD_PLAY_GATE:
        return wanted_input(session);
    case MD_PLAY_PAUSE:
        session->wake_us = session->runner.resume_us;
        return wanted_input(session);
    case MD_PLAY_STALL:
        session->is_stalled = true;
        return wanted_input(session);
    case MD_PLAY_END:
        /* before the client can know: it inspects at once, and once only */
        end_exec(session);
        md_socket_fin(&session->socket);
        return drain(session);
    case MD_PLAY_RESET:
        end_exec(session);
        md_socket_reset(&session->socket);
        break;
    case MD_PLAY_OVER:
        end_exec(session);
        return drain(session);
    case MD_PLAY_CLOSE:
    case MD_PLAY_GONE:
    case MD_PLAY_BROKEN:
        break;
    }
    md_session_finish(session);
    return 0;
}

uint32_t md_session_run(struct md_session *session, uint32_t ready,
                        uint64_t now_us)
{
    bool is_gone = (ready & (EPOLLHUP | EPOLLERR)) != 0;

    if (session->state == MD_SESSION_DONE) {
        return 0;
    }
    session->wake_us = 0;
    if (is_gone || !read_client(session) ||
        (session->is_client_over && session->manners.closes_on_half_close)) {
        md_session_finish(session);
        return 0;
    }
    if (session->state == MD_SESSION_DRAINING) {
        return drain(session);
    }
    return session->is_stalled ? wanted_input(session)
                               : run_player(session, now_us);
}
