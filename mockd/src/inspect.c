/* SPDX-License-Identifier: MIT */
#include "inspect.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "json.h"

#define PID 4242    /* any: the mock runs nothing */
#define KEYS_MAX 64 /* detach keys; more are not ones */

/* An answer is kept as text with these where it changes; JSON text has no
 * such bytes. */
enum mark {
    MARK_RUNNING = 1,
    MARK_EXIT_CODE,
    MARK_PID,
    MARK_CAN_REMOVE,
    MARK_ID
};
#define RUNNING "\1"
#define EXIT_CODE "\2"
#define PID_HERE "\3"
#define CAN_REMOVE "\4"
#define ID_HERE "\5"

static const struct md_json *member(const struct md_json *create,
                                    const char *key)
{
    return md_json_get_any_case(create, key);
}

static const char *text_of(const struct md_json *value)
{
    const char *text = md_json_text(value);

    return text == NULL ? "" : text;
}

static bool add_flag(struct md_buf *out, const char *before,
                     const struct md_json *create, const char *key)
{
    return md_buf_add_text(out, before) &&
           md_buf_add_text(out, md_json_is_true(member(create, key)) ? "true"
                                                                     : "false");
}

static bool add_text(struct md_buf *out, const char *before, const char *text)
{
    return md_buf_add_text(out, before) && md_json_quote(out, text);
}

/* The words of Cmd but the first. */
static bool add_arguments(struct md_buf *out, const struct md_json *create,
                          const char *none)
{
    const struct md_json *cmd = member(create, "Cmd");
    const struct md_json *item =
        md_json_is_array(cmd) ? md_json_next(md_json_first(cmd)) : NULL;
    bool is_done = md_buf_add_text(out, "\"arguments\":");

    if (item == NULL) {
        return is_done && md_buf_add_text(out, none);
    }
    for (const char *before = "["; item != NULL && is_done;
         item = md_json_next(item)) {
        is_done = add_text(out, before, text_of(item));
        before = ",";
    }
    return is_done && md_buf_add_text(out, "]");
}

static const char *entrypoint_of(const struct md_json *create)
{
    const struct md_json *cmd = member(create, "Cmd");

    return md_json_is_array(cmd) ? text_of(md_json_first(cmd)) : text_of(cmd);
}

/* "ctrl-a,z" is the bytes 01 7A, as the daemon keeps them. */
static size_t read_keys(const char *text, uint8_t *out)
{
    size_t count = 0;

    while (*text != '\0' && count < KEYS_MAX) {
        size_t len = strcspn(text, ",");
        bool is_ctrl = len == 6 && strncmp(text, "ctrl-", 5) == 0;

        if (len != 1 && !is_ctrl) {
            return 0;
        }
        out[count] = (uint8_t)(is_ctrl ? text[5] & 0x1F : text[0]);
        count++;
        text += len + (text[len] == ',' ? 1 : 0);
    }
    return count;
}

/* Go writes bytes as base64. */
static bool add_base64(struct md_buf *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    bool is_done = true;

    for (size_t i = 0; i < len && is_done; i += 3) {
        size_t left = len - i;
        unsigned bits = (unsigned)bytes[i] << 16;

        bits |= left > 1 ? (unsigned)bytes[i + 1] << 8 : 0;
        bits |= left > 2 ? bytes[i + 2] : 0;
        is_done = md_buf_printf(out, "%c%c%c%c", digits[bits >> 18],
                                digits[bits >> 12 & 63],
                                left > 1 ? digits[bits >> 6 & 63] : '=',
                                left > 2 ? digits[bits & 63] : '=');
    }
    return is_done;
}

static bool add_detach_keys(struct md_buf *out, const struct md_json *create)
{
    uint8_t keys[KEYS_MAX];
    size_t len = read_keys(text_of(member(create, "DetachKeys")), keys);

    return md_buf_add_text(out, ",\"DetachKeys\":\"") &&
           add_base64(out, keys, len) && md_buf_add_text(out, "\"");
}

/* As Docker 28 orders them. */
static bool write_docker(struct md_buf *out, const struct md_json *create,
                         const char *cid)
{
    const char *user = text_of(member(create, "User"));

    return md_buf_add_text(out,
                           "{\"ID\":\"" ID_HERE "\",\"Running\":" RUNNING
                           ",\"ExitCode\":" EXIT_CODE ",\"ProcessConfig\":{") &&
           add_flag(out, "\"tty\":", create, "Tty") &&
           add_text(out, ",\"entrypoint\":", entrypoint_of(create)) &&
           md_buf_add_text(out, ",") && add_arguments(out, create, "[]") &&
           add_flag(out, ",\"privileged\":", create, "Privileged") &&
           (user[0] == '\0' || add_text(out, ",\"user\":", user)) &&
           add_flag(out, "},\"OpenStdin\":", create, "AttachStdin") &&
           add_flag(out, ",\"OpenStderr\":", create, "AttachStderr") &&
           add_flag(out, ",\"OpenStdout\":", create, "AttachStdout") &&
           add_text(out, ",\"CanRemove\":false,\"ContainerID\":", cid) &&
           add_detach_keys(out, create) &&
           md_buf_add_text(out, ",\"Pid\":" PID_HERE "}\n");
}

