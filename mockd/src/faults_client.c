/* SPDX-License-Identifier: MIT */
/* faults_client.c - faults of how the client is listened to. */
#include "fault.h"

#define HOUR_MS 3600000

static enum mockd_code set_manner(struct md_edit *edit,
                                  enum md_manner_code code, uint64_t number)
{
    edit->manners->of[code] =
        (struct md_manner){.fault = edit->number, .number = number};
    return MOCKD_OK;
}

static enum mockd_code no_read(struct md_edit *edit, struct mockd_error *err)
{
    (void)err;
    return set_manner(edit, MD_MANNER_NO_READ,
                      (uint64_t)md_edit_number(edit, "ms"));
}

static enum mockd_code slow_read(struct md_edit *edit, struct mockd_error *err)
{
    (void)err;
    return set_manner(edit, MD_MANNER_SLOW_READ,
                      (uint64_t)md_edit_number(edit, "rate"));
}

static enum mockd_code rcvbuf(struct md_edit *edit, struct mockd_error *err)
{
    (void)err;
    return set_manner(edit, MD_MANNER_BUFFER,
                      (uint64_t)md_edit_number(edit, "n"));
}

/* The command that was recorded may have read on: nothing waits for more. */
static enum mockd_code early_close(struct md_edit *edit,
                                   struct mockd_error *err)
{
    struct md_program *program = edit->program;
    size_t end = program->bytes.len;

    (void)md_program_take_end(program);
    md_program_unmark(program, MD_MARK_INPUT, 0, end);
    md_program_unmark(program, MD_MARK_INPUT_END, 0, end);
    return md_edit_done(
        md_program_mark(program, program->head_len, MD_MARK_BYTES,
                        (uint64_t)md_edit_number(edit, "n")) &&
            md_program_mark(program, end, MD_MARK_EXIT, 0) &&
            md_program_mark(program, end, MD_MARK_FIRED, edit->number) &&
            md_program_mark(program, end, MD_MARK_CLOSE, 0),
        err);
}

static enum mockd_code half_close_ignored(struct md_edit *edit,
                                          struct mockd_error *err)
{
    (void)err;
    return set_manner(edit, MD_MANNER_IGNORE_END, 0);
}

static enum mockd_code half_close_is_close(struct md_edit *edit,
                                           struct mockd_error *err)
{
    (void)err;
    return set_manner(edit, MD_MANNER_CLOSE_ON_END, 0);
}

static enum mockd_code drop_early_stdin(struct md_edit *edit,
                                        struct mockd_error *err)
{
    (void)set_manner(edit, MD_MANNER_DROP_EARLY, 0);
    return md_edit_done(
        md_program_mark_first(edit->program, 0, MD_MARK_PAUSE,
                              (uint64_t)md_edit_number(edit, "ms") * 1000),
        err);
}

static enum mockd_code stdin_echo(struct md_edit *edit, struct mockd_error *err)
{
    struct md_program *program = edit->program;
    size_t end = program->head_len;

    md_program_truncate(program, end);
    (void)set_manner(edit, MD_MANNER_ECHO, 0);
    return md_edit_done(md_program_mark(program, end, MD_MARK_INPUT_END, 0) &&
                            md_program_mark(program, end, MD_MARK_EXIT, 0) &&
                            md_program_mark(program, end, MD_MARK_FIN, 0),
                        err);
}

static enum mockd_code require_stdin(struct md_edit *edit,
                                     struct mockd_error *err)
{
    struct md_program *program = edit->program;
    size_t at = program->head_len;
    enum mockd_code rc = md_edit_fired(edit, at, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    return md_edit_done(
        md_program_mark_first(program, at, MD_MARK_BYTES,
                              (uint64_t)md_edit_number(edit, "n")),
        err);
}

static const struct md_fault_param no_params[] = {{0}};

static const struct md_fault_param no_read_params[] = {
    {.name = "ms", .max = HOUR_MS, .help = "milliseconds; 0 = for ever"}, {0}};

static const struct md_fault_param slow_params[] = {{.name = "rate",
                                                     .min = 1,
                                                     .max = 10000000,
                                                     .is_required = true,
                                                     .help = "bytes a second"},
                                                    {0}};

static const struct md_fault_param buffer_params[] = {
    {.name = "n",
     .min = 1,
     .max = 16777216,
     .standard = 4096,
     .help = "bytes; the kernel doubles it, and keeps at least about 2 KiB"},
    {0}};

static const struct md_fault_param early_params[] = {
    {.name = "n",
     .max = INT32_MAX,
     .is_required = true,
     .help = "client bytes that are waited for"},
    {0}};

static const struct md_fault_param drop_params[] = {
    {.name = "ms",
     .max = HOUR_MS,
     .standard = 50,
     .help = "milliseconds that the head is held back"},
    {0}};

static const struct md_fault_param require_params[] = {
    {.name = "n",
     .min = 1,
     .max = INT32_MAX,
     .is_required = true,
     .help = "client bytes that are waited for; the client's end will do too"},
    {0}};

const struct md_fault_kind md_faults_client[] = {
    {.name = "no_read",
     .group = "client",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "no client byte is read: once the kernel's buffers are full, the "
             "client cannot send",
     .models = "a command that does not read; a client that sends all of its "
               "input before it reads hangs for ever",
     .params = no_read_params,
     .apply = no_read},
    {.name = "slow_read",
     .group = "client",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "at most that many client bytes a second are read",
     .models = "a command that reads slowly, a disk that is slow",
     .params = slow_params,
     .apply = slow_read},
    {.name = "rcvbuf",
     .group = "client",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .needs_tcp = true,
     .wire = "the receiving socket's buffer is that small (SO_RCVBUF)",
     .models = "short sends; together with no_read, a client that blocks early",
     .params = buffer_params,
     .apply = rcvbuf},
    {.name = "early_close",
     .group = "client",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "behind the head n client bytes are waited for, or the client's "
             "end; then all of the output and the end of both sides",
     .models = "head -c n: the client gets EPIPE or SIGPIPE, and must deliver "
               "the output all the same",
     .params = early_params,
     .apply = early_close},
    {.name = "half_close_ignored",
     .group = "client",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "what waits for the client's end waits on when it has come",
     .models = "rancher-desktop#2094, swarm#1430, openai-agents#3718 (TLS)",
     .params = no_params,
     .apply = half_close_ignored},
    {.name = "half_close_is_close",
     .group = "client",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "when the client ends its side, both sides end at once",
     .models = "rancher-desktop#7896 (Go's ReverseProxy), Toxiproxy, "
               "linuxserver/socket-proxy#10",
     .params = no_params,
     .apply = half_close_is_close},
    {.name = "drop_early_stdin",
     .group = "client",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "the head is held back, and client bytes that come before it "
             "vanish",
     .models = "dockerd itself: the hijack forgets what its reader holds, "
               "moby#45447; Podman keeps it",
     .params = drop_params,
     .apply = drop_early_stdin},
    {.name = "stdin_echo",
     .group = "client",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "instead of the output: each piece of client bytes comes back, on "
             "stdout; our side ends when the client's does",
     .models = "cat, and every interactive tool",
     .params = no_params,
     .apply = stdin_echo},
    {.name = "require_stdin",
     .group = "client",
     .on = MD_ON_START,
     .standard_on = MD_ON_START,
     .wire = "behind the head n client bytes are waited for, or the client's "
             "end",
     .models = "a tool that says nothing before it is spoken to: a client "
               "that reads before it writes hangs",
     .params = require_params,
     .apply = require_stdin},
    {0}};
