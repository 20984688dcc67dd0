/* SPDX-License-Identifier: MIT */
#include "exec_json.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "cleanup.h"
#include "fail.h"
#include "limits.h"

static void free_tree(cJSON **tree)
{
    cJSON_Delete(*tree);
}

static void free_print(char **text)
{
    cJSON_free(*text);
}

/* ---- writing: false means there was no memory ---- */

static bool add_text(cJSON *object, const char *key, const char *value)
{
    return value == NULL || cJSON_AddStringToObject(object, key, value) != NULL;
}

static bool add_bool(cJSON *object, const char *key, bool value)
{
    return cJSON_AddBoolToObject(object, key, value) != NULL;
}

static bool append(cJSON *array, cJSON *item)
{
    if (item != NULL && cJSON_AddItemToArray(array, item)) {
        return true;
    }
    cJSON_Delete(item);
    return false;
}

static bool add_list(cJSON *object, const char *key, const char *const *items)
{
    cJSON *array = NULL;

    if (items == NULL) {
        return true;
    }
    array = cJSON_AddArrayToObject(object, key);
    if (array == NULL) {
        return false;
    }
    for (size_t i = 0; items[i] != NULL; i++) {
        if (!append(array, cJSON_CreateString(items[i]))) {
            return false;
        }
    }
    return true;
}

static bool add_console_size(cJSON *object, uint16_t rows, uint16_t columns)
{
    cJSON *array = NULL;

    if (rows == 0 && columns == 0) {
        return true;
    }
    array = cJSON_AddArrayToObject(object, "ConsoleSize");
    return array != NULL && append(array, cJSON_CreateNumber(rows)) &&
           append(array, cJSON_CreateNumber(columns));
}

static enum dexec_code print(const cJSON *tree, struct dx_buf *buf,
                             struct dexec_error *err)
{
    DX_CLEANUP(free_print) char *text = cJSON_PrintUnformatted(tree);
    enum dexec_code rc = DEXEC_E_NOMEM;

    if (text != NULL) {
        rc = dx_buf_append_text(buf, text);
    }
    if (rc == DEXEC_E_INVALID) {
        return dx_fail(err, rc, 0,
                       "the command with its environment is longer than %zu "
                       "bytes as JSON",
                       buf->max);
    }
    return rc == DEXEC_OK ? rc : dx_fail_memory(err);
}

static bool build_create(cJSON *tree,
                         const struct dexec_create_options *options)
{
    return add_list(tree, "Cmd", options->cmd) &&
           add_bool(tree, "AttachStdin", options->attach_stdin) &&
           add_bool(tree, "AttachStdout", options->attach_stdout) &&
           add_bool(tree, "AttachStderr", options->attach_stderr) &&
           add_bool(tree, "Tty", options->tty) &&
           add_bool(tree, "Privileged", options->privileged) &&
           add_list(tree, "Env", options->env) &&
           add_text(tree, "WorkingDir", options->working_dir) &&
           add_text(tree, "User", options->user) &&
           add_text(tree, "DetachKeys", options->detach_keys) &&
           add_console_size(tree, options->console_rows,
                            options->console_columns);
}

enum dexec_code dx_json_write_create(const struct dexec_create_options *options,
                                     struct dx_buf *buf,
                                     struct dexec_error *err)
{
    DX_CLEANUP(free_tree) cJSON *tree = cJSON_CreateObject();

    if (tree == NULL || !build_create(tree, options)) {
        return dx_fail_memory(err);
    }
    return print(tree, buf, err);
}

enum dexec_code dx_json_write_start(const struct dx_json_start *start,
                                    struct dx_buf *buf, struct dexec_error *err)
{
    DX_CLEANUP(free_tree) cJSON *tree = cJSON_CreateObject();

    if (tree == NULL || !add_bool(tree, "Detach", start->detach) ||
        !add_bool(tree, "Tty", start->tty) ||
        !add_console_size(tree, start->console_rows, start->console_columns)) {
        return dx_fail_memory(err);
    }
    return print(tree, buf, err);
}

/* ---- reading ---- */

