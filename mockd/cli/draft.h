/* SPDX-License-Identifier: MIT */
/*
 * draft.h - an .execcast file that may have mistakes: all of them at once, and
 * its end line counted again.
 */
#ifndef MD_DRAFT_H
#define MD_DRAFT_H

#include "source.h"

/* Called for each mistake. @line is 0 when it is in no line. */
typedef void (*md_mistake_fn)(void *user, uint32_t line, const char *message);

/*
 * Report each mistake of @source, but for those that another one explains.
 *
 * Returns MOCKD_OK (there are none), MOCKD_E_FIXTURE (all were reported) or
 * MOCKD_E_SYSTEM (a sidecar cannot be read, memory; nothing was reported).
 */
enum mockd_code md_draft_check(const struct md_source *source,
                               md_mistake_fn on_mistake, void *user,
                               struct mockd_error *err);

/*
 * Write the end line anew, or add one. Every other byte stays.
 *
 * @out_text  yours; free(). A file that loads; NULL for a script that does, of
 *            which nothing is counted.
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (there are other mistakes; they were
 * reported) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_draft_recount(const struct md_source *source,
                                 md_mistake_fn on_mistake, void *user,
                                 char **out_text, size_t *out_len,
                                 struct mockd_error *err);

#endif
