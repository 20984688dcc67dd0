/* SPDX-License-Identifier: MIT */
/* test_mockd_control.c - a mock that is watched and changed while it runs. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "bounds.h"
#include "cleanup.h"
#include "wire_client.h"

#define WAIT_MS 10000
#define READY_FD 9
#define HELLO                                                                  \
    "{\"AttachStdout\":true,\"AttachStderr\":true,"                            \
    "\"Cmd\":[\"sh\",\"-c\",\"echo out; echo err >&2; exit 7\"]}"
#define WITH_STDIN(cmd)                                                        \
    "{\"AttachStdin\":true,\"AttachStdout\":true,\"Cmd\":[\"" cmd "\"]}"
#define ATTACH "{\"Detach\":false,\"Tty\":false}"
#define SHA256_OF_HELLO                                                        \
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static struct mockd *mock;
static int fd = -1;
static char text[65536];
static char id[65];
static char folder[64];
static char file[128];
static pthread_mutex_t note_lock = PTHREAD_MUTEX_INITIALIZER;
static char note[MD_NOTE_MAX];

static void keep_note(void *user, const char *line)
{
    (void)user;
    (void)pthread_mutex_lock(&note_lock);
    (void)snprintf(note, sizeof(note), "%s", line);
    (void)pthread_mutex_unlock(&note_lock);
}

static struct mockd *start_mock(const char *fixtures, const char *journal)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};
    struct mockd *started = NULL;

    options.fixtures = fixtures;
    options.unix_path = "auto";
    options.journal_path = journal;
    options.on_note = keep_note;
    if (mockd_start(&options, &started, &err) != MOCKD_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
    }
    return started;
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/mockd-test-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(file, sizeof(file), "%s/x.execcast", folder);
    mock = start_mock(FIXTURES_DIR, NULL);
    return mock == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (fd >= 0) {
        (void)close(fd);
        fd = -1;
    }
    mockd_stop(mock);
    mock = NULL;
    (void)unlink(file);
    return rmdir(folder);
}

static int ask(const char *method, const char *target, const char *body)
{
    return wire_ask(mockd_unix_url(mock), method, target, body, text,
                    sizeof(text));
}

static void create(const char *body)
{
    const char *found = NULL;

    assert_int_equal(ask("POST", "/containers/t1/exec", body), 201);
    found = strstr(text, "\"Id\":\"");
    assert_non_null(found);
    (void)snprintf(id, sizeof(id), "%s", found + strlen("\"Id\":\""));
}

static const char *path_of(const char *verb)
{
    static char path[160];

    (void)snprintf(path, sizeof(path), "/exec/%s/%s", id, verb);
    return path;
}

/* Create and start; the head has come. */
static void start(const char *body)
{
    create(body);
    fd = wire_connect(mockd_unix_url(mock));
    assert_true(fd >= 0);
    assert_true(wire_request(fd, "POST", path_of("start"), ATTACH, true));
    assert_true(wire_read_until(fd, text, sizeof(text), "\r\n\r\n"));
}

/* The entry is left in text. */
static void wait_for(const char *filter)
{
    char *entry = NULL;
    struct mockd_error err = {0};

    if (mockd_wait(mock, filter, 0, WAIT_MS, &entry, &err) != MOCKD_OK) {
        char *journal = NULL;

        (void)mockd_journal(mock, 0, &journal, NULL);
        (void)fprintf(stderr, "%s; there are\n%s", err.message, journal);
        mockd_text_free(journal);
        fail();
    }
    (void)snprintf(text, sizeof(text), "%s", entry);
    mockd_text_free(entry);
}

static void assert_has(const char *want)
{
    if (strstr(text, want) == NULL) {
        assert_string_equal(text, want);
    }
}

/* ---- what the journal says of a session */

static void control__input_is_counted_and_hashed(void **state)
{
    (void)state;
    start(WITH_STDIN("stdin"));
    assert_true(wire_send(fd, "hel"));
    wait_for("{\"event\":\"input\",\"input_bytes\":3}");
    assert_true(wire_send(fd, "lo"));
    wait_for("{\"event\":\"input\",\"input_bytes\":5}");
    assert_has("\"sha256\":\"" SHA256_OF_HELLO "\"");
    assert_has(id);
}

static void control__half_close_before_the_end(void **state)
{
    char *entry = NULL;

    (void)state;
    start(WITH_STDIN("stdin"));
    assert_true(wire_send(fd, "hello"));
    wait_for("{\"event\":\"input\",\"input_bytes\":5}");
    assert_int_equal(shutdown(fd, SHUT_WR), 0);

    /* 112 bytes of head, "ready" and "five" */
    wait_for("{\"event\":\"half_close\",\"sent_bytes\":118,"
             "\"engine_over\":false,\"client_over\":true}");
    assert_has("\"sha256\":\"" SHA256_OF_HELLO "\"");
    wait_for("{\"event\":\"end\",\"sent_bytes\":121,\"client_over\":true}");
    assert_int_equal(
        mockd_wait(mock, "{\"event\":\"client_gone\"}", 0, 0, &entry, NULL),
        MOCKD_E_TIMEOUT);
    assert_null(entry);
}

