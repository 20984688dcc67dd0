/* SPDX-License-Identifier: MIT */
#include "context_json.h"

#include <stddef.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "cleanup.h"
#include "fail.h"

static void free_tree(cJSON **tree)
{
    cJSON_Delete(*tree);
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

static bool is_json_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_blank_from(struct dx_view text, size_t i)
{
    while (i < text.len && is_json_space(text.data[i])) {
        i++;
    }
    return i == text.len;
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
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "the JSON holds a NUL character");
    }
    tree = parse(text, &end);
    if (tree == NULL && was_memory(text)) {
        return dx_fail_memory(err);
    }
    if (!cJSON_IsObject(tree) ||
        !is_blank_from(text, (size_t)(end - (const char *)text.data))) {
        return dx_fail(err, DEXEC_E_INVALID, 0, "not one JSON object");
    }
    *out_tree = tree;
    tree = NULL; /* the caller's now */
    return DEXEC_OK;
}

/* NULL where @object is no object or has no such key. */
static const cJSON *find(const cJSON *object, const char *key)
{
    const cJSON *found = NULL;
    const cJSON *item = NULL;

    if (!cJSON_IsObject(object)) {
        return NULL;
    }
    cJSON_ArrayForEach(item, object)
    {
        if (item->string != NULL && strcmp(item->string, key) == 0) {
            found = item;
        }
    }
    return cJSON_IsNull(found) ? NULL : found;
}

/* A string of at most @size bytes with its NUL; "" where there is none. */
static enum dexec_code read_text(const cJSON *object, const char *key,
                                 char *out_text, size_t size,
                                 struct dexec_error *err)
{
    const cJSON *item = find(object, key);
    size_t len = 0;

    if (item == NULL) {
        out_text[0] = '\0';
        return DEXEC_OK;
    }
    if (!cJSON_IsString(item)) {
        return dx_fail(err, DEXEC_E_INVALID, 0, "%s is not a string", key);
    }
    len = strlen(item->valuestring);
    if (len >= size) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "%s has %zu bytes, at most %zu are expected", key, len,
                       size - 1);
    }
    memcpy(out_text, item->valuestring, len + 1);
    return DEXEC_OK;
}

enum dexec_code dx_json_read_config(struct dx_view text,
                                    struct dx_context_name *out_name,
                                    struct dexec_error *err)
{
    DX_CLEANUP(free_tree) cJSON *tree = NULL;
    enum dexec_code rc = DEXEC_OK;

    if (is_blank_from(text, 0)) {
        out_name->text[0] = '\0';
        return DEXEC_OK;
    }
    rc = parse_object(text, &tree, err);
    if (rc == DEXEC_OK) {
        rc = read_text(tree, "currentContext", out_name->text,
                       sizeof(out_name->text), err);
    }
    return rc;
}

static enum dexec_code read_docker(const cJSON *docker,
                                   struct dx_context_meta *out_meta,
                                   struct dexec_error *err)
{
    const cJSON *skip = find(docker, "SkipTLSVerify");
    struct dx_context_meta meta = {.skip_tls_verify = cJSON_IsTrue(skip)};
    enum dexec_code rc =
        read_text(docker, "Host", meta.host, sizeof(meta.host), err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    if (meta.host[0] == '\0') {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "the docker endpoint has no Host");
    }
    if (skip != NULL && !cJSON_IsBool(skip)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "SkipTLSVerify is not true or false");
    }
    *out_meta = meta;
    return DEXEC_OK;
}

enum dexec_code dx_json_read_context(struct dx_view text,
                                     struct dx_context_meta *out_meta,
                                     struct dexec_error *err)
{
    DX_CLEANUP(free_tree) cJSON *tree = NULL;
    const cJSON *docker = NULL;
    enum dexec_code rc = parse_object(text, &tree, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    docker = find(find(tree, "Endpoints"), "docker");
    if (!cJSON_IsObject(docker)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "the context has no docker endpoint");
    }
    return read_docker(docker, out_meta, err);
}
