/* SPDX-License-Identifier: MIT */
/*
 * run.h - one case while it runs: the engine, what the case holds, and how it
 * ends.
 *
 * A failed expectation leaves the case at once by longjmp, so that whatever a
 * case opens is kept here and freed by dry_run_release().
 */
#ifndef DRY_RUN_H
#define DRY_RUN_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <dexec/dexec.h>

#include "buffer.h"
#include "case.h"
#include "engine.h"
#include "http.h"
#include "verdict.h"
#include "wire.h"

#define DRY_EXECS_MAX 16 /* the most execs that one case makes */
#define DRY_WIRES_MAX 16 /* the most raw connections that one case opens */
#define DRY_JSONS_MAX 16 /* the most JSON documents that one case keeps */
#define DRY_BYTES_MAX 48 /* the most byte strings that one case makes */

/* One exec of a case, with all it said so far. */
struct dry_exec {
    struct dexec_id id;
    struct dexec_stream *stream; /* NULL = not started, or at its end */
    struct dry_buffer output[DEXEC_KIND_END]; /* by enum dexec_kind */
};

/* What all cases of a program share. */
struct dry_target {
    const char *host;
    const char *container;
    struct dry_engine engine;
    uint32_t timeout_ms; /* for each case */
};

struct dry_run {
    const struct dry_target *target;
    const struct dry_case *spec;
    struct dry_result result;
    uint64_t started_ms;
    uint64_t deadline_ms;
    struct dexec_client *client;
    struct dry_exec execs[DRY_EXECS_MAX];
    size_t exec_count;
    struct dry_wire wires[DRY_WIRES_MAX];
    size_t wire_count;
    cJSON *jsons[DRY_JSONS_MAX];
    size_t json_count;
    struct dry_buffer bytes[DRY_BYTES_MAX];
    size_t byte_count;
};

/* Prepare to run @spec. The client is made; nothing is sent. */
void dry_run_init(struct dry_run *run, const struct dry_target *target,
                  const struct dry_case *spec);

/* Close and free whatever the case holds; the result stays. */
void dry_run_release(struct dry_run *run);

/* Milliseconds until the case's deadline, at least 1. */
uint32_t dry_run_ms_left(const struct dry_run *run);

/* Something of the case's own to fill; freed with the run. */
struct dry_exec *dry_run_exec(struct dry_run *run);
struct dry_wire *dry_run_wire(struct dry_run *run);
struct dry_buffer *dry_run_bytes(struct dry_run *run);

/* Give @json to the run to keep; NULL is our own fault. Returns it. */
cJSON *dry_run_json(struct dry_run *run, cJSON *json);

/*
 * End the case: with what was expected and observed (fail), with what was
 * waited for (timeout), or with our own fault (error). None of them returns.
 */
_Noreturn void dry_run_fail(struct dry_run *run, const char *expected,
                            const char *observed);
_Noreturn void dry_run_timeout(struct dry_run *run, const char *expected,
                               const char *observed);
_Noreturn void dry_run_error(struct dry_run *run, const char *reason);

/* A known deviation was met: the case goes on, its verdict is no pass. */
void dry_run_deviate(struct dry_run *run, const struct dry_deviation *deviation,
                     const char *expected);

#endif