static bool write_podman(struct md_buf *out, const struct md_json *create,
                         const char *cid)
{
    return md_buf_add_text(out, "{\"CanRemove\":" CAN_REMOVE) &&
           add_text(out, ",\"ContainerID\":", cid) &&
           add_text(out, ",\"DetachKeys\":",
                    text_of(member(create, "DetachKeys"))) &&
           md_buf_add_text(out, ",\"ExitCode\":" EXIT_CODE ",\"ID\":\"" ID_HERE
                                "\"") &&
           add_flag(out, ",\"OpenStderr\":", create, "AttachStderr") &&
           add_flag(out, ",\"OpenStdin\":", create, "AttachStdin") &&
           add_flag(out, ",\"OpenStdout\":", create, "AttachStdout") &&
           md_buf_add_text(out, ",\"Running\":" RUNNING ",\"Pid\":" PID_HERE
                                ",\"ProcessConfig\":{") &&
           add_arguments(out, create, "null") &&
           add_text(out, ",\"entrypoint\":", entrypoint_of(create)) &&
           add_flag(out, ",\"privileged\":", create, "Privileged") &&
           add_flag(out, ",\"tty\":", create, "Tty") &&
           add_text(out, ",\"user\":", text_of(member(create, "User"))) &&
           md_buf_add_text(out, "}}\n");
}

enum mockd_code md_inspect_note(struct md_execs *execs, struct md_exec *exec,
                                const struct md_json *create,
                                struct mockd_error *err)
{
    const struct md_script *script = &exec->fixture->script;
    struct md_buf out = {.max = MD_INSPECTS_MAX - execs->inspect_bytes};
    bool is_done = script->style == MD_STYLE_PODMAN
                       ? write_podman(&out, create, script->cid)
                       : write_docker(&out, create, script->cid);

    if (!is_done) {
        md_buf_release(&out);
        return md_fail(err, MOCKD_E_SYSTEM,
                       "out of memory, or over %d bytes for the inspects of "
                       "scripted execs; start a fresh mock",
                       MD_INSPECTS_MAX);
    }
    exec->inspect = out.data;
    execs->inspect_bytes += out.len;
    return MOCKD_OK;
}

static bool still_runs(struct md_exec *exec, const struct md_inspect *inspect)
{
    switch (inspect->lag) {
    case MD_LAG_NONE:
        break;
    case MD_LAG_POLLS:
        if (exec->lag < inspect->polls) {
            exec->lag++;
            return true;
        }
        break;
    case MD_LAG_UNTIL_RELEASED:
        return !exec->is_released;
    }
    return false;
}

struct md_inspect_view md_inspect_next(struct md_exec *exec,
                                       const struct md_inspect *inspect)
{
    bool is_over = exec->phase == MD_PHASE_EXITED && !still_runs(exec, inspect);

    return (struct md_inspect_view){
        .is_running = exec->phase != MD_PHASE_CREATED && !is_over,
        .has_exited = is_over,
        .exit_code = exec->exit_code,
    };
}

static bool write_mark(const struct md_exec *exec,
                       const struct md_inspect_view *view, enum mark mark,
                       struct md_buf *out)
{
    bool is_podman = exec->fixture->script.style == MD_STYLE_PODMAN;
    bool has_pid = view->is_running || (view->has_exited && !is_podman);

    switch (mark) {
    case MARK_RUNNING:
        return md_buf_add_text(out, view->is_running ? "true" : "false");
    case MARK_EXIT_CODE:
        return view->has_exited
                   ? md_buf_printf(out, "%d", view->exit_code)
                   : md_buf_add_text(out, is_podman ? "0" : "null");
    case MARK_PID:
        return md_buf_printf(out, "%d", has_pid ? PID : 0);
    case MARK_CAN_REMOVE:
        return md_buf_add_text(out, view->has_exited ? "true" : "false");
    case MARK_ID:
        return md_buf_add_text(out, exec->id);
    }
    return false;
}

bool md_inspect_body(const struct md_exec *exec,
                     const struct md_inspect_view *view, struct md_buf *out)
{
    const char *text = exec->inspect;
    bool is_done = true;

    while (*text != '\0' && is_done) {
        size_t len =
            strcspn(text, RUNNING EXIT_CODE PID_HERE CAN_REMOVE ID_HERE);

        is_done = md_buf_add(out, text, len);
        text += len;
        if (*text != '\0' && is_done) {
            is_done = write_mark(exec, view, (enum mark) * text, out);
            text++;
        }
    }
    return is_done;
}
