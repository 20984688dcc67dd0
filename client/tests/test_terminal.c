/* SPDX-License-Identifier: MIT */
/*
 * test_terminal.c - dexec as people use it: on a terminal, with a daemon that
 * does what each case says. DEXEC is the program.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pty_session.h"
#include "table.h"
#include "tty_daemon.h"

#define ROWS 33
#define COLUMNS 101
#define FIRST_SIZE "h=33&w=101"
#define CTRL_P "\x10"
#define CTRL_Q "\x11"

struct fixture {
    const void *row; /* of the case's table */
    char folder[64];
    char socket[96];
    char env_file[96];
    char host[112];
    struct tty_daemon_options daemon_options; /* to be set before run() */
    struct tty_daemon *daemon;
    struct pty_session *session;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    fixture->row = *state;
    (void)snprintf(fixture->folder, sizeof(fixture->folder),
                   "/tmp/test_terminal.XXXXXX");
    if (mkdtemp(fixture->folder) == NULL) {
        free(fixture);
        return -1;
    }
    (void)snprintf(fixture->socket, sizeof(fixture->socket), "%s/d.sock",
                   fixture->folder);
    (void)snprintf(fixture->env_file, sizeof(fixture->env_file), "%s/env",
                   fixture->folder);
    (void)snprintf(fixture->host, sizeof(fixture->host), "unix://%s",
                   fixture->socket);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    pty_free(fixture->session);
    tty_daemon_stop(fixture->daemon);
    (void)unlink(fixture->socket);
    (void)unlink(fixture->env_file);
    (void)rmdir(fixture->folder);
    free(fixture);
    return 0;
}

/* Run dexec with up to four options, and a daemon. */
static void run(struct fixture *fixture, const char *const options[5])
{
    const char *argv[12] = {DEXEC, "-H", fixture->host};
    size_t count = 3;

    for (size_t i = 0; options[i] != NULL; i++) {
        argv[count++] = options[i];
    }
    argv[count++] = "c1";
    argv[count++] = "sh";
    fixture->daemon =
        tty_daemon_start(fixture->socket, &fixture->daemon_options);
    assert_non_null(fixture->daemon);
    fixture->session = pty_start(argv, ROWS, COLUMNS);
    assert_non_null(fixture->session);
}

#define RUN(fixture, ...)                                                      \
    run(fixture, (const char *const[5]){__VA_ARGS__, NULL})

static bool is_mode_as_before(const struct pty_session *session)
{
    const struct termios *before = pty_mode_before(session);
    struct termios now;

    return pty_mode(session, &now) && now.c_iflag == before->c_iflag &&
           now.c_oflag == before->c_oflag && now.c_cflag == before->c_cflag &&
           now.c_lflag == before->c_lflag &&
           memcmp(now.c_cc, before->c_cc, sizeof(now.c_cc)) == 0;
}

static bool is_mode_raw(const struct pty_session *session)
{
    struct termios now;

    return pty_mode(session, &now) && (now.c_oflag & OPOST) == 0 &&
           (now.c_iflag & (BRKINT | ICRNL | INLCR | ISTRIP | IXON)) == 0 &&
           (now.c_lflag & (ECHO | ICANON | IEXTEN | ISIG)) == 0 &&
           (now.c_cflag & CSIZE) == CS8 && now.c_cc[VMIN] == 1 &&
           now.c_cc[VTIME] == 0;
}

/* Until the first size was sent: the terminal has been made raw by then. */
static void wait_until_raw(struct fixture *fixture)
{
    assert_true(tty_daemon_wait(fixture->daemon, FIRST_SIZE, 1));
    assert_true(is_mode_raw(fixture->session));
}

static int wait_for_end(struct fixture *fixture)
{
    int status = 0;

    assert_true(pty_wait(fixture->session, &status));
    assert_true(is_mode_as_before(fixture->session));
    return status;
}

