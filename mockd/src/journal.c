/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "engine.h"
#include "json.h"

const char *const md_noted_headers[MD_NOTED_HEADERS] = {
    "Host", "Upgrade", "Connection", "Content-Type", "User-Agent"};

/* Entry SEQ lies in slot SEQ % MD_JOURNAL_ENTRIES_MAX. */
struct slot {
    char *text; /* NULL = there was no memory for it */
    size_t len;
};

struct md_journal {
    struct slot *slots;
    uint64_t first; /* number of the oldest one that is kept */
    uint64_t next;  /* number of the one to come */
    size_t bytes;
    uint64_t dropped;
    struct md_buf room; /* for the one that is being written */
    uint64_t start_us;
    uint64_t (*now_us)(void);
    md_entry_fn on_entry;
    void *on_entry_user;
};

struct md_journal *md_journal_new(uint64_t (*now_us)(void),
                                  md_entry_fn on_entry, void *on_entry_user)
{
    struct md_journal *journal = calloc(1, sizeof(*journal));
    struct slot *slots = calloc(MD_JOURNAL_ENTRIES_MAX, sizeof(*slots));

    if (journal == NULL || slots == NULL) {
        free(journal);
        free(slots);
        return NULL;
    }
    *journal = (struct md_journal){.slots = slots,
                                   .first = 1,
                                   .next = 1,
                                   .start_us = now_us(),
                                   .now_us = now_us,
                                   .on_entry = on_entry,
                                   .on_entry_user = on_entry_user};
    return journal;
}

static struct slot *slot_of(const struct md_journal *journal, uint64_t seq)
{
    return &journal->slots[seq % MD_JOURNAL_ENTRIES_MAX];
}

static void drop_first(struct md_journal *journal)
{
    struct slot *slot = slot_of(journal, journal->first);

    journal->bytes -= slot->len;
    journal->dropped += slot->text != NULL;
    free(slot->text);
    *slot = (struct slot){0};
    journal->first++;
}

void md_journal_clear(struct md_journal *journal)
{
    while (journal->first < journal->next) {
        drop_first(journal);
    }
    journal->dropped = 0;
}

void md_journal_free(struct md_journal *journal)
{
    if (journal != NULL) {
        md_journal_clear(journal);
        md_buf_release(&journal->room);
        free(journal->slots);
        free(journal);
    }
}

void md_journal_mute(struct md_journal *journal)
{
    journal->on_entry = NULL;
}

uint64_t md_journal_last(const struct md_journal *journal)
{
    return journal->next - 1;
}

uint64_t md_journal_dropped(const struct md_journal *journal)
{
    return journal->dropped;
}

uint64_t md_journal_time_us(const struct md_journal *journal)
{
    return journal->now_us() - journal->start_us;
}

/* ---- reading ---- */

const char *md_journal_next(const struct md_journal *journal,
                            uint64_t *in_out_seq)
{
    uint64_t seq = *in_out_seq;

    seq = seq < journal->first ? journal->first : seq + 1;
    for (; seq < journal->next; seq++) {
        const struct slot *slot = slot_of(journal, seq);

        if (slot->text != NULL) {
            *in_out_seq = seq;
            return slot->text;
        }
    }
    return NULL;
}

bool md_journal_fits(const char *line, const struct md_json *filter)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *entry = NULL;
    const struct md_json *wanted = md_json_first(filter);

    if (wanted != NULL &&
        md_json_parse(line, strlen(line), &entry, NULL) != MOCKD_OK) {
        return false;
    }
    for (; wanted != NULL; wanted = md_json_next(wanted)) {
        if (!md_json_is_equal(wanted,
                              md_json_get(entry, md_json_key(wanted)))) {
            return false;
        }
    }
    return true;
}

const char *md_journal_find(const struct md_journal *journal,
                            const struct md_json *filter, uint64_t *in_out_seq)
{
    const char *line = NULL;

    do {
        line = md_journal_next(journal, in_out_seq);
    } while (line != NULL && !md_journal_fits(line, filter));
    return line;
}

bool md_journal_print(const struct md_journal *journal, uint64_t since,
                      const struct md_json *filter, const char *end,
                      struct md_buf *out)
{
    const char *line = NULL;
    bool ok = true;

