/* SPDX-License-Identifier: MIT */
/* test_mockd_serve.c - a whole mock, with raw clients on real sockets. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "cleanup.h"
#include "wire_client.h"

#define BULK ((size_t)8 * 1024 * 1024)
#define HELLO                                                                  \
    "{\"AttachStdout\":true,\"AttachStderr\":true,"                            \
    "\"Cmd\":[\"sh\",\"-c\",\"echo out; echo err >&2; exit 7\"]}"
#define WITH_STDIN(cmd)                                                        \
    "{\"AttachStdin\":true,\"AttachStdout\":true,\"Cmd\":[\"" cmd "\"]}"
#define PLAIN(cmd) "{\"AttachStdout\":true,\"Cmd\":[\"" cmd "\"]}"
#define ATTACH "{\"Detach\":false,\"Tty\":false}"
#define OUT "\1\0\0\0\0\0\0\4out\n"
#define ERR "\2\0\0\0\0\0\0\4err\n"

static struct mockd *mock;
static int fds[4] = {-1, -1, -1, -1};
static char text[8192];
static size_t open_before;

static size_t count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    if (folder == NULL) {
        return 0;
    }
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

static int set_up(void **state)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};

    (void)state;
    open_before = count_fds();
    options.fixtures = FIXTURES_DIR;
    options.unix_path = "auto";
    options.tcp_address = "127.0.0.1:0";
    if (mockd_start(&options, &mock, &err) != MOCKD_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    return 0;
}

/* Also a check: a mock leaves no descriptor behind. */
static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < MD_COUNT_OF(fds); i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
        fds[i] = -1;
    }
    mockd_stop(mock);
    mock = NULL;
    return count_fds() == open_before ? 0 : -1;
}

static const char *unix_url(void)
{
    return mockd_unix_url(mock);
}

/* Create an exec and write "/exec/ID/VERB". */
static void create(const char *body, char *out_id)
{
    const char *id = NULL;

    assert_int_equal(wire_ask(unix_url(), "POST", "/containers/t1/exec", body,
                              text, sizeof(text)),
                     201);
    id = strstr(text, "\"Id\":\"");
    assert_non_null(id);
    (void)snprintf(out_id, 65, "%s", id + strlen("\"Id\":\""));
}

static const char *path_of(const char *id, const char *verb)
{
    static char path[128];

    (void)snprintf(path, sizeof(path), "/exec/%s/%s", id, verb);
    return path;
}

static int start(const char *url, const char *id, bool has_upgrade)
{
    int fd = wire_connect(url);

    assert_true(fd >= 0);
    assert_true(
        wire_request(fd, "POST", path_of(id, "start"), ATTACH, has_upgrade));
    return fd;
}

static void assert_inspect(const char *id, const char *want)
{
    assert_int_equal(wire_ask(unix_url(), "GET", path_of(id, "json"), NULL,
                              text, sizeof(text)),
                     200);
    if (strstr(text, want) == NULL) {
        assert_string_equal(text, want);
    }
}

static void assert_eof(int fd)
{
    int failure = 0;

    assert_int_equal(wire_read_all(fd, text, sizeof(text), &failure), 0);
    assert_int_equal(failure, 0);
}

static void assert_has(const char *bytes, size_t len, const char *want,
                       size_t want_len)
{
    assert_true(len >= want_len);
    assert_memory_equal(bytes + len - want_len, want, want_len);
}

/* The whole of an attached exec, by @url. */
static void check_attached(const char *url, bool has_upgrade)
{
    char id[65];
    int failure = 0;
    size_t len = 0;

    create(HELLO, id);
    assert_inspect(id, "\"ExitCode\":null");
    fds[0] = start(url, id, has_upgrade);
    len = wire_read_all(fds[0], text, sizeof(text), &failure);

    assert_int_equal(failure, 0);
    assert_non_null(strstr(text, has_upgrade ? "HTTP/1.1 101 UPGRADED\r\n"
                                             : "HTTP/1.1 200 OK\r\n"));
    assert_has(text, len, OUT ERR, sizeof(OUT ERR) - 1);
    assert_inspect(id, "\"Running\":false,\"ExitCode\":7");
}

static void serve__attached_on_unix(void **state)
{
    (void)state;
    check_attached(mockd_unix_url(mock), true);
}

static void serve__attached_on_tcp(void **state)
{
    (void)state;
    check_attached(mockd_tcp_url(mock), true);
}

static void serve__attached_without_upgrade(void **state)
{
    (void)state;
    check_attached(mockd_unix_url(mock), false);
}

