/* SPDX-License-Identifier: MIT */
/* faults_ends.c - faults of how a connection ends. */
#include "fault.h"

static enum mockd_code end_at(struct md_edit *edit, enum md_mark_code code,
                              struct mockd_error *err)
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
            md_program_mark(program, at, code, 0),
        err);
}

static enum mockd_code truncate_at(struct md_edit *edit,
                                   struct mockd_error *err)
{
    return end_at(edit, MD_MARK_FIN, err);
}

static const struct md_fault_param at_params[] = {{.name = "at",
                                                   .type = MD_PARAM_PLACE,
                                                   .is_required = true,
                                                   .help = "where it ends"},
                                                  {0}};

const struct md_fault_kind md_faults_ends[] = {
    {.name = "truncate_at",
     .group = "ends",
     .on = MD_ON_ANY,
     .standard_on = MD_ON_START,
     .wire = "the answer up to the place, then the end of our side",
     .models = "a daemon that was killed; moby stdcopy hides it",
     .params = at_params,
     .apply = truncate_at},
    {0}};
