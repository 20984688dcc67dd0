/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "bounds.h"
#include "compose.h"
#include "tls_link.h"

#define READS_AT_ONCE 16   /* then the other sessions have their turn */
#define READ_TICK_US 10000 /* a slow reader reads this often at most */

/* Tell the journal; @with_hash: of the client's bytes, so far. */
static void note(const struct md_session *session, const char *event,
                 bool with_hash)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx sha256 = session->sha256;
    struct md_noted_stream stream = {.connection = session->connection,
                                     .exec = session->exec,
                                     .input_bytes = session->client_bytes,
                                     .sent_bytes = session->socket.sent,
                                     .is_client_over = session->is_client_over,
                                     .is_engine_over =
                                         session->state != MD_SESSION_PLAYING};

    if (with_hash) {
        sha256_digest(&sha256, sizeof(digest), digest);
        stream.sha256 = digest;
    }
    md_journal_stream(session->journal, event, &stream);
}

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
        .dt_percent = session->pace.dt_percent,
        .on_note = answer->on_note,
        .on_note_user = answer->on_note_user,
    };

    return md_player_init(&session->player, &options, err);
}

static void end_exec(struct md_session *session)
{
    if (session->exec != NULL) {
        md_exec_move(session->exec, MD_PHASE_EXITED);
    }
}

static void note_mark(void *user, const struct md_mark *mark)
{
    struct md_session *session = user;

    if (mark->code == MD_MARK_FIRED) {
        md_faults_note_fired(session->faults, (unsigned)mark->number,
                             session->connection, mark->at);
    } else if (mark->code == MD_MARK_RESTART) {
        session->faults->is_restart_due = true;
        session->faults->restart_us = mark->number;
    } else {
        end_exec(session);
    }
}

static bool has_manner(const struct md_session *session,
                       enum md_manner_code code)
{
    return session->manners.of[code].fault != 0;
}

/* A manner makes a difference now: its fault has fired, once. */
static void show_manner(struct md_session *session, enum md_manner_code code)
{
    struct md_manner *manner = &session->manners.of[code];

    if (manner->fault != 0 && !manner->has_shown) {
        manner->has_shown = true;
        md_faults_note_fired(session->faults, manner->fault,
                             session->connection, session->socket.sent);
    }
}

static void set_buffer(struct md_session *session)
{
    int size = (int)session->manners.of[MD_MANNER_BUFFER].number;

    if (has_manner(session, MD_MANNER_BUFFER) &&
        setsockopt(session->socket.fd, SOL_SOCKET, SO_RCVBUF, &size,
                   sizeof(size)) == 0) {
        show_manner(session, MD_MANNER_BUFFER);
    }
}

static void set_record(struct md_session *session)
{
    if (has_manner(session, MD_MANNER_RECORDS)) {
        md_tls_set_record(
            session->socket.tls,
            (size_t)session->manners.of[MD_MANNER_RECORDS].number);
    }
}

static uint64_t read_clock(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

static void tell(const struct md_engine *engine, const struct mockd_error *why)
{
    if (engine->on_note != NULL) {
        engine->on_note(engine->on_note_user, why->message);
    }
}

/* A fault that does not fit this answer is told of; the others go on. When
 * none can, nothing is set and MOCKD_E_INVALID returned. */
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
                           .is_tcp = session->socket.is_tcp,
                           .exec = answer->subject,
                           .now_us = read_clock()};
    enum mockd_code rc =
        md_compose(answer, engine->pace.dt_percent, &session->program, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    session->has_program = true;
    session->faults = &engine->faults;
    session->runner = (struct md_runner){.program = &session->program,
                                         .on_mark = note_mark,
                                         .on_mark_user = session};
    if (answer->exec != NULL) {
        session->runner.resizes = &answer->exec->resizes.count;
        session->runner.has_stdin = answer->exec->has_stdin;
        session->runner.inspects = &answer->exec->inspects;
        session->runner.needed_inspects = answer->exec->inspects;
    }
    if (md_faults_apply(&engine->faults, answer->call, &edit, &why) !=
        MOCKD_OK) {
        tell(engine, &why);
    }
    set_buffer(session);
    set_record(session);
    return MOCKD_OK;
}

enum mockd_code md_session_new(const struct md_answer *answer,
                               struct md_engine *engine, int fd,
                               struct md_tls_link *tls,
                               struct md_session **out_session,
                               struct mockd_error *err)
{
    struct md_session *session = calloc(1, sizeof(*session));
    struct mockd_error why = {0};
    enum mockd_code rc = MOCKD_OK;

