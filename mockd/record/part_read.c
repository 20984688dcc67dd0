/* SPDX-License-Identifier: MIT */
/* part_read.c - read a journal, which may be anybody's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "cast.h"
#include "part_own.h"
#include "unpack.h"

enum mockd_code md_rec_part_fail_system(const struct md_rec_part *part,
                                        const char *name)
{
    return md_rec_fail(part->err, MOCKD_E_SYSTEM, "%s/%s: %s", part->dir, name,
                       strerror(errno));
}

enum mockd_code md_rec_part_fail_memory(const struct md_rec_part *part)
{
    return md_rec_fail(part->err, MOCKD_E_SYSTEM, "no memory");
}

enum mockd_code md_rec_part_fail_line(const struct md_rec_part *part,
                                      const char *why)
{
    return md_rec_fail(part->err, MOCKD_E_FIXTURE,
                       "%s/" MD_REC_PART_NAME ":%u: %s", part->dir,
                       part->line_number, why);
}

/* Bytes up to a line feed, which is left out; false = there was none. */
static bool read_line(struct md_rec_part *part)
{
    int c = getc_unlocked(part->in);

    part->line.len = 0;
    while (c != EOF && c != '\n' && !part->line.failed) {
        char byte = (char)c;

        md_rec_bytes_add(&part->line, &byte, 1);
        c = getc_unlocked(part->in);
    }
    return c == '\n';
}

/* The next whole line. */
enum mockd_code md_rec_part_next_line(struct md_rec_part *part)
{
    bool is_whole = read_line(part);

    part->has_line = false;
    part->line_number += is_whole || part->line.len > 0;
    if (part->line.failed) {
        return md_rec_part_fail_line(part, "longer than 3 MiB, or no memory");
    }
    if (ferror(part->in) != 0) {
        return md_rec_part_fail_system(part, MD_REC_PART_NAME);
    }
    if (!is_whole) {
        part->summary.dropped_bytes = part->line.len;
        return MOCKD_OK;
    }
    md_rec_bytes_add(&part->line, "", 1); /* a NUL, as JSON is parsed so */
    part->line.len--;
    part->has_line = !part->line.failed;
    return part->has_line ? MOCKD_OK : md_rec_part_fail_memory(part);
}

static const char *get_text(const cJSON *json, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
}

/* A number that we wrote; false = it is none. */
bool md_rec_part_get_count(const cJSON *json, const char *key,
                           unsigned *out_count)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

    if (!cJSON_IsNumber(item) || item->valueint < 0) {
        return false;
    }
    *out_count = (unsigned)item->valueint;
    return true;
}

static bool make_room(void **items, size_t size, size_t count, size_t *room)
{
    size_t more = *room > 0 ? *room * 2 : 64;
    void *bigger = NULL;

    if (count < *room) {
        return true;
    }
    while (more <= count) {
        more *= 2;
    }
    bigger = realloc(*items, more * size);
    if (bigger == NULL) {
        return false;
    }
    memset((char *)bigger + *room * size, 0, (more - *room) * size);
    *items = bigger;
    *room = more;
    return true;
}

static enum mockd_code take_header(struct md_rec_part *part)
{
    if (part->header != NULL) {
        return md_rec_part_fail_line(part, "a second header");
    }
    if (part->line.data[part->line.len - 1] != '}') {
        return md_rec_part_fail_line(part, "not a header");
    }
    part->line.data[part->line.len - 1] = '\0';
    part->header = strdup(part->line.data);
    return part->header != NULL ? MOCKD_OK : md_rec_part_fail_memory(part);
}

static enum mockd_code take_rule(struct md_rec_part *part)
{
    void *times = part->times;
    bool is_room = false;

    if (part->rule_count == MD_REC_RULES_MAX) {
        return md_rec_part_fail_line(part, "more rules than a recorder writes");
    }
    is_room = make_room(&times, sizeof(*part->times), part->rule_count,
                        &part->rule_room);
    part->times = times;
    if (!is_room) {
        return md_rec_part_fail_memory(part);
    }
    part->times[part->rule_count++] = 1;
    return MOCKD_OK;
}

static enum mockd_code take_again(struct md_rec_part *part, const cJSON *json)
{
    unsigned rule = 0;

    if (!md_rec_part_get_count(json, "rule", &rule) ||
        rule >= part->rule_count) {
        return md_rec_part_fail_line(part,
                                     "it repeats a rule that is not there");
    }
    /* The last one of a row is given for ever. */
    part->times[rule] += part->times[rule] < MD_REC_TIMES_MAX;
    return MOCKD_OK;
}