static void serve__head_is_as_recorded(void **state)
{
    static const char want[] =
        "HTTP/1.1 101 UPGRADED\r\n"
        "Content-Type: application/vnd.docker.raw-stream\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\nApi-Version: 1.41\r\n"
        "Docker-Experimental: false\r\nOstype: linux\r\n"
        "Server: Docker/20.10.24 (linux)\r\n\r\n" OUT ERR;
    char id[65];
    int failure = 0;

    (void)state;
    create(HELLO, id);
    fds[0] = start(unix_url(), id, true);

    assert_int_equal(wire_read_all(fds[0], text, sizeof(text), &failure),
                     sizeof(want) - 1);
    assert_memory_equal(text, want, sizeof(want) - 1);
}

static void serve__second_start(void **state)
{
    char id[65];
    char want[128];

    (void)state;
    create(HELLO, id);
    fds[0] = start(unix_url(), id, true);
    assert_true(wire_read_until(fds[0], text, sizeof(text), "\r\n\r\n"));
    assert_inspect(id, "\"ExitCode\":7");

    fds[1] = start(unix_url(), id, true);
    (void)snprintf(want, sizeof(want), "command %s has already run\r\n", id);
    assert_true(wire_read_until(fds[1], text, sizeof(text), "\r\n\r\n"));
    assert_int_equal(wire_ask(unix_url(), "POST", path_of(id, "start"),
                              "{\"Detach\":true}", text, sizeof(text)),
                     409);
    assert_non_null(strstr(text, id));
}

static void serve__unknown_ids(void **state)
{
    (void)state;
    assert_int_equal(wire_ask(unix_url(), "POST", "/exec/nope/resize?w=80&h=24",
                              NULL, text, sizeof(text)),
                     404);
    assert_non_null(strstr(text, "No such exec instance: nope\"}"));
    assert_int_equal(wire_ask(unix_url(), "POST", "/containers/nope/exec",
                              HELLO, text, sizeof(text)),
                     404);
    assert_non_null(strstr(text, "No such container: nope\"}"));
}

static void serve__detached(void **state)
{
    char id[65];

    (void)state;
    create(PLAIN("detached"), id);
    assert_int_equal(wire_ask(unix_url(), "POST", path_of(id, "start"),
                              "{\"Detach\":true}", text, sizeof(text)),
                     200);
    assert_inspect(id, "\"Running\":true");
    assert_inspect(id, "\"Running\":true");
    assert_inspect(id, "\"ExitCode\":5");
}

static void serve__gates_wait_for_the_client(void **state)
{
    char id[65];

    (void)state;
    create(WITH_STDIN("stdin"), id);
    fds[0] = start(unix_url(), id, true);
    assert_true(wire_read_until(fds[0], text, sizeof(text), "\r\n\r\nready"));
    assert_true(wire_send(fds[0], "hel"));
    assert_inspect(id, "\"Running\":true");
    assert_true(wire_send(fds[0], "lo"));
    assert_true(wire_read_until(fds[0], text, sizeof(text), "five"));
    assert_inspect(id, "\"Running\":true");
    assert_int_equal(shutdown(fds[0], SHUT_WR), 0);
    assert_true(wire_read_until(fds[0], text, sizeof(text), "end"));
    assert_eof(fds[0]);
    assert_inspect(id, "\"Running\":false,\"ExitCode\":0");
}

static void serve__two_clients_at_once(void **state)
{
    char first[65];
    char second[65];

    (void)state;
    create(WITH_STDIN("stdin"), first);
    create(WITH_STDIN("stdin"), second);
    fds[0] = start(unix_url(), first, true);
    fds[1] = start(mockd_tcp_url(mock), second, true);
    assert_true(wire_read_until(fds[0], text, sizeof(text), "ready"));
    assert_true(wire_read_until(fds[1], text, sizeof(text), "ready"));

    assert_true(wire_send(fds[1], "hello"));
    assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
    assert_true(wire_read_until(fds[1], text, sizeof(text), "fiveend"));
    assert_inspect(second, "\"Running\":false");
    assert_inspect(first, "\"Running\":true");
}

static void serve__second_request_of_a_connection(void **state)
{
    char id[65];

    (void)state;
    create(HELLO, id);
    fds[0] = wire_connect(unix_url());
    assert_int_equal(
        wire_ask_on(fds[0], "GET", "/_ping", NULL, text, sizeof(text)), 200);
    assert_true(
        wire_request(fds[0], "POST", path_of(id, "start"), ATTACH, true));
    assert_true(wire_read_until(fds[0], text, sizeof(text), "\r\n\r\n"));
    assert_non_null(strstr(text, "101 UPGRADED"));
}