static bool is_json_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* cJSON ends a text silently at a NUL, and a string at an escaped one. */
static bool has_nul(struct dx_view text)
{
    static const char escaped[] = "u0000";
    const size_t len = sizeof(escaped) - 1;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\0') {
            return true;
        }
        if (text.data[i] == '\\' && ++i < text.len && text.len - i >= len &&
            memcmp(text.data + i, escaped, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Does nothing but space follow the value that ended at @end? */
static bool is_alone(struct dx_view text, const char *end)
{
    for (size_t i = (size_t)(end - (const char *)text.data); i < text.len;
         i++) {
        if (!is_json_space(text.data[i])) {
            return false;
        }
    }
    return true;
}

static cJSON *parse(struct dx_view text, const char **out_end)
{
    return text.len == 0 ? NULL
                         : cJSON_ParseWithLengthOpts((const char *)text.data,
                                                     text.len, out_end, 0);
}

/* cJSON does not tell a wrong text from a failed allocation. A text that is
 * wrong is so at a second look too, and while there is memory. */
static bool was_memory(struct dx_view text)
{
    const char *end = NULL;
    DX_CLEANUP(free_tree) cJSON *again = parse(text, &end);
    DX_CLEANUP(free_tree) cJSON *probe = cJSON_CreateNull();

    return again != NULL || probe == NULL;
}

static enum dexec_code parse_object(struct dx_view text, cJSON **out_tree,
                                    struct dexec_error *err)
{
    const char *end = NULL;
    DX_CLEANUP(free_tree) cJSON *tree = NULL;

    if (has_nul(text)) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "the answer's JSON holds a NUL character");
    }
    tree = parse(text, &end);
    if (tree == NULL && was_memory(text)) {
        return dx_fail_memory(err);
    }
    if (!cJSON_IsObject(tree) || !is_alone(text, end)) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "the answer is not one JSON object");
    }
    *out_tree = tree;
    tree = NULL; /* the caller's now */
    return DEXEC_OK;
}

/* The last value of @key, as Go, JavaScript and Python have it. A null counts
 * as absent, as in Go. */
static const cJSON *find(const cJSON *object, const char *key)
{
    const cJSON *found = NULL;
    const cJSON *item = NULL;

    cJSON_ArrayForEach(item, object)
    {
        if (item->string != NULL && strcmp(item->string, key) == 0) {
            found = item;
        }
    }
    return cJSON_IsNull(found) ? NULL : found;
}

static enum dexec_code fail_type(struct dexec_error *err, const char *key,
                                 const char *wanted)
{
    return dx_fail(err, DEXEC_E_PROTOCOL, 0, "the answer's %s is not %s", key,
                   wanted);
}

/* Engines send hex digits. An id becomes a part of paths and messages: in
 * what is allowed here there is nothing to escape and no "..". */
static bool is_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static enum dexec_code check_id(const char *id, struct dexec_error *err)
{
    size_t len = strlen(id);

    if (len == 0 || len > DEXEC_ID_MAX) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "the answer's Id has %zu bytes, expected 1 to %d", len,
                       DEXEC_ID_MAX);
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_id_char(id[i])) {
            return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                           "the answer's Id holds byte 0x%02x, expected "
                           "letters, digits, - and _",
                           (unsigned)(unsigned char)id[i]);
        }
    }
    return DEXEC_OK;
}

enum dexec_code dx_json_read_id(struct dx_view text, struct dexec_id *out_id,
                                struct dexec_error *err)
{
    DX_CLEANUP(free_tree) cJSON *tree = NULL;
    enum dexec_code rc = parse_object(text, &tree, err);
    const cJSON *id = NULL;

    if (rc != DEXEC_OK) {
        return rc;
    }
    id = find(tree, "Id");
    if (!cJSON_IsString(id)) {
        return fail_type(err, "Id", "a string");
    }
    rc = check_id(id->valuestring, err);
    if (rc == DEXEC_OK) {
        memcpy(out_id->text, id->valuestring, strlen(id->valuestring) + 1);
    }
    return rc;
}

bool dx_json_read_message(struct dx_view text, char *out_message, size_t size)
{
    DX_CLEANUP(free_tree) cJSON *tree = NULL;
    const cJSON *message = NULL;
    size_t len = 0;

    if (size == 0 || parse_object(text, &tree, NULL) != DEXEC_OK) {
        return false;
    }
    message = find(tree, "message");
    if (!cJSON_IsString(message)) {
        return false;
    }
    len = strnlen(message->valuestring, size - 1);
    memcpy(out_message, message->valuestring, len);
    out_message[len] = '\0';
    return true;
}

/* Room for the strings of an inspect, behind the struct itself. */
struct strings {
    char *next;
};

static const char *keep(struct strings *strings, const char *text)
{
    size_t size = strlen(text) + 1;
    char *kept = strings->next;

    memcpy(kept, text, size);
    strings->next += size;
    return kept;
}

static enum dexec_code read_text(const cJSON *object, const char *key,
                                 struct strings *strings, const char **out_text,
                                 struct dexec_error *err)
{
    const cJSON *item = find(object, key);