    while (ok && (line = md_journal_find(journal, filter, &since)) != NULL) {
        ok = md_buf_add_text(out, line) && md_buf_add_text(out, end);
    }
    return ok;
}

/* ---- writing ---- */

/* Most entries are written while a client waits: no printf() then, and each in
 * the same room before it is copied to its own. */
static bool begin(struct md_journal *journal, struct md_buf *out,
                  const char *event)
{
    *out = journal->room;
    out->len = 0;
    out->max = MD_JOURNAL_ENTRY_MAX;
    return md_buf_add_text(out, "{\"seq\":") &&
           md_buf_add_number(out, journal->next) &&
           md_buf_add_text(out, ",\"time_us\":") &&
           md_buf_add_number(out, md_journal_time_us(journal)) &&
           md_buf_add_text(out, ",\"event\":\"") &&
           md_buf_add_text(out, event) && md_buf_add_text(out, "\"");
}

static bool add_key(struct md_buf *out, const char *key)
{
    return md_buf_add_text(out, ",\"") && md_buf_add_text(out, key) &&
           md_buf_add_text(out, "\":");
}

static bool add_number(struct md_buf *out, const char *key, uint64_t number)
{
    return add_key(out, key) && md_buf_add_number(out, number);
}

static bool add_bool(struct md_buf *out, const char *key, bool value)
{
    return add_key(out, key) && md_buf_add_text(out, value ? "true" : "false");
}

static bool add_bytes(struct md_buf *out, const char *key, const char *data,
                      size_t len)
{
    return add_key(out, key) && md_json_quote_bytes(out, data, len);
}

/* NULL adds nothing. */
static bool add_text(struct md_buf *out, const char *key, const char *text)
{
    return text == NULL || add_bytes(out, key, text, strlen(text));
}

/* Keep the entry, and as many of those before it as may stay. */
static void finish(struct md_journal *journal, struct md_buf *out, bool ok)
{
    struct slot *slot = NULL;
    char *text = NULL;

    ok = ok && md_buf_add_text(out, "}");
    text = ok ? malloc(out->len + 1) : NULL;
    if (text == NULL) {
        out->len = 0;
    } else {
        memcpy(text, out->data, out->len + 1);
    }
    journal->room = *out;
    while (journal->first < journal->next &&
           (journal->next - journal->first == MD_JOURNAL_ENTRIES_MAX ||
            journal->bytes + out->len > MD_JOURNAL_BYTES_MAX)) {
        drop_first(journal);
    }
    slot = slot_of(journal, journal->next);
    *slot = (struct slot){text, out->len};
    journal->bytes += out->len;
    journal->dropped += text == NULL;
    journal->next++;
    if (text != NULL && journal->on_entry != NULL) {
        journal->on_entry(journal->on_entry_user, text, out->len);
    }
}

static bool add_headers(struct md_buf *out,
                        const struct md_noted_request *request)
{
    bool ok = md_buf_add_text(out, ",\"headers\":{");
    bool is_first = true;

    for (size_t i = 0; i < MD_NOTED_HEADERS && ok; i++) {
        const char *value = request->values[i];

        if (value != NULL) {
            ok = md_buf_add_text(out, is_first ? "\"" : ",\"") &&
                 md_buf_add_text(out, md_noted_headers[i]) &&
                 md_buf_add_text(out, "\":") && md_json_quote(out, value);
            is_first = false;
        }
    }
    return ok && md_buf_add_text(out, "}");
}

void md_journal_request(struct md_journal *journal,
                        const struct md_noted_request *request)
{
    struct md_buf out = {0};
    size_t shown = request->body_len < MD_JOURNAL_BODY_MAX
                       ? request->body_len
                       : MD_JOURNAL_BODY_MAX;

    if (journal == NULL) {
        return;
    }
    finish(journal, &out,
           begin(journal, &out, "request") &&
               add_number(&out, "connection", request->connection) &&
               add_text(&out, "method", request->method) &&
               add_text(&out, "target", request->target) &&
               add_headers(&out, request) &&
               add_number(&out, "body_bytes", request->body_len) &&
               add_bytes(&out, "body", request->body, shown));
}

