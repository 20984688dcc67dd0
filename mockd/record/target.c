/* SPDX-License-Identifier: MIT */
/* target.c - what a request line asks for, as a rule of a recording says it. */
#include "target.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "utf8.h"

#define PARTS_MAX 64 /* of a path, and of a query; a mock takes no more */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    enum md_rec_call call;
    const char *method;
    const char *before; /* the name or id; a whole path if after is NULL */
    const char *after;
} calls[] = {
    {MD_REC_CALL_CONTAINER_CREATE, "POST", "/containers/create", NULL},
    {MD_REC_CALL_CONTAINER_INSPECT, "GET", "/containers/", "/json"},
    {MD_REC_CALL_CREATE, "POST", "/containers/", "/exec"},
    {MD_REC_CALL_START, "POST", "/exec/", "/start"},
    {MD_REC_CALL_INSPECT, "GET", "/exec/", "/json"},
    {MD_REC_CALL_RESIZE, "POST", "/exec/", "/resize"},
};

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static size_t count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* Behind "/vN.M", or @path itself. */
static const char *without_version(const char *path)
{
    const char *at = path;

    if (!starts_with(path, "/v") || count_digits(path + 2) == 0) {
        return path;
    }
    at += 2 + count_digits(path + 2);
    if (*at != '.' || count_digits(at + 1) == 0) {
        return path;
    }
    at += 1 + count_digits(at + 1);
    return *at == '/' ? at : path;
}

/* Behind "http://host": a proxy's form of a target. */
static const char *without_origin(const char *target)
{
    const char *path = NULL;

    if (!starts_with(target, "http://")) {
        return target;
    }
    path = strchr(target + strlen("http://"), '/');
    return path != NULL ? path : "/";
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* Words that stand where a container's name would. */
static bool is_collection(const char *text, size_t len)
{
    return is_word(text, len, "json") || is_word(text, len, "create") ||
           is_word(text, len, "prune");
}

static void find_ref(struct md_rec_target *target, const char *path)
{
    const char *at = NULL;
    size_t len = 0;

    if (starts_with(path, "/containers/")) {
        at = path + strlen("/containers/");
        target->ref = MD_REC_REF_CONTAINER;
    } else if (starts_with(path, "/exec/")) {
        at = path + strlen("/exec/");
        target->ref = MD_REC_REF_EXEC;
    } else {
        return;
    }
    len = strcspn(at, "/?");
    if (len == 0 ||
        (target->ref == MD_REC_REF_CONTAINER && is_collection(at, len))) {
        target->ref = MD_REC_REF_NONE;
        return;
    }
    target->ref_off = (size_t)(at - target->on);
    target->ref_len = len;
}

static bool is_call(const struct md_rec_target *target, size_t row)
{
    const char *path = strchr(target->on, ' ') + 1;
    const char *rest = path + strlen(calls[row].before);

    if (!is_word(target->on, (size_t)(path - target->on) - 1,
                 calls[row].method) ||
        !starts_with(path, calls[row].before)) {
        return false;
    }
    if (calls[row].after != NULL) {
        rest = target->on + target->ref_off + target->ref_len;
        return target->ref != MD_REC_REF_NONE &&
               is_word(rest, strcspn(rest, "?"), calls[row].after);
    }
    return *rest == '\0' || *rest == '?';
}

static enum md_rec_call find_call(const struct md_rec_target *target)
{
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        if (is_call(target, i)) {
            return calls[i].call;
        }
    }
    return MD_REC_CALL_OTHER;
}

