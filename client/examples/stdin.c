/* SPDX-License-Identifier: MIT */
/*
 * stdin.c - pipe input of any length through a command in a container: reads
 * while it writes, as the daemon may stop reading until it is read from.
 */
#include <stdio.h>

#include <dexec/dexec.h>

/* Write what fits; at the end of our input half-close: output goes on. */
static enum dexec_code feed(struct dexec_stream *stream, unsigned *wanted,
                            struct dexec_error *err)
{
    static char input[16384];
    static size_t from, to;
    size_t written = 0;

    if (from == to) {
        from = 0;
        to = fread(input, 1, sizeof(input), stdin);
    }
    enum dexec_code rc = to == 0 ? dexec_stream_close_stdin(stream, err)
                                 : dexec_stream_write(stream, input + from,
                                                      to - from, &written, err);
    from += written;
    if (to == 0 || rc == DEXEC_E_RESET) { /* it takes no more, but may say */
        *wanted = DEXEC_READABLE;
    }
    return rc == DEXEC_E_RESET ? DEXEC_OK : rc;
}

/* Both directions, whichever is ready, until the output ends. */
static enum dexec_code pump(struct dexec_stream *stream,
                            struct dexec_error *err)
{
    unsigned wanted = DEXEC_READABLE | DEXEC_WRITABLE;
    struct dexec_chunk chunk = {0};
    enum dexec_code rc = DEXEC_OK;

    while (rc == DEXEC_OK && chunk.kind != DEXEC_KIND_END) {
        unsigned ready = 0;
        rc = dexec_stream_wait(stream, wanted, &ready, err);
        if ((ready & DEXEC_READABLE) != 0) {
            rc = dexec_stream_next(stream, &chunk, err);
            if (rc == DEXEC_OK && chunk.len > 0) {
                (void)fwrite(chunk.data, 1, chunk.len, stdout);
            }
        } else if ((ready & DEXEC_WRITABLE) != 0) {
            rc = feed(stream, &wanted, err);
        }
    }
    /* Podman resets the connection of a command that left input unread. */
    bool is_end = rc == DEXEC_E_RESET && dexec_stream_is_between_frames(stream);
    return is_end ? DEXEC_OK : rc;
}

int main(int argc, char **argv)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_start_options start = DEXEC_START_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    struct dexec_stream *stream = NULL;
    struct dexec_error err = {.message = "usage: stdin CONTAINER COMMAND..."};
    struct dexec_id id;
    int64_t exit_code = 125;

    create.cmd = (const char *const *)&argv[2];
    create.attach_stdin = create.attach_stdout = create.attach_stderr = true;
    if (argc < 3 || dexec_client_new(NULL, &client, &err) != DEXEC_OK ||
        dexec_create(client, argv[1], &create, &id, &err) != DEXEC_OK ||
        dexec_start(client, id.text, &start, &stream, &err) != DEXEC_OK ||
        pump(stream, &err) != DEXEC_OK ||
        dexec_wait(client, id.text, 10000, &exit_code, &err) != DEXEC_OK) {
        (void)fprintf(stderr, "stdin: %s\n", err.message);
    }
    dexec_stream_free(stream); /* before its client; NULL is fine */
    dexec_client_free(client);
    return (int)exit_code;
}
