/* SPDX-License-Identifier: MIT */
/*
 * control.h - what may be asked of a mock while it runs.
 *
 * Threads: on the loop's thread, or between md_loop_lock() and
 * md_loop_unlock().
 */
#ifndef MD_CONTROL_H
#define MD_CONTROL_H

#include <stdbool.h>

#include "engine.h"

struct md_loop;

/* Everything is borrowed. */
struct md_control {
    struct md_profile *profile;
    struct md_engine *engine;
    struct md_loop *loop; /* NULL = there are no connections */
};

/* Append the armed faults, the execs, as a JSON array. False without memory
 * or room, as everywhere here. */
bool md_control_faults(const struct md_control *control, struct md_buf *out);
bool md_control_execs(const struct md_control *control, struct md_buf *out);

/* Append "name":number members that say how the mock does. */
bool md_control_health(const struct md_control *control, struct md_buf *out);

/*
 * Load a file, or every .execcast below a folder, behind those there are.
 *
 * @out_count  how many files; may be NULL
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE or MOCKD_E_SYSTEM; then nothing is loaded.
 */
enum mockd_code md_control_load(const struct md_control *control,
                                const char *path, size_t *out_count,
                                struct mockd_error *err);

/*
 * Arm a fault, or those of a preset ("preset:NAME", "bug:NAME"): all or none.
 *
 * @out_first, @out_count  their numbers follow each other; both may be NULL
 *
 * Returns as md_faults_arm(), md_preset_each() and md_loop_act().
 */
enum mockd_code md_control_arm(const struct md_control *control,
                               const char *text, unsigned *out_first,
                               unsigned *out_count, struct mockd_error *err);

/* Forget fault @number, 0 for all; MOCKD_E_INVALID: there is none such. */
enum mockd_code md_control_disarm(const struct md_control *control,
                                  unsigned number, struct mockd_error *err);

/* Let the inspects of an exec say that it has exited ("until_released");
 * MOCKD_E_INVALID: there is none such. */
enum mockd_code md_control_release(const struct md_control *control,
                                   const char *id, struct mockd_error *err);

/* Let @count more pieces of a connection's stream go, 0 for all of them;
 * MOCKD_E_INVALID: no stream waits for that. */
enum mockd_code md_control_step(const struct md_control *control,
                                uint64_t connection, uint64_t count,
                                struct mockd_error *err);

/* As freshly started, but for the fixtures and their use: close the streams;
 * forget faults, entries, execs, containers that were made. */
void md_control_reset(const struct md_control *control);

/*
 * Append a line for each thing that is not as a test would have it: a request
 * that no recording answered, a fault that never fired, and a fixture that
 * was never used unless @allows_unused.
 */
bool md_control_check(const struct md_control *control, bool allows_unused,
                      struct md_buf *out);

#endif
