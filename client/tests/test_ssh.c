/* SPDX-License-Identifier: MIT */
/*
 * test_ssh.c - daemons behind ssh.
 *
 * The ssh program is this one: called "ssh", it notes its arguments and
 * connects its input and output with a script server's socket, or says words
 * and fails, as the environment tells it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <dexec/dexec.h>

#include "fake_memory.h"
#include "script_server.h"
#include "table.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define HI "\1\0\0\0\0\0\0\2hi"
#define EXITED                                                                 \
    "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n"                            \
    "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7}"
#define CREATED                                                                \
    "HTTP/1.1 201 Created\r\nContent-Length: 13\r\n\r\n{\"Id\":\"4f2a\"}"

/* What the program that is called ssh looks for. */
#define SOCKET_VARIABLE "FAKE_SSH_SOCKET"       /* where it connects to */
#define ARGUMENTS_VARIABLE "FAKE_SSH_ARGUMENTS" /* file that it writes */
#define WORDS_VARIABLE "FAKE_SSH_WORDS"         /* what it says, and fails */
#define READS_VARIABLE "FAKE_SSH_READS"         /* a request first */
#define STAYS_VARIABLE "FAKE_SSH_STAYS"         /* till it is ended */

enum { LONG_MS = 20000 };

/* ---- the ssh program ---- */

static void note_arguments(char **argv)
{
    FILE *file = fopen(getenv(ARGUMENTS_VARIABLE), "w");

    if (file == NULL) {
        exit(99);
    }
    for (int i = 1; argv[i] != NULL; i++) {
        (void)fprintf(file, "%s%s", i == 1 ? "" : "|", argv[i]);
    }
    (void)fclose(file);
}

static int connect_far_end(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
                   getenv(SOCKET_VARIABLE));
    if (fd < 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        exit(98);
    }
    return fd;
}

/* Returns false at the end of @from. */
static bool pass_on(int from, int to)
{
    char piece[65536];
    ssize_t got = read(from, piece, sizeof(piece));

    for (ssize_t at = 0; at < got;) {
        ssize_t sent = write(to, piece + at, (size_t)(got - at));

        if (sent < 0) {
            exit(97);
        }
        at += sent;
    }
    return got > 0;
}

static void end_input(int far_fd)
{
    if (getenv(STAYS_VARIABLE) == NULL) {
        (void)shutdown(far_fd, SHUT_WR);
    }
}

/* Until the far end closes; the near end's close is passed on. */
static void relay(int far_fd)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = far_fd, .events = POLLIN}};

    for (;;) {
        (void)poll(fds, 2, -1);
        if (fds[1].revents != 0 && !pass_on(far_fd, STDOUT_FILENO)) {
            return;
        }
        if (fds[0].revents != 0 && !pass_on(STDIN_FILENO, far_fd)) {
            end_input(far_fd);
            fds[0].fd = -1;
        }
    }
}

static void read_a_request(void)
{
    char head[4096] = "";
    size_t len = 0;

    while (strstr(head, "\r\n\r\n") == NULL && len < sizeof(head) - 1 &&
           read(STDIN_FILENO, head + len, 1) == 1) {
        len++;
    }
    if (strstr(head, "{") == NULL) { /* its body is {...}, if it has one */
        char rest[4096];

        while (strncmp(head, "POST", 4) == 0 &&
               read(STDIN_FILENO, rest, sizeof(rest)) < 0) {
        }
    }
}

static int be_ssh(char **argv)
{
    const char *words = getenv(WORDS_VARIABLE);
    struct sigaction pipe;

    if (sigaction(SIGPIPE, NULL, &pipe) != 0 || pipe.sa_handler != SIG_DFL) {
        exit(96);
    }
    note_arguments(argv);
    if (words == NULL) {
        relay(connect_far_end());
        return 0;
    }
    if (getenv(READS_VARIABLE) != NULL) {
        read_a_request();
    }
    (void)write(STDERR_FILENO, words, strlen(words));
    return 255;
}

/* ---- the fixture ---- */

