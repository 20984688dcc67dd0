/* SPDX-License-Identifier: MIT */
/* target.c - the engine that a run judges: a real one, or a mock of ours. */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>

#include "folder.h"

#define DEFAULT_HOST "unix:///var/run/docker.sock"
#define ARCHIVE "../share/drydock/image.tar"

static bool find_mock(struct dry_engine_target *target, const char *profile,
                      char error[DRY_DAEMON_ERROR_MAX])
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};

    options.profile = profile;
    options.unix_path = "auto";
    if (mockd_start(&options, &target->mock, &err) != MOCKD_OK) {
        (void)snprintf(error, DRY_DAEMON_ERROR_MAX, "--mock %s: %s", profile,
                       err.message);
        return false;
    }
    target->host = mockd_unix_url(target->mock);
    target->container = mockd_container(target->mock);
    /* a profile need not hold an answer to GET /version: its name says it */
    if (!dry_engine_from_text(&target->engine, profile)) {
        (void)snprintf(error, DRY_DAEMON_ERROR_MAX,
                       "--mock %s: expected FAMILY-VERSION", profile);
        return false;
    }
    return true;
}

static bool find_engine(struct dry_engine_target *target,
                        const struct dry_options *options,
                        char error[DRY_DAEMON_ERROR_MAX])
{
    const char *from_environment = getenv("DOCKER_HOST");
    char archive[DRY_FOLDER_MAX];

    target->host = options->host;
    if (target->host == NULL) {
        target->host = from_environment == NULL || *from_environment == '\0'
                           ? DEFAULT_HOST
                           : from_environment;
    }
    target->container = options->container;
    if (!dry_daemon_identify(target->host, &target->engine, error)) {
        return false;
    }
    if (target->container != NULL) {
        return dry_daemon_check(target->host, target->container, error);
    }
    if (!dry_folder_beside(archive, ARCHIVE)) {
        (void)snprintf(error, DRY_DAEMON_ERROR_MAX,
                       "image: the path of this program is too long");
        return false;
    }
    target->container = target->guest.container;
    return dry_daemon_make(target->host, options->image, archive, DRY_VERSION,
                           &target->guest, error);
}

bool dry_target_find(struct dry_engine_target *out_target,
                     const struct dry_options *options,
                     char out_error[DRY_DAEMON_ERROR_MAX])
{
    *out_target = (struct dry_engine_target){0};
    return options->mock != NULL
               ? find_mock(out_target, options->mock, out_error)
               : find_engine(out_target, options, out_error);
}

bool dry_target_leave(struct dry_engine_target *target,
                      char out_error[DRY_DAEMON_ERROR_MAX])
{
    struct dry_guest guest = target->guest;

    target->guest = (struct dry_guest){0};
    mockd_stop(target->mock);
    target->mock = NULL;
    return dry_daemon_remove(target->host, &guest, out_error);
}
