/* SPDX-License-Identifier: MIT */
#include <dexec/run.h>

#include "cleanup.h"
#include "exec.h"
#include "fail.h"
#include "stream.h"

#define END_OF_INPUT "\004" /* what ends input on a terminal (EX-TTY-04) */

/* What still has to be written. */
struct feed {
    const char *data;
    size_t left;
    bool ends_by_byte; /* END_OF_INPUT instead of a half-close */
    bool is_over;
};

static void free_stream(struct dexec_stream **stream)
{
    dexec_stream_free(*stream);
}

/* All of it was written: end it, the way that its kind of stream ends. */
static enum dexec_code end_feed(struct feed *feed, struct dexec_stream *stream,
                                struct dexec_error *err)
{
    if (feed->ends_by_byte) {
        *feed = (struct feed){.data = END_OF_INPUT, .left = 1};
        return DEXEC_OK;
    }
    feed->is_over = true;
    return stream->is_raw ? DEXEC_OK : dexec_stream_close_stdin(stream, err);
}

static enum dexec_code write_some(struct feed *feed,
                                  struct dexec_stream *stream,
                                  struct dexec_error *err)
{
    struct dexec_error lost = {0};
    size_t written = 0;
    enum dexec_code rc =
        dexec_stream_write(stream, feed->data, feed->left, &written, &lost);

    if (rc == DEXEC_OK && written == feed->left) {
        rc = end_feed(feed, stream, &lost);
    } else if (rc == DEXEC_OK) {
        feed->data += written;
        feed->left -= written;
    }
    if (rc == DEXEC_E_RESET) { /* there may still be output */
        feed->is_over = true;
        return DEXEC_OK;
    }
    if (rc != DEXEC_OK && err != NULL) {
        *err = lost;
    }
    return rc;
}

static enum dexec_code deliver(const struct dexec_run_options *options,
                               const struct dexec_chunk *chunk,
                               struct dexec_error *err)
{
    if (options->on_output == NULL ||
        options->on_output(options->on_output_user, chunk->kind, chunk->data,
                           chunk->len)) {
        return DEXEC_OK;
    }
    return dx_fail(err, DEXEC_E_STOPPED, 0,
                   "the caller's on_output asked to stop");
}

/*
 * Podman (4.3 to 5.8) resets the connection of a command that left input
 * unread, after all output: between two frames that is an end, not a loss.
 */
static enum dexec_code read_some(const struct dexec_run_options *options,
                                 struct dexec_stream *stream, bool *out_is_over,
                                 struct dexec_error *err)
{
    struct dexec_chunk chunk = {0};
    enum dexec_code rc = dexec_stream_next(stream, &chunk, err);

    if (rc == DEXEC_E_RESET && options->input_len > 0 &&
        dexec_stream_is_between_frames(stream)) {
        *out_is_over = true;
        return DEXEC_OK;
    }
    if (rc != DEXEC_OK) {
        return rc;
    }
    *out_is_over = chunk.kind == DEXEC_KIND_END;
    return *out_is_over ? DEXEC_OK : deliver(options, &chunk, err);
}

/* Both directions at once, until the output is over. */
static enum dexec_code pump(const struct dexec_run_options *options,
                            struct dexec_stream *stream,
                            struct dexec_error *err)
{
    struct feed feed = {.data = options->input,
                        .left = options->input_len,
                        .ends_by_byte = options->create->tty,
                        .is_over = options->input == NULL};
    enum dexec_code rc = DEXEC_OK;
    bool is_over = false;

    while (rc == DEXEC_OK && !is_over) {
        unsigned wanted =
            feed.is_over ? DEXEC_READABLE : DEXEC_READABLE | DEXEC_WRITABLE;
        unsigned ready = 0;

        if (dx_clock_left(&stream->client->clock, stream->deadline_ms) == 0) {
            return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                           "the time was over before the output was");
        }
        rc = dexec_stream_wait(stream, wanted, &ready, err);
        if (rc == DEXEC_OK && (ready & DEXEC_READABLE) != 0) {
            rc = read_some(options, stream, &is_over, err);
        }
        if (rc == DEXEC_OK && !is_over && (ready & DEXEC_WRITABLE) != 0) {
            rc = write_some(&feed, stream, err);
        }
    }
    return rc;
}

static enum dexec_code check_options(const struct dexec_run_options *options,
                                     struct dexec_error *err)
{
    if (options == NULL || options->size != sizeof(*options)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "run: the options' size is not %zu; start from "
                       "DEXEC_RUN_OPTIONS_INIT",
                       sizeof(*options));
    }
    if (options->create == NULL ||
        options->create->size != sizeof(*options->create)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "run: no create options, or not begun from "
                       "DEXEC_CREATE_OPTIONS_INIT");
    }
    return DEXEC_OK;
}

static enum dexec_code attach(struct dexec_client *client, const char *id,
                              const struct dexec_run_options *options,
                              uint64_t deadline_ms, struct dexec_error *err)
{
    DX_CLEANUP(free_stream) struct dexec_stream *stream = NULL;
    struct dexec_start_options start = DEXEC_START_OPTIONS_INIT;
    enum dexec_code rc = DEXEC_OK;

    start.tty = options->create->tty;
    start.console_rows = options->create->console_rows;
    start.console_columns = options->create->console_columns;
    rc = dx_stream_start(client, id, &start, deadline_ms, &stream, err);
    if (rc != DEXEC_OK) {
        return rc;
    }
    stream->deadline_ms = deadline_ms;
    rc = pump(options, stream, err);
    return rc == DEXEC_OK || rc == DEXEC_E_STOPPED
               ? rc
               : dx_fail_while(err, rc, "exec %.*s", DX_ID_SHOWN, id);
}

enum dexec_code dexec_run(struct dexec_client *client, const char *container,
                          const struct dexec_run_options *options,
                          int64_t *out_exit_code, struct dexec_error *err)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_id id = {0};
    uint64_t deadline_ms = DX_NEVER;
    enum dexec_code rc = check_options(options, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    deadline_ms = dx_clock_deadline(
        &client->clock, options->timeout_ms != 0 ? options->timeout_ms
                                                 : client->total_timeout_ms);
    create = *options->create;
    create.attach_stdin = options->input != NULL;
    create.attach_stdout = true;
    create.attach_stderr = true;
    rc = dx_exec_create(client, container, &create, deadline_ms, &id, err);
    if (rc == DEXEC_OK) {
        rc = attach(client, id.text, options, deadline_ms, err);
    }
    if (rc == DEXEC_OK) {
        rc = dx_exec_wait(client, id.text, deadline_ms, out_exit_code, err);
    }
    return rc;
}
