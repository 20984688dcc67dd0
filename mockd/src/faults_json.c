/* SPDX-License-Identifier: MIT */
/* faults_json.c - faults of what the body of a plain answer says. */
#include <string.h>

#include "edit_json.h"

#define EXTRA "mockd" /* what a member is called that is put in */
#define ON_PLAIN                                                               \
    .group = "control", .on = MD_ON_ANY & ~MD_ON_START,                        \
    .standard_on = MD_ON_INSPECT

/* Put a member in front of the others of the object at "path". @value is
 * borrowed, and need not be JSON. */
static enum mockd_code add_member(struct md_edit *edit, const char *path,
                                  const struct md_buf *value,
                                  struct mockd_error *err)
{
    struct md_json_span span = {0};
    enum mockd_code rc = md_edit_find_value(edit, path, &span, err);
    struct md_buf member = {.max = edit->program->bytes.max};
    size_t len = 0;
    const char *body = md_edit_body_of(edit, &len);
    size_t at = span.at + 1;

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (body[span.at] != '{') {
        return md_fail(err, MOCKD_E_INVALID,
                       "'%.100s' of the answer's body is no object", path);
    }
    at += strspn(body + at, " \t\r\n");
    if (!md_buf_add_text(&member, "\"" EXTRA "\":") ||
        !md_buf_add(&member, value->data, value->len) ||
        (body[at] != '}' && !md_buf_add_text(&member, ","))) {
        md_buf_release(&member);
        return md_edit_no_room(err);
    }
    rc = md_edit_put(edit, at, 0, member.data, member.len, err);
    md_buf_release(&member);
    return rc;
}

static enum mockd_code json_type(struct md_edit *edit, struct mockd_error *err)
{
    static const char *const values[][2] = {
        {"number", "7"},  {"boolean", "true"}, {"object", "{\"a\":1}"},
        {"array", "[1]"}, {"null", "null"},    {"string", "\"text\""},
    };
    const char *type = md_edit_text(edit, "type");
    size_t i = 0;

    while (strcmp(values[i][0], type) != 0) {
        i++; /* it is one of them: that was looked at when it was armed */
    }
    return md_edit_set_value(edit, md_edit_text(edit, "path"), values[i][1],
                             err);
}

static enum mockd_code json_missing(struct md_edit *edit,
                                    struct mockd_error *err)
{
    return md_edit_remove_value(edit, md_edit_text(edit, "path"), err);
}

static enum mockd_code json_null(struct md_edit *edit, struct mockd_error *err)
{
    return md_edit_set_value(edit, md_edit_text(edit, "path"), "null", err);
}

/* @value, which is released here, as an extra member. */
static enum mockd_code add_extra(struct md_edit *edit, bool is_made,
                                 struct md_buf *value, struct mockd_error *err)
{
    enum mockd_code rc =
        is_made ? add_member(edit, md_edit_text(edit, "path"), value, err)
                : md_edit_no_room(err);

    md_buf_release(value);
    return rc;
}

static enum mockd_code json_extra(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf value = {.max = edit->program->bytes.max};

    return add_extra(edit, md_edit_json(edit, "value", &value), &value, err);
}

static enum mockd_code json_dup(struct md_edit *edit, struct mockd_error *err)
{
    struct md_json_span span = {0};
    enum mockd_code rc =
        md_edit_find_value(edit, md_edit_text(edit, "path"), &span, err);
    struct md_buf twin = {.max = edit->program->bytes.max};
    size_t len = 0;
    const char *body = md_edit_body_of(edit, &len);

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (body[span.member] != '"' || span.member == span.at) {
        return md_fail(err, MOCKD_E_INVALID, "'%.100s' is no member",
                       md_edit_text(edit, "path"));
    }
    if (md_buf_add_text(&twin, ",") &&
        md_buf_add(&twin, body + span.member, span.at - span.member) &&
        md_edit_json(edit, "value", &twin)) {
        rc = md_edit_put(edit, span.end, 0, twin.data, twin.len, err);
    } else {
        rc = md_edit_no_room(err);
    }
    md_buf_release(&twin);
    return rc;
}

static bool add_many(struct md_buf *out, char c, size_t count)
{
    char *room = md_buf_reserve(out, count);

    if (room == NULL) {
        return false;
    }
    memset(room, c, count);
    out->len += count;
    return true;
}