static void serve__slow_reader_holds_nobody_up(void **state)
{
    char id[65];
    int failure = 0;
    size_t head = 0;

    (void)state;
    create(PLAIN("bulk"), id);
    fds[0] = start(unix_url(), id, true);
    do { /* until the start has arrived */
        (void)wire_ask(unix_url(), "GET", path_of(id, "json"), NULL, text,
                       sizeof(text));
    } while (strstr(text, "\"Running\":true") == NULL);
    assert_int_equal(
        wire_ask(unix_url(), "GET", "/_ping", NULL, text, sizeof(text)), 200);
    head = sizeof("HTTP/1.1 101 UPGRADED\r\n"
                  "Content-Type: application/vnd.docker.raw-stream\r\n"
                  "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n") -
           1;

    assert_int_equal(wire_read_all(fds[0], text, sizeof(text), &failure),
                     head + BULK);
    assert_memory_equal(text + head, "01234560123456", 14);
    assert_inspect(id, "\"Running\":false,\"ExitCode\":0");
}

static void serve__vanished_client_ends_the_exec(void **state)
{
    char id[65];

    (void)state;
    create(WITH_STDIN("stdin"), id);
    fds[0] = start(unix_url(), id, true);
    assert_true(wire_read_until(fds[0], text, sizeof(text), "ready"));
    (void)close(fds[0]);
    fds[0] = -1;

    do { /* the mock learns of it in its own time */
        assert_int_equal(wire_ask(unix_url(), "GET", path_of(id, "json"), NULL,
                                  text, sizeof(text)),
                         200);
    } while (strstr(text, "\"Running\":true") != NULL);
    assert_non_null(strstr(text, "\"ExitCode\":0"));
}

static void serve__resize_opens_a_gate(void **state)
{
    char id[65];
    char path[160];

    (void)state;
    create("{\"AttachStdout\":true,\"Tty\":true,\"Cmd\":[\"attached\"]}", id);
    fds[0] = wire_connect(unix_url());
    assert_true(wire_request(fds[0], "POST", path_of(id, "start"),
                             "{\"Tty\":true}", true));
    assert_true(wire_read_until(fds[0], text, sizeof(text), "\r\n\r\n"));
    (void)snprintf(path, sizeof(path), "%s?h=50&w=132", path_of(id, "resize"));
    assert_int_equal(
        wire_ask(unix_url(), "POST", path, NULL, text, sizeof(text)), 200);

    assert_true(wire_read_until(fds[0], text, sizeof(text), "done"));
    assert_eof(fds[0]);
}

static void check_reset(const char *url)
{
    char id[65];
    int failure = 0;

    create(WITH_STDIN("reset"), id);
    fds[0] = start(url, id, true);
    assert_true(wire_read_until(fds[0], text, sizeof(text), "\r\n\r\n"));
    assert_true(wire_send(fds[0], "abc"));

    (void)wire_read_all(fds[0], text, sizeof(text), &failure);
    assert_int_equal(failure, ECONNRESET);
    assert_inspect(id, "\"Running\":false");
}

static void serve__reset_on_tcp(void **state)
{
    (void)state;
    check_reset(mockd_tcp_url(mock));
}

static void serve__reset_on_unix(void **state)
{
    (void)state;
    check_reset(mockd_unix_url(mock));
}

static void serve__head_has_the_length_of_get(void **state)
{
    (void)state;
    fds[0] = wire_connect(unix_url());
    assert_true(wire_request(fds[0], "HEAD", "/version", NULL, false));
    assert_true(wire_read_until(fds[0], text, sizeof(text), "\r\n\r\n"));
    assert_non_null(strstr(text, "Content-Length: 71\r\n"));
}

static void serve__body_over_the_limit(void **state)
{
    size_t len = 16 * 1024 * 1024 + 1;
    char *body = malloc(len + 1);

    (void)state;
    assert_non_null(body);
    memset(body, ' ', len);
    body[len] = '\0';
    assert_int_equal(wire_ask(unix_url(), "POST", "/containers/t1/exec", body,
                              text, sizeof(text)),
                     413);
    free(body);
    assert_non_null(strstr(text, "over 16777216 bytes"));
}

static void serve__stop_with_open_sessions(void **state)
{
    char id[65];

    (void)state;
    for (size_t i = 0; i < MD_COUNT_OF(fds) - 1; i++) {
        create(WITH_STDIN("stdin"), id);
        fds[i] = start(i % 2 == 0 ? unix_url() : mockd_tcp_url(mock), id, true);
        assert_true(wire_read_until(fds[i], text, sizeof(text), "ready"));
    }
    fds[3] = wire_connect(unix_url()); /* and one that says nothing */

    mockd_stop(mock);
    mock = NULL;

    for (size_t i = 0; i < MD_COUNT_OF(fds); i++) {
        assert_eof(fds[i]);
    }
}

