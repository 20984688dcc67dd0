/* SPDX-License-Identifier: MIT */
/*
 * usual.h - what an engine usually says where a script does not.
 *
 * As Docker 28 and Podman 5 were seen saying it; the versions that stand in
 * the heads are the script's own.
 */
#ifndef MD_USUAL_H
#define MD_USUAL_H

#include "fixture.h"

/*
 * Fill in what a script's header leaves out: versions, variables, the heads of
 * streams. Its engine and versions, as far as given, are set already.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (memory).
 */
enum mockd_code md_usual_init(struct md_fixture *fixture,
                              struct mockd_error *err);

/* The status of a call that goes well. */
int md_usual_status(const struct md_fixture *fixture,
                    const struct md_rule *rule);

/* The head of a reply of @status to @rule's call. MOCKD_E_SYSTEM: memory. */
enum mockd_code md_usual_head(struct md_fixture *fixture,
                              const struct md_rule *rule, int status,
                              bool has_body, struct md_head *out_head,
                              struct mockd_error *err);

/* The body of a create that goes well. MOCKD_E_SYSTEM: memory. */
enum mockd_code md_usual_created(struct md_fixture *fixture, int eid,
                                 struct md_payload *out_body,
                                 struct mockd_error *err);

/* The head of a stream; @status 0 = 101 with an Upgrade, else 200. */
const struct md_head *md_usual_stream_head(const struct md_fixture *fixture,
                                           int status,
                                           const struct md_target *target,
                                           bool has_upgrade, bool is_tty);

#endif