static enum mockd_code json_huge(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf value = {.max = edit->program->bytes.max};
    bool is_made = md_buf_add_text(&value, "\"") &&
                   add_many(&value, 'x', (size_t)md_edit_number(edit, "n")) &&
                   md_buf_add_text(&value, "\"");

    return add_extra(edit, is_made, &value, err);
}

static enum mockd_code json_deep(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf value = {.max = edit->program->bytes.max};
    size_t depth = (size_t)md_edit_number(edit, "n");
    bool is_made = add_many(&value, '[', depth) && add_many(&value, ']', depth);

    return add_extra(edit, is_made, &value, err);
}

static enum mockd_code json_nul(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf value = {.max = edit->program->bytes.max};
    bool is_raw = strcmp(md_edit_text(edit, "as"), "raw") == 0;
    bool is_made = is_raw ? md_buf_add(&value, "\"a\0b\"", 5)
                          : md_buf_add_text(&value, "\"a\\u0000b\"");

    return add_extra(edit, is_made, &value, err);
}

static enum mockd_code json_bad_utf8(struct md_edit *edit,
                                     struct mockd_error *err)
{
    struct md_buf value = {.max = edit->program->bytes.max};
    bool is_made = md_buf_add_text(&value, "\"") &&
                   md_edit_bytes(edit, "bytes", &value) &&
                   md_buf_add_text(&value, "\"");

    return add_extra(edit, is_made, &value, err);
}

static enum mockd_code json_bom(struct md_edit *edit, struct mockd_error *err)
{
    enum mockd_code rc = md_edit_check_json(edit, err);

    return rc == MOCKD_OK ? md_edit_put(edit, 0, 0, "\xEF\xBB\xBF", 3, err)
                          : rc;
}

static enum mockd_code json_trailing(struct md_edit *edit,
                                     struct mockd_error *err)
{
    struct md_buf bytes = {.max = edit->program->bytes.max};
    size_t len = 0;
    enum mockd_code rc = md_edit_check_json(edit, err);

    (void)md_edit_body_of(edit, &len);
    if (rc == MOCKD_OK) {
        rc = md_edit_bytes(edit, "bytes", &bytes)
                 ? md_edit_put(edit, len, 0, bytes.data, bytes.len, err)
                 : md_edit_no_room(err);
    }
    md_buf_release(&bytes);
    return rc;
}

/* The last bytes may be a line end: counted from the end of the JSON. */
static enum mockd_code json_truncated(struct md_edit *edit,
                                      struct mockd_error *err)
{
    size_t cut = (size_t)md_edit_number(edit, "n");
    struct md_json_span span = {0};
    enum mockd_code rc = md_edit_find_value(edit, "", &span, err);
    size_t len = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    (void)md_edit_body_of(edit, &len);
    if (cut > span.end) {
        return md_fail(err, MOCKD_E_INVALID,
                       "the answer's JSON has only %zu bytes", span.end);
    }
    return md_edit_put(edit, span.end - cut, len - (span.end - cut), "", 0,
                       err);
}

#define OBJECT                                                                 \
    {                                                                          \
        .name = "path", .type = MD_PARAM_TEXT,                                 \
        .help = "the object that gets it; without: all of the body"            \
    }

static const struct md_fault_param no_params[] = {{0}};

static const struct md_fault_param path_params[] = {
    {.name = "path",
     .type = MD_PARAM_TEXT,
     .is_required = true,
     .help = "keys and indices from 0, such as ProcessConfig.arguments.0"},
    {0}};

static const struct md_fault_param type_params[] = {
    {.name = "path",
     .type = MD_PARAM_TEXT,
     .is_required = true,
     .help = "keys and indices from 0, such as ProcessConfig.arguments.0"},
    {.name = "type",
     .type = MD_PARAM_TEXT,
     .is_required = true,
     .choices = "string|number|boolean|object|array|null",
     .help = "what it becomes a value of"},
    {0}};

static const struct md_fault_param dup_params[] = {
    {.name = "path",
     .type = MD_PARAM_TEXT,
     .is_required = true,
     .help = "the member"},
    {.name = "value",
     .type = MD_PARAM_JSON,
     .standard_text = "null",
     .help = "what the second one says"},
    {0}};

