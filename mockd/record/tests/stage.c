/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <dirent.h>
#include <fcntl.h>
#include <nettle/base64.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/duplex.h"

#define WAIT_MS 10000
#define ARGUMENTS_MAX 18 /* mockd record ..., NULL */
#define DEPTH_MAX 4      /* folders in folders, below DIR */

extern char **environ;

/* ---- files ---- */

void stage_path(const struct stage *stage, const char *name,
                char out_path[STAGE_PATH_SIZE])
{
    (void)snprintf(out_path, STAGE_PATH_SIZE, "%s/%s", stage->dir, name);
}

bool stage_has_file(const struct stage *stage, const char *name)
{
    char path[STAGE_PATH_SIZE];

    stage_path(stage, name, path);
    return access(path, F_OK) == 0;
}

typedef void (*visit_fn)(void *user, const char *path, bool is_folder);

/* Each entry below @path, a folder behind what is in it. */
/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX bounds it */
static void walk(const char *path, int depth, visit_fn visit, void *user)
{
    DIR *dir = depth <= DEPTH_MAX ? opendir(path) : NULL;
    const struct dirent *entry = NULL;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char full[512];
        struct stat status = {0};

        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        (void)snprintf(full, sizeof(full), "%.250s/%.250s", path,
                       entry->d_name);
        (void)lstat(full, &status);
        if (S_ISDIR(status.st_mode)) {
            walk(full, depth + 1, visit, user);
        }
        visit(user, full, S_ISDIR(status.st_mode));
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static size_t read_whole(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t len = 0;

    if (file != NULL) {
        len = fread(text, 1, size - 1, file);
        (void)fclose(file);
    }
    text[len] = '\0';
    return len;
}

const char *stage_read(struct stage *stage, const char *name)
{
    char path[STAGE_PATH_SIZE];

    stage_path(stage, name, path);
    (void)read_whole(path, stage->text, sizeof(stage->text));
    return stage->text;
}

static bool has_bytes(const void *data, size_t len, const char *text)
{
    const char *at = data;

    for (size_t i = 0; i + strlen(text) <= len; i++) {
        if (memcmp(at + i, text, strlen(text)) == 0) {
            return true;
        }
    }
    return false;
}

/* In what the line's {"b64"} payloads stand for. */
static bool has_encoded(const char *lines, const char *text)
{
    static const char front[] = "{\"b64\":\"";
    const char *at = strstr(lines, front);
    bool is_there = false;

    for (; at != NULL && !is_there; at = strstr(at + 1, front)) {
        struct base64_decode_ctx context;
        uint8_t raw[8192];
        size_t len = sizeof(raw);
        size_t size = strcspn(at + strlen(front), "\"");

        base64_decode_init(&context);
        assert_true(size < sizeof(raw));
        assert_int_equal(
            base64_decode_update(&context, &len, raw, size, at + strlen(front)),
            1);
        is_there = has_bytes(raw, len, text);
    }
    return is_there;
}

struct search {
    struct stage *stage;
    const char *text;
    unsigned count;
};

static void search_file(void *user, const char *path, bool is_folder)
{
    struct search *search = user;
    char *text = search->stage->text;
    size_t len = 0;

    if (!is_folder) {
        len = read_whole(path, text, STAGE_TEXT_SIZE);
        search->count += has_bytes(text, len, search->text) ||
                         has_encoded(text, search->text);
    }
}

unsigned stage_find(struct stage *stage, const char *text)
{
    struct search search = {.stage = stage, .text = text};

    walk(stage->out, 0, search_file, &search);
    return search.count;
}

/* ---- the program ---- */

static pid_t spawn(const struct stage *stage, const char *command,
                   const char *const *arguments, int out_fd)
{
    const char *argv[ARGUMENTS_MAX + 2] = {RECORD_PROGRAM, command};
    posix_spawn_file_actions_t actions;
    char path[STAGE_PATH_SIZE];
    pid_t child = 0;
    size_t count = 2;

    while (*arguments != NULL && count < ARGUMENTS_MAX) {
        argv[count++] = *arguments++;
    }
    assert_null(*arguments);
    stage_path(stage, "stderr", path);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out_fd, 1), 0);
    assert_int_equal(posix_spawn_file_actions_addopen(
                         &actions, 2, path, O_WRONLY | O_CREAT | O_TRUNC, 0600),
                     0);
    /* posix_spawn() wants what it does not change to be changeable. */
    assert_int_equal(posix_spawn(&child, RECORD_PROGRAM, &actions, NULL,
                                 (char *const *)(uintptr_t)argv, environ),
                     0);
    (void)posix_spawn_file_actions_destroy(&actions);
    return child;
}

