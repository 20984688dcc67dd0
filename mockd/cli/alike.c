/* SPDX-License-Identifier: MIT */
#include "alike.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "scan.h"

#define SHORT_ID 12 /* digits of an id that people use */
#define PATH_MAX_SHOWN 256

struct view {
    const uint8_t *bytes;
    size_t len;
    size_t at;
};

static bool begins(const struct view *view, const char *text, size_t len)
{
    return view->len - view->at >= len &&
           memcmp(view->bytes + view->at, text, len) == 0;
}

static bool step_over(struct view *a, const char *a_text, size_t a_len,
                      struct view *b, const char *b_text, size_t b_len)
{
    if (!begins(a, a_text, a_len) || !begins(b, b_text, b_len)) {
        return false;
    }
    a->at += a_len;
    b->at += b_len;
    return true;
}

static bool is_id(const struct md_var *var)
{
    return (var->kind == MD_VAR_CID || var->kind == MD_VAR_EID) &&
           strlen(var->value) > SHORT_ID;
}

static bool skip_variable(const struct md_alike *alike, struct view *a,
                          struct view *b)
{
    for (size_t i = 0; i < alike->a->var_count; i++) {
        const struct md_var *left = &alike->a->vars[i];
        int at = MD_NO_VAR;
        const struct md_var *right = NULL;

        if (a->bytes[a->at] != (uint8_t)left->value[0]) {
            continue;
        }
        at = md_fixture_find_var(alike->b, left->name, strlen(left->name));
        if (at == MD_NO_VAR) {
            continue;
        }
        right = &alike->b->vars[at];
        if (step_over(a, left->value, strlen(left->value), b, right->value,
                      strlen(right->value)) ||
            (is_id(left) && is_id(right) &&
             step_over(a, left->value, SHORT_ID, b, right->value, SHORT_ID))) {
            return true;
        }
    }
    return false;
}

/* The date that says "never" is no date of the recording. */
static bool is_never(const struct view *view)
{
    return begins(view, "0001-", strlen("0001-"));
}

static bool skip_date(struct view *a, struct view *b)
{
    size_t a_len = md_scan_date((const char *)a->bytes + a->at, a->len - a->at);
    size_t b_len = md_scan_date((const char *)b->bytes + b->at, b->len - b->at);

    if (a_len == 0 || b_len == 0 || is_never(a) != is_never(b)) {
        return false;
    }
    a->at += a_len;
    b->at += b_len;
    return true;
}

bool md_alike_bytes(const struct md_alike *alike, struct md_span a,
                    struct md_span b, size_t *out_a, size_t *out_b)
{
    struct view left = {a.data, a.len, 0};
    struct view right = {b.data, b.len, 0};

    while (left.at < left.len && right.at < right.len) {
        if (skip_variable(alike, &left, &right) || skip_date(&left, &right)) {
            continue;
        }
        if (left.bytes[left.at] != right.bytes[right.at]) {
            break;
        }
        left.at++;
        right.at++;
    }
    *out_a = left.at;
    *out_b = right.at;
    return left.at == left.len && right.at == right.len;
}

bool md_alike_text(const struct md_alike *alike, const char *a, const char *b)
{
    size_t a_at = 0;
    size_t b_at = 0;

    return md_alike_bytes(alike, (struct md_span){a, strlen(a)},
                          (struct md_span){b, strlen(b)}, &a_at, &b_at);
}

struct walk {
    const struct md_alike *alike;
    md_unlike_fn on_unlike;
    void *user;
    char path[PATH_MAX_SHOWN];
};

/* Numbers that the machine gave out. */
static bool is_of_the_run(const char *key)
{
    static const char *const keys[] = {"Pid", "Created", "time", "timeNano"};

    for (size_t i = 0; i < MD_COUNT_OF(keys); i++) {
        if (strcasecmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_positive(const struct md_json *json)
{
    int64_t number = 0;

    return md_json_integer(json, 1, INT64_C(1) << 62, &number);
}

static bool is_same_leaf(const struct walk *walk, const struct md_json *a,
                         const struct md_json *b)
{
    const char *left = md_json_text(a);
    const char *right = md_json_text(b);

    if (left != NULL && right != NULL) {
        return md_alike_text(walk->alike, left, right);
    }
    return md_json_is_equal(a, b) ||
           (is_of_the_run(md_json_key(a)) && is_positive(a) && is_positive(b));
}

static void compare(struct walk *walk, const struct md_json *a,
                    const struct md_json *b);

static size_t enter(struct walk *walk, const char *key, size_t index)
{
    size_t len = strlen(walk->path);

    if (key != NULL) {
        (void)snprintf(walk->path + len, sizeof(walk->path) - len, "%s%s",
                       len == 0 ? "" : ".", key);
    } else {
        (void)snprintf(walk->path + len, sizeof(walk->path) - len, "[%zu]",
                       index);
    }
    return len;
}

static void report(struct walk *walk, const struct md_json *a,
                   const struct md_json *b)
{
    walk->on_unlike(walk->user, walk->path, a, b);
}

/* NOLINTNEXTLINE(misc-no-recursion): the parser beneath bounds the depth */
static void compare_objects(struct walk *walk, const struct md_json *a,
                            const struct md_json *b)
{
    const struct md_json *near = md_json_first(b); /* mostly the one wanted */

    for (const struct md_json *at = md_json_first(a); at != NULL;
         at = md_json_next(at)) {
        const char *key = md_json_key(at);
        bool is_near = near != NULL && strcmp(md_json_key(near), key) == 0;
        const struct md_json *other = is_near ? near : md_json_get(b, key);
        size_t len = enter(walk, key, 0);

        if (other == NULL) {
            report(walk, at, NULL);
        } else {
            compare(walk, at, other);
        }
        walk->path[len] = '\0';
        near = md_json_next(is_near ? near : other);
    }
    for (const struct md_json *at = md_json_first(b); at != NULL;
         at = md_json_next(at)) {
        size_t len = enter(walk, md_json_key(at), 0);

        if (md_json_get(a, md_json_key(at)) == NULL) {
            report(walk, NULL, at);
        }
        walk->path[len] = '\0';
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void compare_arrays(struct walk *walk, const struct md_json *a,
                           const struct md_json *b)
{
    const struct md_json *left = md_json_first(a);
    const struct md_json *right = md_json_first(b);

    for (size_t i = 0; left != NULL || right != NULL; i++) {
        size_t len = enter(walk, NULL, i);

        if (left == NULL || right == NULL) {
            report(walk, left, right);
        } else {
            compare(walk, left, right);
        }
        walk->path[len] = '\0';
        left = md_json_next(left);
        right = md_json_next(right);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void compare(struct walk *walk, const struct md_json *a,
                    const struct md_json *b)
{
    if (md_json_is_object(a) && md_json_is_object(b)) {
        compare_objects(walk, a, b);
    } else if (md_json_is_array(a) && md_json_is_array(b)) {
        compare_arrays(walk, a, b);
    } else if (!is_same_leaf(walk, a, b)) {
        report(walk, a, b);
    }
}

void md_alike_json(const struct md_alike *alike, const struct md_json *a,
                   const struct md_json *b, md_unlike_fn on_unlike, void *user)
{
    struct walk walk = {.alike = alike, .on_unlike = on_unlike, .user = user};

    compare(&walk, a, b);
}
