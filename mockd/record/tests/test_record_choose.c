/* SPDX-License-Identifier: MIT */
/*
 * test_record_choose.c - the chooser between two mocks: one that it asks
 * first, and one in the engine's place, which knows other commands.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "record/choose.h"

#define TEXT_SIZE 8192

struct fixture {
    struct mockd *mock;
    struct mockd *engine;
    bool has_engine;
    struct md_rec_address mock_address;
    struct md_rec_address engine_address;
    struct md_rec_secrets *secrets;
    struct md_rec_listener front;
    int stop[2];
    pthread_t thread;
    bool is_running;
    int client;
    char text[TEXT_SIZE];
};

static void *run_chooser(void *user)
{
    struct fixture *fixture = user;
    const struct md_rec_choose_options options = {
        .listeners = &fixture->front,
        .listener_count = 1,
        .mock = &fixture->mock_address,
        .engine = fixture->has_engine ? &fixture->engine_address : NULL,
        .secrets = fixture->secrets,
        .stop_fd = fixture->stop[0],
    };

    (void)md_rec_choose_run(&options, NULL);
    return NULL;
}

static bool start_mock(const char *fixtures, struct mockd **out_mock,
                       struct md_rec_address *out_address)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;

    options.fixtures = fixtures;
    options.unix_path = "auto";
    return mockd_start(&options, out_mock, NULL) == MOCKD_OK &&
           md_rec_address_parse(mockd_unix_url(*out_mock), out_address, NULL) ==
               MOCKD_OK;
}

static bool connect_client(struct fixture *fixture)
{
    const struct timeval limit = {.tv_sec = 20};
    struct md_rec_address address = {0};

    if (md_rec_address_parse(fixture->front.url, &address, NULL) != MOCKD_OK) {
        return false;
    }
    fixture->client = socket(AF_UNIX, SOCK_STREAM, 0);
    return fixture->client >= 0 &&
           setsockopt(fixture->client, SOL_SOCKET, SO_RCVTIMEO, &limit,
                      sizeof(limit)) == 0 &&
           connect(fixture->client, (const struct sockaddr *)&address.storage,
                   address.len) == 0;
}

static int setup(void **state, bool has_engine)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    *state = fixture;
    fixture->front = md_rec_listener_none();
    fixture->client = -1;
    fixture->has_engine = has_engine;
    fixture->secrets = md_rec_secrets_new();
    if (fixture->secrets == NULL || pipe(fixture->stop) != 0 ||
        md_rec_secrets_add_text(fixture->secrets, "sesame", NULL) != MOCKD_OK ||
        !start_mock(FIXTURES_DIR "/hello", &fixture->mock,
                    &fixture->mock_address) ||
        (has_engine && !start_mock(FIXTURES_DIR "/serve", &fixture->engine,
                                   &fixture->engine_address)) ||
        md_rec_listen_unix("auto", &fixture->front, NULL) != MOCKD_OK ||
        pthread_create(&fixture->thread, NULL, run_chooser, fixture) != 0) {
        return -1;
    }
    fixture->is_running = true;
    return connect_client(fixture) ? 0 : -1;
}

static int setup_both(void **state)
{
    return setup(state, true);
}

static int setup_mock(void **state)
{
    return setup(state, false);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->is_running) {
        (void)write(fixture->stop[1], "", 1);
        (void)pthread_join(fixture->thread, NULL);
    }
    if (fixture->client >= 0) {
        (void)close(fixture->client);
    }
    md_rec_listener_close(&fixture->front);
    mockd_stop(fixture->mock);
    mockd_stop(fixture->engine);
    md_rec_secrets_free(fixture->secrets);
    (void)close(fixture->stop[0]);
    (void)close(fixture->stop[1]);
    free(fixture);
    return 0;
}

static void say(const struct fixture *fixture, const char *text)
{
    assert_int_equal(send(fixture->client, text, strlen(text), MSG_NOSIGNAL),
                     strlen(text));
}

static void ask(const struct fixture *fixture, const char *line,
                const char *headers, const char *body)
{
    char request[2048];

    (void)snprintf(request, sizeof(request),
                   "%s HTTP/1.1\r\nHost: d\r\n%sContent-Length: %zu\r\n\r\n%s",
                   line, headers, strlen(body), body);
    say(fixture, request);
}

static void dot_nuls(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\0') {
            text[i] = '.';
        }
    }
}

/* Read until the text ends with @end; NULs of frames become dots. */
static const char *hear(struct fixture *fixture, const char *end)
{
    size_t len = 0;

    fixture->text[0] = '\0';
    while (len < strlen(end) ||
           strcmp(fixture->text + len - strlen(end), end) != 0) {
        ssize_t got = recv(fixture->client, fixture->text + len,
                           sizeof(fixture->text) - 1 - len, 0);

        if (got <= 0) {
            print_message("heard: %s\n", fixture->text);
        }
        assert_true(got > 0);
        dot_nuls(fixture->text + len, (size_t)got);
        len += (size_t)got;
        fixture->text[len] = '\0';
    }
    return fixture->text;
}

