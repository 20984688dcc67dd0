/* SPDX-License-Identifier: MIT */
/* mockd.c - the public API: what is loaded, who listens, one thread. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <mockd/mockd.h>

#include "admin.h"
#include "bounds.h"
#include "cleanup.h"
#include "control.h"
#include "engine.h"
#include "journal.h"
#include "json.h"
#include "listen.h"
#include "loop.h"
#include "profile.h"
#include "tls.h"

struct mockd {
    struct md_profile profile;
    struct md_engine engine;
    struct md_loop *loop;
    struct md_listener unix_listener;
    struct md_listener tcp_listener;
    struct md_listener admin_listener;
    struct md_tls *tls; /* of the TCP listener; NULL = none */
    struct md_control control;
    struct md_admin *admin; /* NULL = no socket */
    int journal_fd;         /* -1 = no file */
    pthread_t thread;
    bool has_thread;
};

static enum mockd_code check_tls(const struct mockd_options *options,
                                 struct mockd_error *err)
{
    bool has_cert = options->tls_cert != NULL;

    if (has_cert != (options->tls_key != NULL) ||
        (options->tls_ca != NULL && !has_cert)) {
        return md_fail(err, MOCKD_E_INVALID,
                       "options: TLS needs both a certificate and its key");
    }
    if (has_cert && options->tcp_address == NULL) {
        return md_fail(err, MOCKD_E_INVALID,
                       "options: TLS is for a tcp address, and there is none");
    }
    return MOCKD_OK;
}

static enum mockd_code check_options(const struct mockd_options *options,
                                     struct mockd_error *err)
{
    if (options == NULL || options->size < sizeof(struct mockd_options)) {
        return md_fail(err, MOCKD_E_INVALID,
                       "options: start from MOCKD_OPTIONS_INIT");
    }
    if ((options->profile == NULL) == (options->fixtures == NULL)) {
        return md_fail(err, MOCKD_E_INVALID,
                       "options: either a profile or a folder of fixtures is "
                       "needed");
    }
    if (options->unix_path == NULL && options->tcp_address == NULL) {
        return md_fail(err, MOCKD_E_INVALID,
                       "options: a unix path or a tcp address is needed");
    }
    return check_tls(options, err);
}

static enum mockd_code load(struct mockd *mock,
                            const struct mockd_options *options,
                            struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_free) char *found = NULL;
    const char *folder = options->fixtures;
    enum mockd_code rc = MOCKD_OK;

    if (options->profile != NULL) {
        rc = md_profile_find(options->profile, &found, err);
        folder = found;
    }
    return rc == MOCKD_OK ? md_profile_load(&mock->profile, folder,
                                            options->profile != NULL, err)
                          : rc;
}

static uint64_t make_seed(void)
{
    uint64_t seed = 0;

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) !=
        (ssize_t)sizeof(seed)) {
        struct timespec now = {0};

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        seed = (uint64_t)now.tv_nsec * (uint64_t)(now.tv_sec + 1);
    }
    return seed;
}

static enum mockd_code load_tls(struct mockd *mock,
                                const struct mockd_options *options,
                                struct mockd_error *err)
{
    const struct md_tls_files files = {.cert = options->tls_cert,
                                       .key = options->tls_key,
                                       .ca = options->tls_ca};

    mock->engine.faults.has_tls = files.cert != NULL;
    return files.cert == NULL ? MOCKD_OK : md_tls_new(&files, &mock->tls, err);
}

static enum mockd_code listen_on(struct mockd *mock,
                                 const struct mockd_options *options,
                                 struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    if (options->unix_path != NULL) {
        rc = md_listen_unix(options->unix_path, "docker.sock",
                            &mock->unix_listener, err);
        if (rc == MOCKD_OK) {
            rc = md_loop_listen(mock->loop, &mock->unix_listener, err);
        }
    }
    if (rc == MOCKD_OK && options->tcp_address != NULL) {
        rc = md_listen_tcp(options->tcp_address, &mock->tcp_listener, err);
        mock->tcp_listener.tls = mock->tls;
        if (rc == MOCKD_OK) {
            rc = md_loop_listen(mock->loop, &mock->tcp_listener, err);
        }
    }
    return rc;
}

