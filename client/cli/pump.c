/* SPDX-License-Identifier: MIT */
#include "pump.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <dexec/exec.h>

#include "clock.h"
#include "output.h"
#include "terminal.h"

#define END_OF_INPUT '\004' /* what ends input on a terminal */
#define INPUT_SIZE 65536U   /* bytes; a pipe holds as many */
#define RESIZE_TRIES 10     /* the docker command gives up after as many */
#define RESIZE_PAUSE_MS 20  /* times the tries so far */
#define CHUNKS_A_TURN 256   /* then it is the input's turn */

enum { AT_STREAM, AT_INPUT, AT_SIZE, DESCRIPTORS };

struct state {
    const struct pump *pump;
    bool input_is_over; /* nothing more to read from descriptor 0 */
    bool input_is_sent; /* and its end was passed on */
    bool saw_text;      /* from the daemon itself */
    bool is_detached;   /* the keys for it were typed */
    int resize_tries;   /* left; 0 = the size is set */
    int64_t resize_at_ms;
    size_t input_at;
    size_t input_len;
    char input[DETACH_KEYS_MAX + INPUT_SIZE];
};

static enum pump_end fail_errno(struct dexec_error *err, enum dexec_code code,
                                const char *what)
{
    *err = (struct dexec_error){.code = code};
    (void)snprintf(err->message, sizeof(err->message), "%s failed", what);
    return PUMP_FAILED;
}

static enum pump_end end_of_output(enum output_end end, const char *where,
                                   struct dexec_error *err)
{
    switch (end) {
    case OUTPUT_WRITTEN:
        return PUMP_OVER;
    case OUTPUT_NO_READER:
        return PUMP_NO_READER;
    case OUTPUT_FAILED:
        break;
    }
    return fail_errno(err, DEXEC_E_STOPPED, where);
}

static enum pump_end deliver(struct state *state,
                             const struct dexec_chunk *chunk,
                             struct dexec_error *err)
{
    struct events *events = state->pump->events;

    state->saw_text = state->saw_text || chunk->kind == DEXEC_KIND_SYSTEM;
    if (events->is_on) {
        events_output(events, chunk);
        return end_of_output(events->end, "writing to standard output", err);
    }
    if (chunk->kind == DEXEC_KIND_STDERR || chunk->kind == DEXEC_KIND_SYSTEM) {
        return end_of_output(
            output_write(STDERR_FILENO, chunk->data, chunk->len),
            "writing to standard error", err);
    }
    return end_of_output(output_write(STDOUT_FILENO, chunk->data, chunk->len),
                         "writing to standard output", err);
}

/* Podman resets the connection of a command that left input unread, after all
 * its output; the exit code is asked for in any case. */
static bool is_harmless(const struct state *state, enum dexec_code rc)
{
    return rc == DEXEC_E_RESET && state->pump->takes_input &&
           dexec_stream_is_between_frames(state->pump->stream);
}

/* Take the output that has come. */
static enum pump_end take_output(struct state *state, bool *out_is_over,
                                 struct dexec_error *err)
{
    struct dexec_chunk chunk = {0};
    enum pump_end end = PUMP_OVER;

    for (int i = 0; i < CHUNKS_A_TURN && end == PUMP_OVER; i++) {
        enum dexec_code rc =
            dexec_stream_try_next(state->pump->stream, &chunk, err);

        if (is_harmless(state, rc) ||
            (rc == DEXEC_OK && chunk.kind == DEXEC_KIND_END)) {
            *out_is_over = true;
            return PUMP_OVER;
        }
        if (rc != DEXEC_OK) {
            return PUMP_FAILED;
        }
        if (chunk.kind == DEXEC_KIND_NONE) {
            return PUMP_OVER;
        }
        end = deliver(state, &chunk, err);
    }
    return end;
}

/* Behind the room for keys that were held back. */
static void take_input(struct state *state, const char *data, size_t len)
{
    struct detach_keys *keys = state->pump->detach_keys;

    state->input_at = (size_t)(data - state->input);
    state->input_len = state->input_at + len;
    if (keys != NULL) {
        state->input_at = 0;
        state->is_detached = detach_keys_filter(keys, data, len, state->input,
                                                &state->input_len);
    }
}