/* "FILE:LINE", or who else. */
static bool add_rule(struct md_buf *out, const struct md_answer *answer)
{
    if (answer->unmatched != NULL) {
        return add_text(out, "rule", "unmatched") &&
               add_text(out, "message", answer->unmatched);
    }
    if (answer->rule == NULL) {
        return add_text(out, "rule", "mockd");
    }
    if (!add_text(out, "rule", answer->rule->fixture->path)) {
        return false;
    }
    out->len--; /* the line's number goes inside the quotes */
    return md_buf_add_text(out, ":") &&
           md_buf_add_number(out, answer->rule->line) &&
           md_buf_add_text(out, "\"");
}

void md_journal_answer(struct md_journal *journal,
                       const struct md_answer *answer)
{
    struct md_buf out = {0};

    if (journal == NULL) {
        return;
    }
    finish(journal, &out,
           begin(journal, &out, "answer") &&
               add_number(&out, "connection", answer->connection) &&
               add_number(&out, "status", (uint64_t)answer->status) &&
               add_bool(&out, "stream", answer->is_stream) &&
               add_rule(&out, answer));
}

static bool add_exec(struct md_buf *out, const struct md_exec *exec)
{
    return exec == NULL || add_text(out, "exec", exec->id);
}

static bool add_sha256(struct md_buf *out, const uint8_t *sha256)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * MD_SHA256_SIZE + 1] = "";

    if (sha256 == NULL) {
        return true;
    }
    for (size_t i = 0; i < MD_SHA256_SIZE; i++) {
        text[2 * i] = digits[sha256[i] >> 4];
        text[2 * i + 1] = digits[sha256[i] & 15];
    }
    return add_text(out, "sha256", text);
}

void md_journal_stream(struct md_journal *journal, const char *event,
                       const struct md_noted_stream *stream)
{
    struct md_buf out = {0};

    if (journal == NULL) {
        return;
    }
    finish(journal, &out,
           begin(journal, &out, event) &&
               add_number(&out, "connection", stream->connection) &&
               add_exec(&out, stream->exec) &&
               add_number(&out, "input_bytes", stream->input_bytes) &&
               add_number(&out, "sent_bytes", stream->sent_bytes) &&
               add_bool(&out, "client_over", stream->is_client_over) &&
               add_bool(&out, "engine_over", stream->is_engine_over) &&
               add_sha256(&out, stream->sha256));
}

void md_journal_fired(struct md_journal *journal,
                      const struct md_faults *faults, unsigned number,
                      uint64_t connection, uint64_t offset)
{
    const struct md_fault *fault = faults->first;
    struct md_buf out = {0};

    if (journal == NULL) {
        return;
    }
    while (fault != NULL && fault->number != number) {
        fault = fault->next;
    }
    finish(
        journal, &out,
        begin(journal, &out, "fired") && add_number(&out, "fault", number) &&
            add_text(&out, "name", fault == NULL ? NULL : fault->kind->name) &&
            add_number(&out, "connection", connection) &&
            add_number(&out, "offset", offset));
}

void md_journal_exec(struct md_journal *journal, const struct md_exec *exec)
{
    struct md_buf out = {0};

    if (journal == NULL) {
        return;
    }
    finish(journal, &out,
           begin(journal, &out, "exec") && add_exec(&out, exec) &&
               add_text(&out, "phase", md_phase_name(exec->phase)) &&
               add_text(&out, "fixture", exec->fixture->path));
}

void md_journal_resize(struct md_journal *journal, const struct md_exec *exec,
                       const struct md_target *target)
{
    struct md_buf out = {0};
    bool ok = false;

    if (journal == NULL) {
        return;
    }
    ok = begin(journal, &out, "resize") && add_exec(&out, exec);
    for (size_t i = 0; i < target->param_count && ok; i++) {
        const struct md_param *param = &target->params[i];
        const char *key = strcmp(param->key, "h") == 0   ? "height"
                          : strcmp(param->key, "w") == 0 ? "width"
                                                         : NULL;

        /* only sizes from 1 to 65535 match a rule */
        ok = key == NULL ||
             add_number(&out, key, strtoul(param->value, NULL, 10));
    }
    finish(journal, &out, ok);
}
