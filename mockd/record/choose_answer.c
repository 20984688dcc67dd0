/* SPDX-License-Identifier: MIT */
/* choose_answer.c - have a request answered, by the mock or by the engine. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cjson/cJSON.h>

#include "choose_own.h"

/* The engine answered a create: what follows about it is the engine's. */
static void learn_made(struct md_rec_seat *seat)
{
    const char *name = strstr(seat->target.on, "name=");
    cJSON *json = NULL;
    const char *id = NULL;

    if (seat->answers.status != 201 || seat->body.data == NULL) {
        return;
    }
    json = cJSON_ParseWithLength(seat->body.data, seat->body.len);
    id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "Id"));
    if (id != NULL) {
        md_rec_chooser_keep_made(seat->chooser, strdup(id));
    }
    if (id != NULL && name != NULL &&
        seat->target.call == MD_REC_CALL_CONTAINER_CREATE) {
        name += strlen("name=");
        md_rec_chooser_keep_made(seat->chooser,
                                 strndup(name, strcspn(name, "&")));
    }
    cJSON_Delete(json);
}

/* Does that header say close? */
static bool is_close(struct md_rec_view line)
{
    const char header[] = "Connection:";
    const char word[] = "close";

    if (line.len < strlen(header) ||
        strncasecmp((const char *)line.data, header, strlen(header)) != 0) {
        return false;
    }
    for (size_t i = strlen(header); i + strlen(word) <= line.len; i++) {
        if (strncasecmp((const char *)line.data + i, word, strlen(word)) == 0) {
            return true;
        }
    }
    return false;
}

static bool says_close(const struct md_rec_scan *scan)
{
    struct md_rec_view line = {0};
    size_t pos = 0;

    while (md_rec_scan_line(scan, &pos, &line)) {
        if (is_close(line)) {
            return true;
        }
    }
    return false;
}

static bool is_stream(const struct md_rec_seat *seat)
{
    const struct md_rec_scan *scan = &seat->answers;

    return scan->status == 101 ||
           (seat->target.call == MD_REC_CALL_START && scan->status == 200 &&
            !scan->has_length && !scan->is_chunked);
}

enum taken {
    TAKEN_MORE,
    TAKEN_WHOLE,  /* the answer is complete */
    TAKEN_STREAM, /* what follows is no HTTP */
    TAKEN_BAD
};

static enum taken take_answer_head(struct md_rec_seat *seat)
{
    if (is_stream(seat)) {
        return TAKEN_STREAM;
    }
    if (seat->is_head && seat->answers.status >= 200) {
        md_rec_scan_without_body(&seat->answers);
    }
    seat->is_last = says_close(&seat->answers);
    return TAKEN_MORE;
}

/* See what an answer's bytes are. */
static enum taken take_answer(struct md_rec_seat *seat, struct md_rec_view in)
{
    enum taken taken = TAKEN_MORE;

    while (taken == TAKEN_MORE) {
        struct md_rec_view body = {0};

        switch (md_rec_scan_next(&seat->answers, &in, &body)) {
        case MD_REC_SCAN_MORE:
            return TAKEN_MORE;
        case MD_REC_SCAN_HEAD:
            taken = take_answer_head(seat);
            break;
        case MD_REC_SCAN_BODY:
            md_rec_bytes_add(&seat->body, body.data, body.len);
            break;
        case MD_REC_SCAN_END: /* behind a 1xx the answer is still to come */
            taken = seat->answers.status < 200 ? TAKEN_MORE : TAKEN_WHOLE;
            break;
        case MD_REC_SCAN_BAD:
            taken = TAKEN_BAD;
            break;
        }
    }
    return taken;
}

/* Wait for an answer's next piece. Meanwhile the client may send ahead, or
 * leave. */
