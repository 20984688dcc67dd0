/* SPDX-License-Identifier: MIT */
/* faults_tls.c - faults of TLS, below the bytes of the answer. */
#include "fault.h"

#define RECORD_MAX 16383 /* bytes: one less than TLS itself allows */

static enum mockd_code set_manner(struct md_edit *edit,
                                  enum md_manner_code code, uint64_t number)
{
    edit->manners->of[code] =
        (struct md_manner){.fault = edit->number, .number = number};
    return MOCKD_OK;
}

static enum mockd_code no_close_notify(struct md_edit *edit,
                                       struct mockd_error *err)
{
    (void)err;
    return set_manner(edit, MD_MANNER_NO_NOTIFY, 0);
}

static enum mockd_code records(struct md_edit *edit, struct mockd_error *err)
{
    (void)err;
    return set_manner(edit, MD_MANNER_RECORDS,
                      (uint64_t)md_edit_number(edit, "size"));
}

static enum mockd_code alert(struct md_edit *edit, struct mockd_error *err)
{
    struct md_program *program = edit->program;
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    md_program_truncate(program, at);
    return md_edit_done(
        md_program_mark(program, at, MD_MARK_CUT, 0) &&
            md_program_mark(program, at, MD_MARK_EXIT, 0) &&
            md_program_mark(program, at, MD_MARK_FIRED, edit->number) &&
            md_program_mark(program, at, MD_MARK_ALERT, 0),
        err);
}

static const struct md_fault_param alert_params[] = {
    MD_TAKES(MD_PARAM_PLACE, "at", "end", "where it comes"), {0}};
static const struct md_fault_param records_params[] = {
    MD_TAKES_NUMBER("size", 1, RECORD_MAX, 1, "bytes of one record"), {0}};

#define TLS                                                                    \
    .group = "tls", .on = MD_ON_ANY, .standard_on = MD_ON_START,               \
    .needs_tcp = true, .needs_tls = true

const struct md_fault_kind md_faults_tls[] = {
    {.name = "tls_no_close_notify",
     TLS,
     .wire = "where our side ends, TCP's end comes without close_notify before "
             "it",
     .models = "a daemon or a proxy that was killed; a cut that only "
               "close_notify tells from an end",
     .apply = no_close_notify},
    {.name = "tls_alert",
     TLS,
     .wire = "the answer up to the place, then a fatal alert, bad_record_mac, "
             "and the end",
     .models = "a middlebox or a memory that flips bits; Go's \"remote error: "
               "tls: bad record MAC\"",
     .params = alert_params,
     .apply = alert},
    {.name = "tls_records",
     TLS,
     .wire = "records of at most so many bytes",
     .models = "readers that take one record for one read, or for one frame; "
               "Go's records grow from about 1.2 KiB to 16 KiB",
     .params = records_params,
     .apply = records},
    {0}};
