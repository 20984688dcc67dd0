/* SPDX-License-Identifier: MIT */
/* faults_ends.c - faults of how a connection ends. */
#include "fault.h"

#define HOUR_MS 3600000

/* Nothing behind @at; the exec is over, and so is the connection, by @code. */
static enum mockd_code end_there(struct md_edit *edit, size_t at,
                                 enum md_mark_code code,
                                 struct mockd_error *err)
{
    struct md_program *program = edit->program;

    md_program_truncate(program, at);
    return md_edit_done(
        md_program_mark(program, at, MD_MARK_CUT, 0) &&
            md_program_mark(program, at, MD_MARK_EXIT, 0) &&
            md_program_mark(program, at, MD_MARK_FIRED, edit->number) &&
            md_program_mark(program, at, code, 0),
        err);
}

static enum mockd_code end_at(struct md_edit *edit, enum md_mark_code code,
                              struct mockd_error *err)
{
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);

    return rc == MOCKD_OK ? end_there(edit, at, code, err) : rc;
}

static enum mockd_code truncate_at(struct md_edit *edit,
                                   struct mockd_error *err)
{
    return end_at(edit, MD_MARK_FIN, err);
}

static enum mockd_code reset_at(struct md_edit *edit, struct mockd_error *err)
{
    return end_at(edit, MD_MARK_RESET, err);
}

/* The kernel makes a reset of it, on a unix socket too. What is left unread
 * cannot show its end: nothing may wait for that. */
static enum mockd_code close_unread(struct md_edit *edit,
                                    struct mockd_error *err)
{
    struct md_program *program = edit->program;
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    edit->manners->of[MD_MANNER_LEAVE] =
        (struct md_manner){.fault = edit->number, .has_shown = true};
    md_program_truncate(program, at);
    md_program_unmark(program, MD_MARK_INPUT_END, 0, at);
    return md_edit_done(
        md_program_mark(program, at, MD_MARK_BYTES, 1) &&
            md_program_mark(program, at, MD_MARK_EXIT, 0) &&
            md_program_mark(program, at, MD_MARK_FIRED, edit->number) &&
            md_program_mark(program, at, MD_MARK_RESET, 0),
        err);
}

static enum mockd_code stall_at(struct md_edit *edit, struct mockd_error *err)
{
    struct md_program *program = edit->program;
    uint64_t ms = (uint64_t)md_edit_number(edit, "ms");
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (ms == 0) {
        md_program_truncate(program, at);
        return md_edit_done(
            md_program_mark(program, at, MD_MARK_FIRED, edit->number) &&
                md_program_mark(program, at, MD_MARK_STALL, 0),
            err);
    }
    rc = md_edit_done(
        md_program_mark_first(program, at, MD_MARK_PAUSE, ms * 1000), err);
    return rc == MOCKD_OK ? md_edit_fired(edit, at, err) : rc;
}

static enum mockd_code blackhole_after(struct md_edit *edit,
                                       struct mockd_error *err)
{
    (void)err;
    edit->manners->of[MD_MANNER_BLACKHOLE] = (struct md_manner){
        .fault = edit->number, .number = (uint64_t)md_edit_number(edit, "ms")};
    return MOCKD_OK;
}

/* All that was recorded, the exec's exit, then @pause_us, then @code. */
static enum mockd_code end_after(struct md_edit *edit, uint64_t pause_us,
                                 enum md_mark_code code,
                                 struct mockd_error *err)
{
    struct md_program *program = edit->program;
    size_t end = program->bytes.len;

    return md_edit_done(
        md_program_mark(program, end, MD_MARK_EXIT, 0) &&
            md_program_mark(program, end, MD_MARK_FIRED, edit->number) &&
            (pause_us == 0 ||
             md_program_mark(program, end, MD_MARK_PAUSE, pause_us)) &&
            md_program_mark(program, end, code, 0),
        err);
}

static enum mockd_code no_eof(struct md_edit *edit, struct mockd_error *err)
{
    (void)md_program_take_end(edit->program);
    return end_after(edit, 0, MD_MARK_STALL, err);
}

static enum mockd_code fin_only(struct md_edit *edit, struct mockd_error *err)
{
    (void)md_program_take_end(edit->program);
    return end_after(edit, 0, MD_MARK_FIN, err);
}

static enum mockd_code eof_late(struct md_edit *edit, struct mockd_error *err)
{
    enum md_mark_code end = md_program_take_end(edit->program);

    return end_after(edit, (uint64_t)md_edit_number(edit, "ms") * 1000, end,
                     err);
}

/* The beginning of a header that never comes. */
static enum mockd_code trailing_bytes(struct md_edit *edit,
                                      struct mockd_error *err)
{
    static const char header[8] = {1, 0, 0, 0, 0, 0, 0, 9};
    enum md_mark_code end = md_program_take_end(edit->program);

    if (!md_buf_add(&edit->program->bytes, header,
                    (size_t)md_edit_number(edit, "n"))) {
        return md_edit_no_room(err);
    }
    return end_after(edit, 0, end, err);
}

