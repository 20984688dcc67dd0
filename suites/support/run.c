/* SPDX-License-Identifier: MIT */
/* run.c - one case while it runs: the engine, what it holds, how it ends. */
#include "run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"

static void copy_text(char out[DRY_TEXT_MAX], const char *text)
{
    (void)snprintf(out, DRY_TEXT_MAX, "%s", text);
}

/* The only way out of a case that does not hold. fail() does not return, but
 * cmocka's header does not say so. */
_Noreturn static void leave(struct dry_run *run, enum dry_verdict verdict)
{
    run->result.verdict = verdict;
    (void)fprintf(stderr, "%s: %s\n    expected %s\n    observed %s\n",
                  run->spec->id, dry_verdict_name(verdict),
                  run->result.expected, run->result.observed);
    _fail(run->spec->id, 0);
    abort();
}

void dry_run_init(struct dry_run *run, const struct dry_target *target,
                  const struct dry_case *spec)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct dexec_error err = {0};

    *run = (struct dry_run){.target = target, .spec = spec};
    run->result.level = spec->level;
    (void)snprintf(run->result.id, sizeof(run->result.id), "%s", spec->id);
    run->started_ms = dry_now_ms();
    run->deadline_ms = run->started_ms + target->timeout_ms;
    options.host = target->host;
    options.response_timeout_ms = target->timeout_ms;
    if (dexec_client_new(&options, &run->client, &err) != DEXEC_OK) {
        dry_run_error(run, err.message);
    }
}

static void release_exec(struct dry_exec *exec)
{
    dexec_stream_free(exec->stream);
    exec->stream = NULL;
    for (size_t i = 0; i < DRY_COUNT_OF(exec->output); i++) {
        dry_buffer_release(&exec->output[i]);
    }
}

void dry_run_release(struct dry_run *run)
{
    for (size_t i = 0; i < run->exec_count; i++) {
        release_exec(&run->execs[i]);
    }
    for (size_t i = 0; i < run->wire_count; i++) {
        dry_wire_close(&run->wires[i]);
    }
    for (size_t i = 0; i < run->json_count; i++) {
        cJSON_Delete(run->jsons[i]);
    }
    for (size_t i = 0; i < run->byte_count; i++) {
        dry_buffer_release(&run->bytes[i]);
    }
    dexec_client_free(run->client);
    run->client = NULL;
    run->exec_count = 0;
    run->wire_count = 0;
    run->json_count = 0;
    run->byte_count = 0;
}

uint32_t dry_run_ms_left(const struct dry_run *run)
{
    int left = dry_ms_left(run->deadline_ms);

    return left < 1 ? 1 : (uint32_t)left; /* 0 would mean for ever */
}

struct dry_exec *dry_run_exec(struct dry_run *run)
{
    if (run->exec_count == DRY_EXECS_MAX) {
        dry_run_error(run, "the case makes more than DRY_EXECS_MAX execs");
    }
    return &run->execs[run->exec_count++];
}

struct dry_wire *dry_run_wire(struct dry_run *run)
{
    if (run->wire_count == DRY_WIRES_MAX) {
        dry_run_error(run, "the case opens more than DRY_WIRES_MAX wires");
    }
    return &run->wires[run->wire_count++];
}

struct dry_buffer *dry_run_bytes(struct dry_run *run)
{
    if (run->byte_count == DRY_BYTES_MAX) {
        dry_run_error(run, "the case keeps more than DRY_BYTES_MAX strings");
    }
    return &run->bytes[run->byte_count++];
}

cJSON *dry_run_json(struct dry_run *run, cJSON *json)
{
    if (json == NULL || run->json_count == DRY_JSONS_MAX) {
        cJSON_Delete(json);
        dry_run_error(run, "no memory, or more than DRY_JSONS_MAX documents");
    }
    run->jsons[run->json_count++] = json;
    return json;
}

void dry_run_fail(struct dry_run *run, const char *expected,
                  const char *observed)
{
    copy_text(run->result.expected, expected);
    copy_text(run->result.observed, observed);
    leave(run, run->spec->level == DRY_INFO ? DRY_NOTED : DRY_FAIL);
}

void dry_run_timeout(struct dry_run *run, const char *expected,
                     const char *observed)
{
    copy_text(run->result.expected, expected);
    copy_text(run->result.observed, observed);
    leave(run, DRY_TIMEOUT);
}

void dry_run_error(struct dry_run *run, const char *reason)
{
    copy_text(run->result.reason, reason);
    leave(run, DRY_ERROR);
}

/* Append @text to @out, after "; " when there is some already. */
static void append(char out[DRY_TEXT_MAX], const char *text)
{
    size_t used = strlen(out);

    (void)snprintf(out + used, DRY_TEXT_MAX - used, "%s%s",
                   used > 0 ? "; " : "", text);
}

void dry_run_deviate(struct dry_run *run, const struct dry_deviation *deviation,
                     const char *expected)
{
    char text[DRY_TEXT_MAX];

    run->result.verdict =
        run->spec->level == DRY_MUST ? DRY_XFAIL : DRY_NONSTRICT;
    (void)snprintf(text, sizeof(text), "%s %s", deviation->what, expected);
    append(run->result.expected, text);
    (void)snprintf(text, sizeof(text), "%s %s", deviation->what,
                   deviation->observed);
    append(run->result.observed, text);
    if (strstr(run->result.reason, deviation->reason) == NULL) {
        append(run->result.reason, deviation->reason);
    }
}