static void read_input(struct state *state)
{
    char *data = state->input + DETACH_KEYS_MAX;
    ssize_t len = read(STDIN_FILENO, data, INPUT_SIZE);

    if (len > 0) {
        take_input(state, data, (size_t)len);
        return;
    }
    if (len < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    /* The end, or a terminal that went away. */
    state->input_is_over = true;
    if (state->pump->is_tty) {
        state->input[0] = END_OF_INPUT;
        state->input_at = 0;
        state->input_len = 1;
    }
}

/* A daemon that takes no more input may still have output. */
static void send_input(struct state *state)
{
    struct dexec_error unused = {0};
    size_t written = 0;
    enum dexec_code rc = dexec_stream_try_write(
        state->pump->stream, state->input + state->input_at,
        state->input_len - state->input_at, &written, &unused);

    if (rc == DEXEC_OK) {
        state->input_at += written;
    } else {
        state->input_is_over = true;
        state->input_is_sent = true;
        state->input_at = state->input_len;
    }
}

static bool has_input(const struct state *state)
{
    return state->input_at < state->input_len;
}

/* Everything was sent: say so. Half-closing would end a terminal's output. */
static void end_input(struct state *state)
{
    if (!state->input_is_over || state->input_is_sent || has_input(state)) {
        return;
    }
    state->input_is_sent = true;
    if (!state->pump->is_tty) {
        struct dexec_error unused = {0};

        (void)dexec_stream_close_stdin(state->pump->stream, &unused);
    }
}

/* The daemon may say that the exec does not run yet; later it will. */
static void resize(struct state *state)
{
    struct dexec_error unused = {0};
    uint16_t rows = 0;
    uint16_t columns = 0;

    if (!terminal_size(&rows, &columns)) {
        state->resize_tries = 0;
    } else if (dexec_resize(state->pump->client, state->pump->id, rows, columns,
                            &unused) == DEXEC_OK) {
        state->resize_tries = 0;
        events_resized(state->pump->events, rows, columns);
    } else {
        state->resize_tries--;
        state->resize_at_ms =
            clock_now_ms() +
            RESIZE_PAUSE_MS * (int64_t)(RESIZE_TRIES - state->resize_tries);
    }
}

/* For poll(): -1 = nothing to wait for. */
static int resize_pause(const struct state *state)
{
    int64_t pause = state->resize_at_ms - clock_now_ms();

    if (state->resize_tries == 0) {
        return -1;
    }
    return pause > 0 ? (int)pause : 0;
}

static void choose_descriptors(const struct state *state,
                               struct pollfd fds[DESCRIPTORS])
{
    bool wants_input = !state->input_is_over && !has_input(state);
    unsigned wanted = dexec_stream_wanted(state->pump->stream);

    fds[AT_STREAM] = (struct pollfd){
        .fd = dexec_stream_fd(state->pump->stream),
        .events = (short)(((wanted & DEXEC_READABLE) != 0 ? POLLIN : 0) |
                          ((wanted & DEXEC_WRITABLE) != 0 ? POLLOUT : 0))};
    fds[AT_INPUT] = (struct pollfd){.fd = wants_input ? STDIN_FILENO : -1,
                                    .events = POLLIN};
    fds[AT_SIZE] =
        (struct pollfd){.fd = state->pump->size_fd, .events = POLLIN};
}

static void move_input(struct state *state, const struct pollfd *fds)
{
    if (fds[AT_INPUT].revents != 0) {
        read_input(state);
    }
    if (has_input(state) && !state->is_detached) {
        send_input(state);
    }
    end_input(state);
}

static void follow_size(struct state *state, const struct pollfd *fds)
{
    if (fds[AT_SIZE].revents != 0) {
        terminal_size_seen();
        state->resize_tries = RESIZE_TRIES;
        state->resize_at_ms = clock_now_ms();
    }
    if (resize_pause(state) == 0) {
        resize(state);
    }
}

/* What was typed before the keys is sent if the daemon takes it at once: it
 * must not keep anybody from leaving. */
static enum pump_end detach(struct state *state)
{
    if (has_input(state)) {
        send_input(state);
    }
    return PUMP_DETACHED;
}

static enum pump_end turn(struct state *state, bool *out_is_over,
                          struct dexec_error *err)
{
    struct pollfd fds[DESCRIPTORS];
    enum pump_end end = take_output(state, out_is_over, err);

    if (end != PUMP_OVER || *out_is_over) {
        return end;
    }
    choose_descriptors(state, fds);
    if (poll(fds, DESCRIPTORS,
             dexec_stream_pending(state->pump->stream)
                 ? 0
                 : resize_pause(state)) < 0) {
        return errno == EINTR ? PUMP_OVER
                              : fail_errno(err, DEXEC_E_STOPPED, "poll");
    }
    follow_size(state, fds);
    move_input(state, fds);
    return state->is_detached ? detach(state) : PUMP_OVER;
}

enum pump_end pump_run(const struct pump *pump, struct dexec_error *err)
{
    struct state state = {.pump = pump,
                          .input_is_over = !pump->takes_input,
                          .input_is_sent = !pump->takes_input};
    enum pump_end end = PUMP_OVER;
    bool is_over = false;

    if (pump->size_fd >= 0) {
        state.resize_tries = RESIZE_TRIES;
        resize(&state); /* before any output, for which it may matter */
    }
    while (end == PUMP_OVER && !is_over) {
        end = turn(&state, &is_over, err);
    }
    return end == PUMP_OVER && state.saw_text ? PUMP_DAEMON_TEXT : end;
}
