/* SPDX-License-Identifier: MIT */
#include "edit_json.h"

#include <string.h>

#include "edit.h"
#include "json.h"

const char *md_edit_body_of(const struct md_edit *edit, size_t *out_len)
{
    const struct md_program *program = edit->program;

    *out_len = program->bytes.len - program->head_len;
    return program->bytes.data + program->head_len;
}

enum mockd_code md_edit_check_json(const struct md_edit *edit,
                                   struct mockd_error *err)
{
    size_t len = 0;
    const char *body = md_edit_body_of(edit, &len);
    struct md_json *json = NULL;

    if (md_json_parse(body, len, &json, NULL) != MOCKD_OK) {
        return md_fail(err, MOCKD_E_INVALID,
                       "the answer's body (%zu bytes) is not JSON", len);
    }
    md_json_free(json);
    return MOCKD_OK;
}

enum mockd_code md_edit_find_value(const struct md_edit *edit, const char *path,
                                   struct md_json_span *out,
                                   struct mockd_error *err)
{
    size_t len = 0;
    const char *body = md_edit_body_of(edit, &len);
    enum mockd_code rc = md_edit_check_json(edit, err);

    if (rc == MOCKD_OK && !md_json_span(body, len, path, out)) {
        return md_fail(err, MOCKD_E_INVALID,
                       "there is no '%.100s' in the answer's body", path);
    }
    return rc;
}

enum mockd_code md_edit_put(struct md_edit *edit, size_t at, size_t old_len,
                            const char *bytes, size_t len,
                            struct mockd_error *err)
{
    struct md_program *program = edit->program;

    return md_edit_body(program, program->head_len + at, old_len, bytes, len)
               ? md_edit_fired(edit, program->head_len, err)
               : md_edit_no_room(err);
}

enum mockd_code md_edit_set_value(struct md_edit *edit, const char *path,
                                  const char *value, struct mockd_error *err)
{
    struct md_json_span span = {0};
    enum mockd_code rc = md_edit_find_value(edit, path, &span, err);

    return rc == MOCKD_OK ? md_edit_put(edit, span.at, span.end - span.at,
                                        value, strlen(value), err)
                          : rc;
}

enum mockd_code md_edit_remove_value(struct md_edit *edit, const char *path,
                                     struct mockd_error *err)
{
    struct md_json_span span = {0};
    enum mockd_code rc = md_edit_find_value(edit, path, &span, err);
    size_t len = 0;
    const char *body = md_edit_body_of(edit, &len);
    size_t from = span.member;
    size_t to = span.end;

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (span.has_later) {
        to += strcspn(body + to, ",") + 1;
    } else if (path[0] != '\0') {
        while (from > 0 && strchr(",{[", body[from]) == NULL) {
            from--;
        }
        from += body[from] != ',';
    }
    return md_edit_put(edit, from, to - from, "", 0, err);
}