static bool wait_for_answer(struct md_rec_seat *seat, struct md_rec_chan *from)
{
    bool has_answer = false;

    while (!has_answer) {
        bool may_send =
            !seat->is_client_over && seat->ahead.len < MD_REC_CHOOSE_AHEAD_MAX;
        bool has_client = false;

        if (!md_rec_duplex_wait(from, &has_answer,
                                may_send ? &seat->client : NULL, &has_client,
                                md_rec_seat_stop(seat)) ||
            (has_client && !md_rec_seat_read(seat))) {
            return false;
        }
        /* Who waits for an answer that never ends is told; not before bytes
         * that a stream would get first. */
        if (has_client && seat->is_client_over && seat->ahead.len == 0 &&
            seat->target.call != MD_REC_CALL_START) {
            (void)md_rec_chan_shut(from);
        }
    }
    return true;
}

/* The next piece of an answer, into the page. */
static enum taken read_answer(struct md_rec_seat *seat,
                              struct md_rec_chan *from, size_t *out_len)
{
    enum md_rec_io io = MD_REC_IO_AGAIN;

    while (io == MD_REC_IO_AGAIN) {
        if (!wait_for_answer(seat, from)) {
            return TAKEN_BAD;
        }
        io = md_rec_chan_read(from, seat->page, sizeof(seat->page), out_len);
    }
    if (io == MD_REC_IO_OK) {
        return take_answer(
            seat, (struct md_rec_view){.data = seat->page, .len = *out_len});
    }
    seat->is_last = true;
    *out_len = 0;
    return io == MD_REC_IO_END &&
                   md_rec_scan_finish(&seat->answers) == MD_REC_SCAN_END
               ? TAKEN_WHOLE
               : TAKEN_BAD;
}

/* From here on bytes pass as they come. */
static void become_stream(struct md_rec_seat *seat, struct md_rec_chan *peer)
{
    if (md_rec_duplex_send(peer, md_rec_seat_stop(seat), seat->ahead.data,
                           seat->ahead.len)) {
        if (seat->is_client_over) {
            (void)md_rec_chan_shut(peer);
        }
        md_rec_duplex_pump(&seat->client, seat->is_client_over, peer,
                           md_rec_seat_stop(seat));
    }
}

/* Pass an answer on to its end; false = the connection is over. */
static bool pass_answer(struct md_rec_seat *seat, struct md_rec_chan *from)
{
    enum taken taken = TAKEN_MORE;

    while (taken == TAKEN_MORE) {
        size_t len = 0;

        taken = read_answer(seat, from, &len);
        if (taken == TAKEN_BAD ||
            !md_rec_duplex_send(&seat->client, md_rec_seat_stop(seat),
                                seat->page, len)) {
            return false;
        }
    }
    if (taken == TAKEN_STREAM) {
        become_stream(seat, from);
        return false;
    }
    return true;
}

static void begin_answer(struct md_rec_seat *seat)
{
    md_rec_scan_init(&seat->answers, MD_REC_SCAN_RESPONSE);
    md_rec_bytes_release(&seat->answer);
    md_rec_bytes_release(&seat->body);
    seat->is_last = false;
}

/* Is the mock's answer, as far as it is here, that it has none? */
static bool is_refusal(const struct md_rec_seat *seat)
{
    return (seat->answers.status == 404 || seat->answers.status == 501) &&
           seat->body.len >= strlen(MD_REC_CHOOSE_REFUSAL) &&
           memcmp(seat->body.data, MD_REC_CHOOSE_REFUSAL,
                  strlen(MD_REC_CHOOSE_REFUSAL)) == 0;
}

enum asked { ASKED_ANSWERED, ASKED_REFUSED, ASKED_OVER };

/* Read the mock's answer up to where it is clear what it is, and pass it on
 * if it is one. */
static enum asked hear_mock(struct md_rec_seat *seat, struct md_rec_chan *mock)
{
    bool is_final = seat->chooser->options->engine == NULL;
    enum taken taken = TAKEN_MORE;