static int wait_for_end(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int accept_plain(const struct stage *stage)
{
    struct pollfd ready = {.fd = stage->engine.fd, .events = POLLIN};

    assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
    return md_rec_socket_accept(stage->engine.fd);
}

static enum md_rec_io read_some(struct md_rec_chan *chan, void *data,
                                size_t size, size_t *out_len)
{
    enum md_rec_io io = md_rec_chan_read(chan, data, size, out_len);

    while (io == MD_REC_IO_AGAIN) {
        struct pollfd ready = {.fd = chan->fd, .events = POLLIN};

        assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
        io = md_rec_chan_read(chan, data, size, out_len);
    }
    return io;
}

/* An end before the answer is the program's business. */
static void answer_version(struct stage *stage)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
                                 "{\"Version\":\"1.2.3\","
                                 "\"ApiVersion\":\"1.41\"}";
    struct md_rec_chan chan = md_rec_chan_none();

    assert_true(
        md_rec_chan_open(&chan, accept_plain(stage), stage->engine_tls, false));
    if (md_rec_duplex_ready(&chan, stage->never[0])) {
        char first = 0;
        size_t len = 0;

        assert_int_equal(read_some(&chan, &first, 1, &len), MD_REC_IO_OK);
        if (first == 'G') { /* else it is TLS, and gets no TLS */
            (void)stage_hear_until(stage, &chan, "\r\n\r\n");
            assert_int_equal(strncmp(stage->text, "ET /version ", 12), 0);
        }
        stage_say(stage, &chan, answer, strlen(answer));
        (void)md_rec_chan_shut(&chan);
    }
    md_rec_chan_close(&chan, false);
}