static void control__half_close_after_the_end(void **state)
{
    int failure = 0;

    (void)state;
    start(HELLO);
    (void)wire_read_all(fd, text, sizeof(text), &failure);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);

    wait_for("{\"event\":\"half_close\",\"engine_over\":true}");
    wait_for("{\"event\":\"end\",\"client_over\":false,\"sent_bytes\":228}");
}

static void control__client_that_went_away(void **state)
{
    (void)state;
    start(WITH_STDIN("stdin"));
    assert_true(wire_send(fd, "hello"));
    (void)close(fd);
    fd = -1;

    /* what it sent is counted all the same */
    wait_for("{\"event\":\"client_gone\",\"engine_over\":false,"
             "\"input_bytes\":5}");
    wait_for("{\"event\":\"exec\",\"phase\":\"exited\"}");
}

static void control__reset_of_the_engine(void **state)
{
    (void)state;
    start(WITH_STDIN("reset"));
    assert_true(wire_send(fd, "abc"));
    wait_for("{\"event\":\"reset\",\"engine_over\":false}");
}

static void control__phases_and_sizes(void **state)
{
    char path[200];

    (void)state;
    start("{\"AttachStdout\":true,\"Tty\":true,\"Cmd\":[\"attached\"]}");
    (void)snprintf(path, sizeof(path), "%s?h=50&w=132", path_of("resize"));
    assert_int_equal(ask("POST", path, NULL), 200);

    wait_for("{\"event\":\"exec\",\"phase\":\"created\"}");
    assert_has(FIXTURES_DIR "/phases/b-attached.execcast");
    wait_for("{\"event\":\"resize\",\"width\":132,\"height\":50}");
    assert_has(id);
    wait_for("{\"event\":\"exec\",\"phase\":\"running\"}");
    wait_for("{\"event\":\"exec\",\"phase\":\"exited\"}");
}

static void control__fired_says_where(void **state)
{
    int failure = 0;
    char *faults = NULL;

    (void)state;
    assert_int_equal(
        mockd_arm(mock, "{\"fault\":\"truncate_at\",\"at\":\"frame:1+3\"}",
                  NULL),
        MOCKD_OK);
    start(HELLO);
    assert_true(wire_read_all(fd, text, sizeof(text), &failure) <= 219);

    /* a head of 204 bytes, a frame of 12, three of the next one */
    wait_for("{\"event\":\"fired\",\"fault\":1,\"name\":\"truncate_at\","
             "\"offset\":219}");
    assert_int_equal(mockd_faults(mock, &faults, NULL), MOCKD_OK);
    assert_non_null(
        strstr(faults, "\"seen\":1,\"applied\":1,\"fired\":1,\"armed\":{"));
    mockd_text_free(faults);
}

static void control__connections_and_rules(void **state)
{
    (void)state;
    fd = wire_connect(mockd_unix_url(mock));
    assert_int_equal(wire_ask_on(fd, "GET", "/_ping", NULL, text, sizeof(text)),
                     200);
    assert_int_equal(
        wire_ask_on(fd, "GET", "/version", NULL, text, sizeof(text)), 200);
    assert_int_equal(ask("GET", "/v1.41/nope", NULL), 404);

    wait_for(
        "{\"event\":\"request\",\"connection\":1,\"target\":\"/version\"}");
    assert_has("\"headers\":{\"Host\":\"d\",\"Content-Type\":"
               "\"application/json\"},\"body_bytes\":0,\"body\":\"\"");
    wait_for("{\"event\":\"answer\",\"connection\":1,\"rule\":\"" FIXTURES_DIR
             "/hello/hello.execcast:5\"}");
    wait_for("{\"event\":\"answer\",\"connection\":2,\"status\":404,"
             "\"rule\":\"unmatched\"}");
    assert_has("\"message\":\"mockd: no recording answers GET /nope");
}

static void control__journal_from_a_number_on(void **state)
{
    char *all = NULL;
    char *rest = NULL;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask("GET", "/_ping", NULL), 200);
    }
    assert_int_equal(mockd_journal(mock, 0, &all, NULL), MOCKD_OK);
    assert_int_equal(mockd_journal(mock, 4, &rest, NULL), MOCKD_OK);

    assert_int_equal(strncmp(all, "{\"seq\":1,", 9), 0);
    assert_int_equal(strncmp(rest, "{\"seq\":5,", 9), 0);
    assert_non_null(strstr(all, rest));
    mockd_text_free(rest);
    assert_int_equal(mockd_journal(mock, 6, &rest, NULL), MOCKD_OK);
    assert_string_equal(rest, "");
    mockd_text_free(rest);
    mockd_text_free(all);
}

static void control__journal_goes_into_a_file(void **state)
{
    char *journal = NULL;
    size_t len = 0;
    FILE *in = NULL;

    (void)state;
    mockd_stop(mock);
    mock = start_mock(FIXTURES_DIR "/hello", file);
    assert_non_null(mock);
    assert_int_equal(ask("GET", "/_ping", NULL), 200);
    assert_int_equal(mockd_journal(mock, 0, &journal, NULL), MOCKD_OK);
    in = fopen(file, "r");
    assert_non_null(in);
    len = fread(text, 1, sizeof(text) - 1, in);
    (void)fclose(in);
    text[len] = '\0';

    assert_string_equal(text, journal);
    mockd_text_free(journal);
}

/* ---- waiting */

struct bad_row {
    const char *name;
    const char *filter;
    enum mockd_code code;
    const char *message;
};