static void assert_exits(struct fixture *fixture, int code)
{
    int status = wait_for_end(fixture);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

static void assert_says(struct fixture *fixture, const char *text)
{
    assert_true(pty_expect(fixture->session, text));
}

static void type(struct fixture *fixture, const char *keys)
{
    assert_true(pty_type(fixture->session, keys, strlen(keys)));
}

/* ------------------------------------------------------------- ways out */

enum way {
    BY_END,
    BY_DEATH,
    BY_KEYS,
    BY_KEYS_OF_THE_DAEMON,
    BY_TIMEOUT,
    BY_SIGNAL
};

struct way_row {
    const char *name;
    enum way way;
    int number; /* signal, or else exit status */
    const char *says;
};

static struct way_row ways[] = {
    {"restored__end_of_the_command", BY_END, 7, NULL},
    {"restored__death_of_the_daemon", BY_DEATH, 125, "dexec: "},
    {"restored__keys", BY_KEYS, 0, "dexec: detached from c1"},
    {"restored__keys_of_the_daemon", BY_KEYS_OF_THE_DAEMON, 0,
     "dexec: detached from c1"},
    {"restored__timeout", BY_TIMEOUT, 124, "dexec: timed out after 2.000 s"},
    {"restored__sigint", BY_SIGNAL, SIGINT, NULL},
    {"restored__sigterm", BY_SIGNAL, SIGTERM, NULL},
    {"restored__sighup", BY_SIGNAL, SIGHUP, NULL},
    {"restored__sigquit", BY_SIGNAL, SIGQUIT, NULL},
};

static void go_out(struct fixture *fixture, const struct way_row *row)
{
    switch (row->way) {
    case BY_END:
    case BY_KEYS_OF_THE_DAEMON:
        tty_daemon_end(fixture->daemon);
        break;
    case BY_DEATH:
        tty_daemon_die(fixture->daemon);
        break;
    case BY_KEYS:
        type(fixture, CTRL_P CTRL_Q);
        break;
    case BY_TIMEOUT:
        break; /* it comes by itself */
    case BY_SIGNAL:
        assert_true(pty_kill(fixture->session, row->number));
        break;
    }
}

static void restored__row(void **state)
{
    struct fixture *fixture = *state;
    const struct way_row *row = fixture->row;
    int status = 0;

    fixture->daemon_options.exit_code = 7;
    fixture->daemon_options.goes_on = row->way == BY_KEYS_OF_THE_DAEMON;
    RUN(fixture, "-it", "--timeout", row->way == BY_TIMEOUT ? "2" : "1h");
    wait_until_raw(fixture);

    go_out(fixture, row);

    status = wait_for_end(fixture);
    if (row->way == BY_SIGNAL) {
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), row->number);
    } else {
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), row->number);
    }
    if (row->says != NULL) {
        assert_says(fixture, row->says);
    }
}

/* One inspect is enough where the exit is known: no second wait. */
static void restored__output_then_exit_code(void **state)
{
    struct fixture *fixture = *state;

    fixture->daemon_options.exit_code = 255;
    RUN(fixture, "-it");
    wait_until_raw(fixture);
    assert_true(tty_daemon_write(fixture->daemon, "bye", 3));
    assert_says(fixture, "bye");
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 255);
    assert_int_equal(tty_daemon_count(fixture->daemon, "GET /exec/4f2a/json"),
                     1);
}

/* Nothing is raw before the start was answered. */
static void restored__timeout_at_the_create(void **state)
{
    struct fixture *fixture = *state;

    fixture->daemon_options.silence = SILENT_AT_CREATE;
    RUN(fixture, "-it", "--timeout", "100ms");
    assert_exits(fixture, 124);
    assert_says(fixture, "dexec: timed out after 0.100 s");
}

static void restored__timeout_at_the_start(void **state)
{
    struct fixture *fixture = *state;

    fixture->daemon_options.silence = SILENT_AT_START;
    RUN(fixture, "--json", "-it", "--timeout", "500ms");
    assert_exits(fixture, 124);
    assert_says(fixture, "{\"event\":\"error\",\"time_ms\":500,"
                         "\"code\":\"timeout\",\"http_status\":0,\"message\":"
                         "\"timed out after 0.500 s; the command may still "
                         "run\"}");
    assert_says(fixture, "dexec: timed out after 0.500 s");
}

