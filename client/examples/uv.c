/* SPDX-License-Identifier: MIT */
/*
 * uv.c - run a command on libuv's loop, with the loop's timers for time-outs.
 *
 *     cc uv.c $(pkg-config --cflags --libs dexec libuv) -o uv
 *     ./uv t1 sh -c 'echo out; echo err >&2; exit 7'
 */
#include <stdio.h>
#include <uv.h>

#include <dexec/dexec.h>

static struct dexec_stream *stream;
static struct dexec_error err;
static uv_poll_t poll_handle;
static uv_timer_t timer;

static void turn(void);

static void on_ready(uv_poll_t *handle, int status, int events)
{
    (void)handle, (void)status, (void)events;
    turn();
}

static void on_time(uv_timer_t *handle)
{
    (void)handle;
    turn();
}

/* Take all that is there, then wait for what the stream wants. */
static void turn(void)
{
    struct dexec_chunk chunk = {0};

    while (dexec_stream_try_next(stream, &chunk, &err) == DEXEC_OK &&
           chunk.kind != DEXEC_KIND_END) {
        if (chunk.kind == DEXEC_KIND_NONE) {
            unsigned wanted = dexec_stream_wanted(stream);
            int events = (wanted & DEXEC_READABLE ? UV_READABLE : 0) |
                         (wanted & DEXEC_WRITABLE ? UV_WRITABLE : 0);
            int after = dexec_stream_timeout_ms(stream); /* -1: a long time */
            (void)uv_poll_start(&poll_handle, events, on_ready);
            (void)uv_timer_start(&timer, on_time, (uint64_t)after, 0);
            return;
        }
        FILE *to = chunk.kind == DEXEC_KIND_STDOUT ? stdout : stderr;
        (void)fwrite(chunk.data, 1, chunk.len, to);
    }
    uv_close((uv_handle_t *)&poll_handle, NULL); /* the loop ends */
    uv_close((uv_handle_t *)&timer, NULL);
}

int main(int argc, char **argv)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    struct dexec_id id;
    int64_t exit_code = 125;

    create.cmd = (const char *const *)&argv[2];
    create.attach_stdout = create.attach_stderr = true;
    if (argc > 2 && dexec_client_new(NULL, &client, &err) == DEXEC_OK &&
        dexec_create(client, argv[1], &create, &id, &err) == DEXEC_OK &&
        dexec_start_begin(client, id.text, NULL, &stream, &err) == DEXEC_OK) {
        (void)uv_poll_init(uv_default_loop(), &poll_handle,
                           dexec_stream_fd(stream));
        (void)uv_timer_init(uv_default_loop(), &timer);
        turn();
        (void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
        (void)dexec_wait(client, id.text, 10000, &exit_code, &err);
    }
    (void)fprintf(stderr, "%s", err.message);
    dexec_stream_free(stream); /* NULL is fine */
    dexec_client_free(client);
    return (int)exit_code;
}
