/* SPDX-License-Identifier: MIT */
/* test_mockd_admin.c - a mock's admin socket, with raw clients. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "bounds.h"
#include "cleanup.h"
#include "wire_client.h"

static struct mockd *mock;
static int fds[MD_ADMIN_CONNECTIONS_MAX + 1];
static char text[65536];
static int stops[2]; /* a pipe: on_stop writes a byte */

static void note_stop(void *user)
{
    (void)user;
    if (write(stops[1], "s", 1) != 1) {
        abort();
    }
}

static int set_up(void **state)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};

    (void)state;
    for (size_t i = 0; i < MD_COUNT_OF(fds); i++) {
        fds[i] = -1;
    }
    if (pipe(stops) != 0) {
        return -1;
    }
    options.fixtures = FIXTURES_DIR;
    options.unix_path = "auto";
    options.admin_path = "auto";
    options.on_stop = note_stop;
    if (mockd_start(&options, &mock, &err) != MOCKD_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    fds[0] = wire_connect(mockd_admin_url(mock));
    return fds[0] >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < MD_COUNT_OF(fds); i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    (void)close(stops[0]);
    (void)close(stops[1]);
    mockd_stop(mock);
    mock = NULL;
    return 0;
}

/* One line there and one back. */
static void ask(int fd, const char *line)
{
    assert_true(wire_send(fd, line));
    assert_true(wire_send(fd, "\n"));
    assert_true(wire_read_until(fd, text, sizeof(text), "\n"));
}

/* ---- requests and answers */

struct row {
    const char *name;
    const char *lines[3]; /* on one connection, one after the other */
    const char *want[3];  /* the beginning of each answer */
};

#define HEALTH "{\"verb\":\"health\"}"
#define BAD(why) "{\"ok\":false,\"error\":\"" why