/* Append an entry to the file; the first failure is told and ends it. */
static void write_entry(struct mockd *mock, const char *line, size_t len)
{
    /* iovec is not const, and nothing writes through it */
    union {
        const char *in;
        char *out;
    } same = {.in = line};
    char end = '\n';
    struct iovec pieces[] = {{same.out, len}, {&end, 1}};
    const struct md_engine *engine = &mock->engine;

    if (writev(mock->journal_fd, pieces, 2) == (ssize_t)len + 1) {
        return;
    }
    (void)close(mock->journal_fd);
    mock->journal_fd = -1;
    if (engine->on_note != NULL) {
        engine->on_note(engine->on_note_user,
                        "mockd: the journal's file cannot be written any more");
    }
}

static void note_entry(void *user, const char *line, size_t len)
{
    struct mockd *mock = user;

    if (mock->journal_fd >= 0) {
        write_entry(mock, line, len);
    }
    if (mock->admin != NULL) {
        md_admin_note(mock->admin, line);
    }
    md_loop_notify(mock->loop);
}

static enum mockd_code open_journal(struct mockd *mock, const char *path,
                                    struct mockd_error *err)
{
    struct md_engine *engine = &mock->engine;

    engine->journal = md_journal_new(md_loop_now_us, note_entry, mock);
    if (engine->journal == NULL) {
        return md_fail_nomem(err);
    }
    engine->execs.journal = engine->journal;
    engine->faults.journal = engine->journal;
    if (path == NULL) {
        return MOCKD_OK;
    }
    mock->journal_fd =
        open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return mock->journal_fd >= 0
               ? MOCKD_OK
               : md_fail(err, MOCKD_E_SYSTEM, "journal %.300s: %s", path,
                         strerror(errno));
}

static enum mockd_code open_admin(struct mockd *mock,
                                  const struct mockd_options *options,
                                  struct mockd_error *err)
{
    struct md_admin_options admin = {.loop = mock->loop,
                                     .control = &mock->control,
                                     .on_stop = options->on_stop,
                                     .on_stop_user = options->on_stop_user};
    enum mockd_code rc = MOCKD_OK;

    if (options->admin_path == NULL) {
        return MOCKD_OK;
    }
    rc = md_listen_unix(options->admin_path, "admin.sock",
                        &mock->admin_listener, err);
    admin.listen_fd = mock->admin_listener.fd;
    return rc == MOCKD_OK ? md_admin_new(&admin, &mock->admin, err) : rc;
}

static void *run_thread(void *user)
{
    struct mockd *mock = user;

    md_loop_run(mock->loop);
    return NULL;
}

static enum mockd_code start_thread(struct mockd *mock, struct mockd_error *err)
{
    int failure = pthread_create(&mock->thread, NULL, run_thread, mock);

    if (failure != 0) {
        return md_fail(err, MOCKD_E_SYSTEM, "thread: %s", strerror(failure));
    }
    mock->has_thread = true;
    return MOCKD_OK;
}

static enum mockd_code start(struct mockd *mock,
                             const struct mockd_options *options,
                             struct mockd_error *err)
{
    enum mockd_code rc = load(mock, options, err);

    if (rc == MOCKD_OK) {
        rc = md_engine_init(&mock->engine, &mock->profile,
                            options->seed == 0 ? make_seed() : options->seed,
                            err);
        mock->engine.on_note = options->on_note;
        if (rc == MOCKD_OK && options->pace != NULL) {
            rc = md_pace_parse(options->pace, &mock->engine.pace, err);
        }
        mock->engine.faults.has_unix = options->unix_path != NULL;
        mock->engine.faults.has_tcp = options->tcp_address != NULL;
        mock->engine.on_note_user = options->on_note_user;
    }
    if (rc == MOCKD_OK) {
        rc = md_loop_new(&mock->engine, &mock->loop, err);
    }
    if (rc == MOCKD_OK) {
        mock->control =
            (struct md_control){&mock->profile, &mock->engine, mock->loop};
        rc = open_journal(mock, options->journal_path, err);
    }
    if (rc == MOCKD_OK) {
        rc = open_admin(mock, options, err);
    }
    if (rc == MOCKD_OK) {
        rc = load_tls(mock, options, err);
    }
    if (rc == MOCKD_OK) {
        rc = listen_on(mock, options, err);
    }
    return rc == MOCKD_OK ? start_thread(mock, err) : rc;
}

