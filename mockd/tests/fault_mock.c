/* SPDX-License-Identifier: MIT */
#include "fault_mock.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire_client.h"

#define WAIT_MS 10000
#define SILENCE_MS 60

struct mockd *fm_mock;
struct mockd_options fm_options;
int fm_fds[4] = {-1, -1, -1, -1};
char fm_text[65536];
size_t fm_len;

static pthread_mutex_t note_lock = PTHREAD_MUTEX_INITIALIZER;
static char last_note[1024];
static size_t open_before;

static size_t count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count;
}

static void keep_note(void *user, const char *note)
{
    (void)user;
    (void)pthread_mutex_lock(&note_lock);
    (void)snprintf(last_note, sizeof(last_note), "%s", note);
    (void)pthread_mutex_unlock(&note_lock);
}

const char *fm_note(void)
{
    static char copy[sizeof(last_note)];

    (void)pthread_mutex_lock(&note_lock);
    memcpy(copy, last_note, sizeof(copy));
    (void)pthread_mutex_unlock(&note_lock);
    return copy;
}

static int start_mock(enum fm_where where)
{
    struct mockd_options options = fm_options;
    struct mockd_error err = {0};

    last_note[0] = '\0';
    options.size = sizeof(options);
    options.fixtures = FIXTURES_DIR;
    options.unix_path = where == FM_TCP ? NULL : "auto";
    options.tcp_address = where == FM_UNIX ? NULL : "127.0.0.1:0";
    options.on_note = keep_note;
    if (mockd_start(&options, &fm_mock, &err) != MOCKD_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    return 0;
}

int fm_set_up(void **state)
{
    (void)state;
    open_before = count_fds();
    return start_mock(FM_BOTH);
}

static void close_all(void)
{
    for (size_t i = 0; i < sizeof(fm_fds) / sizeof(fm_fds[0]); i++) {
        if (fm_fds[i] >= 0) {
            (void)close(fm_fds[i]);
        }
        fm_fds[i] = -1;
    }
}

int fm_tear_down(void **state)
{
    (void)state;
    close_all();
    mockd_stop(fm_mock);
    fm_mock = NULL;
    fm_options = (struct mockd_options){0};
    return count_fds() == open_before ? 0 : -1;
}

void fm_arm(const char *fault)
{
    struct mockd_error err = {0};

    if (mockd_arm(fm_mock, fault, &err) != MOCKD_OK) {
        fail_msg("%s: %s", fault, err.message);
    }
}

/* NAME of NAME:KEY=VALUE,... */
static const char *name_of(const char *fault)
{
    static char name[64];

    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(fault, ":"), fault);
    return name;
}

/* Entries of the journal that say so. */
static unsigned long count_entries(const char *name)
{
    char wanted[128];
    char *journal = NULL;
    const char *at = NULL;
    unsigned long count = 0;

    (void)snprintf(wanted, sizeof(wanted),
                   ",\"name\":\"%s\",\"connection\":", name);
    assert_int_equal(mockd_journal(fm_mock, 0, &journal, NULL), MOCKD_OK);
    for (at = journal; (at = strstr(at, wanted)) != NULL; at++) {
        count++;
    }
    mockd_text_free(journal);
    return count;
}

void fm_assert_fired(const char *fault, unsigned long count)
{
    assert_string_equal(fm_note(), "");
    assert_int_equal(mockd_fired(fm_mock, name_of(fault)), count);
    assert_int_equal(count_entries(name_of(fault)), count);
}

void fm_create(const char *body, char *out_id)
{
    bool is_tcp = mockd_tcp_url(fm_mock) != NULL && fm_options.tls_cert == NULL;
    const char *id = NULL;

    assert_int_equal(
        wire_ask(is_tcp ? mockd_tcp_url(fm_mock) : mockd_unix_url(fm_mock),
                 "POST", "/containers/t1/exec", body, fm_text, sizeof(fm_text)),
        201);
    id = strstr(fm_text, "\"Id\":\"");
    assert_non_null(id);
    (void)snprintf(out_id, 65, "%s", id + strlen("\"Id\":\""));
}

const char *fm_path(const char *id, const char *verb)
{
    static char path[128];

    (void)snprintf(path, sizeof(path), "/exec/%s/%s", id, verb);
    return path;
}