    while (taken == TAKEN_MORE &&
           (seat->answers.status == 0 || seat->answers.status == 404 ||
            seat->answers.status == 501)) {
        size_t len = 0;

        taken = read_answer(seat, mock, &len);
        md_rec_bytes_add(&seat->answer, seat->page, len);
    }
    if (taken == TAKEN_BAD || seat->answer.failed) {
        return ASKED_OVER;
    }
    if (taken == TAKEN_WHOLE && is_refusal(seat) && !is_final) {
        return ASKED_REFUSED;
    }
    if (!md_rec_duplex_send(&seat->client, md_rec_seat_stop(seat),
                            seat->answer.data, seat->answer.len)) {
        return ASKED_OVER;
    }
    if (taken == TAKEN_STREAM) {
        become_stream(seat, mock);
        return ASKED_OVER;
    }
    return taken == TAKEN_WHOLE || pass_answer(seat, mock) ? ASKED_ANSWERED
                                                           : ASKED_OVER;
}

/* What the mock is asked; false = there is no memory for it, and the client
 * was told. */
static bool make_question(struct md_rec_seat *seat,
                          struct md_rec_bytes *question)
{
    md_rec_bytes_add(question, seat->request.data, seat->request.len);
    return (!question->failed && (seat->chooser->options->secrets == NULL ||
                                  md_rec_seat_redact(seat, question))) ||
           md_rec_seat_refuse(seat, "507 Insufficient Storage",
                              "there are more than 1024 secrets, or no "
                              "memory");
}

static enum asked ask_mock(struct md_rec_seat *seat)
{
    struct md_rec_bytes question =
        md_rec_bytes_new(MD_REC_CHOOSE_ASK_MAX + MD_REC_HEAD_MAX);
    struct md_rec_chan mock = md_rec_chan_none();
    enum asked asked = ASKED_OVER;

    begin_answer(seat);
    if (make_question(seat, &question) &&
        md_rec_seat_connect(seat, seat->chooser->options->mock, &mock) &&
        md_rec_duplex_send(&mock, md_rec_seat_stop(seat), question.data,
                           question.len)) {
        asked = hear_mock(seat, &mock);
    }
    md_rec_bytes_release(&question);
    md_rec_chan_close(&mock, false);
    return asked;
}

/* An engine closes a connection that was idle for long. */
static void drop_stale_engine(struct md_rec_seat *seat)
{
    size_t len = 0;

    if (seat->engine.fd >= 0 &&
        md_rec_chan_read(&seat->engine, seat->page, sizeof(seat->page), &len) !=
            MD_REC_IO_AGAIN) {
        md_rec_chan_close(&seat->engine, false);
    }
}

/* True when the connection goes on. */
static bool ask_engine(struct md_rec_seat *seat)
{
    const struct md_rec_address *address = seat->chooser->options->engine;
    bool goes_on = false;

    drop_stale_engine(seat);
    begin_answer(seat);
    if (seat->engine.fd < 0 &&
        !md_rec_seat_connect(seat, address, &seat->engine)) {
        return md_rec_seat_refuse(seat, "502 Bad Gateway",
                                  "the engine cannot be reached");
    }
    goes_on = md_rec_duplex_send(&seat->engine, md_rec_seat_stop(seat),
                                 seat->request.data, seat->request.len) &&
              pass_answer(seat, &seat->engine);
    if (goes_on && (seat->target.call == MD_REC_CALL_CREATE ||
                    seat->target.call == MD_REC_CALL_CONTAINER_CREATE)) {
        learn_made(seat);
    }
    return goes_on;
}

/* True when the connection goes on. */
bool md_rec_seat_answer(struct md_rec_seat *seat)
{
    const struct md_rec_target *target = &seat->target;

    if (seat->chooser->options->engine != NULL &&
        target->ref != MD_REC_REF_NONE &&
        md_rec_chooser_is_made(seat->chooser, target->on + target->ref_off,
                               target->ref_len)) {
        return ask_engine(seat);
    }
    switch (ask_mock(seat)) {
    case ASKED_ANSWERED:
        return true;
    case ASKED_REFUSED:
        return ask_engine(seat);
    case ASKED_OVER:
        return false;
    }
    return false;
}