static void stopped__terminal_is_lent_and_taken_back(void **state)
{
    struct fixture *fixture = *state;
    int status = 0;

    RUN(fixture, "-it");
    wait_until_raw(fixture);

    assert_true(pty_kill(fixture->session, SIGTSTP));
    assert_true(pty_wait(fixture->session, &status));
    assert_true(WIFSTOPPED(status));
    assert_int_equal(WSTOPSIG(status), SIGTSTP);
    assert_true(is_mode_as_before(fixture->session));

    /* Its group is not told of this: it has not got the terminal. */
    assert_true(pty_resize(fixture->session, 44, 55));
    assert_true(pty_go_on(fixture->session, true));
    assert_true(tty_daemon_wait(fixture->daemon, "h=44&w=55", 1));
    assert_true(is_mode_raw(fixture->session));

    /* The same a second time. */
    assert_true(pty_kill(fixture->session, SIGTSTP));
    assert_true(pty_wait(fixture->session, &status));
    assert_true(WIFSTOPPED(status));
    assert_true(is_mode_as_before(fixture->session));
    assert_true(pty_go_on(fixture->session, true));
    assert_true(tty_daemon_wait(fixture->daemon, "h=44&w=55", 2));
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 0);
}

static void stopped__sigstop_cannot_be_seen_but_going_on_can(void **state)
{
    struct fixture *fixture = *state;
    int status = 0;

    RUN(fixture, "-it");
    wait_until_raw(fixture);
    assert_true(pty_kill(fixture->session, SIGSTOP));
    assert_true(pty_wait(fixture->session, &status));
    assert_true(WIFSTOPPED(status));

    assert_true(pty_go_on(fixture->session, true));
    assert_true(tty_daemon_wait(fixture->daemon, FIRST_SIZE, 2));
    assert_true(is_mode_raw(fixture->session));
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 0);
}

/* The terminal is the shell's: it is neither made raw nor put back, and that
 * does not stop us from dying. */
static void stopped__left_alone_in_the_background(void **state)
{
    struct fixture *fixture = *state;
    int status = 0;

    RUN(fixture, "-it");
    wait_until_raw(fixture);
    assert_true(pty_kill(fixture->session, SIGTSTP));
    assert_true(pty_wait(fixture->session, &status));
    assert_true(WIFSTOPPED(status));

    assert_true(pty_go_on(fixture->session, false));
    assert_true(tty_daemon_wait(fixture->daemon, FIRST_SIZE, 2));
    assert_true(is_mode_as_before(fixture->session));
    assert_true(pty_kill(fixture->session, SIGTERM));
    status = wait_for_end(fixture);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

/* ------------------------------------------------------------------ size */

static void size__first_is_sent_three_times(void **state)
{
    struct fixture *fixture = *state;
    static const char size[] = "\"ConsoleSize\":[33,101]";

    RUN(fixture, "-it");
    wait_until_raw(fixture);
    assert_int_equal(tty_daemon_count(fixture->daemon, size), 2);
    assert_int_equal(tty_daemon_count(fixture->daemon, "/resize?" FIRST_SIZE),
                     1);
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 0);
}

static void size__refused_first_is_sent_again(void **state)
{
    struct fixture *fixture = *state;

    fixture->daemon_options.refused_resizes = 3;
    RUN(fixture, "-it", "--json");
    assert_says(fixture, "\"event\":\"resized\"");
    assert_int_equal(tty_daemon_count(fixture->daemon, FIRST_SIZE), 4);
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 0);
}

static void size__change_is_sent(void **state)
{
    struct fixture *fixture = *state;

    fixture->daemon_options.refused_resizes = 1;
    RUN(fixture, "-it");
    assert_true(tty_daemon_wait(fixture->daemon, FIRST_SIZE, 2));
    assert_true(pty_resize(fixture->session, 50, 120));
    assert_true(tty_daemon_wait(fixture->daemon, "h=50&w=120", 1));
    assert_true(pty_resize(fixture->session, 24, 80));
    assert_true(tty_daemon_wait(fixture->daemon, "h=24&w=80", 1));
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 0);
}