static struct row rows[] = {
    {"health", {HEALTH}, {"{\"ok\":true,\"pid\":"}},
    {"the_id_comes_back",
     {"{\"verb\":\"execs\",\"id\":{\"a\":[1]}}"},
     {"{\"ok\":true,\"id\":{\"a\":[1]},\"execs\":[]}\n"}},
    {"the_id_of_a_refusal_too",
     {"{\"verb\":\"no\",\"id\":\"x\"}"},
     {"{\"ok\":false,\"id\":\"x\",\"error\":\"verb no: there are arm, "}},
    {"arm_an_object",
     {"{\"verb\":\"arm\",\"fault\":{\"fault\":\"truncate_at\",\"at\":\"end\"}}",
      "{\"verb\":\"faults\"}"},
     {"{\"ok\":true,\"fault\":1,\"count\":1}\n",
      "{\"ok\":true,\"faults\":[{\"fault\":1,\"name\":\"truncate_at\","
      "\"seen\":0,\"applied\":0,\"fired\":0,\"armed\":{\"fault\":"
      "\"truncate_at\",\"at\":\"end\"}}]}\n"}},
    {"arm_a_text",
     {"{\"verb\":\"arm\",\"fault\":\"truncate_at:at=end\"}",
      "{\"verb\":\"disarm\",\"fault\":1}", "{\"verb\":\"faults\"}"},
     {"{\"ok\":true,\"fault\":1,\"count\":1}\n", "{\"ok\":true}\n",
      "{\"ok\":true,\"faults\":[]}\n"}},
    {"numbers_are_not_used_again",
     {"{\"verb\":\"arm\",\"fault\":\"truncate_at:at=end\"}",
      "{\"verb\":\"disarm\"}",
      "{\"verb\":\"arm\",\"fault\":\"truncate_at:at=end\"}"},
     {"{\"ok\":true,\"fault\":1,\"count\":1}\n", "{\"ok\":true}\n",
      "{\"ok\":true,\"fault\":2,\"count\":1}\n"}},
    {"arm_a_preset",
     {"{\"verb\":\"arm\",\"fault\":\"preset:podman-5-late-eof\"}"},
     {"{\"ok\":true,\"fault\":1,\"count\":"}},
    {"arm_a_preset_that_there_is_not",
     {"{\"verb\":\"arm\",\"fault\":\"preset:no\"}"},
     {BAD("no preset no in ")}},
    {"arm_what_there_is_not",
     {"{\"verb\":\"arm\",\"fault\":\"nope\"}"},
     {BAD("fault 'nope': there is none of that name")}},
    {"arm_nothing", {"{\"verb\":\"arm\"}"}, {BAD("fault: not an object, ")}},
    {"arm_a_number",
     {"{\"verb\":\"arm\",\"fault\":1}"},
     {BAD("fault: not an object, ")}},
    {"disarm_what_there_is_not",
     {"{\"verb\":\"disarm\",\"fault\":9}"},
     {BAD("fault 9: none of that number is armed")}},
    {"release_what_there_is_not",
     {"{\"verb\":\"release\",\"exec\":\"ab\"}"},
     {BAD("exec ab: there is none such")}},
    {"release_nothing", {"{\"verb\":\"release\"}"}, {BAD("exec: not the id")}},
    {"disarm_a_text",
     {"{\"verb\":\"disarm\",\"fault\":\"1\"}"},
     {BAD("fault: not a whole number from 0 to 4294967295")}},
    {"journal_is_empty_for_admins",
     {HEALTH, "{\"verb\":\"journal\"}"},
     {"{\"ok\":true",
      "{\"ok\":true,\"last\":0,\"dropped\":0,\"entries\":[]}\n"}},
    {"journal_since_a_text",
     {"{\"verb\":\"journal\",\"since\":\"1\"}"},
     {BAD("since: not a whole number")}},
    {"journal_filter_is_no_object",
     {"{\"verb\":\"journal\",\"filter\":[]}"},
     {BAD("filter: not an object")}},
    {"unmatched",
     {"{\"verb\":\"unmatched\"}"},
     {"{\"ok\":true,\"last\":0,\"dropped\":0,\"entries\":[]}\n"}},
    {"load_a_folder",
     {"{\"verb\":\"load\",\"path\":\"" FIXTURES_DIR "/phases\"}", HEALTH},
     {"{\"ok\":true,\"loaded\":5}\n", "{\"ok\":true,"}},
    {"load_a_file",
     {"{\"verb\":\"load\",\"path\":\"" FIXTURES_DIR "/serve/reset.execcast\"}"},
     {"{\"ok\":true,\"loaded\":1}\n"}},
    {"load_what_there_is_not",
     {"{\"verb\":\"load\",\"path\":\"/nonexistent\"}"},
     {BAD("/nonexistent: No such file or directory\"}\n")}},
    {"load_a_bad_file",
     {"{\"verb\":\"load\",\"path\":\"" FIXTURES_DIR "/payload/bytes.bin\"}"},
     {BAD(FIXTURES_DIR "/payload/bytes.bin:1")}},
    {"load_nothing",
     {"{\"verb\":\"load\"}"},
     {BAD("path: not a file or a folder")}},
    {"check",
     {"{\"verb\":\"check\",\"allow_unused\":true}", "{\"verb\":\"check\"}"},
     {"{\"ok\":true,\"good\":true,\"text\":\"\"}\n",
      "{\"ok\":true,\"good\":false,\"text\":\"" FIXTURES_DIR}},
    {"reset", {"{\"verb\":\"reset\"}", HEALTH}, {"{\"ok\":true}\n", "{\"ok\""}},
    {"wait_no_time",
     {"{\"verb\":\"wait\",\"timeout_ms\":0,\"id\":1}", HEALTH},
     {"{\"ok\":false,\"id\":1,\"error\":\"timeout: no entry fits after 0 ms\"}",
      "{\"ok\":true,"}},
    {"wait_for_too_long",
     {"{\"verb\":\"wait\",\"timeout_ms\":86400001}"},
     {BAD("timeout_ms: not a whole number from 0 to 86400000")}},
    {"wait_for_less_than_nothing",
     {"{\"verb\":\"wait\",\"timeout_ms\":-1}"},
     {BAD("timeout_ms: not a whole number")}},
    {"empty_line", {"", HEALTH}, {BAD("column 1: "), "{\"ok\":true"}},
    {"no_json",
     {"GET / HTTP/1.1", HEALTH},
     {BAD("column 1: "), "{\"ok\":true"}},
    {"an_array",
     {"[]", HEALTH},
     {BAD("not an object such as"), "{\"ok\":true"}},
    {"no_verb", {"{}"}, {BAD("not an object such as")}},
    {"verb_is_a_number", {"{\"verb\":1}"}, {BAD("not an object such as")}},
    {"unknown_member",
     {"{\"verb\":\"health\",\"x\":1}"},
     {BAD("health: it has no member x\"}\n")}},
    {"not_utf8", {"{\"verb\":\"\xFF\"}", HEALTH}, {BAD("column 10: "), "{"}},
    {"two_values", {HEALTH "{}"}, {BAD("column 18: not valid JSON")}},
};