static struct bad_row bad_rows[] = {
    {"wait_in_vain", "{\"event\":\"x\"}", MOCKD_E_TIMEOUT,
     "no entry fits {\"event\":\"x\"} after 1 ms"},
    {"wait_for_anything", NULL, MOCKD_E_TIMEOUT, "no entry fits  after 1 ms"},
    {"wait_for_an_array", "[]", MOCKD_E_INVALID,
     "filter []: not a JSON object"},
    {"wait_for_no_json", "event", MOCKD_E_INVALID,
     "filter event: not a JSON object"},
};

static void control__bad_wait(void **state)
{
    const struct bad_row *row = *state;
    struct mockd_error err = {0};

    assert_int_equal(mockd_wait(mock, row->filter, 0, 1, NULL, &err),
                     row->code);
    assert_string_equal(err.message, row->message);
}

#define KEPT_RULES 150 /* more than a server keeps */
#define SEEDED_RUNS 100
#define PINGS 50
/* who is not woken misses the time that a test may take */
#define FOR_EVER_MS 3600000

/* Sees PINGS pings one after the other, each from where the last one was. */
static void *watch_pings(void *user)
{
    size_t *seen = user;
    uint64_t since = 0;

    while (*seen < PINGS) {
        char *entry = NULL;

        if (mockd_wait(mock, "{\"event\":\"request\",\"target\":\"/_ping\"}",
                       since, FOR_EVER_MS, &entry, NULL) != MOCKD_OK) {
            break;
        }
        since = strtoull(entry + strlen("{\"seq\":"), NULL, 10);
        mockd_text_free(entry);
        (*seen)++;
    }
    return NULL;
}

/* Everything else that may be called meanwhile. */
static void *call_all(void *user)
{
    size_t *done = user;

    for (; *done < PINGS; (*done)++) {
        char *journal = NULL;
        char *faults = NULL;
        char *check = NULL;

        if (mockd_arm(mock, "truncate_at:at=end,on=exec.resize", NULL) !=
                MOCKD_OK ||
            mockd_disarm(mock, 0, NULL) != MOCKD_OK ||
            mockd_journal(mock, 0, &journal, NULL) != MOCKD_OK ||
            mockd_faults(mock, &faults, NULL) != MOCKD_OK ||
            mockd_check(mock, true, &check, NULL) != MOCKD_OK ||
            mockd_load(mock, FIXTURES_DIR "/player", NULL) != MOCKD_OK ||
            mockd_fixture_count(mock) == 0 || mockd_container(mock) == NULL) {
            return NULL;
        }
        mockd_text_free(journal);
        mockd_text_free(faults);
        mockd_text_free(check);
    }
    return NULL;
}

static void control__many_threads(void **state)
{
    pthread_t threads[5];
    size_t counts[MD_COUNT_OF(threads)] = {0};
    size_t started = 0;
    size_t pings = 0;

    (void)state;
    start(WITH_STDIN("stdin"));
    for (size_t i = 0; i < MD_COUNT_OF(threads); i++) {
        started +=
            pthread_create(&threads[i], NULL, i == 0 ? call_all : watch_pings,
                           &counts[i]) == 0;
    }
    for (size_t i = 0; i < PINGS; i++) {
        pings += ask("GET", "/_ping", NULL) == 200;
        (void)wire_send(fd, "x");
    }
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
    }

    assert_int_equal(started, MD_COUNT_OF(threads));
    assert_int_equal(pings, PINGS);
    for (size_t i = 0; i < started; i++) {
        assert_int_equal(counts[i], PINGS);
    }
    wait_for("{\"event\":\"input\",\"input_bytes\":50}");
}

static void *reset_often(void *user)
{
    (void)user;
    for (int i = 0; i < PINGS; i++) {
        mockd_reset(mock);
    }
    return NULL;
}

/* Whatever is answered, nothing is used after it was freed. */
static void control__reset_while_sessions_run(void **state)
{
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, reset_often, NULL), 0);
    for (int i = 0; i < PINGS; i++) {
        int other = wire_connect(mockd_unix_url(mock));
        const char *found = NULL;

        (void)ask("POST", "/containers/t1/exec", WITH_STDIN("stdin"));
        found = strstr(text, "\"Id\":\"");
        (void)snprintf(id, sizeof(id), "%s", found == NULL ? "x" : found + 6);
        (void)wire_request(other, "POST", path_of("start"), ATTACH, true);
        (void)wire_read_until(other, text, sizeof(text), "\r\n\r\n");
        (void)wire_send(other, "hello");
        (void)close(other);
    }
    (void)pthread_join(thread, NULL);
    start(HELLO);
}

/* ---- changes */

static void control__load_answers_more(void **state)
{
    struct mockd_error err = {0};
    size_t count = 0;

    (void)state;
    mockd_stop(mock);
    mock = start_mock(FIXTURES_DIR "/serve", NULL);
    assert_non_null(mock);
    count = mockd_fixture_count(mock);
    assert_int_equal(ask("POST", "/containers/t1/exec", HELLO), 404);
    start(WITH_STDIN("stdin"));

    assert_int_equal(mockd_load(mock, FIXTURES_DIR "/hello", &err), MOCKD_OK);
    assert_int_equal(mockd_fixture_count(mock), count + 1);
    create(HELLO);
    assert_true(wire_send(fd, "hello")); /* the session goes on */
    assert_true(wire_read_until(fd, text, sizeof(text), "five"));

    assert_int_equal(mockd_load(mock, FIXTURES_DIR "/payload/bytes.bin", &err),
                     MOCKD_E_FIXTURE);
    assert_int_equal(mockd_load(mock, "/nonexistent", &err), MOCKD_E_SYSTEM);
    assert_int_equal(mockd_load(mock, FIXTURES_DIR "/payload", &err),
                     MOCKD_E_FIXTURE);
    assert_int_equal(mockd_fixture_count(mock), count + 1);
}