struct fixture {
    char folder[64];
    char path[96];      /* of the socket */
    char arguments[96]; /* of the file */
    char ssh[96];
    size_t fds; /* open before */
    struct server *server;
    struct dexec_client *client;
    struct dexec_stream *stream;
    struct dexec_error err;
};

static size_t count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        count++;
    }
    (void)closedir(folder);
    return count;
}

static void set(const char *name, const char *value)
{
    assert_int_equal(value == NULL ? unsetenv(name) : setenv(name, value, 1),
                     0);
}

static void open_fixture(struct fixture *fixture)
{
    char program[4096] = "";

    *fixture = (struct fixture){.folder = "/tmp/dexec-ssh-XXXXXX"};
    fixture->fds = count_fds();
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/s",
                   fixture->folder);
    (void)snprintf(fixture->arguments, sizeof(fixture->arguments), "%s/a",
                   fixture->folder);
    (void)snprintf(fixture->ssh, sizeof(fixture->ssh), "%s/ssh",
                   fixture->folder);
    assert_true(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
    assert_int_equal(symlink(program, fixture->ssh), 0);
    set("PATH", fixture->folder);
    set(SOCKET_VARIABLE, fixture->path);
    set(ARGUMENTS_VARIABLE, fixture->arguments);
    set(WORDS_VARIABLE, NULL);
    set(READS_VARIABLE, NULL);
    set(STAYS_VARIABLE, NULL);
}

static void open_client(struct fixture *fixture, const char *host,
                        uint32_t connect_ms)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;

    options.host = host;
    options.connect_timeout_ms = connect_ms;
    options.response_timeout_ms = LONG_MS;
    assert_int_equal(dexec_client_new(&options, &fixture->client, NULL),
                     DEXEC_OK);
}

static void serve(struct fixture *fixture, const struct server_step *steps,
                  size_t count)
{
    fixture->server = server_start(fixture->path, steps, count);
    assert_non_null(fixture->server);
}

/* Neither a descriptor nor a process may be left. */
static void close_fixture(struct fixture *fixture)
{
    dexec_stream_free(fixture->stream);
    dexec_client_free(fixture->client);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    (void)server_stop(fixture->server);
    (void)unlink(fixture->path);
    (void)unlink(fixture->arguments);
    (void)unlink(fixture->ssh);
    assert_int_equal(rmdir(fixture->folder), 0);
    assert_int_equal(count_fds(), fixture->fds);
}

static enum dexec_code inspect(struct fixture *fixture)
{
    struct dexec_inspect *about = NULL;
    enum dexec_code rc =
        dexec_inspect(fixture->client, "4f2a", &about, &fixture->err);

    dexec_inspect_free(fixture->client, about);
    return rc;
}

static enum dexec_code start(struct fixture *fixture)
{
    return dexec_start(fixture->client, "4f2a", NULL, &fixture->stream,
                       &fixture->err);
}

/* ---- arguments ---- */

struct row {
    const char *name;
    const char *host;
    uint32_t connect_ms;
    const char *arguments;
};

static struct row rows[] = {
    {"ssh__host", "ssh://far", 0,
     "-o|ConnectTimeout=10|-T|--|far|docker|system|dial-stdio"},
    {"ssh__seconds_are_rounded_up", "ssh://far", 1001,
     "-o|ConnectTimeout=2|-T|--|far|docker|system|dial-stdio"},
    {"ssh__less_than_a_second", "ssh://far", 1,
     "-o|ConnectTimeout=1|-T|--|far|docker|system|dial-stdio"},
    {"ssh__longest_time", "ssh://far", UINT32_MAX,
     "-o|ConnectTimeout=4294968|-T|--|far|docker|system|dial-stdio"},
    {"ssh__user", "ssh://me@far", 0,
     "-o|ConnectTimeout=10|-T|-l|me|--|far|docker|system|dial-stdio"},
    {"ssh__port", "ssh://far:2222", 0,
     "-o|ConnectTimeout=10|-T|-p|2222|--|far|docker|system|dial-stdio"},
    {"ssh__socket_over_there", "ssh://far/run/d.sock", 0,
     "-o|ConnectTimeout=10|-T|--|far|docker|--host|unix:///run/d.sock|"
     "system|dial-stdio"},
    {"ssh__all_of_it", "ssh://me@far:65535/run/d.sock", 0,
     "-o|ConnectTimeout=10|-T|-l|me|-p|65535|--|far|docker|--host|"
     "unix:///run/d.sock|system|dial-stdio"},
};

