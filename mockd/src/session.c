/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "bounds.h"

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

enum mockd_code md_session_new(const struct md_answer *answer, int fd,
                               struct md_session **out_session,
                               struct mockd_error *err)
{
    struct md_session *session = calloc(1, sizeof(*session));
    struct md_player_options options = {
        .fixture = answer->exec->fixture,
        .stream = answer->stream,
        .head = answer->head,
        .head_swap = answer->head_swap,
        .var = answer->exec->var,
        .id = answer->exec->id,
        .resizes = &answer->exec->resizes,
        .has_stdin = answer->exec->has_stdin,
    };
    enum mockd_code rc = MOCKD_OK;

    if (session == NULL) {
        return md_fail_nomem(err);
    }
    rc = md_player_init(&session->player, &options, err);
    if (rc != MOCKD_OK) {
        free(session);
        return rc;
    }
    session->exec = answer->exec;
    md_socket_init(&session->socket, fd);
    set_read_cap(session, answer);
    *out_session = session;
    return MOCKD_OK;
}

void md_session_free(struct md_session *session)
{
    if (session != NULL) {
        md_player_release(&session->player);
        free(session);
    }
}

void md_session_finish(struct md_session *session)
{
    if (session->state == MD_SESSION_DONE) {
        return;
    }
    session->state = MD_SESSION_DONE;
    md_exec_move(session->exec, MD_PHASE_EXITED);
    (void)shutdown(session->socket.fd, SHUT_RDWR);
    session->on_done(session->on_done_user);
}

/* How much may be read now. */
static size_t read_room(const struct md_session *session)
{
    uint64_t left = 0;

    if (!session->has_read_cap) {
        return MD_WRITE_CHUNK;
    }
    left = session->read_cap - session->player.client_bytes;
    return left < MD_WRITE_CHUNK ? (size_t)left : MD_WRITE_CHUNK;
}

/* Count what the client sent. False when it is gone. */
static bool read_client(struct md_session *session)
{
    char discarded[MD_WRITE_CHUNK];
    struct md_player *player = &session->player;

    for (int i = 0; i < READS_AT_ONCE && !player->is_client_over; i++) {
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
            player->is_client_over = true;
        } else if (got > 0) {
            player->client_bytes += (uint64_t)got;
        }
    }
    return true;
}

/* The player, with unread bytes counted in. */
static enum md_play play(struct md_session *session)
{
    struct md_player *player = &session->player;
    uint64_t read = player->client_bytes;
    enum md_play result = MD_PLAY_FULL;

    if (session->has_read_cap) {
        player->client_bytes += md_socket_unread(&session->socket);
    }
    result = md_player_run(player, md_socket_wire(&session->socket));
    player->client_bytes = read;
    return result;
}

static uint32_t drain(struct md_session *session)
{
    session->state = MD_SESSION_DRAINING;
    if (session->player.is_client_over) {
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

    return session->player.is_client_over || is_full ? 0 : EPOLLIN;
}

static uint32_t run_player(struct md_session *session)
{
    switch (play(session)) {
    case MD_PLAY_FULL:
        return EPOLLOUT | wanted_input(session);
    case MD_PLAY_GATE:
        return wanted_input(session);
    case MD_PLAY_END:
        /* before the client can know: it inspects at once, and once only */
        md_exec_move(session->exec, MD_PHASE_EXITED);
        md_socket_fin(&session->socket);
        return drain(session);
    case MD_PLAY_RESET:
        md_exec_move(session->exec, MD_PHASE_EXITED);
        md_socket_reset(&session->socket);
        break;
    case MD_PLAY_OVER:
        md_exec_move(session->exec, MD_PHASE_EXITED);
        return drain(session);
    case MD_PLAY_GONE:
    case MD_PLAY_BROKEN:
        break;
    }
    md_session_finish(session);
    return 0;
}

uint32_t md_session_run(struct md_session *session, uint32_t ready)
{
    bool is_gone = (ready & (EPOLLHUP | EPOLLERR)) != 0;

    if (session->state == MD_SESSION_DONE) {
        return 0;
    }
    if (is_gone || !read_client(session)) {
        md_session_finish(session);
        return 0;
    }
    if (session->state == MD_SESSION_DRAINING) {
        return drain(session);
    }
    return run_player(session);
}
