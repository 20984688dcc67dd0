/* SPDX-License-Identifier: MIT */
#include "path.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "limits.h"

/* RFC 3986, 2.3. */
static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

static enum dexec_code write_name(const char *name, struct dx_buf *buf)
{
    enum dexec_code rc = DEXEC_OK;

    for (const char *p = name; *p != '\0' && rc == DEXEC_OK; p++) {
        char encoded[4] = {*p};

        if (!is_unreserved(*p)) {
            (void)snprintf(encoded, sizeof(encoded), "%%%02X",
                           (unsigned)(unsigned char)*p);
        }
        rc = dx_buf_append_text(buf, encoded);
    }
    return rc;
}

static enum dexec_code check_name(const struct dx_path *path,
                                  struct dexec_error *err)
{
    const char *noun =
        strcmp(path->collection, "exec") == 0 ? "exec id" : "container name";

    if (path->name == NULL || path->name[0] == '\0') {
        return dx_fail(err, DEXEC_E_INVALID, 0, "the %s is empty", noun);
    }
    /* Encoded they are still the same to every reader of paths. */
    if (strcmp(path->name, ".") == 0 || strcmp(path->name, "..") == 0) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "the %s is '%s', which means another path", noun,
                       path->name);
    }
    if (strnlen(path->name, DX_NAME_MAX + 1) > DX_NAME_MAX) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "the %s is longer than %u bytes", noun, DX_NAME_MAX);
    }
    return DEXEC_OK;
}

enum dexec_code dx_path_write(const struct dx_path *path, struct dx_buf *buf,
                              struct dexec_error *err)
{
    const char *before[] = {path->version[0] == '\0' ? "" : "/v", path->version,
                            "/", path->collection, "/"};
    enum dexec_code rc = check_name(path, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        rc = rc == DEXEC_OK ? dx_buf_append_text(buf, before[i]) : rc;
    }
    rc = rc == DEXEC_OK ? write_name(path->name, buf) : rc;
    rc = rc == DEXEC_OK ? dx_buf_append_text(buf, "/") : rc;
    rc = rc == DEXEC_OK ? dx_buf_append_text(buf, path->action) : rc;
    return rc == DEXEC_OK ? rc : dx_fail_memory(err);
}
