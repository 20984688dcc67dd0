/* SPDX-License-Identifier: MIT */
/*
 * edit_json.h - edit an answer's JSON body where it matters, and leave every
 * other byte as it is.
 *
 * Paths are those of json_span.h. Those that return a code return MOCKD_OK,
 * MOCKD_E_INVALID (the body is not JSON, or has nothing at the path) or
 * MOCKD_E_SYSTEM (memory, MD_PROGRAM_MAX).
 */
#ifndef MD_EDIT_JSON_H
#define MD_EDIT_JSON_H

#include "fault.h"
#include "json_span.h"

/* The body; borrowed until it is edited. */
const char *md_edit_body_of(const struct md_edit *edit, size_t *out_len);

enum mockd_code md_edit_check_json(const struct md_edit *edit,
                                   struct mockd_error *err);

/* Where the value at @path stands in the body. */
enum mockd_code md_edit_find_value(const struct md_edit *edit, const char *path,
                                   struct md_json_span *out,
                                   struct mockd_error *err);

/* Replace @old_len bytes at @at of the body; the fault has fired. */
enum mockd_code md_edit_put(struct md_edit *edit, size_t at, size_t old_len,
                            const char *bytes, size_t len,
                            struct mockd_error *err);

/* The value at @path becomes @value, which need not be JSON; fired. */
enum mockd_code md_edit_set_value(struct md_edit *edit, const char *path,
                                  const char *value, struct mockd_error *err);

/* Take the member or item out, with one of the commas around it; fired. */
enum mockd_code md_edit_remove_value(struct md_edit *edit, const char *path,
                                     struct mockd_error *err);

#endif
