/* SPDX-License-Identifier: MIT */
/* faults_control.c - faults of the calls around a stream, and of who may
 * connect; what does not fit a body is in faults_json.c and faults_framing.c.
 */
#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "edit_json.h"
#include "exec.h"
#include "json.h"

#define HOUR_MS 3600000

/* Does this answer say that the exec, which has run, is over? */
static bool says_exited(const struct md_edit *edit)
{
    struct md_json_span span = {0};
    size_t len = 0;
    const char *body = md_edit_body_of(edit, &len);

    return edit->exec != NULL && edit->exec->phase == MD_PHASE_EXITED &&
           md_edit_check_json(edit, NULL) == MOCKD_OK &&
           md_json_span(body, len, "Running", &span) &&
           strncmp(body + span.at, "false", 5) == 0;
}

static enum mockd_code say_running(struct md_edit *edit,
                                   struct mockd_error *err)
{
    struct md_program *program = edit->program;
    struct md_json_span span = {0};
    enum mockd_code rc = md_edit_find_value(edit, "ExitCode", &span, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (!md_edit_body(program, program->head_len + span.at, span.end - span.at,
                      "null", 4)) {
        return md_edit_no_room(err);
    }
    return md_edit_set_value(edit, "Running", "true", err);
}

/* The mock has no clock for a stream's end; a client that asks at once starts
 * it as well. */
static enum mockd_code inspect_lag(struct md_edit *edit,
                                   struct mockd_error *err)
{
    uint64_t polls = (uint64_t)md_edit_number(edit, "polls");
    uint64_t us = (uint64_t)md_edit_number(edit, "us");
    struct md_exec *exec = edit->exec;
    bool is_late = false;

    if (!says_exited(edit)) {
        return MOCKD_OK;
    }
    if (exec->since_us == 0) {
        exec->since_us = edit->now_us;
    }
    is_late = us > 0 ? edit->now_us - exec->since_us < us : exec->polls < polls;
    if (!is_late) {
        return MOCKD_OK;
    }
    exec->polls++;
    return say_running(edit, err);
}

static enum mockd_code inspect_flap(struct md_edit *edit,
                                    struct mockd_error *err)
{
    if (!says_exited(edit) || edit->exec->polls == 3) {
        return MOCKD_OK;
    }
    edit->exec->polls++;
    return edit->exec->polls == 2
               ? md_edit_fired(edit, edit->program->head_len, err)
               : say_running(edit, err);
}

static enum mockd_code exit_code(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf value = {.max = edit->program->bytes.max};
    enum mockd_code rc = MOCKD_OK;

    if (!says_exited(edit)) {
        return MOCKD_OK;
    }
    if (!md_edit_json(edit, "v", &value)) {
        rc = md_edit_no_room(err);
    } else if (strcmp(value.data, "missing") == 0) {
        rc = md_edit_remove_value(edit, "ExitCode", err);
    } else {
        rc = md_edit_set_value(edit, "ExitCode", value.data, err);
    }
    md_buf_release(&value);
    return rc;
}

static enum mockd_code exit_before_eof(struct md_edit *edit,
                                       struct mockd_error *err)
{
    struct md_program *program = edit->program;
    uint64_t us = (uint64_t)md_edit_number(edit, "us");
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);

    if (rc == MOCKD_OK && us > 0) {
        rc = md_edit_done(md_program_mark_first(program, at, MD_MARK_PAUSE, us),
                          err);
    }
    if (rc == MOCKD_OK) {
        rc = md_edit_fired(edit, at, err);
    }
    return rc == MOCKD_OK
               ? md_edit_done(
                     md_program_mark_first(program, at, MD_MARK_EXIT, 0), err)
               : rc;
}

/* ---- another answer, or a late one ---- */

/* Answer @status with a message; @text is escaped. */
static enum mockd_code answer_message(struct md_edit *edit, const char *status,
                                      const char *text, struct mockd_error *err)
{
    struct md_buf body = {.max = edit->program->bytes.max};
    bool ok = md_buf_add_text(&body, "{\"message\":") &&
              md_json_quote(&body, text) && md_buf_add_text(&body, "}\n") &&
              md_edit_answer(edit->program, status, body.data);

    md_buf_release(&body);
    return ok ? md_edit_fired(edit, 0, err) : md_edit_no_room(err);
}