    if (session == NULL) {
        return md_fail_nomem(err);
    }
    session->exec = answer->exec;
    session->pace = engine->pace;
    session->journal = engine->journal;
    session->connection = answer->connection;
    sha256_init(&session->sha256);
    md_socket_init(&session->socket, fd, tls);
    if (answer->is_faulted) {
        rc = set_program(session, answer, engine, &why);
        if (rc != MOCKD_OK) {
            tell(engine, &why);
        }
    }
    if (answer->is_stream && rc == MOCKD_E_INVALID) {
        md_program_release(&session->program);
        rc = MOCKD_OK;
    }
    if (answer->is_stream && rc == MOCKD_OK && !session->has_program) {
        rc = set_player(session, answer, err);
    }
    if (rc != MOCKD_OK) {
        session->socket.tls = NULL; /* stays the caller's */
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
        md_tls_link_free(session->socket.tls);
        free(session);
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

/* Sooner than what it is set to, if that is so. */
static void wake_at(struct md_session *session, uint64_t at_us)
{
    if (session->wake_us == 0 || at_us < session->wake_us) {
        session->wake_us = at_us;
    }
}

/* When @ms milliseconds have passed since the beginning; 0 = never. */
static uint64_t after_ms(const struct md_session *session, uint64_t ms)
{
    return ms == 0 ? UINT64_MAX : session->began_us + ms * 1000;
}

/* Is what the client sends to stay in the kernel, so that a close is a reset?
 * Over TLS nobody could count it there, and a reset is made without it. */
static bool leaves_input(const struct md_session *session)
{
    return has_manner(session, MD_MANNER_LEAVE) && session->socket.tls == NULL;
}

/* How many bytes may have been read by now, all in all. */
static uint64_t read_limit(const struct md_session *session, uint64_t now_us)
{
    const struct md_manner *of = session->manners.of;
    uint64_t limit = session->has_read_cap ? session->read_cap : UINT64_MAX;

    if (leaves_input(session) ||
        (of[MD_MANNER_NO_READ].fault != 0 &&
         now_us < after_ms(session, of[MD_MANNER_NO_READ].number))) {
        return 0;
    }
    if (of[MD_MANNER_SLOW_READ].fault != 0) {
        uint64_t due = (now_us - session->began_us) *
                       of[MD_MANNER_SLOW_READ].number / 1000000;

        limit = due < limit ? due : limit;
    }
    return limit;
}

/* Echoed bytes that the client has yet to take. */
static size_t backlog(const struct md_session *session)
{
    return session->program.bytes.len - session->runner.off;
}

/* How much may be read now. */
static size_t read_room(const struct md_session *session, uint64_t now_us)
{
    uint64_t limit = read_limit(session, now_us);
    uint64_t left =
        limit > session->client_bytes ? limit - session->client_bytes : 0;
    bool is_full = has_manner(session, MD_MANNER_ECHO) &&
                   backlog(session) >= MD_WRITE_CHUNK;

    if (is_full) {
        return 0;
    }
    if (!session->has_program) {
        size_t room = md_player_room(&session->player);

        left = left < room ? left : room;
    }
    return left < MD_WRITE_CHUNK ? (size_t)left : MD_WRITE_CHUNK;
}

/* Put what came behind all that is to be sent; what was sent goes, but for
 * the head. False without room. */
static bool echo(struct md_session *session, const char *bytes, size_t len)
{
    struct md_program *program = &session->program;
    const char header[8] = {
        1, 0, 0, 0, 0, (char)(len >> 16), (char)(len >> 8), (char)len};

    if (session->runner.off == program->bytes.len &&
        session->runner.off > program->head_len) {
        md_program_remove(program, program->head_len,
                          session->runner.off - program->head_len);
        session->runner.off = program->head_len;
    }
    return (!program->is_framed ||
            md_program_insert(program, program->bytes.len, header,
                              sizeof(header), true)) &&
           md_program_insert(program, program->bytes.len, bytes, len, true);
}

/* False without room for it. */
static bool take(struct md_session *session, const char *bytes, size_t len)
{
    if (has_manner(session, MD_MANNER_DROP_EARLY) && session->runner.off == 0) {
        show_manner(session, MD_MANNER_DROP_EARLY);
        return true;
    }
    session->client_bytes += len;
    sha256_update(&session->sha256, len, (const uint8_t *)bytes);
    if (has_manner(session, MD_MANNER_ECHO)) {
        show_manner(session, MD_MANNER_ECHO);
        return echo(session, bytes, len);
    }
    if (!session->has_program) {
        md_player_take(&session->player, bytes, len);
    }
    return true;
}

/* Count what the client sent. False when it is gone. */
static bool read_some(struct md_session *session, uint64_t now_us)
{
    char bytes[MD_WRITE_CHUNK];

    for (int i = 0; i < READS_AT_ONCE && !session->is_client_over; i++) {
        size_t room = read_room(session, now_us);
        ssize_t got =
            room == 0 ? -1 : md_socket_read(&session->socket, bytes, room);

        if (room == 0 || (got < 0 && errno == EAGAIN)) {
            return true;
        }
        if (got < 0 && errno != EINTR) {
            return false;
        }
        if (got == 0) {
            session->is_client_over = true;
        } else if (got > 0 && !take(session, bytes, (size_t)got)) {
            return false;
        }
    }
    return true;
}

/* The same, and tell of it. */
static bool read_client(struct md_session *session, uint64_t now_us)
{
    uint64_t before = session->client_bytes;
    bool was_over = session->is_client_over;
    bool is_there = read_some(session, now_us);

    if (session->client_bytes > before) {
        note(session, "input", true);
    }
    if (session->is_client_over && !was_over) {
        note(session, "half_close", true);
    }
    return is_there;
}

/* @bytes of the client's have come, some of which may be unread. */
static enum md_play play_player(struct md_session *session, struct md_wire wire,
                                uint64_t bytes, uint64_t now_us)
{
    struct md_player *player = &session->player;
    enum md_play result = MD_PLAY_PAUSE;

    player->is_client_over = session->is_client_over;
    player->client_bytes = bytes;
    if (now_us >= session->resume_us) {
        result = md_player_run(player, wire);
        session->resume_us = now_us + player->pause_us;
    }
    player->client_bytes = session->client_bytes;
    return result;
}

/* The player or the runner, with unread bytes counted in. */
static enum md_play play(struct md_session *session, uint64_t now_us)
{
    struct md_wire wire = md_pace_wire(&session->pace, &session->socket);
    uint64_t bytes = session->client_bytes;
    bool is_over =
        session->is_client_over && !has_manner(session, MD_MANNER_IGNORE_END);

    if (session->has_read_cap || leaves_input(session)) {
        bytes += md_socket_unread(&session->socket);
    }
    if (session->has_program) {
        session->runner.client_bytes = bytes;
        session->runner.is_client_over = is_over;
        return md_runner_run(&session->runner, wire, now_us);
    }
    return play_player(session, wire, bytes, now_us);
}

/* When what may not be read yet may be. */
static void wait_to_read(struct md_session *session, uint64_t now_us)
{
    const struct md_manner *of = session->manners.of;
    uint64_t rate = of[MD_MANNER_SLOW_READ].number;
    uint64_t next_us = 0;

    if (of[MD_MANNER_NO_READ].fault != 0) {
        uint64_t at_us = after_ms(session, of[MD_MANNER_NO_READ].number);

        show_manner(session, MD_MANNER_NO_READ);
        if (at_us > now_us && at_us != UINT64_MAX) {
            wake_at(session, at_us);
        }
    }
    if (of[MD_MANNER_SLOW_READ].fault != 0) {
        show_manner(session, MD_MANNER_SLOW_READ);
        next_us = session->began_us +
                  (session->client_bytes + 1) * 1000000 / rate + 1;
        wake_at(session, next_us < now_us + READ_TICK_US ? now_us + READ_TICK_US
                                                         : next_us);
    }
}

/* Bytes that are left unread on purpose must not wake us again and again, but
 * those that follow them may be waited for. */
static uint32_t wanted_input(struct md_session *session, uint64_t now_us)
{
    if (session->is_client_over) {
        return 0;
    }
    if (read_room(session, now_us) > 0) {
        if (md_socket_has_hidden(&session->socket)) {
            wake_at(session, now_us);
        }
        return EPOLLIN;
    }
    if (md_socket_has_input(&session->socket)) {
        wait_to_read(session, now_us);
    }
    return (uint32_t)EPOLLIN | (uint32_t)EPOLLET;
}

static void end_output(struct md_session *session)
{
    if (has_manner(session, MD_MANNER_NO_NOTIFY)) {
        md_socket_fin_bare(&session->socket);
        show_manner(session, MD_MANNER_NO_NOTIFY);
    } else {
        md_socket_fin(&session->socket);
    }
}

/* Finish when all is out. In the clear both sides end at once: a client that
 * saw ours end first could still send, and be reset for it. */
static uint32_t leave(struct md_session *session)
{
    if (session->socket.tls != NULL) {
        end_output(session);
    }
    if (!md_socket_flush(&session->socket)) {
        session->state = MD_SESSION_LEAVING;
        return EPOLLOUT;
    }
    md_session_finish(session);
    return 0;
}

static uint32_t drain(struct md_session *session, uint64_t now_us)
{
    bool is_out = md_socket_flush(&session->socket);

    session->state = MD_SESSION_DRAINING;
    if (session->is_client_over) {
        return leave(session);
    }
    return wanted_input(session, now_us) | (is_out ? 0U : (uint32_t)EPOLLOUT);
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
        if (has_manner(session, MD_MANNER_RECORDS) &&
            md_tls_was_cut(session->socket.tls)) {
            show_manner(session, MD_MANNER_RECORDS);
        }
    } while (
        result == MD_PLAY_FULL && session->pace.is_waiting &&
        md_pace_may_go(&session->pace, now_us, out_events, &session->wake_us));
    return result;
}

/* It is step by step, and somebody has to say so: tell it, once a piece. */
static void note_held(struct md_session *session)
{
    struct md_pace *pace = &session->pace;

    if (pace->mode == MD_PACE_STEP && pace->is_waiting && pace->steps == 0 &&
        !pace->is_held) {
        pace->is_held = true;
        note(session, "held", false);
    }
}

bool md_session_step(struct md_session *session, uint64_t count)
{
    if (session->pace.mode != MD_PACE_STEP ||
        session->state != MD_SESSION_PLAYING) {
        return false;
    }
    session->pace.steps += count;
    session->pace.is_held = false;
    return true;
}

static uint32_t run_player(struct md_session *session, uint64_t now_us)
{
    uint32_t events = 0;

    switch (play_paced(session, now_us, &events)) {
    case MD_PLAY_FULL:
        note_held(session);
        return events | wanted_input(session, now_us);
    case MD_PLAY_GATE:
        return wanted_input(session, now_us);
    case MD_PLAY_PAUSE:
        wake_at(session, session->has_program ? session->runner.resume_us
                                              : session->resume_us);
        return wanted_input(session, now_us);
    case MD_PLAY_EXIT:
        end_exec(session);
        return run_player(session, now_us);
    case MD_PLAY_STALL:
        session->is_stalled = true;
        return wanted_input(session, now_us);
    case MD_PLAY_END:
        /* before the client can know: it inspects at once, and once only */
        end_exec(session);
        note(session, "end", false);
        end_output(session);
        return drain(session, now_us);
    case MD_PLAY_RESET:
        end_exec(session);
        note(session, "reset", false);
        md_socket_reset(&session->socket);
        break;
    case MD_PLAY_OVER:
        end_exec(session);
        return drain(session, now_us);
    case MD_PLAY_GONE:
        (void)read_client(session, now_us); /* what came before it went */
        note(session, "client_gone", true);
        break;
    case MD_PLAY_ALERT:
        end_exec(session);
        md_socket_alert(&session->socket);
        note(session, "close", false);
        return leave(session);
    case MD_PLAY_CLOSE:
    case MD_PLAY_BROKEN:
        note(session, "close", false);
        return leave(session);
    }
    md_session_finish(session);
    return 0;
}

/* Has it come to the point from where nothing is sent any more? */
static void check_blackhole(struct md_session *session, uint64_t now_us)
{
    uint64_t at_us =
        after_ms(session, session->manners.of[MD_MANNER_BLACKHOLE].number);

    if (!has_manner(session, MD_MANNER_BLACKHOLE) || session->is_stalled) {
        return;
    }
    if (now_us < at_us) {
        wake_at(session, at_us);
        return;
    }
    session->is_stalled = true;
    show_manner(session, MD_MANNER_BLACKHOLE);
}

/* False when it is over, or leaving. */
static bool listen_to_client(struct md_session *session, uint32_t ready,
                             uint64_t now_us)
{
    bool is_gone = (ready & (EPOLLHUP | EPOLLERR)) != 0;

    /* what it sent before it went counts too */
    if (!read_client(session, now_us) || is_gone) {
        note(session, "client_gone", true);
        md_session_finish(session);
        return false;
    }
    if (!session->is_client_over) {
        return true;
    }
    show_manner(session, MD_MANNER_IGNORE_END);
    show_manner(session, MD_MANNER_CLOSE_ON_END);
    if (has_manner(session, MD_MANNER_CLOSE_ON_END)) {
        note(session, "close", false);
        (void)leave(session);
        return false;
    }
    return true;
}

static uint32_t keep_leaving(struct md_session *session, uint32_t ready)
{
    if ((ready & (EPOLLHUP | EPOLLERR)) != 0) {
        md_session_finish(session);
        return 0;
    }
    return leave(session);
}

uint32_t md_session_run(struct md_session *session, uint32_t ready,
                        uint64_t now_us)
{
    if (session->state == MD_SESSION_DONE) {
        return 0;
    }
    session->began_us = session->began_us == 0 ? now_us : session->began_us;
    session->wake_us = 0;
    if (session->state == MD_SESSION_LEAVING) {
        return keep_leaving(session, ready);
    }
    if (!listen_to_client(session, ready, now_us)) {
        return session->state == MD_SESSION_LEAVING ? EPOLLOUT : 0;
    }
    if (session->state == MD_SESSION_DRAINING) {
        return drain(session, now_us);
    }
    check_blackhole(session, now_us);
    return session->is_stalled ? wanted_input(session, now_us)
                               : run_player(session, now_us);
}
