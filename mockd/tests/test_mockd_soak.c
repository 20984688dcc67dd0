/* SPDX-License-Identifier: MIT */
/*
 * test_mockd_soak.c - many sessions under faults drawn at random, with clients
 * that do not behave: whatever happens, the mock answers the next one, and
 * nothing is left behind. MOCKD_SOAK says how many sessions; ci/soak runs
 * 10 000 in each build.
 */
#include <inttypes.h>
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
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "fault.h"
#include "wire_client.h"

#define SESSIONS 400
#define CLIENTS 4
#define RESET_EVERY 25 /* sessions, so that faults add up, and go */
#define QUIET_MS 5     /* then a client gives up */
#define TEXT_SIZE 65536
#define STDIN_CREATE                                                           \
    "{\"AttachStdin\":true,\"AttachStdout\":true,"                             \
    "\"Cmd\":[\"stdin\"]}"

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t draw_below(uint64_t *state, uint64_t limit)
{
    return limit == 0 ? 0 : draw(state) % limit;
}

/* ---- faults ---- */

/* Numbers are small: what they are about is. */
static void write_value(char *out, size_t size, uint64_t *random,
                        const struct md_fault_param *param)
{
    static const char *const places[] = {
        "byte:1", "byte:60", "frame:0",    "frame:0+3", "frame:1+9",
        "head",   "end",     "nth_byte:9", "byte:9999", "frame:7"};
    int64_t most = param->max - param->min > 40 ? param->min + 40 : param->max;

    switch (param->type) {
    case MD_PARAM_NUMBER:
    case MD_PARAM_NUMBERS:
        (void)snprintf(
            out, size, "%" PRId64,
            param->min +
                (int64_t)draw_below(random, (uint64_t)(most - param->min) + 1));
        break;
    case MD_PARAM_PLACE:
    case MD_PARAM_PLACES:
        (void)snprintf(
            out, size, "%s",
            places[draw_below(random, sizeof(places) / sizeof(places[0]))]);
        break;
    case MD_PARAM_TEXT:
        (void)snprintf(
            out, size, "%.*s",
            param->choices == NULL ? 1 : (int)strcspn(param->choices, "|"),
            param->choices == NULL ? "x" : param->choices);
        break;
    case MD_PARAM_BYTES:
        (void)snprintf(out, size, "%%00x%%FF");
        break;
    case MD_PARAM_JSON:
        (void)snprintf(out, size, "[1]");
        break;
    }
}

/* The next one of the catalogue; NULL begins, and ends. */
static const struct md_fault_kind *next_kind(const struct md_fault_kind *kind,
                                             size_t *group)
{
    if (kind == NULL) {
        *group = 0;
        return md_fault_groups[0];
    }
    if (kind[1].name != NULL) {
        return kind + 1;
    }
    ++*group;
    return md_fault_groups[*group];
}

static const struct md_fault_kind *draw_kind(uint64_t *random)
{
    const struct md_fault_kind *kind = NULL;
    size_t group = 0;
    uint64_t wanted = 0;
    size_t count = 0;

    while ((kind = next_kind(kind, &group)) != NULL) {
        count++;
    }
    kind = next_kind(NULL, &group);
    for (wanted = draw_below(random, count); wanted > 0; wanted--) {
        kind = next_kind(kind, &group);
    }
    return kind;
}

/* What cannot be armed is refused, which is as good. Behind a full queue all
 * clients would wait to connect, and nobody to take the fault back. */
static bool arm_one(struct mockd *mock, uint64_t *random)
{
    const struct md_fault_kind *kind = draw_kind(random);
    char text[1024];
    size_t used =
        (size_t)snprintf(text, sizeof(text), "{\"fault\":\"%s\"", kind->name);

    for (const struct md_fault_param *param = kind->params;
         param != NULL && param->name != NULL; param++) {
        bool is_number = param->type == MD_PARAM_NUMBER;
        char value[64];

        if (!param->is_required && draw_below(random, 2) == 0) {
            continue;
        }
        write_value(value, sizeof(value), random, param);
        used += (size_t)snprintf(
            text + used, sizeof(text) - used, ",\"%s\":%s%s%s", param->name,
            is_number ? "" : "\"", value, is_number ? "" : "\"");
    }
    (void)snprintf(text + used, sizeof(text) - used, "}");
    return kind->door != MD_DOOR_FULL &&
           mockd_arm(mock, text, NULL) == MOCKD_OK;
}

/* ---- clients ---- */

struct client {
    struct mockd *mock;
    uint64_t random;
    size_t sessions;
    size_t armed;
    size_t started; /* that a fault did not keep from it */
    pthread_t thread;
};

/* Read until the end, or until nothing comes any more. */
static void read_some(int fd)
{
    char bytes[4096];
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    while (poll(&wait, 1, QUIET_MS) == 1 &&
           recv(fd, bytes, sizeof(bytes), 0) > 0) {
    }
}