static enum mockd_code daemon_restart(struct md_edit *edit,
                                      struct mockd_error *err)
{
    struct md_program *program = edit->program;
    uint64_t down_us = (uint64_t)md_edit_number(edit, "ms") * 1000;
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    md_program_truncate(program, at);
    return md_edit_done(
        md_program_mark(program, at, MD_MARK_FIRED, edit->number) &&
            md_program_mark(program, at, MD_MARK_RESTART, down_us) &&
            md_program_mark(program, at, MD_MARK_STALL, 0),
        err);
}

static const struct md_fault_param no_params[] = {{0}};

static const struct md_fault_param at_params[] = {{.name = "at",
                                                   .type = MD_PARAM_PLACE,
                                                   .is_required = true,
                                                   .help = "where it ends"},
                                                  {0}};

static const struct md_fault_param unread_params[] = {{.name = "at",
                                                       .type = MD_PARAM_PLACE,
                                                       .standard_text = "end",
                                                       .help = "where it ends"},
                                                      {0}};

static const struct md_fault_param stall_params[] = {
    {.name = "at",
     .type = MD_PARAM_PLACE,
     .is_required = true,
     .help = "where nothing more comes"},
    {.name = "ms",
     .max = HOUR_MS,
     .help = "how long, in milliseconds; 0 = for ever"},
    {0}};

static const struct md_fault_param blackhole_params[] = {
    {.name = "ms",
     .min = 1,
     .max = HOUR_MS,
     .is_required = true,
     .help = "milliseconds from the beginning of the answer"},
    {0}};

static const struct md_fault_param late_params[] = {
    {.name = "ms",
     .min = 1,
     .max = HOUR_MS,
     .standard = 40,
     .help = "milliseconds between the last byte and the end"},
    {0}};

static const struct md_fault_param trailing_params[] = {
    {.name = "n", .min = 1, .max = 7, .standard = 3, .help = "how many"}, {0}};

static const struct md_fault_param restart_params[] = {
    {.name = "at",
     .type = MD_PARAM_PLACE,
     .standard_text = "byte:0",
     .help = "how far the answer comes first"},
    {.name = "ms", .max = HOUR_MS, .help = "milliseconds that nobody listens"},
    {0}};

const struct md_fault_kind md_faults_ends[] = {
    {.name = "truncate_at",
     .group = "ends",
     .on = MD_ON_ANY,
     .standard_on = MD_ON_START,
     .wire = "the answer up to the place, then the end of our side",
     .models = "a daemon that was killed; moby's stdcopy and docker-py take "
               "it for a clean end",
     .params = at_params,
     .apply = truncate_at},
    {.name = "reset_at",
     .group = "ends",
     .on = MD_ON_ANY,
     .standard_on = MD_ON_START,
     .needs_tcp = true,
     .wire = "the answer up to the place, then a reset",
     .models = "moby#46775 (broken pipe), swarm#2935 (ECONNRESET)",
     .params = at_params,
     .apply = reset_at},
    {.name = "close_unread",
     .group = "ends",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "no client byte is read; the answer up to the place, and when a "
             "client byte is there a close, which is a reset",
     .models = "docker exec -i whose command ended before it read its input: "
               "the CLI exits 1 after all of the output",
     .params = unread_params,
     .apply = close_unread},
    {.name = "stall_at",
     .group = "ends",
     .on = MD_ON_ANY,
     .standard_on = MD_ON_START,
     .wire = "the answer up to the place, then silence, the connection open",
     .models = "a process that hangs, a NAT that forgot; what idle timeouts "
               "are for",
     .params = stall_params,
     .apply = stall_at},
    {.name = "blackhole_after",
     .group = "ends",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "from that time on nothing, no end either; client bytes are read "
             "and forgotten",
     .models = "docker-java#723: conntrack drops a half-closed flow after 60 s",
     .params = blackhole_params,
     .apply = blackhole_after},
    {.name = "no_eof",
     .group = "ends",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "all of the answer, the exec exits, and no end",
     .models = "moby#33039, moby#41052 (a background child keeps stdout), "
               "ddev#8660",
     .params = no_params,
     .apply = no_eof},
    {.name = "fin_only",
     .group = "ends",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "all of the answer and the end of our side; the client's bytes "
             "are still read",
     .models = "dockerd itself: CloseStreams calls CloseWrite, not Close",
     .params = no_params,
     .apply = fin_only},
    {.name = "eof_late",
     .group = "ends",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "all of the answer, the exec exits, and later the end",
     .models = "Podman 5.8.6: 35 to 48 ms after the last byte; Docker 28.5.2: "
               "1 to 2.4 ms",
     .params = late_params,
     .apply = eof_late},
    {.name = "trailing_bytes",
     .group = "ends",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .needs_frames = true,
     .wire = "all of the answer, the first n bytes of a frame header, the end",
     .models = "a daemon that was killed between two writes, or garbage of a "
               "proxy",
     .params = trailing_params,
     .apply = trailing_bytes},
    {.name = "daemon_restart",
     .group = "ends",
     .on = MD_ON_ANY,
     .standard_on = MD_ON_START,
     .wire = "the answer up to the place, then the end of every connection; "
             "the sockets are closed, the unix path is removed, both are made "
             "again, and no exec is known any more",
     .models = "backend.ai#11235, docker-socket-proxy#8",
     .params = restart_params,
     .apply = daemon_restart},
    {0}};