static void admin__row(void **state)
{
    const struct row *row = *state;

    for (size_t i = 0; i < MD_COUNT_OF(row->lines) && row->lines[i] != NULL;
         i++) {
        ask(fds[0], row->lines[i]);
        if (strncmp(text, row->want[i], strlen(row->want[i])) != 0) {
            assert_string_equal(text, row->want[i]);
        }
    }
}

/* ---- what is not one line after the other */

static void admin__cut_at_every_byte(void **state)
{
    static const char line[] = HEALTH "\n";

    (void)state;
    for (size_t cut = 1; cut < sizeof(line) - 1; cut++) {
        assert_int_equal(send(fds[0], line, cut, 0), cut);
        assert_int_equal(send(fds[0], line + cut, sizeof(line) - 1 - cut, 0),
                         sizeof(line) - 1 - cut);
        assert_true(wire_read_until(fds[0], text, sizeof(text), "\n"));
        assert_int_equal(strncmp(text, "{\"ok\":true", 10), 0);
    }
}

#define MANY 8000 /* lines: more than a socket and a request's bound hold */

/* Send what goes. Returns how many bytes went. */
static size_t send_some(const char *lines, size_t len)
{
    ssize_t sent = send(fds[0], lines, len, MSG_DONTWAIT);

    return sent > 0 ? (size_t)sent : 0;
}

/* Read what came. Returns how many lines ended in it. */
static size_t read_some(void)
{
    ssize_t got = recv(fds[0], text, sizeof(text), MSG_DONTWAIT);
    size_t count = 0;

    assert_true(got > 0);
    for (ssize_t i = 0; i < got; i++) {
        count += text[i] == '\n';
    }
    return count;
}

static void admin__pipelined(void **state)
{
    static const char line[] = HEALTH "\n";
    static char lines[MANY * (sizeof(line) - 1)];
    size_t answers = 0;
    size_t sent = 0;

    (void)state;
    for (size_t at = 0; at < sizeof(lines); at += sizeof(line) - 1) {
        memcpy(lines + at, line, sizeof(line) - 1);
    }
    while (answers < MANY) {
        bool has_more = sent < sizeof(lines);
        struct pollfd wait = {.fd = fds[0],
                              .events = has_more ? POLLIN | POLLOUT : POLLIN};

        assert_int_equal(poll(&wait, 1, 10000), 1);
        if ((wait.revents & POLLOUT) != 0) {
            sent += send_some(lines + sent, sizeof(lines) - sent);
        }
        answers += (wait.revents & POLLIN) != 0 ? read_some() : 0;
    }
    assert_int_equal(answers, MANY);
}

static void admin__line_without_an_end(void **state)
{
    static char line[MD_ADMIN_LINE_MAX + 1];
    int failure = 0;
    size_t sent = 0;

    (void)state;
    memset(line, 'x', sizeof(line));
    while (sent < sizeof(line)) {
        ssize_t got =
            send(fds[0], line + sent, sizeof(line) - sent, MSG_NOSIGNAL);

        if (got < 0) { /* it closed at the bound */
            break;
        }
        sent += (size_t)got;
    }

    (void)wire_read_all(fds[0], text, sizeof(text), &failure);
    assert_string_equal(
        text, "{\"ok\":false,\"error\":\"the request is too long\"}\n");
    fds[1] = wire_connect(mockd_admin_url(mock));
    ask(fds[1], HEALTH);
}

static void admin__half_closed_client_is_answered(void **state)
{
    int failure = 0;

    (void)state;
    assert_true(wire_send(fds[0], HEALTH "\n" HEALTH "\nrest"));
    assert_int_equal(shutdown(fds[0], SHUT_WR), 0);

    (void)wire_read_all(fds[0], text, sizeof(text), &failure);
    assert_int_equal(failure, 0);
    assert_non_null(strstr(strchr(text, '\n'), "{\"ok\":true"));
}

static void admin__waits_while_others_are_answered(void **state)
{
    (void)state;
    assert_true(wire_send(fds[0], "{\"verb\":\"wait\",\"id\":5,\"filter\":{"
                                  "\"event\":\"request\",\"target\":\"/_ping\"}"
                                  "}\n" HEALTH "\n"));
    fds[1] = wire_connect(mockd_admin_url(mock));
    ask(fds[1], HEALTH);
    assert_int_equal(wire_ask(mockd_unix_url(mock), "GET", "/version", NULL,
                              text, sizeof(text)),
                     200);
    assert_int_equal(wire_ask(mockd_unix_url(mock), "GET", "/_ping", NULL, text,
                              sizeof(text)),
                     200);

    assert_true(wire_read_until(fds[0], text, sizeof(text), "\n"));
    assert_int_equal(
        strncmp(text, "{\"ok\":true,\"id\":5,\"entry\":{\"seq\":", 32), 0);
    assert_non_null(strstr(text, "\"target\":\"/_ping\""));
    if (strstr(text, "}\n{\"ok\":true,\"pid\"") == NULL) { /* the next line */
        assert_true(wire_read_until(fds[0], text, sizeof(text), "\n"));
    }
}