    if (item == NULL) {
        *out_text = NULL;
        return DEXEC_OK;
    }
    if (!cJSON_IsString(item)) {
        return fail_type(err, key, "a string");
    }
    *out_text = keep(strings, item->valuestring);
    return DEXEC_OK;
}

static enum dexec_code read_bool(const cJSON *object, const char *key,
                                 bool *out_has, bool *out_value,
                                 struct dexec_error *err)
{
    const cJSON *item = find(object, key);

    if (item != NULL && !cJSON_IsBool(item)) {
        return fail_type(err, key, "true or false");
    }
    *out_has = item != NULL;
    *out_value = cJSON_IsTrue(item);
    return DEXEC_OK;
}

static bool is_integer(double value)
{
    return value > -DX_JSON_INTEGER_MAX && value < DX_JSON_INTEGER_MAX &&
           (double)(int64_t)value == value;
}

/* cJSON's valueint is cut to 32 bits; a Windows exit code needs more. */
static enum dexec_code read_integer(const cJSON *object, const char *key,
                                    bool *out_has, int64_t *out_value,
                                    struct dexec_error *err)
{
    const cJSON *item = find(object, key);

    if (item == NULL) {
        *out_has = false;
        *out_value = 0;
        return DEXEC_OK;
    }
    if (!cJSON_IsNumber(item) || !is_integer(item->valuedouble)) {
        return fail_type(err, key, "an integer");
    }
    *out_has = true;
    *out_value = (int64_t)item->valuedouble;
    return DEXEC_OK;
}

static enum dexec_code read_arguments(const cJSON *array,
                                      struct strings *strings,
                                      const char **out_list,
                                      struct dexec_error *err)
{
    const cJSON *item = NULL;
    size_t count = 0;

    cJSON_ArrayForEach(item, array)
    {
        if (!cJSON_IsString(item)) {
            return fail_type(err, "arguments", "a list of strings");
        }
        out_list[count++] = keep(strings, item->valuestring);
    }
    out_list[count] = NULL;
    return DEXEC_OK;
}

static enum dexec_code read_process(const cJSON *object,
                                    struct strings *strings, const char **list,
                                    struct dexec_process *process,
                                    struct dexec_error *err)
{
    const cJSON *array = find(object, "arguments");
    enum dexec_code rc =
        read_text(object, "entrypoint", strings, &process->entrypoint, err);

    if (rc == DEXEC_OK) {
        rc = read_bool(object, "tty", &process->has_tty, &process->tty, err);
    }
    if (rc == DEXEC_OK) {
        rc = read_bool(object, "privileged", &process->has_privileged,
                       &process->privileged, err);
    }
    if (rc == DEXEC_OK) {
        rc = read_text(object, "user", strings, &process->user, err);
    }
    if (rc == DEXEC_OK && array != NULL) {
        process->arguments = list;
        rc = read_arguments(array, strings, list, err);
    }
    return rc;
}

static enum dexec_code read_texts(const cJSON *tree, struct strings *strings,
                                  struct dexec_inspect *inspect,
                                  struct dexec_error *err)
{
    enum dexec_code rc = read_text(tree, "ID", strings, &inspect->id, err);

    if (rc == DEXEC_OK) {
        rc = read_text(tree, "ContainerID", strings, &inspect->container_id,
                       err);
    }
    if (rc == DEXEC_OK) {
        rc = read_text(tree, "DetachKeys", strings, &inspect->detach_keys, err);
    }
    return rc;
}

static enum dexec_code read_flags(const cJSON *tree,
                                  struct dexec_inspect *inspect,
                                  struct dexec_error *err)
{
    const struct {
        const char *key;
        bool *has;
        bool *value;
    } flags[] = {
        {"Running", &inspect->has_running, &inspect->running},
        {"OpenStdin", &inspect->has_open_stdin, &inspect->open_stdin},
        {"OpenStdout", &inspect->has_open_stdout, &inspect->open_stdout},
        {"OpenStderr", &inspect->has_open_stderr, &inspect->open_stderr},
        {"CanRemove", &inspect->has_can_remove, &inspect->can_remove},
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        enum dexec_code rc =
            read_bool(tree, flags[i].key, flags[i].has, flags[i].value, err);

        if (rc != DEXEC_OK) {
            return rc;
        }
    }
    return DEXEC_OK;
}

static enum dexec_code read_numbers(const cJSON *tree,
                                    struct dexec_inspect *inspect,
                                    struct dexec_error *err)
{
    enum dexec_code rc = read_integer(tree, "ExitCode", &inspect->has_exit_code,
                                      &inspect->exit_code, err);

