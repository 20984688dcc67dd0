/* SPDX-License-Identifier: MIT */
/* mockd.c - the public API: what is loaded, who listens, one thread. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <mockd/mockd.h>

#include "cleanup.h"
#include "engine.h"
#include "listen.h"
#include "loop.h"
#include "preset.h"
#include "profile.h"

struct mockd {
    struct md_profile profile;
    struct md_engine engine;
    struct md_loop *loop;
    struct md_listener unix_listener;
    struct md_listener tcp_listener;
    pthread_t thread;
    bool has_thread;
};

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
    return MOCKD_OK;
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

static enum mockd_code listen_on(struct mockd *mock,
                                 const struct mockd_options *options,
                                 struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    if (options->unix_path != NULL) {
        rc = md_listen_unix(options->unix_path, &mock->unix_listener, err);
        if (rc == MOCKD_OK) {
            rc = md_loop_listen(mock->loop, &mock->unix_listener, err);
        }
    }
    if (rc == MOCKD_OK && options->tcp_address != NULL) {
        rc = md_listen_tcp(options->tcp_address, &mock->tcp_listener, err);
        if (rc == MOCKD_OK) {
            rc = md_loop_listen(mock->loop, &mock->tcp_listener, err);
        }
    }
    return rc;
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
        rc = md_engine_init(&mock->engine, &mock->profile, make_seed(), err);
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
    md_loop_free(mock->loop);
    md_listener_release(&mock->unix_listener);
    md_listener_release(&mock->tcp_listener);
    md_engine_release(&mock->engine);
    md_profile_release(&mock->profile);
    free(mock);
}

static enum mockd_code arm_one(void *user, const char *text,
                               struct mockd_error *err)
{
    struct mockd *mock = user;
    struct md_fault *fault = NULL;
    enum mockd_code rc = md_faults_arm(&mock->engine.faults, text, &fault, err);

    if (rc == MOCKD_OK && fault->kind->door != MD_DOOR_OPEN) {
        rc = md_loop_act(mock->loop, fault, err);
        if (rc != MOCKD_OK) {
            md_faults_disarm(&mock->engine.faults, fault);
        }
    }
    return rc;
}

enum mockd_code mockd_arm(struct mockd *mock, const char *fault,
                          struct mockd_error *err)
{
    static const char preset[] = "preset:";
    static const char bug[] = "bug:";
    enum mockd_code rc = MOCKD_OK;

    md_loop_lock(mock->loop);
    if (strncmp(fault, preset, strlen(preset)) == 0) {
        rc = md_preset_each(fault + strlen(preset), false, arm_one, mock, err);
    } else if (strncmp(fault, bug, strlen(bug)) == 0) {
        rc = md_preset_each(fault + strlen(bug), true, arm_one, mock, err);
    } else {
        rc = arm_one(mock, fault, err);
    }
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
    return md_profile_container(&mock->profile);
}

size_t mockd_fixture_count(const struct mockd *mock)
{
    return mock->profile.count;
}