static void hear_end(const struct fixture *fixture)
{
    char byte = 0;

    assert_int_equal(recv(fixture->client, &byte, 1, 0), 0);
}

static const char hello[] = "{\"Cmd\":[\"sh\",\"-c\",\"echo out; echo err >&2; "
                            "exit 7\"],\"AttachStdout\":true,"
                            "\"AttachStderr\":true}";
static const char cat[] = "{\"Cmd\":[\"stdin\"],\"AttachStdin\":true,"
                          "\"AttachStdout\":true}";
static const char attach[] = "{\"Detach\":false,\"Tty\":false}";
static const char upgrade[] = "Connection: Upgrade\r\nUpgrade: tcp\r\n";

/* A create, and the path of what the exec may be asked for. */
static void create(struct fixture *fixture, const char *body, const char *verb,
                   char out_line[160])
{
    const char *id = NULL;

    ask(fixture, "POST /v1.41/containers/t1/exec", "", body);
    id = strstr(hear(fixture, "\"}\n"), "{\"Id\":\"");
    assert_non_null(strstr(fixture->text, "HTTP/1.1 201"));
    assert_non_null(id);
    (void)snprintf(out_line, 160, "%s /v1.41/exec/%.64s/%s",
                   strcmp(verb, "start") == 0 ? "POST" : "GET", id + 7, verb);
}

static void choose__what_is_recorded_comes_from_the_mock(void **state)
{
    struct fixture *fixture = *state;
    char line[160];

    create(fixture, hello, "start", line);
    ask(fixture, line, upgrade, attach);
    (void)hear(fixture, "err\n");
    assert_non_null(strstr(fixture->text, "101 UPGRADED"));
    assert_non_null(strstr(fixture->text, "out\n"));
    hear_end(fixture);
}

/* Both came at once: the end is told behind the bytes. */
static void choose__an_end_behind_the_start_is_the_streams(void **state)
{
    struct fixture *fixture = *state;
    char line[160];
    char request[512];

    create(fixture, cat, "start", line);
    (void)snprintf(request, sizeof(request),
                   "%s HTTP/1.1\r\nHost: d\r\n%sContent-Length: %zu\r\n\r\n%s"
                   "hello",
                   line, upgrade, strlen(attach), attach);
    say(fixture, request);
    (void)shutdown(fixture->client, SHUT_WR);
    (void)hear(fixture, "end");
    hear_end(fixture);
}

/* The mock's recording knows of no such exec: it is not asked. */
static void choose__what_the_engine_made_stays_the_engines(void **state)
{
    struct fixture *fixture = *state;
    char line[160];

    create(fixture, cat, "json", line);
    ask(fixture, line, "", "");
    assert_non_null(strstr(hear(fixture, "}\n"), "mockd: no recording"));
    (void)close(fixture->client);
    assert_true(connect_client(fixture));

    create(fixture, cat, "start", line);
    ask(fixture, line, upgrade, attach);
    (void)hear(fixture, "ready");
    say(fixture, "hello");
    (void)hear(fixture, "five");
    (void)shutdown(fixture->client, SHUT_WR);
    (void)hear(fixture, "end");
    hear_end(fixture);
}

static void choose__client_bytes_behind_the_start_are_the_streams(void **state)
{
    struct fixture *fixture = *state;
    char line[160];
    char request[512];

    create(fixture, cat, "start", line);
    (void)snprintf(request, sizeof(request),
                   "%s HTTP/1.1\r\nHost: d\r\n%sContent-Length: %zu\r\n\r\n%s"
                   "hello",
                   line, upgrade, strlen(attach), attach);
    say(fixture, request);
    (void)hear(fixture, "five"); /* what the mock sends for hello */
    (void)shutdown(fixture->client, SHUT_WR);
    (void)hear(fixture, "end");
    hear_end(fixture);
}

