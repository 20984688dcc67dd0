/* SPDX-License-Identifier: MIT */
#include "exec.h"

#include <assert.h>
#include <stdio.h>

#include "call.h"
#include "cleanup.h"
#include "exec_json.h"
#include "fail.h"
#include "limits.h"

#define CONTAINER_SHOWN 64 /* bytes of a name that a message repeats */

/* For messages: a NULL id is refused further down. */
static const char *show(const char *name)
{
    return name == NULL ? "" : name;
}

static struct dx_view view_of(const struct dx_buf *buf)
{
    return (struct dx_view){.data = buf->data, .len = buf->len};
}

static enum dexec_code check_create(const struct dexec_create_options *options,
                                    struct dexec_error *err)
{
    if (options == NULL || options->size != sizeof(*options)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "the options' size is not %zu; start from "
                       "DEXEC_CREATE_OPTIONS_INIT",
                       sizeof(*options));
    }
    if (options->cmd == NULL || options->cmd[0] == NULL) {
        return dx_fail(err, DEXEC_E_INVALID, 0, "no command was given");
    }
    return DEXEC_OK;
}

static enum dexec_code create(struct dexec_client *client,
                              const char *container,
                              const struct dexec_create_options *options,
                              uint64_t deadline_ms, struct dexec_id *out_id,
                              struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf body = {0};
    struct dx_call call = {.method = "POST",
                           .path = {.collection = "containers",
                                    .name = container,
                                    .action = "exec"},
                           .deadline_ms = deadline_ms};
    DX_CLEANUP(dx_answer_release) struct dx_answer answer = {0};
    enum dexec_code rc = check_create(options, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    dx_buf_init(&body, &client->mem, DX_REQUEST_MAX);
    rc = dx_json_write_create(options, &body, err);
    if (rc == DEXEC_OK) {
        call.body = view_of(&body);
        rc = dx_call(client, &call, &answer, err);
    }
    if (rc == DEXEC_OK) {
        rc = dx_json_read_id(answer.body, out_id, err);
    }
    return rc;
}

enum dexec_code dx_exec_create(struct dexec_client *client,
                               const char *container,
                               const struct dexec_create_options *options,
                               uint64_t deadline_ms, struct dexec_id *out_id,
                               struct dexec_error *err)
{
    enum dexec_code rc =
        create(client, container, options, deadline_ms, out_id, err);

    return rc == DEXEC_OK ? rc
                          : dx_fail_while(err, rc, "create exec in %.*s",
                                          CONTAINER_SHOWN, show(container));
}

enum dexec_code dexec_create(struct dexec_client *client, const char *container,
                             const struct dexec_create_options *options,
                             struct dexec_id *out_id, struct dexec_error *err)
{
    return dx_exec_create(client, container, options, DX_NEVER, out_id, err);
}

enum dexec_code dexec_start_detached(struct dexec_client *client,
                                     const char *id, bool tty,
                                     struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf body = {0};
    const struct dx_json_start start = {.detach = true, .tty = tty};
    struct dx_call call = {
        .method = "POST",
        .path = {.collection = "exec", .name = id, .action = "start"},
        .deadline_ms = DX_NEVER};
    DX_CLEANUP(dx_answer_release) struct dx_answer answer = {0};
    enum dexec_code rc = DEXEC_OK;

    dx_buf_init(&body, &client->mem, DX_REQUEST_MAX);
    rc = dx_json_write_start(&start, &body, err);
    if (rc == DEXEC_OK) {
        call.body = view_of(&body);
        rc = dx_call(client, &call, &answer, err);
    }
    return rc == DEXEC_OK ? rc
                          : dx_fail_while(err, rc, "start exec %.*s",
                                          DX_ID_SHOWN, show(id));
}

static enum dexec_code inspect(struct dexec_client *client, const char *id,
                               uint64_t deadline_ms,
                               struct dexec_inspect **out_inspect,
                               struct dexec_error *err)
{
    const struct dx_call call = {
        .method = "GET",
        .path = {.collection = "exec", .name = id, .action = "json"},
        .deadline_ms = deadline_ms};
    DX_CLEANUP(dx_answer_release) struct dx_answer answer = {0};
    enum dexec_code rc = dx_call(client, &call, &answer, err);

    if (rc == DEXEC_OK) {
        rc = dx_json_read_inspect(answer.body, &client->mem, out_inspect, err);
    }
    return rc == DEXEC_OK ? rc
                          : dx_fail_while(err, rc, "inspect exec %.*s",
                                          DX_ID_SHOWN, show(id));
}

enum dexec_code dexec_inspect(struct dexec_client *client, const char *id,
                              struct dexec_inspect **out_inspect,
                              struct dexec_error *err)
{
    return inspect(client, id, DX_NEVER, out_inspect, err);
}

void dexec_inspect_free(struct dexec_client *client,
                        struct dexec_inspect *inspect)
{
    dx_mem_free(&client->mem, inspect);
}

/* One look: is it over, and how? */
static enum dexec_code look(struct dexec_client *client, const char *id,
                            uint64_t deadline_ms, bool *out_is_over,
                            int64_t *out_exit_code, struct dexec_error *err)
{
    struct dexec_inspect *found = NULL;
    enum dexec_code rc = inspect(client, id, deadline_ms, &found, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    assert(found != NULL); /* as inspect() promises */
    if (!found->has_running) {
        rc = dx_fail(err, DEXEC_E_PROTOCOL, 0,
                     "wait for exec %.*s: the answer does not say whether it "
                     "is running",
                     DX_ID_SHOWN, show(id));
    }
    *out_is_over = !found->running && found->has_exit_code;
    *out_exit_code = found->exit_code;
    dexec_inspect_free(client, found);
    return rc;
}

static uint32_t next_pause(uint32_t pause_ms)
{
    return pause_ms < DX_WAIT_PAUSE_LAST_MS / 2 ? pause_ms * 2
                                                : DX_WAIT_PAUSE_LAST_MS;
}

static void wait_a_little(const struct dx_clock *clock, uint64_t deadline_ms,
                          uint32_t pause_ms)
{
    int left = dx_clock_left(clock, deadline_ms);

    if (left >= 0 && (uint32_t)left < pause_ms) {
        pause_ms = (uint32_t)left;
    }
    clock->pause_ms(clock->user, pause_ms);
}

enum dexec_code dx_exec_wait(struct dexec_client *client, const char *id,
                             uint64_t deadline_ms, int64_t *out_exit_code,
                             struct dexec_error *err)
{
    const struct dx_clock *clock = &client->clock;
    uint32_t pause_ms = DX_WAIT_PAUSE_FIRST_MS;
    int64_t exit_code = 0;
    bool is_over = false;

    while (dx_clock_left(clock, deadline_ms) != 0) {
        enum dexec_code rc =
            look(client, id, deadline_ms, &is_over, &exit_code, err);

        if (rc != DEXEC_OK) {
            return rc;
        }
        if (is_over) {
            *out_exit_code = exit_code;
            return DEXEC_OK;
        }
        wait_a_little(clock, deadline_ms, pause_ms);
        pause_ms = next_pause(pause_ms);
    }
    return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                   "wait for exec %.*s: it has not ended in time", DX_ID_SHOWN,
                   show(id));
}

enum dexec_code dexec_wait(struct dexec_client *client, const char *id,
                           uint32_t timeout_ms, int64_t *out_exit_code,
                           struct dexec_error *err)
{
    return dx_exec_wait(client, id,
                        dx_clock_deadline(&client->clock, timeout_ms),
                        out_exit_code, err);
}

enum dexec_code dexec_resize(struct dexec_client *client, const char *id,
                             uint16_t rows, uint16_t columns,
                             struct dexec_error *err)
{
    char action[sizeof("resize?h=65535&w=65535")] = "";
    struct dx_call call = {
        .method = "POST",
        .path = {.collection = "exec", .name = id, .action = action},
        .deadline_ms = DX_NEVER};
    DX_CLEANUP(dx_answer_release) struct dx_answer answer = {0};
    enum dexec_code rc = DEXEC_OK;

    (void)snprintf(action, sizeof(action), "resize?h=%u&w=%u", (unsigned)rows,
                   (unsigned)columns);
    rc = dx_call(client, &call, &answer, err);
    return rc == DEXEC_OK ? rc
                          : dx_fail_while(err, rc, "resize exec %.*s",
                                          DX_ID_SHOWN, show(id));
}