/* The line that says ready; "" when there is none. */
static void read_ready(struct stage *stage, int fd)
{
    size_t len = 0;
    ssize_t got = 1;

    while (got > 0 && (len == 0 || stage->ready[len - 1] != '\n')) {
        got = read(fd, stage->ready + len, sizeof(stage->ready) - 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    stage->ready[len] = '\0';
}

int stage_run(struct stage *stage, const char *const *arguments, bool is_asked)
{
    int out[2] = {-1, -1};
    int status = 0;

    assert_int_equal(stage->child, 0);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(fcntl(out[0], F_SETFD, FD_CLOEXEC), 0);
    stage->child = spawn(stage, "record", arguments, out[1]);
    (void)close(out[1]);
    if (is_asked) {
        answer_version(stage);
    }
    read_ready(stage, out[0]);
    (void)close(out[0]);
    if (stage->ready[0] != '\0') {
        return -1;
    }
    status = wait_for_end(stage->child);
    stage->child = 0;
    return status;
}

int stage_stop(struct stage *stage, int signal_number)
{
    pid_t child = stage->child;

    assert_true(child > 0);
    assert_int_equal(kill(child, signal_number), 0);
    stage->child = 0;
    return wait_for_end(child);
}

int stage_tool(struct stage *stage, const char *const *arguments)
{
    char path[STAGE_PATH_SIZE];
    int out = -1;
    pid_t child = 0;

    stage_path(stage, "stdout", path);
    out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(out >= 0);
    child = spawn(stage, arguments[0], arguments + 1, out);
    (void)close(out);
    return wait_for_end(child);
}

/* ---- both ends ---- */

bool stage_has_visitor(const struct stage *stage)
{
    struct pollfd ready = {.fd = stage->engine.fd, .events = POLLIN};

    return poll(&ready, 1, 0) > 0;
}

/* The first address in the line that says ready. */
static void find_front(const struct stage *stage,
                       struct md_rec_address *out_address)
{
    char url[MD_REC_URL_SIZE];
    const char *at = strstr(stage->ready, "\"tcp\":\"");
    size_t len = strlen("\"tcp\":\"");

    if (at == NULL) {
        at = strstr(stage->ready, "\"unix\":\"");
        len = strlen("\"unix\":\"");
    }
    assert_non_null(at);
    (void)snprintf(url, sizeof(url), "%.*s", (int)strcspn(at + len, "\""),
                   at + len);
    assert_int_equal(md_rec_address_parse(url, out_address, NULL), MOCKD_OK);
}

static void open_client(struct stage *stage)
{
    struct md_rec_address address = {0};
    int fd = -1;

    find_front(stage, &address);
    fd = md_rec_socket_connect(&address);
    assert_true(fd >= 0);
    md_rec_chan_close(&stage->client, false);
    assert_true(md_rec_chan_open(&stage->client, fd, stage->client_tls, true));
}

bool stage_try_connect(struct stage *stage)
{
    open_client(stage);
    return md_rec_duplex_ready(&stage->client, stage->never[0]);
}

void stage_connect(struct stage *stage)
{
    assert_true(stage_try_connect(stage));
}

void stage_accept(struct stage *stage)
{
    md_rec_chan_close(&stage->peer, false);
    assert_true(md_rec_chan_open(&stage->peer, accept_plain(stage),
                                 stage->engine_tls, false));
    assert_true(md_rec_duplex_ready(&stage->peer, stage->never[0]));
}

void stage_say(struct stage *stage, struct md_rec_chan *chan, const void *data,
               size_t len)
{
    assert_true(md_rec_duplex_send(chan, stage->never[0], data, len));
}

void stage_hear(struct md_rec_chan *chan, const void *data, size_t len)
{
    const char *wanted = data;
    char got[4096];

    while (len > 0) {
        size_t step = len < sizeof(got) ? len : sizeof(got);
        size_t done = 0;

        assert_int_equal(read_some(chan, got, step, &done), MD_REC_IO_OK);
        assert_memory_equal(got, wanted, done);
        wanted += done;
        len -= done;
    }
}

const char *stage_hear_until(struct stage *stage, struct md_rec_chan *chan,
                             const char *end)
{
    size_t len = 0;
    size_t done = 0;

    while (len < strlen(end) ||
           memcmp(stage->text + len - strlen(end), end, strlen(end)) != 0) {
        assert_true(len < sizeof(stage->text) - 1);
        assert_int_equal(read_some(chan, stage->text + len, 1, &done),
                         MD_REC_IO_OK);
        len += done;
    }
    stage->text[len] = '\0';
    return stage->text;
}

void stage_hear_io(struct md_rec_chan *chan, enum md_rec_io wanted)
{
    char byte = 0;
    size_t len = 0;

    assert_int_equal(read_some(chan, &byte, 1, &len), wanted);
}

void stage_pass(struct stage *stage, char who, const char *text, size_t len)
{
    struct md_rec_chan *from = who == 'c' ? &stage->client : &stage->peer;
    struct md_rec_chan *to = who == 'c' ? &stage->peer : &stage->client;

    if (text == NULL) {
        assert_int_equal(md_rec_chan_shut(from), MD_REC_IO_OK);
        stage_hear_io(to, MD_REC_IO_END);
        return;
    }
    stage_say(stage, from, text, len);
    stage_hear(to, text, len);
}

/* ---- the stage ---- */

bool stage_open(struct stage *stage)
{
    char path[STAGE_PATH_SIZE];

    stage->engine = md_rec_listener_none();
    stage->client = md_rec_chan_none();
    stage->peer = md_rec_chan_none();
    (void)snprintf(stage->dir, sizeof(stage->dir), "/tmp/stage-XXXXXX");
    if (mkdtemp(stage->dir) == NULL || pipe(stage->never) != 0) {
        return false;
    }
    stage_path(stage, "rec", stage->out);
    stage_path(stage, "e.sock", path);
    (void)fcntl(stage->never[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(stage->never[1], F_SETFD, FD_CLOEXEC);
    return md_rec_listen_unix(path, &stage->engine, NULL) == MOCKD_OK;
}

void stage_engine_on_tcp(struct stage *stage)
{
    md_rec_listener_close(&stage->engine);
    assert_int_equal(
        md_rec_listen_tcp("127.0.0.1:0", false, &stage->engine, NULL),
        MOCKD_OK);
}

static void remove_entry(void *user, const char *path, bool is_folder)
{
    (void)user;
    (void)(is_folder ? rmdir(path) : unlink(path));
}

void stage_close(struct stage *stage)
{
    int status = 0;

    if (stage->child > 0) {
        (void)kill(stage->child, SIGKILL);
        (void)waitpid(stage->child, &status, 0);
    }
    md_rec_chan_close(&stage->client, false);
    md_rec_chan_close(&stage->peer, false);
    md_rec_listener_close(&stage->engine);
    md_rec_tls_free(stage->engine_tls);
    md_rec_tls_free(stage->client_tls);
    (void)close(stage->never[0]);
    (void)close(stage->never[1]);
    walk(stage->dir, 0, remove_entry, NULL);
    (void)rmdir(stage->dir);
}