enum mockd_code mockd_start(const struct mockd_options *options,
                            struct mockd **out_mock, struct mockd_error *err)
{
    struct mockd *mock = NULL;
    enum mockd_code rc = check_options(options, err);
    sigset_t all;
    sigset_t before;

    if (rc != MOCKD_OK) {
        return rc;
    }
    mock = calloc(1, sizeof(*mock));
    if (mock == NULL) {
        return md_fail_nomem(err);
    }
    mock->unix_listener.fd = -1;
    mock->tcp_listener.fd = -1;
    mock->admin_listener.fd = -1;
    mock->journal_fd = -1;
    /* signals are for the program's own threads, not for ours */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = start(mock, options, err);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != MOCKD_OK) {
        mockd_stop(mock);
        return rc;
    }
    *out_mock = mock;
    return MOCKD_OK;
}

void mockd_stop(struct mockd *mock)
{
    if (mock == NULL) {
        return;
    }
    if (mock->has_thread) {
        md_loop_stop(mock->loop);
        (void)pthread_join(mock->thread, NULL);
    }
    if (mock->engine.journal != NULL) {
        md_journal_mute(mock->engine.journal);
    }
    md_admin_free(mock->admin);
    md_loop_free(mock->loop);
    md_tls_free(mock->tls);
    md_listener_release(&mock->unix_listener);
    md_listener_release(&mock->tcp_listener);
    md_listener_release(&mock->admin_listener);
    if (mock->journal_fd >= 0) {
        (void)close(mock->journal_fd);
    }
    md_journal_free(mock->engine.journal);
    md_engine_release(&mock->engine);
    md_profile_release(&mock->profile);
    free(mock);
}

enum mockd_code mockd_arm(struct mockd *mock, const char *fault,
                          struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    md_loop_lock(mock->loop);
    rc = md_control_arm(&mock->control, fault, NULL, NULL, err);
    md_loop_unlock(mock->loop);
    return rc;
}

unsigned long mockd_fired(struct mockd *mock, const char *fault)
{
    uint64_t fired = 0;

    md_loop_lock(mock->loop);
    fired = md_faults_fired(&mock->engine.faults, fault);
    md_loop_unlock(mock->loop);
    return (unsigned long)fired;
}

enum mockd_code mockd_disarm(struct mockd *mock, unsigned number,
                             struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    md_loop_lock(mock->loop);
    rc = md_control_disarm(&mock->control, number, err);
    md_loop_unlock(mock->loop);
    return rc;
}

enum mockd_code mockd_step(struct mockd *mock, uint64_t connection,
                           uint64_t count, struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    md_loop_lock(mock->loop);
    rc = md_control_step(&mock->control, connection, count, err);
    md_loop_unlock(mock->loop);
    return rc;
}

enum mockd_code mockd_release(struct mockd *mock, const char *exec,
                              struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    md_loop_lock(mock->loop);
    rc = md_control_release(&mock->control, exec, err);
    md_loop_unlock(mock->loop);
    return rc;
}

enum mockd_code mockd_load(struct mockd *mock, const char *path,
                           struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    md_loop_lock(mock->loop);
    rc = md_control_load(&mock->control, path, NULL, err);
    md_loop_unlock(mock->loop);
    return rc;
}

void mockd_reset(struct mockd *mock)
{
    md_loop_lock(mock->loop);
    md_control_reset(&mock->control);
    md_loop_unlock(mock->loop);
}

/* Give the text away, if it is whole. */
static enum mockd_code give_text(struct md_buf *text, bool is_whole,
                                 char **out_text, struct mockd_error *err)
{
    if (!is_whole || !md_buf_add_text(text, "")) {
        md_buf_release(text);
        return md_fail_nomem(err);
    }
    *out_text = text->data;
    return MOCKD_OK;
}

enum mockd_code mockd_faults(struct mockd *mock, char **out_text,
                             struct mockd_error *err)
{
    struct md_buf text = {.max = MD_ADMIN_ANSWER_MAX};
    bool is_whole = false;

    md_loop_lock(mock->loop);
    is_whole = md_control_faults(&mock->control, &text);
    md_loop_unlock(mock->loop);
    return give_text(&text, is_whole, out_text, err);
}