    if (rc == DEXEC_OK) {
        rc = read_integer(tree, "Pid", &inspect->has_pid, &inspect->pid, err);
    }
    return rc;
}

static enum dexec_code check_process(const cJSON *process,
                                     struct dexec_error *err)
{
    const cJSON *arguments = find(process, "arguments");

    if (process != NULL && !cJSON_IsObject(process)) {
        return fail_type(err, "ProcessConfig", "an object");
    }
    if (arguments != NULL && !cJSON_IsArray(arguments)) {
        return fail_type(err, "arguments", "a list");
    }
    return DEXEC_OK;
}

/* An inspect with all that it points at, in one piece of memory. */
struct whole_inspect {
    struct dexec_inspect inspect; /* first, so that one is the other */
    struct dexec_process process;
    const char *arguments[];
};

static enum dexec_code fill_inspect(const cJSON *tree, const cJSON *process,
                                    struct strings *strings,
                                    struct whole_inspect *whole,
                                    struct dexec_error *err)
{
    enum dexec_code rc = read_texts(tree, strings, &whole->inspect, err);

    if (rc == DEXEC_OK) {
        rc = read_flags(tree, &whole->inspect, err);
    }
    if (rc == DEXEC_OK) {
        rc = read_numbers(tree, &whole->inspect, err);
    }
    if (rc == DEXEC_OK && process != NULL) {
        whole->inspect.process = &whole->process;
        rc = read_process(process, strings, whole->arguments, &whole->process,
                          err);
    }
    return rc;
}

static enum dexec_code build_inspect(const cJSON *tree, size_t text_len,
                                     const struct dx_mem *mem,
                                     struct dexec_inspect **out_inspect,
                                     struct dexec_error *err)
{
    const cJSON *process = find(tree, "ProcessConfig");
    size_t count = (size_t)cJSON_GetArraySize(find(process, "arguments")) + 1;
    size_t list_size = 0;
    struct whole_inspect *whole = NULL;
    struct strings strings = {0};
    enum dexec_code rc = check_process(process, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    /* A string with its NUL is never longer than it was with its quotes, and
     * each is read once: the text's length is room for them all. */
    if (dx_mem_multiply(count, sizeof(char *), &list_size)) {
        whole = dx_mem_alloc(mem, sizeof(*whole) + list_size + text_len);
    }
    if (whole == NULL) {
        return dx_fail_memory(err);
    }
    *whole = (struct whole_inspect){0};
    strings.next = (char *)(whole->arguments + count);
    rc = fill_inspect(tree, process, &strings, whole, err);
    if (rc != DEXEC_OK) {
        dx_mem_free(mem, whole);
        return rc;
    }
    *out_inspect = &whole->inspect;
    return DEXEC_OK;
}

enum dexec_code dx_json_read_inspect(struct dx_view text,
                                     const struct dx_mem *mem,
                                     struct dexec_inspect **out_inspect,
                                     struct dexec_error *err)
{
    DX_CLEANUP(free_tree) cJSON *tree = NULL;
    enum dexec_code rc = parse_object(text, &tree, err);

    if (rc == DEXEC_OK) {
        rc = build_inspect(tree, text.len, mem, out_inspect, err);
    }
    return rc;
}

static enum dexec_code read_version_of(const cJSON *tree, const char *key,
                                       char out_text[DX_JSON_VERSION_SIZE],
                                       struct dexec_error *err)
{
    const cJSON *item = find(tree, key);
    const char *text = cJSON_IsString(item) ? item->valuestring : "";

    if (item != NULL && !cJSON_IsString(item)) {
        return fail_type(err, key, "a string");
    }
    (void)snprintf(out_text, DX_JSON_VERSION_SIZE, "%s", text);
    return DEXEC_OK;
}

enum dexec_code dx_json_read_version(struct dx_view text,
                                     struct dx_json_version *out_version,
                                     struct dexec_error *err)
{
    DX_CLEANUP(free_tree) cJSON *tree = NULL;
    struct dx_json_version version = {0};
    enum dexec_code rc = parse_object(text, &tree, err);

    if (rc == DEXEC_OK) {
        rc = read_version_of(tree, "ApiVersion", version.newest, err);
    }
    if (rc == DEXEC_OK) {
        rc = read_version_of(tree, "MinAPIVersion", version.oldest, err);
    }
    if (rc == DEXEC_OK) {
        *out_version = version;
    }
    return rc;
}