/* A whole request, or its first bytes. */
static bool request(struct client *client, int fd, const char *method,
                    const char *target, const char *body)
{
    return draw_below(&client->random, 20) == 0
               ? wire_send(fd, "POST /containers/t1/ex")
               : wire_request(fd, method, target, body,
                              draw_below(&client->random, 4) > 0);
}

/* The id of a new exec; false when a fault kept it back. */
static bool create(struct client *client, const char *url, char out_id[65])
{
    char text[4096] = "";
    struct pollfd wait = {.events = POLLIN};
    const char *id = NULL;
    size_t len = 0;

    wait.fd = wire_connect(url);
    if (wait.fd < 0) {
        return false;
    }
    (void)request(client, wait.fd, "POST", "/containers/t1/exec", STDIN_CREATE);
    while (id == NULL && len + 1 < sizeof(text) &&
           poll(&wait, 1, QUIET_MS) == 1) {
        ssize_t got = recv(wait.fd, text + len, sizeof(text) - 1 - len, 0);

        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        text[len] = '\0';
        id = memchr(text, '}', len) == NULL ? NULL : strstr(text, "\"Id\":\"");
    }
    (void)close(wait.fd);
    if (id != NULL) {
        (void)snprintf(out_id, 65, "%s", id + strlen("\"Id\":\""));
    }
    return id != NULL && strlen(out_id) == 64;
}

static void play_stream(struct client *client, const char *url,
                        const char *target)
{
    int fd = wire_connect(url);
    struct linger at_once = {.l_onoff = 1};

    if (fd < 0) {
        return;
    }
    (void)request(client, fd, "POST", target, "{\"Detach\":false}");
    for (uint64_t i = draw_below(&client->random, 5); i > 0; i--) {
        switch (draw_below(&client->random, 4)) {
        case 0:
            (void)wire_send(fd, "hello");
            break;
        case 1:
            (void)shutdown(fd, SHUT_WR);
            break;
        case 2:
            read_some(fd);
            break;
        default:
            (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
                             sizeof(at_once));
            break;
        }
    }
    (void)close(fd);
}

static void play_session(struct client *client)
{
    const char *url = draw_below(&client->random, 2) == 0
                          ? mockd_unix_url(client->mock)
                          : mockd_tcp_url(client->mock);
    char id[65] = "";
    char target[128];
    int fd = -1;

    if (!create(client, url, id)) {
        return;
    }
    (void)snprintf(target, sizeof(target), "/exec/%s/start", id);
    client->started++;
    play_stream(client, url, target);
    fd = wire_connect(url);
    (void)snprintf(target, sizeof(target), "/exec/%s/json", id);
    if (fd >= 0 && wire_request(fd, "GET", target, NULL, false)) {
        read_some(fd);
    }
    (void)close(fd);
}

static void *run_client(void *user)
{
    struct client *client = user;

    for (size_t i = 0; i < client->sessions; i++) {
        client->armed += arm_one(client->mock, &client->random);
        play_session(client);
        if (i % RESET_EVERY == 0) {
            mockd_reset(client->mock);
        }
    }
    return NULL;
}

/* ---- the test ---- */

static void soak(const char *pace)
{
    const char *wanted = getenv("MOCKD_SOAK"); /* NOLINT: no other thread */
    size_t sessions = wanted == NULL ? SESSIONS : strtoul(wanted, NULL, 10);
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct client clients[CLIENTS];
    struct mockd *mock = NULL;
    struct mockd_error err = {0};
    char text[TEXT_SIZE];

    options.fixtures = FIXTURES_DIR;
    options.unix_path = "auto";
    options.tcp_address = "127.0.0.1:0";
    options.pace = pace;
    (void)mockd_start(&options, &mock, &err);
    assert_string_equal(err.message, "");
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.mock = mock,
                                     .random = i + strlen(pace),
                                     .sessions = sessions / CLIENTS / 2};
        assert_int_equal(
            pthread_create(&clients[i].thread, NULL, run_client, &clients[i]),
            0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_join(clients[i].thread, NULL), 0);
        print_message("%zu armed, %zu started of %zu\n", clients[i].armed,
                      clients[i].started, clients[i].sessions);
    }
    mockd_reset(mock);
    assert_int_equal(wire_ask(mockd_unix_url(mock), "GET", "/_ping", NULL, text,
                              sizeof(text)),
                     200);
    assert_int_equal(wire_ask(mockd_tcp_url(mock), "GET", "/_ping", NULL, text,
                              sizeof(text)),
                     200);
    mockd_stop(mock);
}

static void soak__asap(void **state)
{
    (void)state;
    soak("asap");
}

static void soak__lockstep(void **state)
{
    (void)state;
    soak("lockstep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(soak__asap),
        cmocka_unit_test(soak__lockstep),
    };

    return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}