static void expect_arguments(const struct fixture *fixture, const char *wanted)
{
    char text[512] = "";
    FILE *file = fopen(fixture->arguments, "r");
    size_t len = 0;

    assert_non_null(file);
    len = fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    assert_string_equal(text, wanted);
    assert_int_equal(unlink(fixture->arguments), 0);
}

static void ssh__row(void **state)
{
    static const struct server_step steps[] = {
        {.bytes = EXITED, .len = sizeof(EXITED) - 1},
        {.bytes = HEAD, .len = sizeof(HEAD) - 1}};
    const struct row *row = *state;
    struct fixture fixture;

    open_fixture(&fixture);
    serve(&fixture, steps, 2);
    open_client(&fixture, row->host, row->connect_ms);
    assert_int_equal(inspect(&fixture), DEXEC_OK);
    expect_arguments(&fixture, row->arguments);
    assert_int_equal(start(&fixture), DEXEC_OK);
    expect_arguments(&fixture, row->arguments);
    close_fixture(&fixture);
}

/* ---- what ssh says when it fails ---- */

struct words_row {
    const char *name;
    const char *said;
    const char *told; /* at the message's end */
};

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X255 X50 X50 X50 X50 X50 "xxxxx"

static struct words_row words_rows[] = {
    {"words__one_line", "me@far: Permission denied (publickey).\r\n",
     ": me@far: Permission denied (publickey)."},
    {"words__last_of_many_lines", "Warning: one\nWarning: two\nno route\n\n",
     ": no route"},
    {"words__without_an_end_of_line", "no route", ": no route"},
    {"words__of_more_than_is_kept", "far: " X50 X255 "yz\n",
     ": " X50 X50 X50 X50 X50 "xxyz"},
    {"words__none", "", "answered"},
};