static enum mockd_code inspect_404_after_exit(struct md_edit *edit,
                                              struct mockd_error *err)
{
    char text[512];

    if (edit->exec == NULL || edit->exec->phase != MD_PHASE_EXITED) {
        return MOCKD_OK;
    }
    (void)snprintf(text, sizeof(text), "No such exec instance: %.400s",
                   edit->exec->id);
    return answer_message(edit, "404 Not Found", text, err);
}

static enum mockd_code inspect_500(struct md_edit *edit,
                                   struct mockd_error *err)
{
    return answer_message(edit, "500 Internal Server Error",
                          md_edit_text(edit, "message"), err);
}

static enum mockd_code create_error(struct md_edit *edit,
                                    struct mockd_error *err)
{
    static const struct {
        int64_t code;
        const char *status;
        const char *text;
    } errors[] = {
        {400, "400 Bad Request", "No exec command specified"},
        {404, "404 Not Found", "No such container: t1"},
        {409, "409 Conflict",
         "Container t1 is paused, unpause the container "
         "before exec"},
        {500, "500 Internal Server Error", "container state improper"},
        {503, "503 Service Unavailable", "the daemon is not ready"},
    };
    int64_t code = md_edit_number(edit, "code");
    const char *text = md_edit_text(edit, "message");
    char status[32];

    (void)snprintf(status, sizeof(status), "%d Error", (int)code);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (errors[i].code == code) {
            text = text[0] == '\0' ? errors[i].text : text;
            return answer_message(edit, errors[i].status, text, err);
        }
    }
    return answer_message(edit, status, text, err);
}

static enum mockd_code version_error(struct md_edit *edit, const char *word,
                                     const char *tail, struct mockd_error *err)
{
    char text[512];

    (void)snprintf(
        text, sizeof(text), "client version %.100s is too %s%.100s%s",
        md_edit_text(edit, "client"), word, md_edit_text(edit, "limit"), tail);
    return answer_message(edit, "400 Bad Request", text, err);
}

static enum mockd_code version_too_old(struct md_edit *edit,
                                       struct mockd_error *err)
{
    return version_error(edit, "old. Minimum supported API version is ",
                         ", please upgrade your client to a newer version",
                         err);
}

static enum mockd_code version_too_new(struct md_edit *edit,
                                       struct mockd_error *err)
{
    return version_error(edit, "new. Maximum supported API version is ", "",
                         err);
}

static enum mockd_code ping_no_api_version(struct md_edit *edit,
                                           struct mockd_error *err)
{
    return md_edit_header(edit->program, "Api-Version", NULL)
               ? md_edit_fired(edit, 0, err)
               : md_edit_no_room(err);
}

/* Wait for @ms before the head, 0 being for ever. */
static enum mockd_code hold_back(struct md_edit *edit, struct mockd_error *err)
{
    struct md_program *program = edit->program;
    uint64_t ms = (uint64_t)md_edit_number(edit, "ms");
    enum mockd_code rc = md_edit_done(
        ms == 0 ? md_program_mark_first(program, 0, MD_MARK_STALL, 0)
                : md_program_mark_first(program, 0, MD_MARK_PAUSE, ms * 1000),
        err);

    return rc == MOCKD_OK ? md_edit_fired(edit, 0, err) : rc;
}

static enum mockd_code reorder(struct md_edit *edit, struct mockd_error *err)
{
    enum mockd_code rc = md_edit_fired(edit, 0, err);

    return rc == MOCKD_OK
               ? md_edit_done(md_program_mark_first(edit->program, 0,
                                                    MD_MARK_INSPECT, 0),
                              err)
               : rc;
}

static const struct md_fault_param no_params[] = {{0}};