static void size__refused_change_is_sent_again(void **state)
{
    struct fixture *fixture = *state;

    RUN(fixture, "-t", "--json");
    assert_says(fixture, ",\"rows\":33,");
    tty_daemon_refuse_resizes(fixture->daemon, 2);
    assert_true(pty_resize(fixture->session, 50, 120));
    assert_says(fixture, ",\"rows\":50,");
    assert_int_equal(tty_daemon_count(fixture->daemon, "h=50&w=120"), 3);
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 0);
}

/* ----------------------------------------------------------------- bytes */

struct typed_row {
    const char *name;
    const char *keys; /* --detach-keys; NULL = not given */
    const char *bytes;
    size_t len;
};

static struct typed_row typed_rows[] = {
    {"typed__ctrl_c", NULL, BYTES("\x03")},
    {"typed__ctrl_d_z_s_q_backslash", NULL, BYTES("\x04\x1a\x13\x11\x1c")},
    {"typed__return_and_delete", NULL, BYTES("ls\r\n\x7f")},
    {"typed__nul_and_high_bytes", NULL, BYTES("\0\x80\xff\xc3\xa9")},
    {"typed__escape_sequence", NULL, BYTES("\x1b[A\x1bOP")},
    {"typed__beginning_of_the_keys", NULL, BYTES(CTRL_P "x" CTRL_Q)},
    {"typed__keys_that_are_others_now", "x,y", BYTES(CTRL_P CTRL_Q "xz")},
};

static void typed__row(void **state)
{
    struct fixture *fixture = *state;
    const struct typed_row *row = fixture->row;

    if (row->keys == NULL) {
        RUN(fixture, "-it");
    } else {
        RUN(fixture, "-it", "--detach-keys", row->keys);
    }
    wait_until_raw(fixture);
    assert_true(pty_type(fixture->session, row->bytes, row->len));
    assert_true(tty_daemon_wait_typed(fixture->daemon, row->bytes, row->len));
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 0);
}

static void keys__others_by_option(void **state)
{
    struct fixture *fixture = *state;

    RUN(fixture, "-it", "--detach-keys", "ctrl-],q");
    wait_until_raw(fixture);
    assert_int_equal(tty_daemon_count(fixture->daemon, "ctrl-],q"), 1);
    type(fixture, "ab\x1d"
                  "q");
    assert_exits(fixture, 0);
    assert_true(tty_daemon_wait_typed(fixture->daemon, "ab", 2));
}

static void keys__one_at_a_time(void **state)
{
    struct fixture *fixture = *state;

    RUN(fixture, "-it", "--json");
    wait_until_raw(fixture);
    type(fixture, CTRL_P);
    type(fixture, "a");
    assert_true(tty_daemon_wait_typed(fixture->daemon, CTRL_P "a", 2));
    type(fixture, CTRL_P);
    type(fixture, CTRL_Q);
    assert_says(fixture, "\"by\":\"keys\"}");
    assert_exits(fixture, 0);
    assert_true(tty_daemon_wait_typed(fixture->daemon, CTRL_P "a", 2));
}

static void output__none_is_lost_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    static char data[64 * 1024]; /* the socket holds it all */
    const char *output = NULL;
    size_t len = 0;

    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (char)('a' + i % 23);
    }
    RUN(fixture, "-it");
    wait_until_raw(fixture);
    assert_true(tty_daemon_write(fixture->daemon, data, sizeof(data)));
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 0);
    output = pty_output(fixture->session, &len);
    assert_int_equal(len, sizeof(data));
    assert_memory_equal(output, data, len);
}

static void output__as_events(void **state)
{
    struct fixture *fixture = *state;

    fixture->daemon_options.exit_code = 3;
    RUN(fixture, "-it", "--json");
    wait_until_raw(fixture);
    assert_true(tty_daemon_write(fixture->daemon, "hi\xff", 3));
    assert_says(fixture, "{\"event\":\"created\",\"time_ms\":");
    assert_says(fixture, ",\"id\":\"4f2a\"}");
    assert_says(fixture, "{\"event\":\"started\",\"time_ms\":");
    assert_says(fixture, ",\"http_status\":101,\"content_type\":"
                         "\"application/vnd.docker.raw-stream\"}");
    assert_says(fixture, "{\"event\":\"resized\",\"time_ms\":");
    assert_says(fixture, ",\"rows\":33,\"columns\":101}");
    assert_says(fixture, ",\"stream\":\"console\",\"base64\":\"aGn/\"}");
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 3);
    assert_says(fixture, ",\"code\":3}");
}

