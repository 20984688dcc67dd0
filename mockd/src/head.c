/* SPDX-License-Identifier: MIT */
/* head.c - the heads of replies and streams. */
#include <string.h>

#include "bounds.h"
#include "json.h"
#include "loader.h"

static enum mockd_code read_status(const char *line, int *out_status,
                                   struct mockd_error *err)
{
    const char *digits = line + strlen("HTTP/1.1 ");

    if (strncmp(line, "HTTP/1.", strlen("HTTP/1.")) != 0 ||
        strlen(line) < strlen("HTTP/1.1 200") || digits[-1] != ' ' ||
        strspn(digits, "0123456789") != 3 ||
        (digits[3] != ' ' && digits[3] != '\0')) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "head: \"%.60s\" is not a status line", line);
    }
    *out_status =
        (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    return MOCKD_OK;
}

static enum mockd_code copy_line(struct md_loader *loader, const char *text,
                                 bool is_status, const char **out_line,
                                 struct mockd_error *err)
{
    if (text == NULL || strpbrk(text, "\r\n") != NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "head: a line is not a string without line ends");
    }
    if (!is_status && strchr(text, ':') == NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "head: \"%.60s\" is not \"Name: value\"", text);
    }
    *out_line = md_arena_copy(&loader->fixture->arena, text, strlen(text));
    return *out_line == NULL ? md_fail_nomem(err) : MOCKD_OK;
}

enum mockd_code md_head_parse(struct md_loader *loader,
                              const struct md_json *lines,
                              struct md_head *out_head, struct mockd_error *err)
{
    size_t count = md_json_is_array(lines) ? md_json_count(lines) : 0;
    const struct md_json *item = md_json_first(lines);
    const char **copy = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (count == 0 || count > MD_HEAD_LINES_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "head: not an array of 1 to %d lines",
                       MD_HEAD_LINES_MAX);
    }
    copy = md_arena_array(&loader->fixture->arena, count, sizeof(*copy));
    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    for (size_t i = 0; i < count && rc == MOCKD_OK; i++) {
        rc = copy_line(loader, md_json_text(item), i == 0, &copy[i], err);
        item = md_json_next(item);
    }
    if (rc == MOCKD_OK) {
        rc = read_status(copy[0], &out_head->status, err);
    }
    out_head->lines = copy;
    out_head->line_count = count;
    return rc;
}

enum mockd_code md_segments_parse(struct md_loader *loader,
                                  const struct md_json *list,
                                  struct md_head *head, struct mockd_error *err)
{
    size_t count = list == NULL ? 1 : md_json_count(list);
    const struct md_json *item = md_json_first(list);
    int64_t total = (int64_t)md_head_len(head);
    int64_t sum = 0;
    size_t *sizes = NULL;

    if ((list != NULL && !md_json_is_array(list)) || count == 0 ||
        count > MD_SEGMENTS_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "seg: not an array of 1 to %d sizes", MD_SEGMENTS_MAX);
    }
    sizes = md_arena_array(&loader->fixture->arena, count, sizeof(*sizes));
    if (sizes == NULL) {
        return md_fail_nomem(err);
    }
    sizes[0] = (size_t)total;
    for (size_t i = 0; list != NULL && i < count; i++) {
        int64_t size = 0;

        if (!md_json_integer(item, 1, MD_PAYLOAD_MAX, &size)) {
            return md_fail(err, MOCKD_E_FIXTURE,
                           "seg: a size is not a positive number of bytes");
        }
        sizes[i] = (size_t)size;
        sum += size;
        item = md_json_next(item);
    }
    if (list != NULL && sum != total) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "seg: the sum is %lld, the head has %lld bytes",
                       (long long)sum, (long long)total);
    }
    head->segments = sizes;
    head->segment_count = count;
    return MOCKD_OK;
}