static bool ends_with(const char *text, const char *end)
{
    return strlen(text) >= strlen(end) &&
           strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static void expect_end(const char *message, const char *end)
{
    if (!ends_with(message, end)) {
        print_error("message: %s\n", message);
    }
    assert_true(ends_with(message, end));
}

static enum dexec_code call_and_fail(const struct words_row *row, bool starts,
                                     bool reads_first)
{
    const char *end =
        starts && row->said[0] == '\0' ? "(0 bytes received)" : row->told;
    struct fixture fixture;
    enum dexec_code rc = DEXEC_OK;

    open_fixture(&fixture);
    set(WORDS_VARIABLE, row->said);
    set(READS_VARIABLE, reads_first ? "1" : NULL);
    open_client(&fixture, "ssh://far", 0);
    rc = (starts ? start : inspect)(&fixture);
    assert_null(fixture.stream);
    if (reads_first || row->said[0] != '\0') {
        expect_end(fixture.err.message, end);
    }
    close_fixture(&fixture);
    return rc;
}

/* ssh may go before or after it has taken the request: with a byte unread its
 * end is a reset. What it said is told all the same. */
static void check_words(const struct words_row *row, bool starts)
{
    enum dexec_code rc = DEXEC_OK;

    assert_int_equal(call_and_fail(row, starts, true), DEXEC_E_CLOSED);
    rc = call_and_fail(row, starts, false);
    assert_true(rc == DEXEC_E_CLOSED || rc == DEXEC_E_RESET);
}

static void words__row(void **state)
{
    check_words(*state, false);
    check_words(*state, true);
}

static void words__no_ssh(void **state)
{
    static const char reason[] = "connect to ssh://far: the ssh program cannot "
                                 "be run: No such file or directory";

    (void)state;
    for (int call = 0; call < 2; call++) {
        struct fixture fixture;
        char wanted[256] = "";

        open_fixture(&fixture);
        assert_int_equal(unlink(fixture.ssh), 0);
        open_client(&fixture, "ssh://far", 0);
        assert_int_equal((call == 0 ? inspect : start)(&fixture),
                         DEXEC_E_CONNECT);
        (void)snprintf(wanted, sizeof(wanted), "%s exec 4f2a: %s",
                       call == 0 ? "inspect" : "start", reason);
        assert_string_equal(fixture.err.message, wanted);
        close_fixture(&fixture);
    }
}

/* ---- streams ---- */

static void expect_echo(struct fixture *fixture, const char *text)
{
    struct dexec_chunk chunk = {0};
    size_t written = 0;

    assert_int_equal(dexec_stream_write(fixture->stream, text, strlen(text),
                                        &written, &fixture->err),
                     DEXEC_OK);
    assert_int_equal(written, strlen(text));
    assert_int_equal(dexec_stream_next(fixture->stream, &chunk, &fixture->err),
                     DEXEC_OK);
    assert_int_equal(chunk.len, strlen(text));
    assert_memory_equal(chunk.data, text, strlen(text));
}

/* The far end ends its echo, and with it the stream, only when it sees it. */
static void ssh__half_close(void **state)
{
    static const struct server_step step = {.bytes = HEAD,
                                            .len = sizeof(HEAD) - 1,
                                            .then = HI,
                                            .then_len = sizeof(HI) - 1,
                                            .end = SERVER_ECHOES};
    struct fixture fixture;
    struct dexec_chunk chunk = {0};

    (void)state;
    open_fixture(&fixture);
    serve(&fixture, &step, 1);
    open_client(&fixture, "ssh://far", 0);
    assert_int_equal(start(&fixture), DEXEC_OK);
    expect_echo(&fixture, "abc");
    assert_int_equal(dexec_stream_close_stdin(fixture.stream, NULL), DEXEC_OK);
    assert_int_equal(dexec_stream_next(fixture.stream, &chunk, NULL), DEXEC_OK);
    assert_int_equal(chunk.kind, DEXEC_KIND_END);
    close_fixture(&fixture);
}

/* One that neither sees our close nor goes by itself. */
static void check_ended(void)
{
    static const struct server_step step = {
        .bytes = HEAD, .len = sizeof(HEAD) - 1, .end = SERVER_HOLDS};
    struct fixture fixture;

    open_fixture(&fixture);
    set(STAYS_VARIABLE, "1");
    serve(&fixture, &step, 1);
    open_client(&fixture, "ssh://far", 0);
    assert_int_equal(start(&fixture), DEXEC_OK);
    assert_true(dexec_stream_fd(fixture.stream) >= 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
    dexec_stream_free(fixture.stream);
    fixture.stream = NULL;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    close_fixture(&fixture);
}

static void ssh__freed_stream_ends_its_program(void **state)
{
    (void)state;
    check_ended();
}

/* Ours may be blocked or ignored, and must not be ssh's. */
static void ssh__signals_are_as_a_shell_has_them(void **state)
{
    sigset_t term;
    sigset_t before;

    (void)state;
    assert_int_equal(sigemptyset(&term), 0);
    assert_int_equal(sigaddset(&term, SIGTERM), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, &term, &before), 0);
    assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    check_ended();
    assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

static bool count_output(void *user, enum dexec_kind kind, const void *data,
                         size_t len)
{
    (void)kind;
    (void)data;
    *(size_t *)user += len;
    return true;
}

static void ssh__run(void **state)
{
    static const struct server_step steps[] = {
        {.bytes = CREATED, .len = sizeof(CREATED) - 1},
        {.bytes = HEAD, .len = sizeof(HEAD) - 1, .end = SERVER_ECHOES},
        {.bytes = EXITED, .len = sizeof(EXITED) - 1}};
    static const char *const cmd[] = {"cat", NULL};
    static const char input[1000000];
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_run_options options = DEXEC_RUN_OPTIONS_INIT;
    struct fixture fixture;
    size_t len = 0;
    int64_t code = 0;

    (void)state;
    create.cmd = cmd;
    options.create = &create;
    options.input = input;
    options.input_len = sizeof(input);
    options.on_output = count_output;
    options.on_output_user = &len;
    open_fixture(&fixture);
    serve(&fixture, steps, 3);
    open_client(&fixture, "ssh://far", 0);
    assert_int_equal(
        dexec_run(fixture.client, "t1", &options, &code, &fixture.err),
        DEXEC_OK);
    assert_int_equal(code, 7);
    assert_int_equal(len, sizeof(input));
    close_fixture(&fixture);
}

/* A kept connection would be another process's: each call has its own. */
static void ssh__each_plain_call_has_its_own(void **state)
{
    static const struct server_step steps[] = {
        {.bytes = EXITED, .len = sizeof(EXITED) - 1, .end = SERVER_HOLDS},
        {.bytes = EXITED, .len = sizeof(EXITED) - 1, .end = SERVER_HOLDS}};
    struct fixture fixture;

    (void)state;
    open_fixture(&fixture);
    serve(&fixture, steps, 2);
    open_client(&fixture, "ssh://far", 0);
    for (int call = 0; call < 2; call++) {
        assert_int_equal(inspect(&fixture), DEXEC_OK);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    }
    close_fixture(&fixture);
}

/* Make a client and a call with the @fail_at-th allocation failing, 0 = none;
 * returns how many were asked for. */
static size_t call_once(size_t fail_at, bool starts, enum dexec_code *out_rc)
{
    const struct server_step step = {.bytes = starts ? HEAD : EXITED,
                                     .len = starts ? sizeof(HEAD) - 1
                                                   : sizeof(EXITED) - 1};
    struct fake_memory memory = {.fail_at = fail_at};
    struct dexec_allocator allocator = fake_memory_allocator(&memory);
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct fixture fixture;

    open_fixture(&fixture);
    serve(&fixture, &step, 1);
    options.host = "ssh://far/run/d.sock";
    options.allocator = &allocator;
    *out_rc = dexec_client_new(&options, &fixture.client, &fixture.err);
    if (*out_rc == DEXEC_OK) {
        *out_rc = (starts ? start : inspect)(&fixture);
    }
    close_fixture(&fixture);
    assert_int_equal(memory.live, 0);
    assert_int_equal(memory.refused, fail_at == 0 ? 0 : 1);
    return memory.count;
}

static void ssh__without_memory(void **state)
{
    (void)state;
    for (int call = 0; call < 2; call++) {
        enum dexec_code rc = DEXEC_OK;
        size_t count = call_once(0, call == 1, &rc);

        assert_int_equal(rc, DEXEC_OK);
        assert_true(count > 3);
        for (size_t k = 1; k <= count; k++) {
            (void)call_once(k, call == 1, &rc);
            assert_int_equal(rc, DEXEC_E_NOMEM);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest single[] = {
        cmocka_unit_test(words__no_ssh),
        cmocka_unit_test(ssh__half_close),
        cmocka_unit_test(ssh__freed_stream_ends_its_program),
        cmocka_unit_test(ssh__signals_are_as_a_shell_has_them),
        cmocka_unit_test(ssh__run),
        cmocka_unit_test(ssh__each_plain_call_has_its_own),
        cmocka_unit_test(ssh__without_memory),
    };
    struct CMUnitTest
        tests[COUNT_OF(single) + COUNT_OF(rows) + COUNT_OF(words_rows)];
    struct CMUnitTest *next = tests + COUNT_OF(single);

    (void)argc;
    if (strcmp(argv[0], "ssh") == 0) {
        return be_ssh(argv);
    }
    if (dexec_global_init() != DEXEC_OK) {
        return 1;
    }
    memcpy(tests, single, sizeof(single));
    ADD_ROWS(next, ssh__row, rows);
    next += COUNT_OF(rows);
    ADD_ROWS(next, words__row, words_rows);
    return cmocka_run_group_tests_name("ssh", tests, NULL, NULL);
}
