/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "journal.h"
#include "json.h"
#include "percent.h"

static const struct {
    const char *name;
    unsigned on;
} calls[] = {
    {"exec.start", MD_ON_START},
    {"exec.create", MD_ON_CREATE},
    {"exec.inspect", MD_ON_INSPECT},
    {"exec.resize", MD_ON_RESIZE},
    {"exec.detached", MD_ON_DETACHED},
    {"ping", MD_ON_PING},
    {"other", MD_ON_OTHER},
    {"any", MD_ON_ANY},
};

const struct md_fault_kind *const md_fault_groups[] = {md_faults_head,
                                                       md_faults_reply,
                                                       md_faults_pieces,
                                                       md_faults_frames,
                                                       md_faults_ends,
                                                       md_faults_client,
                                                       md_faults_control,
                                                       md_faults_json,
                                                       md_faults_framing,
                                                       md_faults_tls,
                                                       NULL};

static const struct md_fault_kind *find_in(const struct md_fault_kind *group,
                                           const char *name)
{
    while (group->name != NULL && strcmp(group->name, name) != 0) {
        group++;
    }
    return group->name == NULL ? NULL : group;
}

const struct md_fault_kind *md_fault_kind_find(const char *name)
{
    const struct md_fault_kind *kind = NULL;

    for (size_t i = 0; kind == NULL && md_fault_groups[i] != NULL; i++) {
        kind = find_in(md_fault_groups[i], name);
    }
    return kind;
}

/* ---- the words of an armed fault ---- */

/* NAME[:KEY=VALUE,...] as the JSON object it stands for. */
static bool write_long(const char *text, struct md_buf *out)
{
    size_t len = strcspn(text, ":");
    char *name = strndup(text, len);
    bool ok = name != NULL && md_buf_add_text(out, "{\"fault\":") &&
              md_json_quote(out, name);

    free(name);
    text += text[len] == ':' ? len + 1 : len;
    while (ok && *text != '\0') {
        size_t key_len = strcspn(text, "=,");
        const char *value = text[key_len] == '=' ? text + key_len + 1 : "";
        size_t value_len = strcspn(value, ",");
        char *key = strndup(text, key_len);
        char *copy = strndup(value, value_len);
        bool is_number = copy != NULL && copy[0] != '\0' &&
                         copy[strspn(copy, "-0123456789")] == '\0';

        ok =
            key != NULL && copy != NULL && md_buf_add_text(out, ",") &&
            md_json_quote(out, key) && md_buf_add_text(out, ":") &&
            (is_number ? md_buf_add_text(out, copy) : md_json_quote(out, copy));
        free(key);
        free(copy);
        text += key_len;
        text += *text == '=' ? 1 + value_len : 0;
        text += *text == ',';
    }
    return ok && md_buf_add_text(out, "}");
}

static enum mockd_code read_words(const char *text, struct md_json **out_json,
                                  struct mockd_error *err)
{
    struct md_buf buf = {.max = MD_LINE_MAX};
    struct mockd_error why = {0};
    enum mockd_code rc = MOCKD_OK;

    if (strlen(text) > MD_FAULT_TEXT_MAX) {
        return md_fail(err, MOCKD_E_INVALID, "fault: more than %d bytes",
                       MD_FAULT_TEXT_MAX);
    }
    if (text[0] == '{' ? !md_buf_add_text(&buf, text)
                       : !write_long(text, &buf)) {
        md_buf_release(&buf);
        return md_fail_nomem(err);
    }
    rc = md_json_parse(buf.data, buf.len, out_json, &why);
    md_buf_release(&buf);
    if (rc == MOCKD_OK && !md_json_is_object(*out_json)) {
        md_json_free(*out_json);
        *out_json = NULL;
        rc = MOCKD_E_FIXTURE;
    }
    return rc == MOCKD_OK ? rc
                          : md_fail(err, MOCKD_E_INVALID,
                                    "fault '%.100s': neither a JSON object nor "
                                    "NAME[:KEY=VALUE,...]: %s",
                                    text, why.message);
}