static void serve__many_mocks_in_one_process(void **state)
{
    struct mockd *mocks[16] = {NULL};
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    int answered = 0;

    (void)state;
    options.fixtures = FIXTURES_DIR "/hello";
    options.unix_path = "auto";
    for (size_t i = 0; i < MD_COUNT_OF(mocks); i++) {
        (void)mockd_start(&options, &mocks[i], NULL);
    }
    for (size_t i = 0; i < MD_COUNT_OF(mocks); i++) {
        answered += mocks[i] != NULL &&
                    wire_ask(mockd_unix_url(mocks[i]), "GET", "/_ping", NULL,
                             text, sizeof(text)) == 200;
        mockd_stop(mocks[i]);
    }

    assert_int_equal(answered, MD_COUNT_OF(mocks));
}

static void serve__tells_about_itself(void **state)
{
    (void)state;
    assert_string_equal(mockd_container(mock), "t1");
    assert_int_equal(mockd_fixture_count(mock), 10);
    assert_null(strstr(mockd_unix_url(mock), "XXXXXX"));
}

struct bad_row {
    const char *name;
    struct mockd_options options;
    enum mockd_code code;
    const char *error;
};

#define SIZE .size = sizeof(struct mockd_options)
#define HUNDRED                                                                \
    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                       \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct bad_row bad_rows[] = {
    {"no_options_size",
     {.fixtures = FIXTURES_DIR, .unix_path = "auto"},
     MOCKD_E_INVALID,
     "options: start from MOCKD_OPTIONS_INIT"},
    {"no_fixtures",
     {SIZE, .unix_path = "auto"},
     MOCKD_E_INVALID,
     "options: either a profile or a folder of fixtures is needed"},
    {"no_listener",
     {SIZE, .fixtures = FIXTURES_DIR},
     MOCKD_E_INVALID,
     "options: a unix path or a tcp address is needed"},
    {"missing_folder",
     {SIZE, .fixtures = "/nonexistent", .unix_path = "auto"},
     MOCKD_E_SYSTEM,
     "/nonexistent: No such file or directory"},
    {"empty_folder",
     {SIZE, .fixtures = FIXTURES_DIR "/payload", .unix_path = "auto"},
     MOCKD_E_FIXTURE,
     FIXTURES_DIR "/payload: no .execcast file in it or below"},
    {"unix_path_too_long",
     {SIZE, .fixtures = FIXTURES_DIR "/hello", .unix_path = HUNDRED "/1234567"},
     MOCKD_E_INVALID,
     "unix path " HUNDRED "/1234567 has 108 bytes, a socket's has 1 to 107; "
     "choose a shorter one"},
    {"not_loopback",
     {SIZE, .fixtures = FIXTURES_DIR "/hello", .tcp_address = "0.0.0.0:0"},
     MOCKD_E_INVALID,
     "tcp address \"0.0.0.0:0\" is not loopback and a port, such as "
     "127.0.0.1:0 or [::1]:2375"},
    {"no_port",
     {SIZE, .fixtures = FIXTURES_DIR "/hello", .tcp_address = "127.0.0.1"},
     MOCKD_E_INVALID,
     "tcp address \"127.0.0.1\" is not loopback and a port, such as "
     "127.0.0.1:0 or [::1]:2375"},
    {"a_file_is_in_the_way",
     {SIZE, .fixtures = FIXTURES_DIR "/hello",
      .unix_path = FIXTURES_DIR "/payload/bytes.bin"},
     MOCKD_E_SYSTEM,
     NULL},
};

static void serve__bad_options(void **state)
{
    const struct bad_row *row = *state;
    struct mockd_error err = {0};

    assert_int_equal(mockd_start(&row->options, &mock, &err), row->code);
    assert_null(mock);
    if (row->error != NULL) {
        assert_string_equal(err.message, row->error);
    }
}

