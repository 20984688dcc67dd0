/* SPDX-License-Identifier: MIT */
#include "pump.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <dexec/exec.h>

#include "terminal.h"

#define END_OF_INPUT '\004'     /* what ends input on a terminal */
#define INPUT_SIZE (64 * 1024)  /* bytes; a pipe holds as many */
#define RESIZE_TRIES 10         /* the docker command gives up after as many */
#define RESIZE_PAUSE_MS 20      /* times the tries so far */
#define PARTIAL_FRAME_WAIT_MS 1 /* a frame header may have come in part */

enum { AT_STREAM, AT_INPUT, AT_SIZE, DESCRIPTORS };

struct state {
    const struct pump *pump;
    bool input_is_over; /* nothing more to read from descriptor 0 */
    bool input_is_sent; /* and its end was passed on */
    bool saw_text;      /* from the daemon itself */
    int resize_tries;   /* left; 0 = the size is set */
    size_t input_at;
    size_t input_len;
    char input[INPUT_SIZE];
};

static enum pump_end fail_errno(struct dexec_error *err, enum dexec_code code,
                                const char *what)
{
    *err = (struct dexec_error){.code = code};
    (void)snprintf(err->message, sizeof(err->message), "%s failed", what);
    return PUMP_FAILED;
}

static enum pump_end write_all(int fd, const char *data, size_t len,
                               struct dexec_error *err)
{
    while (len > 0) {
        ssize_t written = write(fd, data, len);

        if (written >= 0) {
            data += written;
            len -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd out = {.fd = fd, .events = POLLOUT};

            (void)poll(&out, 1, -1);
        } else if (errno == EPIPE) {
            return PUMP_NO_READER;
        } else if (errno != EINTR) {
            return fail_errno(err, DEXEC_E_STOPPED,
                              fd == STDOUT_FILENO
                                  ? "writing to standard output"
                                  : "writing to standard error");
        }
    }
    return PUMP_OVER;
}

static enum pump_end deliver(struct state *state,
                             const struct dexec_chunk *chunk,
                             struct dexec_error *err)
{
    int fd = STDOUT_FILENO;

    if (chunk->kind == DEXEC_KIND_STDERR || chunk->kind == DEXEC_KIND_SYSTEM) {
        fd = STDERR_FILENO;
    }
    state->saw_text = state->saw_text || chunk->kind == DEXEC_KIND_SYSTEM;
    return write_all(fd, chunk->data, chunk->len, err);
}

/* Podman resets the connection of a command that left input unread, after all
 * its output; the exit code is asked for in any case. */
static bool is_harmless(const struct state *state, enum dexec_code rc)
{
    return rc == DEXEC_E_RESET && state->pump->takes_input &&
           dexec_stream_is_between_frames(state->pump->stream);
}

/* Take all output that has come. */
static enum pump_end take_output(struct state *state, bool *out_is_over,
                                 struct dexec_error *err)
{
    struct dexec_stream *stream = state->pump->stream;

    do {
        struct dexec_chunk chunk = {0};
        enum dexec_code rc = DEXEC_OK;
        enum pump_end end = PUMP_OVER;

        dexec_stream_set_deadline(stream, PARTIAL_FRAME_WAIT_MS);
        rc = dexec_stream_next(stream, &chunk, err);
        if (rc == DEXEC_E_TIMEOUT) {
            return PUMP_OVER;
        }
        if (is_harmless(state, rc) || chunk.kind == DEXEC_KIND_END) {
            *out_is_over = true;
            return PUMP_OVER;
        }
        if (rc != DEXEC_OK) {
            return PUMP_FAILED;
        }
        end = deliver(state, &chunk, err);
        if (end != PUMP_OVER) {
            return end;
        }
    } while (dexec_stream_pending(stream));
    return PUMP_OVER;
}

static void read_input(struct state *state)
{
    ssize_t len = read(STDIN_FILENO, state->input, sizeof(state->input));

    if (len > 0) {
        state->input_at = 0;
        state->input_len = (size_t)len;
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
    enum dexec_code rc = dexec_stream_write(
        state->pump->stream, state->input + state->input_at,
        state->input_len - state->input_at, &written, &unused);

    if (rc == DEXEC_OK) {
        state->input_at += written;
    } else if (rc != DEXEC_E_TIMEOUT) {
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

    if (!terminal_size(&rows, &columns) ||
        dexec_resize(state->pump->client, state->pump->id, rows, columns,
                     &unused) == DEXEC_OK) {
        state->resize_tries = 0;
    } else {
        state->resize_tries--;
    }
}

static int resize_pause(const struct state *state)
{
    return state->resize_tries == 0
               ? -1
               : RESIZE_PAUSE_MS * (RESIZE_TRIES - state->resize_tries + 1);
}

static void choose_descriptors(const struct state *state,
                               struct pollfd fds[DESCRIPTORS])
{
    bool wants_input = !state->input_is_over && !has_input(state);

    fds[AT_STREAM] = (struct pollfd){
        .fd = dexec_stream_fd(state->pump->stream),
        .events = (short)(POLLIN | (has_input(state) ? POLLOUT : 0))};
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
    if (has_input(state) && (fds[AT_STREAM].revents & ~POLLIN) != 0) {
        dexec_stream_set_deadline(state->pump->stream, PARTIAL_FRAME_WAIT_MS);
        send_input(state);
    }
    end_input(state);
}

static void follow_size(struct state *state, const struct pollfd *fds)
{
    if (fds[AT_SIZE].revents != 0) {
        terminal_size_seen();
        state->resize_tries = 1;
    }
    if (state->resize_tries > 0) {
        resize(state);
    }
}

static enum pump_end turn(struct state *state, bool *out_is_over,
                          struct dexec_error *err)
{
    struct pollfd fds[DESCRIPTORS];
    int timeout_ms = resize_pause(state);

    choose_descriptors(state, fds);
    if (dexec_stream_pending(state->pump->stream)) {
        timeout_ms = 0;
    }
    if (poll(fds, DESCRIPTORS, timeout_ms) < 0) {
        return errno == EINTR ? PUMP_OVER
                              : fail_errno(err, DEXEC_E_STOPPED, "poll");
    }
    follow_size(state, fds);
    move_input(state, fds);
    if (fds[AT_STREAM].revents != 0 ||
        dexec_stream_pending(state->pump->stream)) {
        return take_output(state, out_is_over, err);
    }
    return PUMP_OVER;
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
        resize(&state);
    }
    while (end == PUMP_OVER && !is_over) {
        end = turn(&state, &is_over, err);
    }
    return end == PUMP_OVER && state.saw_text ? PUMP_DAEMON_TEXT : end;
}