static enum mockd_code fail_kind(struct mockd_error *err, const char *name)
{
    return md_fail(err, MOCKD_E_INVALID,
                   "fault '%.64s': there is none of that name; mockd faults "
                   "list shows all",
                   name);
}

static const struct md_fault_param *params_of(const struct md_fault_kind *kind)
{
    static const struct md_fault_param none[] = {{0}};

    return kind->params == NULL ? none : kind->params;
}

static const struct md_fault_param *find_param(const struct md_fault_kind *kind,
                                               const char *name)
{
    const struct md_fault_param *param = params_of(kind);

    while (param->name != NULL && strcmp(param->name, name) != 0) {
        param++;
    }
    return param->name == NULL ? NULL : param;
}

static bool is_common(const char *key)
{
    static const char *const keys[] = {"fault", "on", "nth", "times", "seed"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* "head:3", "byte:-1", "frame:2+5", "payload:0", "end" */
struct place {
    enum { IN_HEAD, BEHIND_HEAD, IN_FRAME, IN_PAYLOAD, AT_END } kind;
    int64_t number;
    int64_t more;
};

static bool read_int(const char **text, int64_t *out_number)
{
    char *end = NULL;

    if (**text != '-' && isdigit((unsigned char)**text) == 0) {
        return false;
    }
    errno = 0;
    *out_number = strtoll(*text, &end, 10);
    if (errno != 0 || end == *text || *out_number == INT64_MIN) {
        return false;
    }
    *text = end;
    return true;
}

/* N, or N+N in a frame. */
static bool read_numbers(const char *text, struct place *place)
{
    if (!read_int(&text, &place->number)) {
        return false;
    }
    if (*text == '+' && place->kind >= IN_FRAME) {
        text++;
        if (!read_int(&text, &place->more)) {
            return false;
        }
    }
    return *text == '\0' && place->more >= 0 &&
           (place->number >= 0 || place->kind == BEHIND_HEAD);
}

static bool read_place(const char *text, struct place *out_place)
{
    static const char *const names[] = {"head:", "byte:", "frame:", "payload:"};

    for (unsigned i = 0; i < MD_COUNT_OF(names); i++) {
        size_t len = strlen(names[i]);

        if (strncmp(text, names[i], len) == 0) {
            *out_place = (struct place){.kind = i};
            return read_numbers(text + len, out_place);
        }
    }
    *out_place = (struct place){.kind = AT_END};
    return strcmp(text, "end") == 0;
}

/* The next item of a list, which a lone number is too. */
static bool next_item(const struct md_json *value, const char *standard,
                      size_t *in_out_off, char out_item[MD_ITEM_SIZE])
{
    const char *text = md_json_text(value);
    int64_t number = 0;
    size_t len = 0;

    if (text == NULL &&
        md_json_integer(value, INT64_MIN + 1, INT64_MAX, &number)) {
        (void)snprintf(out_item, MD_ITEM_SIZE, "%" PRId64, number);
        return (*in_out_off)++ == 0;
    }
    text = text == NULL ? standard : text;
    if (text == NULL) {
        return false;
    }
    text += *in_out_off;
    len = strspn(text, ", ");
    *in_out_off += len;
    text += len;
    len = strcspn(text, ", ");
    *in_out_off += len;
    (void)snprintf(out_item, MD_ITEM_SIZE, "%.*s",
                   (int)(len < MD_ITEM_SIZE ? len : MD_ITEM_SIZE), text);
    return len > 0;
}

static bool read_item_place(const char *item, struct place *out_place)
{
    struct place place = {.kind = BEHIND_HEAD};
    const char *end = item;

    if (read_int(&end, &place.number) && *end == '\0') {
        *out_place = place;
        return true;
    }
    return read_place(item, out_place);
}

static bool is_item(const struct md_fault_param *param, const char *item)
{
    struct place place;
    int64_t number = 0;

    if (param->type == MD_PARAM_PLACES) {
        return read_item_place(item, &place);
    }
    return read_int(&item, &number) && *item == '\0' && number >= param->min &&
           number <= param->max;
}

static enum mockd_code check_list(const struct md_fault_kind *kind,
                                  const struct md_fault_param *param,
                                  const struct md_json *value,
                                  struct mockd_error *err)
{
    char item[MD_ITEM_SIZE] = "";
    size_t off = 0;
    size_t count = 0;

    while (next_item(value, NULL, &off, item)) {
        count++;
        if (!is_item(param, item)) {
            return md_fail(err, MOCKD_E_INVALID,
                           "fault %s: %s has no place in %s, which is %s",
                           kind->name, item, param->name, param->help);
        }
    }
    return count > 0 ? MOCKD_OK
                     : md_fail(err, MOCKD_E_INVALID,
                               "fault %s: %s must be a list: %s", kind->name,
                               param->name, param->help);
}

static enum mockd_code check_choice(const struct md_fault_kind *kind,
                                    const struct md_fault_param *param,
                                    const char *text, struct mockd_error *err)
{
    const char *choice = param->choices;
    size_t len = strlen(text);

    while (choice != NULL) {
        size_t choice_len = strcspn(choice, "|");

        if (choice_len == len && memcmp(choice, text, len) == 0) {
            return MOCKD_OK;
        }
        choice = choice[choice_len] == '|' ? choice + choice_len + 1 : NULL;
    }
    return md_fail(err, MOCKD_E_INVALID, "fault %s: %s must be one of %s",
                   kind->name, param->name, param->choices);
}

static enum mockd_code check_value(const struct md_fault_kind *kind,
                                   const struct md_fault_param *param,
                                   const struct md_json *value,
                                   struct mockd_error *err)
{
    const char *text = md_json_text(value);
    struct place place;
    int64_t number = 0;

    switch (param->type) {
    case MD_PARAM_NUMBER:
        if (md_json_integer(value, param->min, param->max, &number)) {
            return MOCKD_OK;
        }
        return md_fail(err, MOCKD_E_INVALID,
                       "fault %s: %s must be a whole number from %" PRId64
                       " to %" PRId64,
                       kind->name, param->name, param->min, param->max);
    case MD_PARAM_PLACE:
        if (text != NULL && read_place(text, &place)) {
            return MOCKD_OK;
        }
        return md_fail(err, MOCKD_E_INVALID,
                       "fault %s: %s must be a place: head:N, byte:N, byte:-N, "
                       "frame:I, frame:I+N, payload:I+N or end",
                       kind->name, param->name);
    case MD_PARAM_PLACES:
    case MD_PARAM_NUMBERS:
        return check_list(kind, param, value, err);
    case MD_PARAM_JSON:
        return MOCKD_OK;
    case MD_PARAM_TEXT:
    case MD_PARAM_BYTES:
        break;
    }
    if (text != NULL && param->choices != NULL) {
        return check_choice(kind, param, text, err);
    }
    return text != NULL
               ? MOCKD_OK
               : md_fail(err, MOCKD_E_INVALID, "fault %s: %s must be a text",
                         kind->name, param->name);
}

static enum mockd_code check_params(const struct md_fault *fault,
                                    struct mockd_error *err)
{
    const struct md_fault_kind *kind = fault->kind;
    const struct md_json *value = md_json_first(fault->json);

    for (; value != NULL; value = md_json_next(value)) {
        const char *key = md_json_key(value);
        const struct md_fault_param *param = find_param(kind, key);
        enum mockd_code rc = MOCKD_OK;

        if (is_common(key)) {
            continue;
        }
        if (param == NULL) {
            return md_fail(err, MOCKD_E_INVALID,
                           "fault %s: it has no '%.64s'; mockd faults show %s "
                           "tells what it has",
                           kind->name, key, kind->name);
        }
        rc = check_value(kind, param, value, err);
        if (rc != MOCKD_OK) {
            return rc;
        }
    }
    for (const struct md_fault_param *param = params_of(fault->kind);
         param->name != NULL; param++) {
        if (param->is_required &&
            md_json_get(fault->json, param->name) == NULL) {
            return md_fail(err, MOCKD_E_INVALID, "fault %s: it needs %s (%s)",
                           kind->name, param->name, param->help);
        }
    }
    return MOCKD_OK;
}

static enum mockd_code read_count(const struct md_fault *fault, const char *key,
                                  int64_t min, uint64_t *in_out,
                                  struct mockd_error *err)
{
    const struct md_json *value = md_json_get(fault->json, key);
    int64_t number = 0;

    if (value == NULL) {
        return MOCKD_OK;
    }
    if (!md_json_integer(value, min, INT32_MAX, &number)) {
        return md_fail(err, MOCKD_E_INVALID,
                       "fault %s: %s must be a whole number from %" PRId64,
                       fault->kind->name, key, min);
    }
    *in_out = (uint64_t)number;
    return MOCKD_OK;
}

/* What works on the listeners knows no answers. */
static enum mockd_code check_door(const struct md_fault *fault,
                                  struct mockd_error *err)
{
    static const char *const keys[] = {"on", "nth", "times"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (md_json_get(fault->json, keys[i]) != NULL) {
            return md_fail(err, MOCKD_E_INVALID,
                           "fault %s: it works on the listeners, from when it "
                           "is armed, and has no '%s'",
                           fault->kind->name, keys[i]);
        }
    }
    return MOCKD_OK;
}

static enum mockd_code read_on(struct md_fault *fault, struct mockd_error *err)
{
    const struct md_json *value = md_json_get(fault->json, "on");
    const char *text = md_json_text(value);

    fault->on = fault->kind->standard_on;
    if (fault->kind->door != MD_DOOR_OPEN) {
        return check_door(fault, err);
    }
    if (value == NULL) {
        return MOCKD_OK;
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (text != NULL && strcmp(text, calls[i].name) == 0) {
            fault->on = calls[i].on & fault->kind->on;
            return fault->on != 0 ? MOCKD_OK
                                  : md_fail(err, MOCKD_E_INVALID,
                                            "fault %s: it cannot be done on %s",
                                            fault->kind->name, text);
        }
    }
    return md_fail(err, MOCKD_E_INVALID,
                   "fault %s: on must be exec.start, exec.create, "
                   "exec.inspect, exec.resize, exec.detached, ping, other or "
                   "any",
                   fault->kind->name);
}

static enum mockd_code fill_fault(struct md_fault *fault,
                                  const struct md_faults *faults,
                                  struct mockd_error *err)
{
    enum mockd_code rc = read_on(fault, err);

    fault->nth = 1;
    fault->times = fault->kind->is_lasting ? 0 : 1;
    fault->seed = faults->seed + faults->last;
    if (rc == MOCKD_OK) {
        rc = read_count(fault, "nth", 1, &fault->nth, err);
    }
    if (rc == MOCKD_OK) {
        rc = read_count(fault, "times", 0, &fault->times, err);
    }
    if (rc == MOCKD_OK) {
        rc = read_count(fault, "seed", 0, &fault->seed, err);
    }
    if (rc == MOCKD_OK) {
        rc = check_params(fault, err);
    }
    if (rc == MOCKD_OK && fault->kind->needs_tcp && !faults->has_tcp) {
        return md_fail(err, MOCKD_E_INVALID,
                       "fault %s: a unix socket cannot show it; listen on TCP",
                       fault->kind->name);
    }
    if (rc == MOCKD_OK && fault->kind->needs_unix && !faults->has_unix) {
        return md_fail(err, MOCKD_E_INVALID,
                       "fault %s: TCP cannot show it; listen on a unix socket",
                       fault->kind->name);
    }
    if (rc == MOCKD_OK && fault->kind->needs_tls && !faults->has_tls) {
        return md_fail(err, MOCKD_E_INVALID,
                       "fault %s: only TLS can show it; listen on TCP with a "
                       "certificate",
                       fault->kind->name);
    }
    return rc;
}

static void free_fault(struct md_fault *fault)
{
    md_json_free(fault->json);
    free(fault);
}

enum mockd_code md_faults_arm(struct md_faults *faults, const char *text,
                              struct md_fault **out_fault,
                              struct mockd_error *err)
{
    struct md_fault **end = &faults->first;
    struct md_fault *fault = calloc(1, sizeof(*fault));
    const char *name = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (fault == NULL || faults->count == MD_FAULTS_MAX) {
        free(fault);
        return md_fail(err, MOCKD_E_SYSTEM,
                       "fault: out of memory, or more than %d are armed",
                       MD_FAULTS_MAX);
    }
    rc = read_words(text, &fault->json, err);
    if (rc == MOCKD_OK) {
        name = md_json_text(md_json_get(fault->json, "fault"));
        fault->kind = name == NULL ? NULL : md_fault_kind_find(name);
        rc = fault->kind == NULL ? fail_kind(err, name == NULL ? "" : name)
                                 : fill_fault(fault, faults, err);
    }
    if (rc != MOCKD_OK) {
        free_fault(fault);
        return rc;
    }
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = fault;
    faults->count++;
    fault->number = ++faults->last;
    if (out_fault != NULL) {
        *out_fault = fault;
    }
    return MOCKD_OK;
}

bool md_faults_disarm(struct md_faults *faults, unsigned number)
{
    struct md_fault **at = &faults->first;
    bool is_found = number == 0;

    while (*at != NULL) {
        struct md_fault *fault = *at;

        if (number != 0 && fault->number != number) {
            at = &fault->next;
            continue;
        }
        is_found = true;
        *at = fault->next;
        faults->count--;
        free_fault(fault);
    }
    return is_found;
}

void md_faults_release(struct md_faults *faults)
{
    (void)md_faults_disarm(faults, 0);
}

/* ---- which answers ---- */

static bool ends_with(const char *text, size_t len, const char *end)
{
    size_t end_len = strlen(end);

    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

enum md_on_call md_on_call_of(const char *method, const char *target,
                              bool is_stream)
{
    size_t len = strcspn(target, "?");
    bool is_post = strcmp(method, "POST") == 0;
    bool is_exec = strstr(target, "/exec/") != NULL;

    if (ends_with(target, len, "/_ping")) {
        return MD_ON_PING;
    }
    if (is_post && is_exec && ends_with(target, len, "/start")) {
        return is_stream ? MD_ON_START : MD_ON_DETACHED;
    }
    if (is_post && is_exec && ends_with(target, len, "/resize")) {
        return MD_ON_RESIZE;
    }
    if (is_exec && !is_post && ends_with(target, len, "/json")) {
        return MD_ON_INSPECT;
    }
    if (is_post && strstr(target, "/containers/") != NULL &&
        ends_with(target, len, "/exec")) {
        return MD_ON_CREATE;
    }
    return MD_ON_OTHER;
}

static bool is_due(const struct md_fault *fault)
{
    return fault->seen >= fault->nth &&
           (fault->times == 0 || fault->seen < fault->nth + fault->times);
}

bool md_faults_want(struct md_faults *faults, enum md_on_call call)
{
    bool is_wanted = false;

    for (struct md_fault *at = faults->first; at != NULL; at = at->next) {
        if ((at->on & (unsigned)call) != 0) {
            at->seen++;
            is_wanted = is_wanted || is_due(at);
        }
    }
    return is_wanted;
}

enum mockd_code md_faults_apply(struct md_faults *faults, enum md_on_call call,
                                struct md_edit *edit, struct mockd_error *err)
{
    enum mockd_code first = MOCKD_OK;

    for (struct md_fault *at = faults->first; at != NULL; at = at->next) {
        struct mockd_error why = {0};
        enum mockd_code rc = MOCKD_OK;

        if ((at->on & (unsigned)call) == 0 || !is_due(at)) {
            continue;
        }
        edit->fault = at;
        edit->number = at->number;
        edit->random = at->seed + at->applied;
        if (at->kind->needs_frames && !edit->program->is_framed) {
            rc = md_fail(&why, MOCKD_E_INVALID,
                         "the answer has no frames, a terminal's has none");
        } else if (at->kind->needs_tcp && !edit->is_tcp) {
            rc = md_fail(&why, MOCKD_E_INVALID,
                         "the client came over a unix socket");
        } else {
            rc = at->kind->apply(edit, &why);
        }
        at->applied += rc == MOCKD_OK;
        if (rc != MOCKD_OK && first == MOCKD_OK) {
            first = md_fail(err, rc, "fault %u (%s) could not be applied: %s",
                            at->number, at->kind->name, why.message);
        }
    }
    return first;
}

void md_faults_note_fired(struct md_faults *faults, unsigned number,
                          uint64_t connection, uint64_t offset)
{
    for (struct md_fault *at = faults->first; at != NULL; at = at->next) {
        at->fired += at->number == number;
    }
    md_journal_fired(faults->journal, faults, number, connection, offset);
}

/* ---- for the catalogue ---- */

int64_t md_edit_number(const struct md_edit *edit, const char *name)
{
    return md_fault_number(edit->fault, name);
}

const char *md_edit_text(const struct md_edit *edit, const char *name)
{
    const struct md_fault_param *param = find_param(edit->fault->kind, name);
    const char *text = md_json_text(md_json_get(edit->fault->json, name));

    if (text == NULL) {
        text = param->standard_text == NULL ? "" : param->standard_text;
    }
    return text;
}

bool md_edit_bytes(const struct md_edit *edit, const char *name,
                   struct md_buf *out)
{
    const char *text = md_edit_text(edit, name);
    char *room = md_buf_reserve(out, strlen(text));

    if (room == NULL) {
        return false;
    }
    for (const char *p = text; *p != '\0'; p++) {
        unsigned byte = 0;

        if (p[0] == '%' && isxdigit((unsigned char)p[1]) != 0 &&
            isxdigit((unsigned char)p[2]) != 0 &&
            sscanf(p + 1, "%2x", &byte) == 1) {
            out->data[out->len++] = (char)byte;
            p += 2;
        } else {
            out->data[out->len++] = *p;
        }
    }
    out->data[out->len] = '\0';
    return true;
}

static size_t count_frames(const struct md_program *program)
{
    size_t at = program->head_len;
    size_t count = 0;
    size_t len = 0;

    for (; md_program_frame_len(program, at, &len); at += 8 + len) {
        count++;
    }
    return count;
}

static enum mockd_code fail_place(const struct md_edit *edit, const char *text,
                                  struct mockd_error *err)
{
    const struct md_program *program = edit->program;

    return md_fail(err, MOCKD_E_INVALID,
                   "there is no %s in this answer: its head has %zu bytes, "
                   "what follows %zu, in %zu frames",
                   text, program->head_len,
                   program->bytes.len - program->head_len,
                   count_frames(program));
}

enum mockd_code md_edit_place(const struct md_edit *edit, const char *name,
                              size_t *out_at, struct mockd_error *err)
{
    return md_edit_item_place(edit, md_edit_text(edit, name), out_at, err);
}

enum mockd_code md_edit_item_place(const struct md_edit *edit, const char *text,
                                   size_t *out_at, struct mockd_error *err)
{
    const struct md_program *program = edit->program;
    struct place place = {.kind = AT_END};
    size_t at = 0;
    size_t len = 0;
    size_t max = program->bytes.len;

    if (!read_item_place(text, &place)) {
        return fail_place(edit, text, err);
    }
    switch (place.kind) {
    case IN_HEAD:
        at = (size_t)place.number;
        max = program->head_len;
        break;
    case BEHIND_HEAD:
        at = place.number >= 0 ? program->head_len + (size_t)place.number
                               : max - (size_t)-place.number;
        at = place.number < 0 && (size_t)-place.number > max - program->head_len
                 ? max + 1
                 : at;
        break;
    case IN_FRAME:
    case IN_PAYLOAD:
        if (!md_program_frame(program, (size_t)place.number, &at, &len)) {
            return fail_place(edit, text, err);
        }
        max = at + 8 + len;
        at += (size_t)place.more + (place.kind == IN_PAYLOAD ? 8 : 0);
        break;
    case AT_END:
        at = max;
        break;
    }
    if (at > max) {
        return fail_place(edit, text, err);
    }
    *out_at = at;
    return MOCKD_OK;
}

uint64_t md_edit_random(struct md_edit *edit)
{
    uint64_t z = edit->random += 0x9E3779B97F4A7C15U;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

enum mockd_code md_edit_no_room(struct mockd_error *err)
{
    return md_fail(err, MOCKD_E_SYSTEM,
                   "out of memory, or the answer grows beyond %d bytes",
                   MD_PROGRAM_MAX);
}

enum mockd_code md_edit_done(bool ok, struct mockd_error *err)
{
    return ok ? MOCKD_OK : md_edit_no_room(err);
}

enum mockd_code md_edit_fired(struct md_edit *edit, size_t at,
                              struct mockd_error *err)
{
    return md_edit_done(
        md_program_mark_first(edit->program, at, MD_MARK_FIRED, edit->number),
        err);
}

enum mockd_code md_edit_shown(struct md_edit *edit, size_t at,
                              struct mockd_error *err)
{
    const struct md_program *program = edit->program;
    size_t end = program->bytes.len;
    size_t i = program->mark_count;

    while (i > 0 && program->marks[i - 1].at >= at) {
        end = program->marks[--i].at;
    }
    return md_edit_fired(edit, end, err);
}

enum mockd_code md_edit_frame(const struct md_edit *edit, const char *name,
                              size_t *out_at, size_t *out_len,
                              struct mockd_error *err)
{
    int64_t number = md_edit_number(edit, name);

    if (number >= 0 &&
        md_program_frame(edit->program, (size_t)number, out_at, out_len)) {
        return MOCKD_OK;
    }
    return md_fail(err, MOCKD_E_INVALID,
                   "there is no frame %" PRId64 " in this answer, it has %zu",
                   number, count_frames(edit->program));
}

bool md_edit_item(const struct md_edit *edit, const char *name,
                  size_t *in_out_off, char out_item[MD_ITEM_SIZE])
{
    const struct md_fault_param *param = find_param(edit->fault->kind, name);

    return next_item(md_json_get(edit->fault->json, name), param->standard_text,
                     in_out_off, out_item);
}

enum mockd_code md_edit_cut(struct md_edit *edit, struct md_program *cuts,
                            bool ok, struct mockd_error *err)
{
    size_t first = cuts->mark_count > 0 ? cuts->marks[0].at : 0;
    bool is_empty = cuts->mark_count == 0;

    ok = ok && md_program_merge(edit->program, cuts);
    md_program_release(cuts);
    if (!ok) {
        return md_edit_no_room(err);
    }
    return is_empty ? md_fail(err, MOCKD_E_INVALID,
                              "there is nothing in this answer to cut so")
                    : md_edit_fired(edit, first, err);
}

bool md_cuts_add(struct md_program *cuts, size_t at, uint64_t pause_us)
{
    return md_program_mark(cuts, at, MD_MARK_CUT, 0) &&
           (pause_us == 0 ||
            md_program_mark(cuts, at, MD_MARK_PAUSE, pause_us));
}

int64_t md_fault_number(const struct md_fault *fault, const char *name)
{
    const struct md_fault_param *param = find_param(fault->kind, name);
    const struct md_json *value = md_json_get(fault->json, name);
    int64_t number = param->standard;

    (void)md_json_integer(value, param->min, param->max, &number);
    return number;
}

bool md_edit_json(const struct md_edit *edit, const char *name,
                  struct md_buf *out)
{
    const struct md_json *value = md_json_get(edit->fault->json, name);

    return value == NULL || md_json_text(value) != NULL
               ? md_buf_add_text(out, md_edit_text(edit, name))
               : md_json_print(value, out);
}

uint64_t md_faults_fired(const struct md_faults *faults, const char *name)
{
    uint64_t fired = 0;

    for (const struct md_fault *at = faults->first; at != NULL; at = at->next) {
        if (name == NULL || strcmp(at->kind->name, name) == 0) {
            fired += at->fired;
        }
    }
    return fired;
}

const char *md_on_call_name(unsigned bit)
{
    size_t i = 0;

    while (calls[i].on != bit) {
        i++;
    }
    return calls[i].name;
}

const char *md_param_type_name(enum md_param_type type)
{
    switch (type) {
    case MD_PARAM_NUMBER:
        return "number";
    case MD_PARAM_TEXT:
        return "text";
    case MD_PARAM_BYTES:
        return "bytes";
    case MD_PARAM_PLACE:
        return "place";
    case MD_PARAM_PLACES:
        return "places";
    case MD_PARAM_NUMBERS:
        return "numbers";
    case MD_PARAM_JSON:
        return "JSON";
    }
    return "";
}