static const struct md_fault_param lag_params[] = {
    {.name = "polls",
     .max = INT32_MAX,
     .standard = 1,
     .help = "how many inspects of each exec"},
    {.name = "us",
     .max = INT32_MAX,
     .help = "instead: microseconds from the first one on"},
    {0}};

static const struct md_fault_param code_params[] = {
    {.name = "v",
     .type = MD_PARAM_JSON,
     .is_required = true,
     .help = "a value; a text is put in as it is, so 3.0, or \"3\" with its "
             "quotes; missing = no member"},
    {0}};

static const struct md_fault_param before_params[] = {
    {.name = "at",
     .type = MD_PARAM_PLACE,
     .standard_text = "byte:0",
     .help = "where the exec exits"},
    {.name = "us",
     .max = INT32_MAX,
     .standard = 100000,
     .help = "microseconds until the stream goes on"},
    {0}};

static const struct md_fault_param message_params[] = {
    {.name = "message",
     .type = MD_PARAM_TEXT,
     .standard_text = "exec session state is not available",
     .help = "what the body says"},
    {0}};

static const struct md_fault_param create_params[] = {
    {.name = "code",
     .min = 400,
     .max = 599,
     .standard = 409,
     .help = "the status"},
    {.name = "message",
     .type = MD_PARAM_TEXT,
     .help = "what the body says; Docker's words for 400, 404, 409, 500, 503"},
    {0}};

static const struct md_fault_param stall_params[] = {
    {.name = "ms", .max = HOUR_MS, .help = "milliseconds; 0 = for ever"}, {0}};

static const struct md_fault_param slow_params[] = {{.name = "ms",
                                                     .min = 1,
                                                     .max = HOUR_MS,
                                                     .standard = 1000,
                                                     .help = "milliseconds"},
                                                    {0}};

static const struct md_fault_param old_params[] = {
    {.name = "client",
     .type = MD_PARAM_TEXT,
     .standard_text = "1.12",
     .help = "the version that is named as the client's"},
    {.name = "limit",
     .type = MD_PARAM_TEXT,
     .standard_text = "1.24",
     .help = "the oldest one"},
    {0}};

static const struct md_fault_param new_params[] = {
    {.name = "client",
     .type = MD_PARAM_TEXT,
     .standard_text = "1.99",
     .help = "the version that is named as the client's"},
    {.name = "limit",
     .type = MD_PARAM_TEXT,
     .standard_text = "1.41",
     .help = "the newest one"},
    {0}};

static const struct md_fault_param door_params[] = {
    {.name = "ms",
     .max = HOUR_MS,
     .help = "milliseconds until it is over; 0 = for ever"},
    {0}};

static const struct md_fault_param limit_params[] = {
    {.name = "n",
     .min = 1,
     .max = INT32_MAX,
     .is_required = true,
     .help = "connections of a listener, streams included"},
    {0}};

/* ---- the list ---- */

#define GROUP .group = "control"
#define ON_INSPECT GROUP, .on = MD_ON_INSPECT, .standard_on = MD_ON_INSPECT
#define ON_START GROUP, .on = MD_ON_START, .standard_on = MD_ON_START
#define ON_CREATE                                                              \
    GROUP, .on = MD_ON_ANY & ~MD_ON_START, .standard_on = MD_ON_CREATE