static void env__files_come_first(void **state)
{
    struct fixture *fixture = *state;
    char option[128];
    FILE *file = fopen(fixture->env_file, "w");

    assert_non_null(file);
    assert_true(fputs("A=1\nB=2\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(option, sizeof(option), "--env-file=%s", fixture->env_file);
    RUN(fixture, "-t", "-eA=3", option);
    assert_true(tty_daemon_wait(fixture->daemon,
                                "\"Env\":[\"A=1\",\"B=2\",\"A=3\"]", 1));
    assert_true(tty_daemon_wait(fixture->daemon, FIRST_SIZE, 1));
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 0);
}

/* ------------------------------------------------ without standard input */

static void without_input__terminal_stays_as_it_is(void **state)
{
    struct fixture *fixture = *state;

    fixture->daemon_options.exit_code = 9;
    RUN(fixture, "-t");
    assert_true(tty_daemon_wait(fixture->daemon, FIRST_SIZE, 1));
    assert_true(is_mode_as_before(fixture->session));
    assert_int_equal(tty_daemon_count(fixture->daemon, "\"AttachStdin\":true"),
                     0);
    type(fixture, CTRL_P CTRL_Q);
    assert_true(tty_daemon_write(fixture->daemon, "hi", 2));
    assert_says(fixture, "hi");
    assert_true(tty_daemon_wait_typed(fixture->daemon, "", 0));
    tty_daemon_end(fixture->daemon);
    assert_exits(fixture, 9);
}

/* The terminal's own ctrl-c is a signal then. */
static void without_input__ctrl_c_ends_us(void **state)
{
    struct fixture *fixture = *state;
    int status = 0;

    RUN(fixture, "-t");
    assert_true(tty_daemon_wait(fixture->daemon, FIRST_SIZE, 1));
    type(fixture, "\x03");
    status = wait_for_end(fixture);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
}

int main(void)
{
    static const struct CMUnitTest singles[] = {
        cmocka_unit_test(restored__output_then_exit_code),
        cmocka_unit_test(restored__timeout_at_the_create),
        cmocka_unit_test(restored__timeout_at_the_start),
        cmocka_unit_test(stopped__terminal_is_lent_and_taken_back),
        cmocka_unit_test(stopped__sigstop_cannot_be_seen_but_going_on_can),
        cmocka_unit_test(stopped__left_alone_in_the_background),
        cmocka_unit_test(size__first_is_sent_three_times),
        cmocka_unit_test(size__refused_first_is_sent_again),
        cmocka_unit_test(size__change_is_sent),
        cmocka_unit_test(size__refused_change_is_sent_again),
        cmocka_unit_test(keys__others_by_option),
        cmocka_unit_test(keys__one_at_a_time),
        cmocka_unit_test(output__none_is_lost_at_the_end),
        cmocka_unit_test(output__as_events),
        cmocka_unit_test(env__files_come_first),
        cmocka_unit_test(without_input__terminal_stays_as_it_is),
        cmocka_unit_test(without_input__ctrl_c_ends_us),
    };
    struct CMUnitTest
        tests[COUNT_OF(singles) + COUNT_OF(ways) + COUNT_OF(typed_rows)];
    struct CMUnitTest *rows = tests + COUNT_OF(singles);

    memcpy(tests, singles, sizeof(singles));
    ADD_ROWS(rows, restored__row, ways);
    ADD_ROWS(rows + COUNT_OF(ways), typed__row, typed_rows);
    for (size_t i = 0; i < COUNT_OF(tests); i++) {
        tests[i].setup_func = set_up;
        tests[i].teardown_func = tear_down;
    }
    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