static void control__reset_forgets(void **state)
{
    int failure = 0;
    char *journal = NULL;

    (void)state;
    assert_int_equal(mockd_arm(mock, "truncate_at:at=end,nth=9", NULL),
                     MOCKD_OK);
    start(WITH_STDIN("stdin"));
    mockd_reset(mock);

    (void)wire_read_all(fd, text, sizeof(text), &failure);
    assert_int_equal(failure, 0);
    assert_int_equal(mockd_journal(mock, 0, &journal, NULL), MOCKD_OK);
    assert_string_equal(journal, "");
    mockd_text_free(journal);
    assert_int_equal(mockd_faults(mock, &journal, NULL), MOCKD_OK);
    assert_string_equal(journal, "[]");
    mockd_text_free(journal);
    assert_int_equal(ask("GET", path_of("json"), NULL), 404);
    create(HELLO);
}

static void control__reset_of_rows_and_containers(void **state)
{
    (void)state;
    assert_int_equal(ask("GET", "/info", NULL), 200);
    assert_has("\r\n\r\n1");
    assert_int_equal(ask("GET", "/info", NULL), 200);
    assert_has("\r\n\r\n2");
    assert_int_equal(ask("POST", "/containers/create?name=new", "{}"), 201);
    assert_int_equal(ask("GET", "/containers/new/json", NULL), 200);
    mockd_reset(mock);

    assert_int_equal(ask("GET", "/info", NULL), 200);
    assert_has("\r\n\r\n1");
    assert_int_equal(ask("GET", "/containers/new/json", NULL), 404);
    assert_int_equal(ask("GET", "/containers/t1/json", NULL), 200);
}

static void control__disarm(void **state)
{
    struct mockd_error err = {0};

    (void)state;
    assert_int_equal(mockd_arm(mock, "truncate_at:at=end", NULL), MOCKD_OK);
    assert_int_equal(mockd_disarm(mock, 1, &err), MOCKD_OK);
    assert_int_equal(mockd_disarm(mock, 1, &err), MOCKD_E_INVALID);
    assert_string_equal(err.message, "fault 1: none of that number is armed");
    assert_int_equal(mockd_disarm(mock, 0, &err), MOCKD_OK);
}

/* Answers are kept for the next request: each is its own rule's all the same,
 * and says what it says now. */
static void control__kept_answers(void **state)
{
    FILE *more = fopen(file, "w");
    char path[32];
    char want[32];

    (void)state;
    assert_non_null(more);
    (void)fputs("{\"execcast\":1,\"script\":true}\n", more);
    for (int i = 0; i < KEPT_RULES; i++) {
        (void)fprintf(more,
                      "{\"on\":\"GET /kept/%d\",\"reply\":{\"head\":"
                      "[\"HTTP/1.1 200 OK\",\"X: %d.\"],"
                      "\"body\":{\"text\":\"same\"}}}\n",
                      i, i);
    }
    assert_int_equal(fclose(more), 0);
    assert_int_equal(mockd_load(mock, file, NULL), MOCKD_OK);
    for (int i = 0; i < 2 * KEPT_RULES; i++) {
        (void)snprintf(path, sizeof(path), "/kept/%d", i % KEPT_RULES);
        (void)snprintf(want, sizeof(want), "\r\nX: %d.\r\n", i % KEPT_RULES);
        assert_int_equal(ask("GET", path, NULL), 200);
        assert_has(want);
    }
    create(HELLO);
    (void)snprintf(want, sizeof(want), "%.31s", id);
    create(HELLO); /* one rule, another id */
    assert_null(strstr(id, want));
    assert_int_equal(ask("GET", path_of("json"), NULL), 200);
    assert_has(id);
}

/* With a seed the same requests get the same bytes, ids and faults' draws
 * included. */
static void control__seeded(void **state)
{
    char first[sizeof(text)] = "";
    int failure = 0;

    (void)state;
    for (int i = 0; i < SEEDED_RUNS; i++) {
        struct mockd_options options = MOCKD_OPTIONS_INIT;
        size_t len = 0;

        mockd_stop(mock);
        options.fixtures = FIXTURES_DIR;
        options.unix_path = "auto";
        options.seed = 7;
        assert_int_equal(mockd_start(&options, &mock, NULL), MOCKD_OK);
        assert_int_equal(mockd_arm(mock, "garbage_before_head:n=64", NULL),
                         MOCKD_OK);
        create(HELLO);
        fd = wire_connect(mockd_unix_url(mock));
        assert_true(wire_request(fd, "POST", path_of("start"), ATTACH, true));
        len = wire_read_all(fd, text, sizeof(text) - 100, &failure);
        (void)close(fd);
        fd = -1;
        (void)snprintf(text + len, 100, "%s", id);
        if (i == 0) {
            memcpy(first, text, sizeof(first));
        }
        assert_memory_equal(text, first, len + 65);
    }
}

