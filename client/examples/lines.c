/* SPDX-License-Identifier: MIT */
/*
 * lines.c - print each line of a command with the stream that it came from.
 *
 *     cc lines.c $(pkg-config --cflags --libs dexec) -o lines
 *     ./lines t1 sh -c 'echo out; echo err >&2; exit 7'
 */
#include <stdio.h>

#include <dexec/dexec.h>

/* A line longer than the splitter's capacity comes in several pieces. */
static void print(const struct dexec_line *line)
{
    static const char *const names[] = {"in", "out", "err", "system", "tty"};

    (void)printf("%s%c ", names[line->kind],
                 line->end == DEXEC_LINE_CUT ? '+' : '|');
    (void)fwrite(line->data, 1, line->len, stdout);
    (void)putchar('\n');
}

/* Chunks in, lines out; stdout and stderr are held apart. */
static enum dexec_code print_all(struct dexec_stream *stream,
                                 struct dexec_lines *lines,
                                 struct dexec_error *err)
{
    struct dexec_chunk chunk = {0};
    enum dexec_code rc = DEXEC_OK;

    while (rc == DEXEC_OK && chunk.kind != DEXEC_KIND_END) {
        struct dexec_line line;
        rc = dexec_stream_next(stream, &chunk, err);
        if (rc != DEXEC_OK) { /* a broken stream: show what is held */
            chunk = (struct dexec_chunk){.kind = DEXEC_KIND_END};
        }
        enum dexec_code fed =
            dexec_lines_feed(lines, &chunk, rc == DEXEC_OK ? err : NULL);
        rc = rc == DEXEC_OK ? fed : rc;
        while (dexec_lines_next(lines, &line)) {
            print(&line);
        }
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    struct dexec_stream *stream = NULL;
    struct dexec_lines *lines = NULL;
    struct dexec_error err = {.message = "usage: lines CONTAINER COMMAND..."};
    struct dexec_id id;
    int64_t exit_code = 125;

    create.cmd = (const char *const *)&argv[2];
    create.attach_stdout = create.attach_stderr = true;
    if (argc < 3 || dexec_client_new(NULL, &client, &err) != DEXEC_OK ||
        dexec_lines_new(client, NULL, &lines, &err) != DEXEC_OK ||
        dexec_create(client, argv[1], &create, &id, &err) != DEXEC_OK ||
        dexec_start(client, id.text, NULL, &stream, &err) != DEXEC_OK ||
        print_all(stream, lines, &err) != DEXEC_OK ||
        dexec_wait(client, id.text, 10000, &exit_code, &err) != DEXEC_OK) {
        (void)fprintf(stderr, "lines: %s\n", err.message);
    }
    dexec_lines_free(lines); /* NULL is fine */
    dexec_stream_free(stream);
    dexec_client_free(client);
    return (int)exit_code;
}