const struct md_fault_kind md_faults_control[] = {
    {.name = "inspect_lag",
     ON_INSPECT,
     .is_lasting = true,
     .wire = "an exec that has exited: Running true, ExitCode null, at first",
     .models = "socktainer#305, testcontainers-go#3766: the docker CLI asks "
               "once and takes null for 0",
     .params = lag_params,
     .apply = inspect_lag},
    {.name = "exit_before_eof",
     ON_START,
     .wire = "inspect says exited while the stream goes on",
     .models = "a background child keeps stdout; dockerd waits 2 s for it "
               "(moby daemon/monitor.go)",
     .params = before_params,
     .apply = exit_before_eof},
    {.name = "inspect_flap",
     ON_INSPECT,
     .is_lasting = true,
     .wire = "an exec that has exited: Running true, false, true, and false "
             "from then on",
     .models = "restarts",
     .params = no_params,
     .apply = inspect_flap},
    {.name = "exit_code",
     ON_INSPECT,
     .is_lasting = true,
     .wire = "the ExitCode of an exec that has exited is this",
     .models = "spotify/docker-client#1052 and docker-java#1259 (int32 "
               "overflow on Windows), go-dockerclient#110 (3.0)",
     .params = code_params,
     .apply = exit_code},
    {.name = "inspect_404_after_exit",
     ON_INSPECT,
     .is_lasting = true,
     .wire = "an exec that has exited: 404",
     .models = "engines that forget execs: podman#20018, podman#16036",
     .params = no_params,
     .apply = inspect_404_after_exit},
    {.name = "inspect_500",
     ON_INSPECT,
     .wire = "500 with a message",
     .models = "podman#20018: the exit code is lost",
     .params = message_params,
     .apply = inspect_500},
    {.name = "inspect_stall",
     ON_INSPECT,
     .wire = "no answer, the connection open",
     .models = "a daemon that holds the container's lock",
     .params = stall_params,
     .apply = hold_back},
    {.name = "create_error",
     ON_CREATE,
     .wire = "that status with a message",
     .models = "409 for a paused container; Podman says 500 where Docker says "
               "404 or 409",
     .params = create_params,
     .apply = create_error},
    {.name = "ping_no_api_version",
     GROUP,
     .on = MD_ON_PING,
     .standard_on = MD_ON_PING,
     .wire = "no Api-Version line",
     .models = "proxies that answer ping by themselves",
     .params = no_params,
     .apply = ping_no_api_version},
    {.name = "version_too_old",
     ON_CREATE,
     .wire = "400, \"client version 1.12 is too old...\"",
     .models = "Docker 29 refuses API versions below 1.44",
     .params = old_params,
     .apply = version_too_old},
    {.name = "version_too_new",
     ON_CREATE,
     .wire = "400, \"client version 1.99 is too new...\"",
     .models = "a client that does not negotiate, and an older engine",
     .params = new_params,
     .apply = version_too_new},
    {.name = "slow_create",
     ON_CREATE,
     .wire = "the answer comes late",
     .models = "a busy daemon",
     .params = slow_params,
     .apply = hold_back},
    {.name = "reorder",
     ON_START,
     .wire = "no head before an inspect of the exec was answered",
     .models = "races between two connections",
     .params = no_params,
     .apply = reorder},
    {.name = "accept_delay",
     GROUP,
     .door = MD_DOOR_DELAY,
     .wire = "connections are accepted late: connect works, answers wait",
     .models = "a busy daemon",
     .params = slow_params},
    {.name = "max_conns",
     GROUP,
     .door = MD_DOOR_LIMIT,
     .wire = "connections above that wait, connected and unanswered",
     .models = "a daemon without free descriptors; clients that leak "
               "connections: moby#45539, docker-py#1293",
     .params = limit_params},
    {.name = "backlog_full",
     GROUP,
     .door = MD_DOOR_FULL,
     .wire = "nobody is accepted, and the kernel's queue is full: unix EAGAIN, "
             "or connect waits; TCP: connect waits",
     .models = "a daemon that hangs",
     .params = door_params},
    {.name = "enoent",
     GROUP,
     .needs_unix = true,
     .door = MD_DOOR_GONE,
     .wire = "the unix path is removed: ENOENT; TCP is left alone",
     .models = "a daemon that is not there yet",
     .params = door_params},
    {.name = "econnrefused",
     GROUP,
     .door = MD_DOOR_REFUSE,
     .wire = "nobody listens, the unix path is left: ECONNREFUSED",
     .models = "the stale socket of a daemon that died",
     .params = door_params},
    {.name = "eacces",
     GROUP,
     .needs_unix = true,
     .door = MD_DOOR_FORBIDDEN,
     .wire = "the unix path has mode 0: EACCES, but not for root, so a mock "
             "that is root refuses it; TCP is left alone",
     .models = "a user who is not in the docker group",
     .params = door_params},
    {0}};