int fm_start(const char *url, const char *id)
{
    int fd = wire_connect(url);

    assert_true(fd >= 0);
    assert_true(wire_request(fd, "POST", fm_path(id, "start"),
                             "{\"Detach\":false,\"Tty\":false}", true));
    return fd;
}

void fm_inspect(const char *id, const char *want)
{
    assert_int_equal(wire_ask(mockd_unix_url(fm_mock), "GET",
                              fm_path(id, "json"), NULL, fm_text,
                              sizeof(fm_text)),
                     200);
    if (strstr(fm_text, want) == NULL) {
        assert_string_equal(fm_text, want);
    }
}

void fm_run(char *out_id)
{
    int fd = -1;

    fm_create(FM_HELLO, out_id);
    fd = fm_start(mockd_unix_url(fm_mock), out_id);
    assert_int_equal(fm_read_end(fd, FM_EOF, 0), FM_EOF);
    (void)close(fd);
}

enum fm_end fm_read_end(int fd, enum fm_end want, size_t want_len)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    fm_len = 0;
    while (poll(&wait, 1,
                want == FM_SILENCE && fm_len >= want_len ? SILENCE_MS
                                                         : WAIT_MS) == 1) {
        ssize_t got =
            recv(fd, fm_text + fm_len, sizeof(fm_text) - 1 - fm_len, 0);

        if (got <= 0) {
            assert_true(got == 0 || errno == ECONNRESET);
            return got == 0 ? FM_EOF : FM_RESET;
        }
        fm_len += (size_t)got;
        fm_text[fm_len] = '\0';
        assert_true(fm_len + 1 < sizeof(fm_text));
    }
    return FM_SILENCE;
}

void fm_read_head(int fd)
{
    char head[4096];
    size_t len = 0;

    while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};

        assert_true(len < sizeof(head));
        assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
        assert_int_equal(recv(fd, head + len, 1, 0), 1);
        len++;
    }
}

void fm_end_as(int fd, enum fm_end end, const char *want, size_t want_len)
{
    assert_int_equal(fm_read_end(fd, end, want_len), end);
    assert_int_equal(fm_len, want_len);
    assert_memory_equal(fm_text, want, want_len);
}

unsigned long fm_now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long)now.tv_sec * 1000U +
           (unsigned long)now.tv_nsec / 1000000U;
}

static void play_on(const struct fm_row *row, const char *url)
{
    unsigned long begin = 0;
    char id[65];

    fm_create(row->create == NULL ? FM_HELLO : row->create, id);
    begin = fm_now_ms();
    fm_fds[0] = fm_start(url, id);
    if (!row->has_no_head) {
        fm_read_head(fm_fds[0]);
    }
    if (row->send != NULL) {
        assert_true(wire_send(fm_fds[0], row->send));
    }
    if (row->ends_side) {
        assert_int_equal(shutdown(fm_fds[0], SHUT_WR), 0);
    }
    fm_end_as(fm_fds[0], row->end, row->want, row->want_len);
    assert_true(fm_now_ms() - begin >= row->min_ms);
    if (row->inspect != NULL) {
        fm_inspect(id, row->inspect);
    }
    fm_assert_fired(row->fault, row->is_unfired ? 0 : 1);
}

void fm_play(void **state)
{
    const struct fm_row *row = *state;

    if (row->where != FM_TCP) {
        fm_arm(row->fault);
        play_on(row, mockd_unix_url(fm_mock));
    }
    if (row->where == FM_BOTH) {
        assert_int_equal(fm_tear_down(NULL), 0);
        assert_int_equal(fm_set_up(NULL), 0);
    }
    if (row->where != FM_UNIX) {
        fm_arm(row->fault);
        play_on(row, mockd_tcp_url(fm_mock));
    }
}

void fm_refuse(void **state)
{
    const struct fm_refusal *row = *state;
    struct mockd_error err = {0};

    assert_int_equal(start_mock(row->where), 0);
    assert_int_equal(mockd_arm(fm_mock, row->fault, &err), MOCKD_E_INVALID);
    if (strstr(err.message, row->error) == NULL) {
        assert_string_equal(err.message, row->error);
    }
    assert_int_equal(mockd_fired(fm_mock, NULL), 0);
    mockd_stop(fm_mock);
    fm_mock = NULL;
}
