/* SPDX-License-Identifier: MIT */
/*
 * verify_session.h - do over what one recording holds, against a live engine.
 *
 * Rules and events are done in the order of their lines: that is the order in
 * which they happened. What the engine sent before something that the client
 * did is waited for first. Requests that make, change or remove a container or
 * an image are left out.
 */
#ifndef MOCKD_CLI_VERIFY_SESSION_H
#define MOCKD_CLI_VERIFY_SESSION_H

#include <stdbool.h>

#include "record/socket.h"
#include "verify_report.h"
#include "verify_text.h"

struct md_verify_engine {
    struct md_rec_address address;
    const char *container; /* name or id */
    char container_id[MD_VERIFY_ID_LEN + 1];
    bool with_segments; /* compare frame by frame too */
};

/*
 * Do a recording over and report what differs.
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (the recording does not fit its sum) or
 * MOCKD_E_SYSTEM (the engine cannot be reached, a file cannot be read,
 * memory).
 */
enum mockd_code md_verify_session(const struct md_verify_engine *engine,
                                  struct md_fixture *fixture,
                                  struct md_verify_report *report,
                                  struct mockd_error *err);

#endif
