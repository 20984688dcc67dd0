/* SPDX-License-Identifier: MIT */
/* scan.h - what in foreign bytes should not be handed on. */
#ifndef MD_SCAN_H
#define MD_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"

enum md_scan_kind { MD_SCAN_DATE = 0, MD_SCAN_HOST, MD_SCAN_SECRET };

/* @what says what it looks like; never the thing itself. */
typedef void (*md_scan_fn)(void *user, enum md_scan_kind kind,
                           const char *what);

/* Bytes of a date and time at the front ("2026-11-23T22:39:01.5Z"), or 0. */
size_t md_scan_date(const char *text, size_t len);

/* Report dates, tokens and keys in any bytes. */
void md_scan_bytes(const void *bytes, size_t len, md_scan_fn on_found,
                   void *user);

/* Report what the names of a value's members give away: passwords, host names,
 * variables of an environment. */
void md_scan_json(const struct md_json *json, md_scan_fn on_found, void *user);

/* Report what a header line gives away. */
void md_scan_head_line(const char *line, md_scan_fn on_found, void *user);

#endif
