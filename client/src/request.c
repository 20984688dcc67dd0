/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fail.h"
#include "limits.h"

#define NAME_SHOWN 64 /* bytes of a refused name that a message repeats */

void dx_request_init(struct dexec_request *request, const struct dx_mem *mem,
                     const char *method, const char *path)
{
    *request = (struct dexec_request){.method = method, .path = path};
    dx_buf_init(&request->fields, mem, DX_REQUEST_FIELDS_MAX);
}

void dx_request_release(struct dexec_request *request)
{
    dx_buf_release(&request->fields);
}

const char *dexec_request_method(const struct dexec_request *request)
{
    return request->method;
}

const char *dexec_request_path(const struct dexec_request *request)
{
    return request->path;
}

bool dx_request_next_field(const struct dexec_request *request, size_t *at,
                           const char **out_name, const char **out_value)
{
    const char *text = dx_buf_text(&request->fields) + *at;

    if (*at >= request->fields.len) {
        return false;
    }
    *out_name = text;
    *out_value = text + strlen(text) + 1;
    *at += strlen(*out_name) + 1 + strlen(*out_value) + 1;
    return true;
}

/* RFC 9110, 5.6.2. */
static bool is_token(const char *text)
{
    static const char chars[] = "!#$%&'*+-.^_`|~0123456789"
                                "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return text[0] != '\0' && text[strspn(text, chars)] == '\0';
}

static bool is_value(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7F) {
            return false;
        }
    }
    return true;
}

/* Those that say where the request ends and what the connection becomes. */
static bool is_ours(const char *name)
{
    static const char *const names[] = {"Connection", "Content-Length",
                                        "Expect", "Transfer-Encoding",
                                        "Upgrade"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void remove_field(struct dexec_request *request, const char *name)
{
    struct dx_buf *fields = &request->fields;
    const char *found = NULL;
    const char *value = NULL;
    size_t at = 0;
    size_t from = 0;

    while (dx_request_next_field(request, &at, &found, &value)) {
        if (strcasecmp(found, name) == 0) {
            memmove(fields->data + from, fields->data + at, fields->len - at);
            fields->len -= at - from;
            return;
        }
        from = at;
    }
}

static enum dexec_code set_field(struct dexec_request *request,
                                 const char *name, const char *value,
                                 struct dexec_error *err)
{
    struct dx_buf *fields = &request->fields;
    size_t before = 0;
    enum dexec_code rc = DEXEC_OK;

    remove_field(request, name);
    before = fields->len;
    rc = dx_buf_append(fields, name, strlen(name) + 1);
    if (rc == DEXEC_OK) {
        rc = dx_buf_append(fields, value, strlen(value) + 1);
    }
    if (rc == DEXEC_OK) {
        return rc;
    }
    fields->len = before;
    return rc == DEXEC_E_NOMEM
               ? dx_fail_memory(err)
               : dx_fail(err, DEXEC_E_INVALID, 0,
                         "header %.*s: more than %u bytes of headers",
                         NAME_SHOWN, name, DX_REQUEST_FIELDS_MAX);
}

enum dexec_code dexec_request_set_header(struct dexec_request *request,
                                         const char *name, const char *value,
                                         struct dexec_error *err)
{
    if (name == NULL || value == NULL || !is_token(name)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "header '%.*s': expected a name of letters, digits and "
                       "dashes, and a value",
                       NAME_SHOWN, name == NULL ? "" : name);
    }
    if (!is_value(value)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "header %.*s: the value holds a control character",
                       NAME_SHOWN, name);
    }
    if (is_ours(name)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "header %.*s: the library sets it", NAME_SHOWN, name);
    }
    return set_field(request, name, value, err);
}

enum dexec_code dx_request_fill(struct dexec_request *request,
                                const struct dx_request_habits *habits,
                                bool has_json, struct dexec_error *err)
{
    enum dexec_code rc = set_field(request, "Host", habits->host, err);

    if (rc == DEXEC_OK) {
        rc = set_field(request, "User-Agent", habits->user_agent, err);
    }
    if (rc == DEXEC_OK && has_json) {
        rc = set_field(request, "Content-Type", "application/json", err);
    }
    if (rc == DEXEC_OK && habits->on_request != NULL &&
        !habits->on_request(habits->on_request_user, request)) {
        return dx_fail(err, DEXEC_E_STOPPED, 0,
                       "the caller's on_request refused the request");
    }
    return rc;
}

static enum dexec_code append_all(struct dx_buf *buf, const char *const *parts,
                                  size_t count)
{
    enum dexec_code rc = DEXEC_OK;

    for (size_t i = 0; i < count && rc == DEXEC_OK; i++) {
        rc = dx_buf_append_text(buf, parts[i]);
    }
    return rc;
}

enum dexec_code dx_request_write(const struct dexec_request *request,
                                 bool upgrade, struct dx_view body,
                                 struct dx_buf *buf, struct dexec_error *err)
{
    const char *line[] = {request->method, " ", request->path, " HTTP/1.1\r\n"};
    char length[64] = "";
    const char *last[] = {
        upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "", length};
    const char *name = NULL;
    const char *value = NULL;
    size_t at = 0;
    enum dexec_code rc = append_all(buf, line, sizeof(line) / sizeof(line[0]));

    while (rc == DEXEC_OK &&
           dx_request_next_field(request, &at, &name, &value)) {
        const char *field[] = {name, ": ", value, "\r\n"};

        rc = append_all(buf, field, sizeof(field) / sizeof(field[0]));
    }
    (void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n\r\n",
                   body.len);
    if (rc == DEXEC_OK) {
        rc = append_all(buf, last, sizeof(last) / sizeof(last[0]));
    }
    if (rc == DEXEC_OK) {
        rc = dx_buf_append(buf, body.data, body.len);
    }
    return rc == DEXEC_OK ? rc : dx_fail_memory(err);
}