/* A link may lead out of the folder, so none is followed. */
static void serve__links_are_not_followed(void **state)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};
    char folder[] = "/tmp/mockd-test-XXXXXX";
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    options.fixtures = folder;
    options.unix_path = "auto";
    (void)snprintf(path, sizeof(path), "%s/all", folder);
    assert_int_equal(symlink(FIXTURES_DIR "/hello", path), 0);
    assert_int_equal(mockd_start(&options, &mock, &err), MOCKD_E_FIXTURE);
    assert_non_null(strstr(err.message, "no .execcast file"));
    assert_int_equal(unlink(path), 0);

    (void)snprintf(path, sizeof(path), "%s/x.execcast", folder);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(mockd_start(&options, &mock, &err), MOCKD_E_FIXTURE);
    assert_non_null(strstr(err.message, "a link, which is not followed"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void serve__unknown_profile(void **state)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};

    (void)state;
    assert_int_equal(setenv("DRYDOCK_FIXTURES", FIXTURES_DIR, 1), 0);
    options.profile = "docker-1";
    options.unix_path = "auto";
    assert_int_equal(mockd_start(&options, &mock, &err), MOCKD_E_INVALID);
    assert_string_equal(err.message, "no profile docker-1; there are hello, "
                                     "payload, phases, player, serve");
    options.profile = "hello";
    assert_int_equal(mockd_start(&options, &mock, &err), MOCKD_OK);
}

static void serve__a_live_socket_is_not_taken(void **state)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};
    struct mockd *second = NULL;

    (void)state;
    options.fixtures = FIXTURES_DIR "/hello";
    options.unix_path = mockd_unix_url(mock) + strlen("unix://");
    assert_int_equal(mockd_start(&options, &second, &err), MOCKD_E_SYSTEM);
    assert_non_null(strstr(err.message, ": another server listens there"));
    assert_int_equal(
        wire_ask(unix_url(), "GET", "/_ping", NULL, text, sizeof(text)), 200);
}

static void serve__a_dead_socket_is_replaced(void **state)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct mockd_error err = {0};
    char folder[] = "/tmp/mockd-test-XXXXXX";
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", folder);
    assert_int_equal(
        bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    (void)close(fd);
    options.fixtures = FIXTURES_DIR "/hello";
    options.unix_path = address.sun_path;

    assert_int_equal(mockd_start(&options, &mock, &err), MOCKD_OK);
    assert_int_equal(
        wire_ask(unix_url(), "GET", "/_ping", NULL, text, sizeof(text)), 200);
    mockd_stop(mock);
    mock = NULL;
    assert_int_equal(rmdir(folder), 0); /* the socket is gone */
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } rows[] = {
        {"attached_on_unix", serve__attached_on_unix},
        {"attached_on_tcp", serve__attached_on_tcp},
        {"attached_without_upgrade", serve__attached_without_upgrade},
        {"head_is_as_recorded", serve__head_is_as_recorded},
        {"second_start", serve__second_start},
        {"unknown_ids", serve__unknown_ids},
        {"detached", serve__detached},
        {"gates_wait_for_the_client", serve__gates_wait_for_the_client},
        {"two_clients_at_once", serve__two_clients_at_once},
        {"second_request_of_a_connection",
         serve__second_request_of_a_connection},
        {"slow_reader_holds_nobody_up", serve__slow_reader_holds_nobody_up},
        {"vanished_client_ends_the_exec", serve__vanished_client_ends_the_exec},
        {"resize_opens_a_gate", serve__resize_opens_a_gate},
        {"reset_on_tcp", serve__reset_on_tcp},
        {"reset_on_unix", serve__reset_on_unix},
        {"head_has_the_length_of_get", serve__head_has_the_length_of_get},
        {"body_over_the_limit", serve__body_over_the_limit},
        {"stop_with_open_sessions", serve__stop_with_open_sessions},
        {"many_mocks_in_one_process", serve__many_mocks_in_one_process},
        {"tells_about_itself", serve__tells_about_itself},
        {"a_live_socket_is_not_taken", serve__a_live_socket_is_not_taken},
    };
    struct CMUnitTest tests[MD_COUNT_OF(rows) + MD_COUNT_OF(bad_rows) + 2] = {
        cmocka_unit_test_teardown(serve__links_are_not_followed, tear_down),
        cmocka_unit_test_teardown(serve__unknown_profile, tear_down),
        cmocka_unit_test_teardown(serve__a_dead_socket_is_replaced, tear_down)};
    size_t count = 2;

    open_before = count_fds();
    for (size_t i = 0; i < MD_COUNT_OF(rows); i++, count++) {
        tests[count] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = rows[i].run,
                                           .setup_func = set_up,
                                           .teardown_func = tear_down};
    }
    for (size_t i = 0; i < MD_COUNT_OF(bad_rows); i++, count++) {
        tests[count] = (struct CMUnitTest){.name = bad_rows[i].name,
                                           .test_func = serve__bad_options,
                                           .teardown_func = tear_down,
                                           .initial_state = &bad_rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_serve", tests, NULL, NULL);
}