static const struct md_fault_param extra_params[] = {
    OBJECT,
    {.name = "value",
     .type = MD_PARAM_JSON,
     .standard_text = "{\"a\":[1,null,\"b\"]}",
     .help = "what the member " EXTRA " says"},
    {0}};

static const struct md_fault_param huge_params[] = {
    OBJECT,
    {.name = "n",
     .min = 1,
     .max = 33554432,
     .standard = 1048576,
     .help = "bytes of the text"},
    {0}};

static const struct md_fault_param deep_params[] = {
    OBJECT,
    {.name = "n",
     .min = 1,
     .max = 1000000,
     .standard = 2000,
     .help = "how many arrays, one in the other"},
    {0}};

static const struct md_fault_param nul_params[] = {
    OBJECT,
    {.name = "as",
     .type = MD_PARAM_TEXT,
     .standard_text = "escape",
     .choices = "escape|raw",
     .help = "\\u0000, or the byte itself"},
    {0}};

static const struct md_fault_param utf8_params[] = {
    OBJECT,
    {.name = "bytes",
     .type = MD_PARAM_BYTES,
     .standard_text = "a%FF%C0%80b",
     .help = "what the text holds"},
    {0}};

static const struct md_fault_param trailing_params[] = {
    {.name = "bytes",
     .type = MD_PARAM_BYTES,
     .standard_text = "{} xyz",
     .help = "what follows"},
    {0}};

static const struct md_fault_param truncated_params[] = {
    {.name = "n",
     .min = 1,
     .max = INT32_MAX,
     .standard = 1,
     .help = "bytes that are missing at the end of the JSON"},
    {0}};

const struct md_fault_kind md_faults_json[] = {
    {.name = "json_type",
     ON_PLAIN,
     .wire = "the value at the path has another type",
     .models = "Podman and Docker differ: arguments null, DetachKeys base64",
     .params = type_params,
     .apply = json_type},
    {.name = "json_missing",
     ON_PLAIN,
     .wire = "the member or item at the path is not there",
     .models = "older engines, Podman",
     .params = path_params,
     .apply = json_missing},
    {.name = "json_null",
     ON_PLAIN,
     .wire = "the value at the path is null",
     .models = "Go's nil slices and maps; Podman's arguments",
     .params = path_params,
     .apply = json_null},
    {.name = "json_extra",
     ON_PLAIN,
     .wire = "a member more, called " EXTRA ", before the others",
     .models = "newer engines",
     .params = extra_params,
     .apply = json_extra},
    {.name = "json_dup",
     ON_PLAIN,
     .wire = "the member at the path is there twice",
     .models = "cJSON takes the first one, most others the last",
     .params = dup_params,
     .apply = json_dup},
    {.name = "json_huge",
     ON_PLAIN,
     .wire = "a member more, with a long text",
     .models = "limits of a body, and of memory",
     .params = huge_params,
     .apply = json_huge},
    {.name = "json_deep",
     ON_PLAIN,
     .wire = "a member more, with arrays in arrays",
     .models = "cJSON stops at 1000; others run out of stack",
     .params = deep_params,
     .apply = json_deep},
    {.name = "json_nul",
     ON_PLAIN,
     .wire = "a member more, whose text has a NUL",
     .models = "cJSON cuts a text there, and all of the input at a raw one",
     .params = nul_params,
     .apply = json_nul},
    {.name = "json_bad_utf8",
     ON_PLAIN,
     .wire = "a member more, whose text is not UTF-8",
     .models = "file names and environments are bytes",
     .params = utf8_params,
     .apply = json_bad_utf8},
    {.name = "json_bom",
     ON_PLAIN,
     .wire = "a byte order mark before the JSON",
     .models = "proxies on Windows",
     .params = no_params,
     .apply = json_bom},
    {.name = "json_trailing",
     ON_PLAIN,
     .wire = "more bytes behind the JSON",
     .models = "an engine that writes a second answer; cJSON does not mind",
     .params = trailing_params,
     .apply = json_trailing},
    {.name = "json_truncated",
     ON_PLAIN,
     .wire = "the end of the JSON is missing, and the length says so",
     .models = "moby#16118",
     .params = truncated_params,
     .apply = json_truncated},
    {0}};