/* A fault of the listeners lets go of them when it is disarmed. */
static void control__disarm_lets_in(void **state)
{
    static const char *const faults[] = {"econnrefused", "enoent"};

    (void)state;
    for (size_t i = 0; i < MD_COUNT_OF(faults); i++) {
        assert_int_equal(ask("GET", "/_ping", NULL), 200);
        assert_int_equal(mockd_arm(mock, faults[i], NULL), MOCKD_OK);
        wait_for("{\"event\":\"fired\"}");
        assert_non_null(strstr(text, faults[i]));
        assert_int_equal(wire_connect(mockd_unix_url(mock)), -1);
        if (i == 0) {
            assert_int_equal(mockd_disarm(mock, 1, NULL), MOCKD_OK);
        }
        mockd_reset(mock);
    }
    assert_int_equal(ask("GET", "/_ping", NULL), 200);

    assert_int_equal(
        mockd_arm(mock, "daemon_restart:on=ping,at=head:0,ms=3600000", NULL),
        MOCKD_OK);
    (void)ask("GET", "/_ping", NULL);
    wait_for("{\"event\":\"fired\"}");
    mockd_reset(mock); /* an engine that is down comes back with it */
    assert_int_equal(ask("GET", "/_ping", NULL), 200);
}

/* Of a preset all or nothing is armed: the second one does not fit. */
static void control__preset_is_whole(void **state)
{
    struct mockd_error err = {0};
    FILE *preset = NULL;
    char *faults = NULL;

    (void)state;
    preset = fopen(file, "w");
    assert_non_null(preset);
    (void)fputs("{\"name\":\"x.execcast\",\"class\":\"bug\",\"what\":\"x\","
                "\"link\":\"x\","
                "\"faults\":[{\"fault\":\"truncate_at\",\"at\":\"end\"},"
                "{\"fault\":\"nope\"}]}",
                preset);
    assert_int_equal(fclose(preset), 0);
    (void)snprintf(text, sizeof(text), "preset:%s", file);
    assert_int_equal(mockd_arm(mock, text, &err), MOCKD_E_INVALID);
    assert_int_equal(mockd_faults(mock, &faults, NULL), MOCKD_OK);
    assert_string_equal(faults, "[]");
    mockd_text_free(faults);
}

static void control__check_lists(void **state)
{
    char *check = NULL;

    (void)state;
    assert_int_equal(mockd_check(mock, true, &check, NULL), MOCKD_OK);
    assert_string_equal(check, "");
    mockd_text_free(check);
    assert_int_equal(mockd_arm(mock, "truncate_at:at=end", NULL), MOCKD_OK);
    assert_int_equal(ask("GET", "/_ping", NULL), 200);
    assert_int_equal(ask("GET", "/nope", NULL), 404);
    assert_int_equal(mockd_check(mock, true, &check, NULL), MOCKD_OK);
    assert_non_null(
        strstr(check, "1 unmatched:\n  mockd: no recording answers GET /nope"));
    assert_non_null(strstr(check, "fault 1 (truncate_at) never fired; it was "
                                  "applied to 0 answers of 0 seen\n"));
    mockd_text_free(check);
    assert_int_equal(mockd_check(mock, false, &check, NULL), MOCKD_OK);
    assert_non_null(
        strstr(check, FIXTURES_DIR "/serve/bulk.execcast was never used\n"));
    assert_null(strstr(check, "hello.execcast was"));
    mockd_text_free(check);
}

/* ---- what an unmatched request's note says */

struct paste_row {
    const char *name;
    const char *method;
    const char *target; /* $ is an exec of serve/stdin that was created */
    const char *body;
    int status;       /* without ... */
    int status_after; /* ... and with what was pasted */
    const char *note; /* part of it */
};

static struct paste_row paste_rows[] = {
    {"paste_a_create", "POST", "/containers/t1/exec",
     "{\"Cmd\":[\"a\\\"b\",\"%41\"],\"Env\":[\"\\u00e4\\n\"]}", 404, 201,
     "\n  Cmd          | ["},
    {"paste_another_container", "POST", "/v1.41/containers/o%20t/exec",
     WITH_STDIN("stdin"), 404, 201, "| POST /containers/o t/exec"},
    {"paste_a_path", "GET", "/info/a%22b%2Fc?x=%20y%26&z", NULL, 404, 200,
     "\n{\"on\":\"GET /info/a%22b%2Fc?x=%20y%26&z=\",\"reply\""},
    {"paste_a_body", "POST", "/images/create?n=1", "{\"a\":[1,{\"b\":null}]}",
     404, 200, "\"match\":{\"json\":{\"a\":[1,{\"b\":null}]}}"},
    {"paste_no_json", "POST", "/x", "plain", 404, 200, "\"on\":\"POST /x\""},
    {"paste_an_unknown_exec", "GET", "/exec/none/json", NULL, 404, 200,
     "in a file of its own"},
    {"paste_another_phase", "GET", "/exec/$/json", NULL, 501, 200,
     "\n  phase        | running "},
    {"paste_a_size", "POST", "/exec/$/resize?h=7&w=8", NULL, 404, 200,
     "serve/stdin.execcast, instead of its last line"},
    {"paste_a_start_without_upgrade", "POST", "/exec/$/start", ATTACH, 501, 101,
     "\n  Upgrade      | yes  "},
    {"paste_a_detached_start", "POST", "/exec/$/start", "{\"Detach\":true}",
     501, 200, "\n  Detach       | false"},
};