enum mockd_code mockd_check(struct mockd *mock, bool allows_unused,
                            char **out_text, struct mockd_error *err)
{
    struct md_buf text = {.max = MD_ADMIN_ANSWER_MAX};
    bool is_whole = false;

    md_loop_lock(mock->loop);
    is_whole = md_control_check(&mock->control, allows_unused, &text);
    md_loop_unlock(mock->loop);
    return give_text(&text, is_whole, out_text, err);
}

enum mockd_code mockd_journal(struct mockd *mock, uint64_t since,
                              char **out_text, struct mockd_error *err)
{
    struct md_buf text = {.max = MD_ADMIN_ANSWER_MAX};
    bool is_whole = false;

    md_loop_lock(mock->loop);
    is_whole = md_journal_print(mock->engine.journal, since, NULL, "\n", &text);
    md_loop_unlock(mock->loop);
    return give_text(&text, is_whole, out_text, err);
}

/* With the loop locked. A copy of the entry, or NULL with the reason. */
static char *wait_locked(struct mockd *mock, const struct md_json *filter,
                         uint64_t since, const struct timespec *deadline,
                         enum mockd_code *out_code)
{
    const char *line = NULL;
    bool has_time = true;

    for (;;) {
        char *copy = NULL;

        line = md_journal_find(mock->engine.journal, filter, &since);
        if (line != NULL) {
            copy = strdup(line);
            *out_code = copy == NULL ? MOCKD_E_SYSTEM : MOCKD_OK;
            return copy;
        }
        if (!has_time) {
            *out_code = MOCKD_E_TIMEOUT;
            return NULL;
        }
        /* what was looked at is not looked at again */
        if (md_journal_last(mock->engine.journal) > since) {
            since = md_journal_last(mock->engine.journal);
        }
        has_time = md_loop_wait(mock->loop, deadline);
    }
}

static struct timespec time_after(uint32_t timeout_ms)
{
    struct timespec time = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += timeout_ms / 1000;
    time.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

enum mockd_code mockd_wait(struct mockd *mock, const char *filter,
                           uint64_t since, uint32_t timeout_ms,
                           char **out_entry, struct mockd_error *err)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *wanted = NULL;
    struct timespec deadline = time_after(timeout_ms);
    struct mockd_error why = {0};
    enum mockd_code rc = MOCKD_OK;
    char *entry = NULL;

    if (filter != NULL && filter[0] != '\0') {
        rc = md_json_parse(filter, strlen(filter), &wanted, &why);
        if (rc == MOCKD_E_SYSTEM) {
            return md_fail_nomem(err);
        }
        if (!md_json_is_object(wanted)) {
            return md_fail(err, MOCKD_E_INVALID,
                           "filter %.100s: not a JSON object", filter);
        }
    }
    md_loop_lock(mock->loop);
    entry = wait_locked(mock, wanted, since, &deadline, &rc);
    md_loop_unlock(mock->loop);
    if (rc == MOCKD_E_TIMEOUT) {
        return md_fail(err, rc, "no entry fits %.200s after %u ms",
                       filter == NULL ? "" : filter, (unsigned)timeout_ms);
    }
    if (rc != MOCKD_OK) {
        return md_fail_nomem(err);
    }
    if (out_entry != NULL) {
        *out_entry = entry;
    } else {
        free(entry);
    }
    return MOCKD_OK;
}

void mockd_text_free(char *text)
{
    free(text);
}

const char *mockd_admin_url(const struct mockd *mock)
{
    return mock->admin_listener.url;
}

const char *mockd_unix_url(const struct mockd *mock)
{
    return mock->unix_listener.url;
}

const char *mockd_tcp_url(const struct mockd *mock)
{
    return mock->tcp_listener.url;
}

const char *mockd_container(const struct mockd *mock)
{
    const char *name = NULL;

    md_loop_lock(mock->loop);
    name = md_profile_container(&mock->profile);
    md_loop_unlock(mock->loop);
    return name;
}

size_t mockd_fixture_count(const struct mockd *mock)
{
    size_t count = 0;

    md_loop_lock(mock->loop);
    count = mock->profile.count;
    md_loop_unlock(mock->loop);
    return count;
}
