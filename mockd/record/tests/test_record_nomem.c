/* SPDX-License-Identifier: MIT */
/*
 * test_record_nomem.c - the relay and the chooser when memory runs out.
 *
 * The linker leads the recorder's allocations through here. A clean run counts
 * them; then each one in turn fails. The bytes pass or the connection ends,
 * what was written can be finished and loaded, and nothing leaks, which the
 * sanitizer sees.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "record/choose.h"
#include "record/relay.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define WAIT_MS 20000
#define EID "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's --wrap names them */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

/* Counted while is_counting only: the judge's own are none of these. */
static atomic_bool is_counting;
static atomic_size_t allocations;
static atomic_size_t failing; /* index of the one that fails */

static bool is_refused(void)
{
    return atomic_load(&is_counting) &&
           atomic_fetch_add(&allocations, 1) == atomic_load(&failing);
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_refused() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return is_refused() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return is_refused() ? NULL : __real_strndup(text, len);
}
/* NOLINTEND(bugprone-reserved-identifier) */

/* What passes: asked on the left, answered on the right. */
static const struct {
    const char *ask;
    const char *answer;
} turns[] = {
    {"POST /containers/t1/exec HTTP/1.1\r\nContent-Length: 52\r\n\r\n"
     "{\"Cmd\":[\"env\"],\"Env\":[\"MY_KEY=sesame-1\"],\"Tty\":true}",
     "HTTP/1.1 201 Created\r\nContent-Length: 73\r\n\r\n{\"Id\":\"" EID "\"}"},
    {"GET /exec/" EID "/json HTTP/1.1\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
    {"POST /exec/" EID "/start HTTP/1.1\r\nUpgrade: tcp\r\n\r\n",
     "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n"},
    {"in sesame", "out sesa"},
    {"-1\n", "me-1\r\n"},
};

struct run {
    char dir[32];
    struct md_rec_listener engine;
    struct md_rec_listener mock; /* that a chooser asks */
    struct md_rec_listener front;
    struct md_rec_address engine_address;
    struct md_rec_address mock_address;
    struct md_rec_secrets *secrets;
    struct md_rec *rec;
    int stop[2];
    pthread_t thread;
};

static struct run run;

static void *run_relay(void *user)
{
    const struct md_rec_relay_options options = {
        .rec = run.rec,
        .engine = &run.engine_address,
        .listeners = &run.front,
        .listener_count = 1,
        .stop_fd = run.stop[0],
    };

    (void)user;
    (void)md_rec_relay_run(&options, NULL);
    /* As a program that ends would. */
    md_rec_listener_close(&run.front);
    return NULL;
}

static void *run_chooser(void *user)
{
    const struct md_rec_choose_options options = {
        .listeners = &run.front,
        .listener_count = 1,
        .mock = &run.mock_address,
        .engine = &run.engine_address,
        .secrets = run.secrets,
        .stop_fd = run.stop[0],
    };

    (void)user;
    (void)md_rec_choose_run(&options, NULL);
    md_rec_listener_close(&run.front);
    return NULL;
}

static void open_run(void)
{
    run = (struct run){.dir = "/tmp/nomem-test-XXXXXX"};
    run.engine = md_rec_listener_none();
    run.mock = md_rec_listener_none();
    run.front = md_rec_listener_none();
    assert_non_null(mkdtemp(run.dir));
    assert_int_equal(pipe(run.stop), 0);
    assert_int_equal(md_rec_listen_unix("auto", &run.engine, NULL), MOCKD_OK);
    assert_int_equal(md_rec_listen_unix("auto", &run.front, NULL), MOCKD_OK);
    assert_int_equal(md_rec_listen_unix("auto", &run.mock, NULL), MOCKD_OK);
    assert_int_equal(
        md_rec_address_parse(run.engine.url, &run.engine_address, NULL),
        MOCKD_OK);
    assert_int_equal(
        md_rec_address_parse(run.mock.url, &run.mock_address, NULL), MOCKD_OK);
}

/* Both may fail, and then nothing is recorded. */
static bool open_recording(void)
{
    static const struct md_rec_provenance provenance = {.engine = "test"};

    run.secrets = md_rec_secrets_new();
    return run.secrets != NULL &&
           md_rec_secrets_add_text(run.secrets, "zz-zz", NULL) == MOCKD_OK &&
           md_rec_secrets_add_pattern(run.secrets, "q{9}", NULL) == MOCKD_OK &&
           md_rec_new(run.dir, true, "nomem", &provenance, &run.rec, NULL) ==
               MOCKD_OK;
}

static bool is_readable(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    return poll(&ready, 1, WAIT_MS) == 1;
}

static bool say(int from, const char *text)
{
    return send(from, text, strlen(text), MSG_NOSIGNAL) ==
           (ssize_t)strlen(text);
}

/* All of it comes, or the connection ends: never something else, and never
 * silence. */
static bool hear(int to, const char *text)
{
    char got[512] = "";
    size_t done = 0;

    while (done < strlen(text)) {
        ssize_t len = -1;

        assert_true(is_readable(to));
        len = recv(to, got + done, strlen(text) - done, 0);
        if (len <= 0) {
            return false;
        }
        done += (size_t)len;
    }
    assert_string_equal(got, text);
    return true;
}

static bool pass(int from, int to, const char *text)
{
    return say(from, text) && hear(to, text);
}

/* The front, as long as it is there. */
static int connect_front(void)
{
    struct md_rec_address address = {0};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    if (md_rec_address_parse(run.front.url, &address, NULL) != MOCKD_OK ||
        connect(fd, (const struct sockaddr *)&address.storage, address.len) !=
            0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* The end there, or -1 when the client's has come to an end before, or its
 * bytes went to the engine at once. */
static int accept_at(const struct md_rec_listener *listener, int client)
{
    struct pollfd ready[3] = {{.fd = listener->fd, .events = POLLIN},
                              {.fd = client, .events = POLLIN},
                              {.fd = run.engine.fd, .events = POLLIN}};

    assert_true(poll(ready, 3, WAIT_MS) > 0);
    return ready[0].revents != 0 ? accept(listener->fd, NULL, NULL) : -1;
}

static bool talk(void)
{
    int client = connect_front();
    int engine = client >= 0 ? accept_at(&run.engine, client) : -1;
    bool is_whole = engine >= 0;

    for (size_t i = 0; i < COUNT_OF(turns) && is_whole; i++) {
        is_whole = pass(client, engine, turns[i].ask) &&
                   pass(engine, client, turns[i].answer);
    }
    if (engine >= 0) {
        (void)close(engine);
    }
    if (client >= 0) {
        char byte = 0;

        /* The recorder has seen the end, too. */
        assert_true(is_readable(client));
        (void)recv(client, &byte, 1, 0);
        (void)close(client);
    }
    return is_whole;
}

/* With all the memory there is: can it be finished and loaded? */
static void assert_part_is_good(void)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct md_rec_part_options force = {.force = true};
    struct md_rec_part_summary summary = {0};
    struct mockd_error err = {0};
    struct mockd *mock = NULL;

    if (md_rec_part_finish(run.dir, &force, &summary, &err) != MOCKD_OK) {
        fail_msg("%s", err.message);
    }
    options.fixtures = run.dir;
    options.unix_path = "auto";
    if (mockd_start(&options, &mock, &err) != MOCKD_OK) {
        fail_msg("%s", err.message);
    }
    mockd_stop(mock);
}

static bool has_file(const char *name)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/%s", run.dir, name);
    return access(path, F_OK) == 0;
}

static bool has_secret(void)
{
    char path[96];
    char text[16384] = "";
    FILE *file = NULL;

    (void)snprintf(path, sizeof(path), "%s/%s", run.dir, MD_REC_FILE_NAME);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    (void)fclose(file);
    return strstr(text, "sesame-1") != NULL || strstr(text, "me-1") != NULL;
}

static void close_run(void)
{
    char path[96];

    (void)close(run.stop[0]);
    (void)close(run.stop[1]);
    md_rec_listener_close(&run.engine);
    md_rec_listener_close(&run.mock);
    md_rec_listener_close(&run.front);
    (void)snprintf(path, sizeof(path), "%s/%s", run.dir, MD_REC_FILE_NAME);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/%s", run.dir, MD_REC_PART_NAME);
    (void)unlink(path);
    assert_int_equal(rmdir(run.dir), 0);
}

/* One recording, in which the allocation of that index fails. Returns how
 * many were asked for. */
static size_t record(size_t index, bool *out_is_whole)
{
    struct md_rec_part_summary summary = {0};

    open_run();
    atomic_store(&allocations, 0);
    atomic_store(&failing, index);
    atomic_store(&is_counting, true);
    if (open_recording()) {
        md_rec_keep_off(run.rec, run.secrets);
        assert_int_equal(pthread_create(&run.thread, NULL, run_relay, NULL), 0);
        *out_is_whole = talk();
        (void)write(run.stop[1], "", 1);
        (void)pthread_join(run.thread, NULL);
        (void)md_rec_finish(run.rec, NULL, &summary, NULL);
    }
    md_rec_free(run.rec);
    md_rec_secrets_free(run.secrets);
    atomic_store(&is_counting, false);
    if (has_file(MD_REC_PART_NAME)) {
        assert_part_is_good();
    }
    assert_false(has_file(MD_REC_FILE_NAME) && has_secret());
    close_run();
    return atomic_load(&allocations);
}

static void nomem__recording(void **state)
{
    bool is_whole = false;
    size_t total = record(SIZE_MAX, &is_whole);

    (void)state;
    assert_true(is_whole);
    assert_true(total > 50);
    for (size_t i = 0; i < total; i++) {
        (void)record(i, &is_whole);
    }
}

/* ---- the chooser ---- */

#define ASK(value)                                                             \
    "POST /containers/t1/exec HTTP/1.1\r\nContent-Length: 40\r\n\r\n"          \
    "{\"Cmd\":[\"env\"],\"Env\":[\"KEY=" value "\"]} "

/* The mock has no answer, and the engine has one. */
static bool choose(void)
{
    static const char refusal[] =
        "HTTP/1.1 404 Not Found\r\nContent-Length: 23\r\n\r\n"
        "{\"message\":\"mockd: no\"}";
    int client = connect_front();
    int mock = -1;
    int engine = -1;
    bool is_whole = client >= 0 && say(client, ASK("sesame-12"));

    mock = is_whole ? accept_at(&run.mock, client) : -1;
    is_whole = mock >= 0 && hear(mock, ASK("xxxxxxxxx")) && say(mock, refusal);
    engine = is_whole ? accept_at(&run.engine, client) : -1;
    is_whole = engine >= 0 && hear(engine, ASK("sesame-12")) &&
               pass(engine, client, turns[0].answer);
    for (size_t i = 0; i < 3; i++) {
        const int fds[] = {mock, engine, client};

        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    return is_whole;
}

static size_t choose_once(size_t index, bool *out_is_whole)
{
    open_run();
    atomic_store(&allocations, 0);
    atomic_store(&failing, index);
    atomic_store(&is_counting, true);
    *out_is_whole = false;
    run.secrets = md_rec_secrets_new();
    if (run.secrets != NULL) {
        assert_int_equal(pthread_create(&run.thread, NULL, run_chooser, NULL),
                         0);
        *out_is_whole = choose();
        (void)write(run.stop[1], "", 1);
        (void)pthread_join(run.thread, NULL);
    }
    md_rec_secrets_free(run.secrets);
    atomic_store(&is_counting, false);
    close_run();
    return atomic_load(&allocations);
}

static void nomem__choosing(void **state)
{
    bool is_whole = false;
    size_t total = choose_once(SIZE_MAX, &is_whole);
    size_t kept = 0;

    (void)state;
    assert_true(is_whole);
    assert_true(total > 20);
    for (size_t i = 0; i < total; i++) {
        (void)choose_once(i, &is_whole);
        kept += is_whole;
    }
    assert_true(kept < total); /* without memory some are not answered */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nomem__recording),
                                       cmocka_unit_test(nomem__choosing)};

    return cmocka_run_group_tests_name("record_nomem", tests, NULL, NULL);
}
