/* SPDX-License-Identifier: MIT */
/* test_record_socket.c - addresses, listeners, and who an engine says it is. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/probe.h"
#include "record/socket.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_10 "0123456789"
#define TEXT_100                                                               \
    TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10    \
        TEXT_10

enum what { ADDRESS, UNIX, TCP };

struct bad_row {
    const char *name;
    const char *text;
    const char *part; /* of the message */
    enum what what;
    enum mockd_code code;
};

static struct bad_row bad_rows[] = {
    {"address_without_scheme", "/run/docker.sock",
     "not the URL of an engine: /run/docker.sock", ADDRESS, MOCKD_E_INVALID},
    {"address_of_another_scheme", "ssh://h:1", "ssh://h:1", ADDRESS,
     MOCKD_E_INVALID},
    {"address_without_path", "unix://", "is empty", ADDRESS, MOCKD_E_INVALID},
    {"address_over_107_bytes", "unix:///" TEXT_100 "1234567",
     "has 108 bytes, at most 107", ADDRESS, MOCKD_E_INVALID},
    {"address_without_port", "tcp://localhost", "not an address", ADDRESS,
     MOCKD_E_INVALID},
    {"address_with_empty_port", "tcp://localhost:", "not an address", ADDRESS,
     MOCKD_E_INVALID},
    {"address_with_a_word_as_port", "tcp://localhost:http", "not an address",
     ADDRESS, MOCKD_E_INVALID},
    {"address_with_too_high_a_port", "tcp://localhost:65536", "not an address",
     ADDRESS, MOCKD_E_INVALID},
    {"address_without_host", "tcp://:80", "not an address", ADDRESS,
     MOCKD_E_INVALID},
    {"unix_over_107_bytes", "/" TEXT_100 "1234567",
     "has 108 bytes, at most 107", UNIX, MOCKD_E_INVALID},
    {"unix_in_no_folder", "/nowhere/x.sock",
     "listen on /nowhere/x.sock: ", UNIX, MOCKD_E_SYSTEM},
    {"tcp_for_everybody", "0.0.0.0:0", "0.0.0.0:0 is not loopback", TCP,
     MOCKD_E_INVALID},
    {"tcp_for_everybody_v6", "[::]:0", "is not loopback", TCP, MOCKD_E_INVALID},
    {"tcp_without_port", "127.0.0.1", "not an address: 127.0.0.1", TCP,
     MOCKD_E_INVALID},
};

static void socket__bad_row(void **state)
{
    const struct bad_row *row = *state;
    struct mockd_error err = {0};
    struct md_rec_address address = {.len = 7};
    struct md_rec_listener listener = {.fd = 77};
    enum mockd_code code = MOCKD_OK;

    switch (row->what) {
    case ADDRESS:
        code = md_rec_address_parse(row->text, &address, &err);
        break;
    case UNIX:
        code = md_rec_listen_unix(row->text, &listener, &err);
        break;
    case TCP:
        code = md_rec_listen_tcp(row->text, false, &listener, &err);
        break;
    }
    assert_int_equal(code, row->code);
    assert_non_null(strstr(err.message, row->part));
    assert_int_equal(address.len, 7);
    assert_int_equal(listener.fd, 77);
}

static void socket__path_of_107_bytes_is_an_address(void **state)
{
    struct md_rec_address address = {0};

    (void)state;
    assert_int_equal(
        md_rec_address_parse("unix:///" TEXT_100 "123456", &address, NULL),
        MOCKD_OK);
    assert_true(address.is_unix);
}

