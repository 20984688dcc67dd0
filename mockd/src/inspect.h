/* SPDX-License-Identifier: MIT */
/* inspect.h - what a scripted exec says of itself, as its engine words it. */
#ifndef MD_INSPECT_H
#define MD_INSPECT_H

#include "buf.h"
#include "exec.h"

/* What is shown of an exec at one moment. */
struct md_inspect_view {
    bool is_running;
    bool has_exited;
    int exit_code; /* of an exec that has exited */
};

/*
 * Note what inspects will need of the request that made @exec.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (memory, or more than MD_INSPECTS_MAX
 * bytes in all execs).
 */
enum mockd_code md_inspect_note(struct md_execs *execs, struct md_exec *exec,
                                const struct md_json *create,
                                struct mockd_error *err);

/* What the next inspect shows; counts it when it still says running. */
struct md_inspect_view md_inspect_next(struct md_exec *exec,
                                       const struct md_inspect *inspect);

/* Write the answer's body; false without memory. */
bool md_inspect_body(const struct md_exec *exec,
                     const struct md_inspect_view *view, struct md_buf *out);

#endif