static void admin__wait_finds_what_was_before(void **state)
{
    (void)state;
    assert_int_equal(wire_ask(mockd_unix_url(mock), "GET", "/_ping", NULL, text,
                              sizeof(text)),
                     200);
    ask(fds[0], "{\"verb\":\"wait\",\"filter\":{\"event\":\"answer\"}}");
    assert_non_null(strstr(text, "\"entry\":{\"seq\":2,"));
    ask(fds[0], "{\"verb\":\"wait\",\"since\":2,\"timeout_ms\":1}");
    assert_non_null(strstr(text, "timeout: "));
}

static void admin__waits_from_a_number_on(void **state)
{
    (void)state;
    assert_true(wire_send(fds[0], "{\"verb\":\"wait\",\"since\":3}\n"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(wire_ask(mockd_unix_url(mock), "GET", "/_ping", NULL,
                                  text, sizeof(text)),
                         200);
    }
    assert_true(wire_read_until(fds[0], text, sizeof(text), "\n"));
    assert_non_null(strstr(text, "\"entry\":{\"seq\":4,"));
}

static void admin__gone_while_waiting(void **state)
{
    (void)state;
    assert_true(wire_send(fds[0], "{\"verb\":\"wait\"}\n"));
    (void)close(fds[0]);
    fds[0] = -1;
    fds[1] = wire_connect(mockd_admin_url(mock));
    ask(fds[1], HEALTH);
    assert_int_equal(wire_ask(mockd_unix_url(mock), "GET", "/_ping", NULL, text,
                              sizeof(text)),
                     200);
    ask(fds[1], HEALTH);
    assert_non_null(strstr(text, "\"last\":2"));
}

/* The one too many is served when another one leaves. */
static void admin__so_many_connections(void **state)
{
    size_t last = MD_COUNT_OF(fds) - 1;

    (void)state;
    ask(fds[0], HEALTH);
    for (size_t i = 1; i < last; i++) {
        fds[i] = wire_connect(mockd_admin_url(mock));
        ask(fds[i], HEALTH);
    }
    fds[last] = wire_connect(mockd_admin_url(mock));
    assert_true(wire_send(fds[last], HEALTH "\n"));
    ask(fds[0], HEALTH);
    assert_int_equal(
        recv(fds[last], text, sizeof(text), MSG_DONTWAIT | MSG_PEEK), -1);
    (void)close(fds[0]);
    fds[0] = -1;

    assert_true(wire_read_until(fds[last], text, sizeof(text), "\n"));
}

static void admin__stop_tells_the_program(void **state)
{
    char byte = '\0';

    (void)state;
    ask(fds[0], "{\"verb\":\"stop\"}");
    assert_string_equal(text, "{\"ok\":true}\n");
    assert_int_equal(read(stops[0], &byte, 1), 1);
}

static void admin__socket_is_the_users_own(void **state)
{
    char folder[256];
    struct stat status;

    (void)state;
    (void)snprintf(folder, sizeof(folder), "%s",
                   mockd_admin_url(mock) + strlen("unix://"));
    assert_string_equal(strrchr(folder, '/'), "/admin.sock");
    *strrchr(folder, '/') = '\0';
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

#define ROW(function)                                                          \
    cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define CASES 11

int main(void)
{
    struct CMUnitTest tests[CASES + MD_COUNT_OF(rows)] = {
        ROW(admin__cut_at_every_byte),
        ROW(admin__pipelined),
        ROW(admin__line_without_an_end),
        ROW(admin__half_closed_client_is_answered),
        ROW(admin__waits_while_others_are_answered),
        ROW(admin__wait_finds_what_was_before),
        ROW(admin__waits_from_a_number_on),
        ROW(admin__gone_while_waiting),
        ROW(admin__so_many_connections),
        ROW(admin__stop_tells_the_program),
        ROW(admin__socket_is_the_users_own),
    };

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[CASES + i] = (struct CMUnitTest){.name = rows[i].name,
                                               .test_func = admin__row,
                                               .setup_func = set_up,
                                               .teardown_func = tear_down,
                                               .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_admin", tests, NULL, NULL);
}