static void choose__requests_in_a_row_have_their_own_answers(void **state)
{
    struct fixture *fixture = *state;

    say(fixture, "GET /v1.41/_ping HTTP/1.1\r\nHost: d\r\n\r\n"
                 "GET /nowhere HTTP/1.1\r\nHost: d\r\n\r\n");
    (void)hear(fixture, "}\n");

    assert_non_null(strstr(fixture->text, "\r\n\r\nOK"));
    assert_non_null(strstr(fixture->text, "mockd: "));
}

static void
choose__without_an_engine_the_mocks_refusal_is_passed_on(void **state)
{
    struct fixture *fixture = *state;

    ask(fixture, "POST /containers/t1/exec", "", cat);
    (void)hear(fixture, "\"}\n");

    assert_non_null(strstr(fixture->text, "{\"message\":\"mockd: no recording "
                                          "answers POST /containers/t1/exec"));
}

/* What the mock is asked has no secret: it says it back. */
static void choose__the_mock_is_asked_without_secrets(void **state)
{
    struct fixture *fixture = *state;

    ask(fixture, "POST /containers/t1/exec", "", "{\"Cmd\":[\"sesame\"]}");
    (void)hear(fixture, "\"}\n");

    assert_null(strstr(fixture->text, "sesame"));
    assert_non_null(strstr(fixture->text, "xxxxxx"));

    ask(fixture, "GET /networks/sesame", "", "");
    (void)hear(fixture, "\"}\n");

    assert_null(strstr(fixture->text, "sesame"));
    assert_non_null(strstr(fixture->text, "/networks/xxxxxx"));
}

static void
choose__an_answer_in_a_recording_that_is_404_is_an_answer(void **state)
{
    struct fixture *fixture = *state;

    ask(fixture, "GET /containers/nosuch/json", "", "");

    assert_non_null(strstr(hear(fixture, "\"}\n"), "No such container"));
}

static void choose__no_http_is_refused(void **state)
{
    struct fixture *fixture = *state;

    say(fixture, "nonsense\r\n\r\n");
    (void)hear(fixture, "\"}\n");
    assert_non_null(strstr(fixture->text, "HTTP/1.1 400"));
    hear_end(fixture);
}

/* No recording has such a path; the engine may know it. */
static void choose__what_no_recording_can_hold_is_the_engines(void **state)
{
    struct fixture *fixture = *state;

    ask(fixture, "GET /info?filters={}", "", "");
    (void)hear(fixture, "\"}\n");
    assert_non_null(strstr(fixture->text, "HTTP/1.1 404"));
}

static void choose__what_no_recording_can_hold_is_refused(void **state)
{
    struct fixture *fixture = *state;

    ask(fixture, "GET /info?filters={}", "", "");
    (void)hear(fixture, "\"}\n");
    assert_non_null(strstr(fixture->text, "HTTP/1.1 400"));
    hear_end(fixture);
}

static void choose__engine_that_is_gone_is_told(void **state)
{
    struct fixture *fixture = *state;

    mockd_stop(fixture->engine);
    fixture->engine = NULL;
    ask(fixture, "POST /containers/t1/exec", "", cat);
    (void)hear(fixture, "\"}\n");

    assert_non_null(strstr(fixture->text, "HTTP/1.1 502"));
}

#define WITH(what, function)                                                   \
    {                                                                          \
        .name = #function, .test_func = (function),                            \
        .setup_func = setup_##what, .teardown_func = teardown                  \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH(both, choose__what_is_recorded_comes_from_the_mock),
        WITH(both, choose__what_the_engine_made_stays_the_engines),
        WITH(both, choose__client_bytes_behind_the_start_are_the_streams),
        WITH(both, choose__an_end_behind_the_start_is_the_streams),
        WITH(both, choose__requests_in_a_row_have_their_own_answers),
        WITH(mock, choose__without_an_engine_the_mocks_refusal_is_passed_on),
        WITH(mock, choose__the_mock_is_asked_without_secrets),
        WITH(both, choose__an_answer_in_a_recording_that_is_404_is_an_answer),
        WITH(both, choose__no_http_is_refused),
        WITH(both, choose__what_no_recording_can_hold_is_the_engines),
        WITH(mock, choose__what_no_recording_can_hold_is_refused),
        WITH(both, choose__engine_that_is_gone_is_told),
    };

    return cmocka_run_group_tests_name("record_choose", tests, NULL, NULL);
}