/* "METHOD /path", or NULL. */
static char *join(struct md_rec_view method, struct md_rec_view target)
{
    struct md_rec_bytes raw = md_rec_bytes_new(MD_REC_HEAD_MAX);
    struct md_rec_bytes on = md_rec_bytes_new(MD_REC_HEAD_MAX);
    char *text = NULL;

    md_rec_bytes_add(&raw, target.data, target.len);
    text = md_rec_bytes_take(&raw);
    if (text != NULL) {
        md_rec_bytes_add(&on, method.data, method.len);
        md_rec_bytes_text(&on, " ");
        md_rec_bytes_text(&on, without_version(without_origin(text)));
    }
    free(text);
    return text != NULL ? md_rec_bytes_take(&on) : NULL;
}

static bool has_bad_escape(const char *path)
{
    const char *at = strchr(path, '%');

    while (at != NULL) {
        if (!isxdigit((unsigned char)at[1]) ||
            !isxdigit((unsigned char)at[2]) || strncmp(at, "%00", 3) == 0) {
            return true;
        }
        at = strchr(at + 1, '%');
    }
    return false;
}

static bool has_many_parts(const char *text, size_t len, char separator)
{
    size_t count = 1;

    for (size_t i = 0; i < len; i++) {
        count += text[i] == separator;
    }
    return count > PARTS_MAX;
}

/* What a mock takes for a version, and we have left in front. */
static bool has_version(const char *path)
{
    size_t major = starts_with(path, "/v") ? count_digits(path + 2) : 0;
    const char *at = path + 2 + major;

    return major > 0 && *at == '.' && count_digits(at + 1) > 0 &&
           at[strspn(at, ".0123456789")] == '/';
}

/* Why a mock would not load a rule for it, or NULL. */
static const char *find_problem(const char *on)
{
    const char *path = strchr(on, ' ') + 1;
    size_t len = strcspn(path, "?");

    if (on + strspn(on, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != path - 1 ||
        path - on < 2) {
        return "its method is not of capital letters";
    }
    if (path[0] != '/' || has_version(path)) {
        return "its path does not begin as an engine's do";
    }
    if (strpbrk(path, "{}") != NULL) {
        return "its path has a brace";
    }
    if (has_bad_escape(path)) {
        return "its path has a bad percent escape";
    }
    return has_many_parts(path + 1, len - 1, '/') ||
                   has_many_parts(path + len, strlen(path + len), '&')
               ? "its path or query has more than 64 parts"
               : NULL;
}

const char *md_rec_target_parse(struct md_rec_view method,
                                struct md_rec_view target,
                                struct md_rec_target *out_target)
{
    struct md_rec_target made = {0};
    const char *problem = NULL;

    if (!md_rec_utf8_is_text(method.data, method.len) ||
        !md_rec_utf8_is_text(target.data, target.len)) {
        return "its request line is not UTF-8";
    }
    made.on = join(method, target);
    if (made.on == NULL) {
        return "no memory";
    }
    problem = find_problem(made.on);
    if (problem != NULL) {
        md_rec_target_release(&made);
        return problem;
    }
    find_ref(&made, strchr(made.on, ' ') + 1);
    made.call = find_call(&made);
    *out_target = made;
    return NULL;
}

void md_rec_target_release(struct md_rec_target *target)
{
    free(target->on);
    *target = (struct md_rec_target){0};
}

/* Behind "name=", or NULL. */
static const char *find_parameter(const char *on, const char *name)
{
    const char *at = strchr(on, '?');

    while (at != NULL) {
        at++;
        if (starts_with(at, name) && at[strlen(name)] == '=') {
            return at + strlen(name) + 1;
        }
        at = strchr(at, '&');
    }
    return NULL;
}

bool md_rec_target_number(const struct md_rec_target *target, const char *name,
                          unsigned *out_value)
{
    const char *text = find_parameter(target->on, name);
    size_t len = text != NULL ? count_digits(text) : 0;
    unsigned long value = 0;

    if (len == 0 || len > 5 || (text[len] != '\0' && text[len] != '&')) {
        return false;
    }
    value = strtoul(text, NULL, 10);
    if (value > 65535) {
        return false;
    }
    *out_value = (unsigned)value;
    return true;
}