/* Ask for the row's request; $ is made first. */
static int ask_row(const struct paste_row *row)
{
    const char *dollar = strchr(row->target, '$');
    char target[256];

    (void)snprintf(target, sizeof(target), "%s", row->target);
    if (dollar != NULL) {
        create(WITH_STDIN("stdin"));
        (void)snprintf(target, sizeof(target), "%.*s%s%s",
                       (int)(dollar - row->target), row->target, id,
                       dollar + 1);
    }
    return ask(row->method, target, row->body);
}

/* Write what the note says to, into a file. */
static void paste(bool *out_is_own)
{
    FILE *out = fopen(file, "w");
    const char *into = NULL;
    const char *lines = NULL;

    assert_non_null(out);
    (void)pthread_mutex_lock(&note_lock);
    into = strstr(note, "; edit the answer:\n");
    lines = into == NULL ? NULL : strchr(into, '\n') + 1;
    *out_is_own = strstr(note, "\nin a file of its own") != NULL;
    if (lines != NULL && !*out_is_own) {
        FILE *in = fopen(FIXTURES_DIR "/serve/stdin.execcast", "r");
        size_t len = in == NULL ? 0 : fread(text, 1, sizeof(text), in);

        while (len > 1 && text[len - 2] != '\n') {
            len--;
        }
        (void)fwrite(text, 1, len > 1 ? len - 1 : 0, out);
        (void)(in == NULL ? 0 : fclose(in));
    }
    if (lines != NULL) {
        (void)fprintf(out, "%s\n", lines);
    }
    (void)pthread_mutex_unlock(&note_lock);
    (void)fclose(out);
    assert_non_null(lines);
}

static void control__paste(void **state)
{
    const struct paste_row *row = *state;
    struct mockd_error err = {0};
    bool is_own = false;

    mockd_stop(mock);
    mock = start_mock(FIXTURES_DIR "/serve", NULL);
    assert_non_null(mock);
    assert_int_equal(ask_row(row), row->status);
    paste(&is_own);
    (void)pthread_mutex_lock(&note_lock);
    assert_non_null(strstr(note, row->note));
    (void)pthread_mutex_unlock(&note_lock);

    if (is_own) {
        assert_int_equal(mockd_load(mock, file, &err), MOCKD_OK);
    } else {
        mockd_stop(mock);
        mock = start_mock(folder, NULL);
        assert_non_null(mock);
    }
    assert_int_equal(ask_row(row), row->status_after);
}

/* The exec that is pasted with a create can be used at once. */
static void control__pasted_exec_runs(void **state)
{
    bool is_own = false;
    int failure = 0;

    (void)state;
    assert_int_equal(ask("POST", "/containers/t1/exec", WITH_STDIN("new")),
                     404);
    paste(&is_own);
    assert_int_equal(mockd_load(mock, file, NULL), MOCKD_OK);

    start(WITH_STDIN("new"));
    assert_has("101 UPGRADED");
    assert_int_equal(wire_read_all(fd, text, sizeof(text), &failure), 0);
    assert_int_equal(ask("GET", path_of("json"), NULL), 200);
    assert_has("\"ExitCode\":0");
}

/* What can be no rule gets no lines, and a note all the same. */
static void control__nothing_to_paste(void **state)
{
    (void)state;
    assert_int_equal(ask("GET", "/a/%7Bb%7D", NULL), 404);
    (void)pthread_mutex_lock(&note_lock);
    assert_non_null(strstr(note, "no recording answers GET /a/{b}"));
    assert_null(strstr(note, "edit the answer"));
    (void)pthread_mutex_unlock(&note_lock);
}

/* ---- leaks */

static size_t count_entries(const char *path)
{
    DIR *entries = opendir(path);
    size_t count = 0;

    if (entries == NULL) {
        return 0;
    }
    while (readdir(entries) != NULL) {
        count++;
    }
    (void)closedir(entries);
    return count;
}

static void control__a_thousand_mocks(void **state)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    size_t fds = count_entries("/proc/self/fd");
    size_t threads = count_entries("/proc/self/task");
    size_t answered = 0;

    (void)state;
    options.fixtures = FIXTURES_DIR "/hello";
    options.unix_path = "auto";
    options.admin_path = "auto";
    options.journal_path = file;
    for (int i = 0; i < 1000; i++) {
        struct mockd *one = NULL;

        if (mockd_start(&options, &one, NULL) == MOCKD_OK) {
            answered += wire_ask(mockd_unix_url(one), "GET", "/_ping", NULL,
                                 text, sizeof(text)) == 200;
        }
        mockd_stop(one);
    }

    assert_int_equal(answered, 1000);
    assert_int_equal(count_entries("/proc/self/fd"), fds);
    assert_int_equal(count_entries("/proc/self/task"), threads);
}

/* ---- the commands */

static const char hello_dir[] = FIXTURES_DIR "/hello";

/* Run mockd; what it writes to READY_FD comes out of @out_fd, and with
 * @has_output what it writes to standard output and standard error too. */
