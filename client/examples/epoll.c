/* SPDX-License-Identifier: MIT */
/*
 * epoll.c - run a command many times at once, from one thread.
 *
 *     cc epoll.c $(pkg-config --cflags --libs dexec) -o epoll
 *     ./epoll 8 t1 sh -c 'echo out; echo err >&2; exit 7'
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include <dexec/dexec.h>

static struct dexec_client *client;
static struct dexec_error err;

/* Tell epoll what the stream waits for now; true = it waits for something. */
static bool watch(int loop, int op, struct dexec_stream *stream)
{
    unsigned wanted = dexec_stream_wanted(stream);
    struct epoll_event event = {.data.ptr = stream};
    event.events = (wanted & DEXEC_READABLE ? EPOLLIN : 0U) |
                   (wanted & DEXEC_WRITABLE ? EPOLLOUT : 0U);
    return wanted != 0 &&
           epoll_ctl(loop, op, dexec_stream_fd(stream), &event) == 0;
}

static bool begin(int loop, const char *container, const char *const *cmd)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_stream *stream = NULL;
    struct dexec_id id;

    create.cmd = cmd;
    create.attach_stdout = create.attach_stderr = true;
    return dexec_create(client, container, &create, &id, &err) == DEXEC_OK &&
           dexec_start_begin(client, id.text, NULL, &stream, &err) ==
               DEXEC_OK &&
           watch(loop, EPOLL_CTL_ADD, stream);
}

/* Take all that is there; true = the stream goes on. */
static bool turn(int loop, struct dexec_stream *stream)
{
    struct dexec_chunk chunk = {0};
    while (dexec_stream_try_next(stream, &chunk, &err) == DEXEC_OK &&
           chunk.kind != DEXEC_KIND_END) {
        if (chunk.kind == DEXEC_KIND_NONE) {
            return watch(loop, EPOLL_CTL_MOD, stream);
        }
        (void)fwrite(chunk.data, 1, chunk.len,
                     chunk.kind == DEXEC_KIND_STDOUT ? stdout : stderr);
    }
    dexec_stream_free(stream); /* closes its descriptor: epoll forgets it */
    return false;
}

int main(int argc, char **argv)
{
    int loop = epoll_create1(EPOLL_CLOEXEC);
    int left = argc > 3 ? atoi(argv[1]) : 0;

    if (left < 1 || dexec_client_new(NULL, &client, &err) != DEXEC_OK) {
        (void)fprintf(stderr, "usage: epoll COUNT CONTAINER COMMAND...\n");
        return 125;
    }
    for (int i = 0; i < left && err.code == DEXEC_OK; i++) {
        (void)begin(loop, argv[2], (const char *const *)&argv[3]);
    }
    while (left > 0 && err.code == DEXEC_OK) {
        struct epoll_event event;
        if (epoll_wait(loop, &event, 1, -1) == 1) {
            left -= !turn(loop, event.data.ptr);
        }
    }
    (void)fprintf(stderr, "%s", err.message);
    dexec_client_free(err.code == DEXEC_OK ? client : NULL);
    return err.code == DEXEC_OK ? 0 : 125;
}
