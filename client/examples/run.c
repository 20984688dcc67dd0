/* SPDX-License-Identifier: MIT */
/*
 * run.c - run a command in a container, show its output, exit as it did.
 *
 *     cc run.c $(pkg-config --cflags --libs dexec) -o run
 *     ./run t1 sh -c 'echo out; echo err >&2; exit 7'
 *
 * The daemon is at DOCKER_HOST, else at unix:///var/run/docker.sock.
 */
#include <stdio.h>

#include <dexec/dexec.h>

/* Called for each piece as it arrives; @data ends with no NUL. */
static bool show(void *user, enum dexec_kind kind, const void *data, size_t len)
{
    FILE *to = kind == DEXEC_KIND_STDOUT ? stdout : stderr;

    (void)user;
    /* false stops dexec_run(): nobody reads our output any more */
    return fwrite(data, 1, len, to) == len && fflush(to) == 0;
}

static int complain(const struct dexec_error *err)
{
    /* The code is for programs, the message for people. */
    (void)fprintf(stderr, "run: %s: %s\n", dexec_code_name(err->code),
                  err->message);
    return 125; /* as docker exec says that it failed, not the command */
}

static int run(struct dexec_client *client, const char *container,
               const char *const *cmd)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_run_options options = DEXEC_RUN_OPTIONS_INIT;
    struct dexec_error err = {0};
    int64_t exit_code = 0;

    create.cmd = cmd;
    options.create = &create;
    options.timeout_ms = 60000; /* for all of it; 0 would wait for ever */
    options.on_output = show;
    if (dexec_run(client, container, &options, &exit_code, &err) != DEXEC_OK) {
        return complain(&err);
    }
    return (int)exit_code;
}

int main(int argc, char **argv)
{
    struct dexec_client *client = NULL;
    struct dexec_error err = {0};

    if (argc < 3) {
        (void)fprintf(stderr, "usage: run CONTAINER COMMAND [ARGUMENT...]\n");
        return 125;
    }
    /* NULL: all defaults. Nothing is sent before the first call. */
    if (dexec_client_new(NULL, &client, &err) != DEXEC_OK) {
        return complain(&err);
    }
    int status = run(client, argv[1], (const char *const *)&argv[2]);
    dexec_client_free(client);
    return status;
}