static pid_t spawn(const char *const *argv, bool has_output, int *out_fd)
{
    int pipes[2];
    pid_t pid = -1;

    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    if (pid == 0) {
        union {
            const char *const *in;
            char *const *out;
        } same = {.in = argv};

        (void)close(pipes[0]);
        (void)dup2(pipes[1], READY_FD);
        (void)dup2(has_output ? pipes[1] : STDIN_FILENO, STDOUT_FILENO);
        (void)dup2(has_output ? pipes[1] : STDIN_FILENO, STDERR_FILENO);
        if (pipes[1] != READY_FD) {
            (void)close(pipes[1]);
        }
        (void)execv(MOCKD_PROGRAM, same.out);
        _exit(99);
    }
    (void)close(pipes[1]);
    *out_fd = pipes[0];
    return pid;
}

/* Read its words up to @end, or to the end of file with NULL. */
static void read_words(int from, const char *end)
{
    size_t used = 0;

    text[0] = '\0';
    while (used + 1 < sizeof(text) &&
           (end == NULL || strstr(text, end) == NULL)) {
        ssize_t got = read(from, text + used, sizeof(text) - used - 1);

        if (got <= 0) {
            break;
        }
        used += (size_t)got;
        text[used] = '\0';
    }
}

static int finish(pid_t pid, int from)
{
    int status = -1;

    read_words(from, NULL);
    (void)close(from);
    (void)waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_mockd(const char *const *argv)
{
    int from = -1;
    pid_t pid = spawn(argv, true, &from);

    return finish(pid, from);
}

static int run_ctl(const char *socket, const char *verb, const char *json)
{
    const char *const argv[] = {"mockd", "ctl", socket, verb, json, NULL};

    return run_mockd(argv);
}

/* Serve with four more arguments at most; the admin socket is in @socket. */
static pid_t serve(const char *const *more, char *socket, size_t size,
                   int *out_fd)
{
    const char *argv[16] = {"mockd",   "serve",   "--fixtures",
                            hello_dir, "--admin", "auto"};
    const char *found = NULL;
    pid_t pid = -1;

    for (size_t i = 0; more[i] != NULL; i++) {
        argv[6 + i] = more[i];
    }
    pid = spawn(argv, true, out_fd);
    read_words(*out_fd, "}\n");
    found = strstr(text, "\"admin\":\"");
    assert_non_null(found);
    (void)snprintf(socket, size, "%s", found + strlen("\"admin\":\""));
    *strchr(socket, '"') = '\0';
    return pid;
}

struct strict_row {
    const char *name;
    const char *more[5];
    bool asks;  /* for something that no recording answers */
    int status; /* of the mock */
    const char *words;
};

static struct strict_row strict_rows[] = {
    {"not_strict", {NULL}, true, 0, ""},
    {"strict_unused", {"--strict"}, false, 1, "/hello.execcast was never used"},
    {"strict_may_be_unused", {"--strict", "--allow-unused"}, false, 0, ""},
    {"strict_unmatched",
     {"--strict", "--allow-unused"},
     true,
     1,
     "1 unmatched:\n  mockd: no recording answers GET /nope"},
    {"strict_fault",
     {"--strict", "--allow-unused", "--fault", "truncate_at:at=end"},
     false,
     1,
     "fault 1 (truncate_at) never fired"},
};

static void control__strict(void **state)
{
    const struct strict_row *row = *state;
    char socket[128] = "";
    char docker[160] = "";
    const char *found = NULL;
    int from = -1;
    pid_t pid = serve(row->more, socket, sizeof(socket), &from);

    found = strstr(text, "\"unix\":\"");
    assert_non_null(found);
    (void)snprintf(docker, sizeof(docker), "%s", found + strlen("\"unix\":\""));
    *strchr(docker, '"') = '\0';
    if (row->asks) {
        assert_int_equal(
            wire_ask(docker, "GET", "/nope", NULL, text, sizeof(text)), 404);
    }
    assert_int_equal(run_ctl(socket, "stop", NULL), 0);

    assert_int_equal(finish(pid, from), row->status);
    assert_has(row->words);
    assert_int_equal(access(socket + strlen("unix://"), F_OK), -1);
}

static void control__ctl(void **state)
{
    static const char *const none[] = {NULL};
    char socket[128] = "";
    int from = -1;
    pid_t pid = serve(none, socket, sizeof(socket), &from);

    (void)state;
    assert_int_equal(run_ctl(socket, "health", NULL), 0);
    assert_has("{\"ok\":true,\"pid\":");
    assert_int_equal(run_ctl(socket + strlen("unix://"), "disarm",
                             " { \"fault\" : 0 , \"id\" : 1 }"),
                     0);
    assert_string_equal(text, "{\"ok\":true,\"id\":1}\n");
    assert_int_equal(run_ctl(socket, "disarm", "{\"fault\":3}"), 1);
    assert_string_equal(text, "{\"ok\":false,\"error\":\"fault 3: none of that "
                              "number is armed\"}\n");
    assert_int_equal(run_ctl(socket, "health", "[]"), 2);
    assert_int_equal(run_ctl(socket, "health\",", NULL), 2);
    assert_int_equal(run_ctl("/nonexistent", "health", NULL), 3);
    assert_has("mockd ctl: /nonexistent: No such file or directory");
    (void)kill(pid, SIGTERM);
    assert_int_equal(finish(pid, from), 0);
}

static void control__ready_on_a_descriptor(void **state)
{
    static const char *const argv[] = {
        "mockd",      "serve", "--fixtures",         hello_dir,
        "--ready-fd", "9",     "--exit-with-parent", NULL};
    int from = -1;
    pid_t pid = spawn(argv, false, &from);

    (void)state;
    read_words(from, NULL); /* to its end: the mock closed it */
    assert_int_equal(strncmp(text, "{\"ready\":true,\"unix\":", 21), 0);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    (void)kill(pid, SIGTERM);
    assert_int_equal(finish(pid, from), 0);
}

/* A shell that ends leaves no mock behind. */
static void control__ends_with_its_parent(void **state)
{
    static const char *const none[] = {
        "mockd", "serve", "--fixtures", hello_dir, "--exit-with-parent", NULL};
    int pipes[2];
    int status = 0;
    pid_t parent = -1;

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    parent = fork();
    if (parent == 0) {
        int from = -1;

        (void)close(pipes[0]); /* the mock keeps the other end open */
        (void)spawn(none, true, &from);
        read_words(from, "}\n"); /* it serves */
        _exit(0);
    }
    (void)close(pipes[1]);
    (void)waitpid(parent, &status, 0);

    assert_int_equal(read(pipes[0], text, 1), 0); /* it closed */
    (void)close(pipes[0]);
}

static void control__parent_that_ended_before(void **state)
{
    static const char *const argv[] = {"mockd",
                                       "serve",
                                       "--fixtures",
                                       hello_dir,
                                       "--exit-with-parent=999999999",
                                       NULL};

    (void)state;
    assert_int_equal(run_mockd(argv), 0);
    assert_string_equal(text, "");
}

struct usage_row {
    const char *name;
    const char *argv[8];
};

static struct usage_row usage_rows[] = {
    {"usage_admin_is_no_url",
     {"mockd", "serve", "--fixtures", "x", "--admin", "/a", NULL}},
    {"usage_ready_fd_is_no_number",
     {"mockd", "serve", "--fixtures", "x", "--ready-fd", "x", NULL}},
    {"usage_parent_is_no_number",
     {"mockd", "serve", "--fixtures", "x", "--exit-with-parent=x", NULL}},
    {"usage_allow_unused_alone",
     {"mockd", "serve", "--fixtures", "x", "--allow-unused", NULL}},
    {"usage_ctl_without_a_verb", {"mockd", "ctl", "s", NULL}},
    {"usage_ctl_with_too_much", {"mockd", "ctl", "s", "a", "{}", "x", NULL}},
};

static void control__usage(void **state)
{
    const struct usage_row *row = *state;

    assert_int_equal(run_mockd(row->argv), 2);
    assert_has("--help");
}

struct group {
    CMUnitTestFunction run;
    size_t count;
    size_t size;
    void *rows; /* each begins with its name */
};

#define GROUP(function, table)                                                 \
    {                                                                          \
        function, MD_COUNT_OF(table), sizeof((table)[0]), table                \
    }
#define CASE(function)                                                         \
    {                                                                          \
#function, function                                                    \
    }

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } cases[] = {
        CASE(control__input_is_counted_and_hashed),
        CASE(control__half_close_before_the_end),
        CASE(control__half_close_after_the_end),
        CASE(control__client_that_went_away),
        CASE(control__reset_of_the_engine),
        CASE(control__phases_and_sizes),
        CASE(control__fired_says_where),
        CASE(control__connections_and_rules),
        CASE(control__journal_from_a_number_on),
        CASE(control__journal_goes_into_a_file),
        CASE(control__many_threads),
        CASE(control__reset_while_sessions_run),
        CASE(control__load_answers_more),
        CASE(control__reset_forgets),
        CASE(control__reset_of_rows_and_containers),
        CASE(control__disarm),
        CASE(control__disarm_lets_in),
        CASE(control__kept_answers),
        CASE(control__seeded),
        CASE(control__preset_is_whole),
        CASE(control__check_lists),
        CASE(control__pasted_exec_runs),
        CASE(control__nothing_to_paste),
        CASE(control__a_thousand_mocks),
        CASE(control__ctl),
        CASE(control__ready_on_a_descriptor),
        CASE(control__ends_with_its_parent),
        CASE(control__parent_that_ended_before),
    };
    const struct group groups[] = {
        GROUP(control__bad_wait, bad_rows), GROUP(control__paste, paste_rows),
        GROUP(control__strict, strict_rows), GROUP(control__usage, usage_rows)};
    struct CMUnitTest tests[MD_COUNT_OF(cases) + MD_COUNT_OF(bad_rows) +
                            MD_COUNT_OF(paste_rows) + MD_COUNT_OF(strict_rows) +
                            MD_COUNT_OF(usage_rows)];
    size_t count = 0;

    for (size_t i = 0; i < MD_COUNT_OF(cases); i++, count++) {
        tests[count] = (struct CMUnitTest){cases[i].name, cases[i].run, set_up,
                                           tear_down, NULL};
    }
    for (size_t g = 0; g < MD_COUNT_OF(groups); g++) {
        char *row = groups[g].rows;

        for (size_t i = 0; i < groups[g].count; i++, count++) {
            char **name = (void *)(row + i * groups[g].size);

            tests[count] = (struct CMUnitTest){*name, groups[g].run, set_up,
                                               tear_down, name};
        }
    }
    return cmocka_run_group_tests_name("mockd_control", tests, NULL, NULL);
}