static void socket__auto_is_for_this_user_only_and_removed(void **state)
{
    struct md_rec_listener listener = md_rec_listener_none();
    char dir[sizeof(listener.dir)];
    struct stat about = {0};

    (void)state;
    assert_int_equal(md_rec_listen_unix("auto", &listener, NULL), MOCKD_OK);
    memcpy(dir, listener.dir, sizeof(dir));
    assert_int_equal(stat(dir, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_memory_equal(listener.url + 7, dir, strlen(dir));
    assert_string_equal(listener.url + 7 + strlen(dir), "/docker.sock");

    md_rec_listener_close(&listener);
    assert_int_not_equal(stat(dir, &about), 0);
    md_rec_listener_close(&listener);
}

static void socket__port_0_is_a_free_one(void **state)
{
    struct md_rec_listener listener = md_rec_listener_none();

    (void)state;
    assert_int_equal(md_rec_listen_tcp("localhost:0", false, &listener, NULL),
                     MOCKD_OK);
    assert_memory_equal(listener.url, "tcp://", 6);
    assert_null(strstr(listener.url, ":0"));
    md_rec_listener_close(&listener);
}

/* An engine that says one thing to the first who comes. */
struct engine {
    struct md_rec_listener listener;
    const char *answer;
};

static void *run_engine(void *user)
{
    const struct engine *engine = user;
    struct pollfd ready = {.fd = engine->listener.fd, .events = POLLIN};
    char request[256];
    int fd = -1;

    (void)poll(&ready, 1, 20000);
    fd = accept(engine->listener.fd, NULL, NULL);
    if (fd >= 0) {
        (void)recv(fd, request, sizeof(request), 0);
        (void)send(fd, engine->answer, strlen(engine->answer), MSG_NOSIGNAL);
        (void)close(fd);
    }
    return NULL;
}

struct probe_row {
    const char *name;
    const char *answer;
    const char *engine; /* NULL = refused */
    const char *part;   /* of the message */
};

#define OK "HTTP/1.1 200 OK\r\n\r\n"

static struct probe_row probe_rows[] = {
    {"docker", OK "{\"Version\":\"20.10\",\"ApiVersion\":\"1.41\"}",
     "docker 20.10 1.41", NULL},
    {"podman",
     OK "{\"Components\":[{\"Name\":\"Conmon\"},{\"Name\":\"Podman "
        "Engine\"}],\"Version\":\"4.3\",\"ApiVersion\":\"1.41\"}",
     "podman 4.3 1.41", NULL},
    {"answer_in_chunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n"
     "{\"Version\":\"1\",\"ApiV\r\n0e\r\nersion\":\"1.9\"}\r\n0\r\n\r\n",
     "docker 1 1.9", NULL},
    {"error", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", NULL,
     "the answer is 500"},
    {"no_http", "hello\r\n\r\n", NULL, "not HTTP/1"},
    {"no_answer", "", NULL, "closed without an answer"},
    {"answer_cut", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{", NULL,
     "an end inside a message"},
    {"no_version", OK "{\"Version\":\"1\"}", NULL, "names no Version"},
    {"no_json", OK "hello", NULL, "names no Version"},
};

static void probe__row(void **state)
{
    const struct probe_row *row = *state;
    struct engine engine = {.listener = md_rec_listener_none(),
                            .answer = row->answer};
    struct md_rec_address address = {0};
    struct md_rec_engine found = {0};
    struct mockd_error err = {0};
    char text[3 * MD_REC_PROBE_TEXT_SIZE];
    enum mockd_code code = MOCKD_OK;
    pthread_t thread;

    assert_int_equal(md_rec_listen_unix("auto", &engine.listener, NULL),
                     MOCKD_OK);
    assert_int_equal(md_rec_address_parse(engine.listener.url, &address, NULL),
                     MOCKD_OK);
    assert_int_equal(pthread_create(&thread, NULL, run_engine, &engine), 0);
    code = md_rec_probe(&address, NULL, "unix:///e", 20000, &found, &err);
    (void)pthread_join(thread, NULL);
    md_rec_listener_close(&engine.listener);

    if (row->engine == NULL) {
        assert_int_equal(code, MOCKD_E_SYSTEM);
        assert_non_null(strstr(err.message, row->part));
        assert_non_null(strstr(err.message, "unix:///e"));
        return;
    }
    assert_int_equal(code, MOCKD_OK);
    (void)snprintf(text, sizeof(text), "%s %s %s", found.name, found.version,
                   found.api_version);
    assert_string_equal(text, row->engine);
}

static void probe__nobody_listens(void **state)
{
    struct md_rec_address address = {0};
    struct md_rec_engine found = {0};
    struct mockd_error err = {0};

    (void)state;
    assert_int_equal(
        md_rec_address_parse("unix:///nowhere/x.sock", &address, NULL),
        MOCKD_OK);
    assert_int_equal(md_rec_probe(&address, NULL, "unix:///nowhere/x.sock",
                                  1000, &found, &err),
                     MOCKD_E_SYSTEM);
    assert_string_equal(
        err.message,
        "connect to unix:///nowhere/x.sock: No such file or directory");
}

/* The listener's queue takes the connection, and nobody answers. */
static void probe__silence_is_bounded(void **state)
{
    struct md_rec_listener listener = md_rec_listener_none();
    struct md_rec_address address = {0};
    struct md_rec_engine found = {0};
    struct mockd_error err = {0};

    (void)state;
    assert_int_equal(md_rec_listen_unix("auto", &listener, NULL), MOCKD_OK);
    assert_int_equal(md_rec_address_parse(listener.url, &address, NULL),
                     MOCKD_OK);
    assert_int_equal(md_rec_probe(&address, NULL, "unix:///e", 1, &found, &err),
                     MOCKD_E_SYSTEM);
    assert_non_null(strstr(err.message, "no answer in time"));
    md_rec_listener_close(&listener);
}

int main(void)
{
    enum { ODD = 5 };
    struct CMUnitTest tests[ODD + COUNT_OF(bad_rows) + COUNT_OF(probe_rows)] = {
        cmocka_unit_test(socket__path_of_107_bytes_is_an_address),
        cmocka_unit_test(socket__auto_is_for_this_user_only_and_removed),
        cmocka_unit_test(socket__port_0_is_a_free_one),
        cmocka_unit_test(probe__nobody_listens),
        cmocka_unit_test(probe__silence_is_bounded),
    };
    size_t count = ODD;

    for (size_t i = 0; i < COUNT_OF(bad_rows); i++) {
        tests[count++] = (struct CMUnitTest){.name = bad_rows[i].name,
                                             .test_func = socket__bad_row,
                                             .initial_state = &bad_rows[i]};
    }
    for (size_t i = 0; i < COUNT_OF(probe_rows); i++) {
        tests[count++] = (struct CMUnitTest){.name = probe_rows[i].name,
                                             .test_func = probe__row,
                                             .initial_state = &probe_rows[i]};
    }
    return cmocka_run_group_tests_name("record_socket", tests, NULL, NULL);
}
