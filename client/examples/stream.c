/* SPDX-License-Identifier: MIT */
/*
 * stream.c - the steps of dexec_run() one by one: create, start, read to the
 * end, wait for the exit code. For programs that want their own loop.
 *
 *     cc stream.c $(pkg-config --cflags --libs dexec) -o stream
 */
#include <stdio.h>

#include <dexec/dexec.h>

/* Take pieces until the stream ends; how large they are means nothing. */
static enum dexec_code read_all(struct dexec_stream *stream,
                                struct dexec_error *err)
{
    for (;;) {
        struct dexec_chunk chunk = {0};
        enum dexec_code rc = dexec_stream_next(stream, &chunk, err);
        if (rc != DEXEC_OK || chunk.kind == DEXEC_KIND_END) {
            return rc;
        }
        FILE *to = chunk.kind == DEXEC_KIND_STDOUT ? stdout : stderr;
        (void)fwrite(chunk.data, 1, chunk.len, to);
    }
}

/* Each step needs the one before it: the first failure is the result. */
static enum dexec_code run(struct dexec_client *client, const char *container,
                           const char *const *cmd, int64_t *out_exit_code,
                           struct dexec_error *err)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_start_options start = DEXEC_START_OPTIONS_INIT;
    struct dexec_stream *stream = NULL;
    struct dexec_id id;

    create.cmd = cmd;
    create.attach_stdout = true; /* what is not attached now never is */
    create.attach_stderr = true;
    enum dexec_code rc = dexec_create(client, container, &create, &id, err);
    if (rc == DEXEC_OK) {
        rc = dexec_start(client, id.text, &start, &stream, err);
    }
    if (rc == DEXEC_OK) {
        dexec_stream_set_deadline(stream, 60000); /* new: waits for ever */
        rc = read_all(stream, err);
    }
    dexec_stream_free(stream); /* NULL is fine; the process goes on */
    if (rc == DEXEC_OK) {
        rc = dexec_wait(client, id.text, 10000, out_exit_code, err);
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct dexec_client *client = NULL;
    struct dexec_error err = {0};
    int64_t exit_code = 0;

    if (argc < 3) {
        (void)fprintf(stderr,
                      "usage: stream CONTAINER COMMAND [ARGUMENT...]\n");
        return 125;
    }
    enum dexec_code rc = dexec_client_new(NULL, &client, &err);
    if (rc == DEXEC_OK) {
        rc = run(client, argv[1], (const char *const *)&argv[2], &exit_code,
                 &err);
    }
    dexec_client_free(client); /* after its streams; NULL is fine */
    if (rc != DEXEC_OK) {
        (void)fprintf(stderr, "stream: %s\n", err.message);
        return 125;
    }
    return (int)exit_code;
}
