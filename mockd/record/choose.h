/* SPDX-License-Identifier: MIT */
/*
 * choose.h - answer each request from a mock, or else from an engine.
 *
 * A request is taken whole and asked of the mock first. What no recording
 * answers the mock says in its own words (404 or 501 with a message that
 * begins "mockd:"); then the same bytes go to the engine, which is a relay
 * that records, and its answer comes back unchanged. An exec or container
 * that the engine made is the engine's from then on.
 *
 * The mock is asked what a recording would hold: with filler for secrets.
 */
#ifndef MD_REC_CHOOSE_H
#define MD_REC_CHOOSE_H

#include <stddef.h>

#include "fail.h"
#include "secrets.h"
#include "socket.h"

#define MD_REC_CHOOSE_CLIENTS_MAX 256 /* at the same time; more wait */

/* A request with a longer body is no question for a recording. */
#define MD_REC_CHOOSE_ASK_MAX ((size_t)16 * 1024 * 1024)

/* Ids and names of what the engine made. */
#define MD_REC_CHOOSE_MADE_MAX 4096

struct md_rec_choose_options {
    const struct md_rec_listener *listeners; /* all borrowed */
    size_t listener_count;
    const struct md_rec_address *mock;
    const struct md_rec_address *engine; /* NULL = the mock's word is final */
    struct md_rec_secrets *secrets;      /* NULL = none; nobody else's */
    int stop_fd; /* all ends when this can be read from */
};

/*
 * Serve until stop_fd can be read from; then close all connections.
 *
 * Returns MOCKD_OK, or MOCKD_E_SYSTEM: memory, or waiting failed.
 */
enum mockd_code md_rec_choose_run(const struct md_rec_choose_options *options,
                                  struct mockd_error *err);

#endif