/* False = a journal has no such fact. */
static bool find_kind(const char *name, enum md_rec_fact_kind *out_kind)
{
    for (int i = MD_REC_FACT_KNOWN; i <= MD_REC_FACT_CREATE; i++) {
        if (strcmp(name, md_rec_fact_name((enum md_rec_fact_kind)i)) == 0) {
            *out_kind = (enum md_rec_fact_kind)i;
            return true;
        }
    }
    return false;
}

static enum mockd_code take_fact(struct md_rec_part *part, const char *kind,
                                 const cJSON *json)
{
    struct md_rec_fact fact = {
        .ref = get_text(json, "ref"),
        .name = get_text(json, "name"),
        .id = get_text(json, "id"),
    };

    if (!find_kind(kind, &fact.kind)) {
        return md_rec_part_fail_line(part, "not a line of a journal");
    }
    if (fact.ref == NULL ||
        (fact.id == NULL && fact.kind >= MD_REC_FACT_LEARN)) {
        return md_rec_part_fail_line(part, "a name is missing");
    }
    return md_rec_names_tell(&part->names, &fact)
               ? MOCKD_OK
               : md_rec_part_fail_line(
                     part, "a name that cannot be one, too many, or no "
                           "memory");
}

enum mockd_code md_rec_part_take_stream(struct md_rec_part *part,
                                        const char *name)
{
    char *end = NULL;
    unsigned long number = name[0] == 's' ? strtoul(name + 1, &end, 10) : 0;
    void *has_head = part->has_head;

    if (number == 0 || number > MD_REC_STREAMS_MAX || *end != '\0') {
        return md_rec_part_fail_line(part, "not a stream's name");
    }
    if (!make_room(&has_head, sizeof(*part->has_head), number,
                   &part->stream_room)) {
        return md_rec_part_fail_memory(part);
    }
    part->has_head = has_head;
    part->current = (unsigned)number;
    return MOCKD_OK;
}

static enum mockd_code take_event(struct md_rec_part *part, const cJSON *json)
{
    const char *code = cJSON_GetStringValue(cJSON_GetArrayItem(json, 1));
    enum md_rec_side from =
        code != NULL && code[0] == '>' ? MD_REC_CLIENT : MD_REC_ENGINE;
    bool is_head = code != NULL && strcmp(code, "<H") == 0;
    const char *problem = NULL;

    if (code == NULL || part->current == 0) {
        return md_rec_part_fail_line(part, "an event of no stream");
    }
    part->events++;
    if (is_head) {
        part->has_head[part->current] = true;
        part->summary.streams++;
    }
    if (is_head || strcmp(code, "<") == 0 || strcmp(code, ">") == 0) {
        problem = md_rec_unpack(part->dir_fd, cJSON_GetArrayItem(json, 2),
                                from == MD_REC_ENGINE ? &part->digest : NULL,
                                &part->bytes[from]);
    }
    return problem == NULL ? MOCKD_OK : md_rec_part_fail_line(part, problem);
}

static enum mockd_code take_object(struct md_rec_part *part, const cJSON *json)
{
    const char *kind = get_text(json, "part");
    const char *stream = get_text(json, "stream");

    if (kind == NULL && stream != NULL) {
        return md_rec_part_take_stream(part, stream);
    }
    if (kind == NULL && cJSON_HasObjectItem(json, "execcast")) {
        return take_header(part);
    }
    if (kind == NULL) {
        return md_rec_part_fail_line(part, "not a line of a journal");
    }
    if (strcmp(kind, "rule") == 0) {
        return take_rule(part);
    }
    if (strcmp(kind, "again") == 0) {
        return take_again(part, json);
    }
    return take_fact(part, kind, json);
}

static enum mockd_code take_line(struct md_rec_part *part)
{
    enum mockd_code rc = MOCKD_OK;
    cJSON *json = NULL;

    if (part->line.data[0] == '#') {
        return MOCKD_OK;
    }
    json = cJSON_ParseWithLength(part->line.data, part->line.len);
    if (cJSON_IsArray(json)) {
        rc = take_event(part, json);
    } else if (cJSON_IsObject(json)) {
        rc = take_object(part, json);
    } else {
        rc = md_rec_part_fail_line(part,
                                   "not a line of a journal, or no memory");
    }
    cJSON_Delete(json);
    return rc;
}

enum mockd_code md_rec_part_read(struct md_rec_part *part)
{
    enum mockd_code rc = md_rec_part_next_line(part);

    while (rc == MOCKD_OK && part->has_line) {
        rc = take_line(part);
        rc = rc == MOCKD_OK ? md_rec_part_next_line(part) : rc;
    }
    if (rc == MOCKD_OK && part->header == NULL) {
        rc = md_rec_part_fail_line(
            part, "it was cut inside its header: nothing is left");
    }
    return rc;
}
