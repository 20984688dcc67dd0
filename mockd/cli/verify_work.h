/* SPDX-License-Identifier: MIT */
/* verify_work.h - what the parts of one recording's doing over share. */
#ifndef MOCKD_CLI_VERIFY_WORK_H
#define MOCKD_CLI_VERIFY_WORK_H

#include "verify_link.h"
#include "verify_session.h"

/* A recorded stream, and the live one that is to be like it. */
struct md_verify_attached {
    const struct md_stream *stream;
    const struct md_rule *rule; /* its start */
    struct md_verify_link link;
    struct md_verify_output recorded; /* up to the event that is being done */
    bool is_open;                     /* link and recorded are in use */
    bool is_behind;                   /* what was waited for never came */
    bool is_refused;                  /* there is no live stream */
};

/* One recording while it is done over. */
struct md_verify_work {
    const struct md_verify_engine *engine;
    struct md_fixture *fixture;
    struct md_verify_report *report;
    struct md_verify_names names;
    struct md_verify_attached *attached; /* one for each stream */
    size_t *owners;    /* for each event the index in attached */
    uint8_t *chunk;    /* room for one payload ... */
    size_t chunk_size; /* ... of so many bytes */
};

/* From now on variable @var is @value. */
enum mockd_code md_verify_set_name(struct md_verify_work *work, size_t var,
                                   const char *value, struct mockd_error *err);

/* The whole of @payload, in the work's chunk. */
enum mockd_code md_verify_load(struct md_verify_work *work,
                               const struct md_payload *payload,
                               const uint8_t **out_bytes,
                               struct mockd_error *err);

/* Would the rule's request leave the engine's containers and images as they
 * are? */
bool md_verify_is_harmless(const struct md_rule *rule);

/* Send the rule's request with live names. @request says whether a stream is
 * asked for. As md_verify_link_open(). */
enum mockd_code md_verify_send(struct md_verify_work *work,
                               const struct md_rule *rule,
                               struct md_verify_request request,
                               struct md_verify_link *link,
                               struct mockd_error *err);

/* Ask for the rule's plain answer and compare it; learn a new exec's id. */
enum mockd_code md_verify_answer(struct md_verify_work *work,
                                 const struct md_rule *rule,
                                 struct mockd_error *err);

/* Start the rule's stream. */
enum mockd_code md_verify_start(struct md_verify_work *work,
                                const struct md_rule *rule,
                                struct mockd_error *err);

/* Do the event of this index, if its stream was started. */
enum mockd_code md_verify_event(struct md_verify_work *work, uint32_t index,
                                struct mockd_error *err);

/* Wait for what the engine had sent by now on all streams. */
void md_verify_catch_up(struct md_verify_work *work);

/* Compare the streams that were not seen to end. */
void md_verify_unended(const struct md_verify_work *work);

#endif
