/* SPDX-License-Identifier: MIT */
/*
 * tap.h - watch one connection of a client with an engine, and record it.
 *
 * Bytes are told as they pass, each side's in its own order; no descriptor
 * and no clock in here. A connection begins as HTTP. It ends as HTTP, or
 * becomes the stream of an exec, or something that is not understood, which
 * the recording notes and otherwise leaves out.
 */
#ifndef MD_REC_TAP_H
#define MD_REC_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "cast.h"
#include "http_scan.h"
#include "recorder.h"

/* Client bytes that came behind a start request and before its answer are
 * kept, as only the answer tells whether they belong to the stream. */
#define MD_REC_HELD_MAX ((size_t)1024 * 1024)

/* Requests of one connection that wait for their answers. */
#define MD_REC_PIPELINE_MAX 64

struct md_rec_tap;

/* A new connection; NULL = no memory. @rec is borrowed and outlives it. */
struct md_rec_tap *md_rec_tap_new(struct md_rec *rec);

/* The connection is gone, or the recording ends. @tap may be NULL, here and
 * below: then nothing is recorded. */
void md_rec_tap_free(struct md_rec_tap *tap);

/* One segment has come from that side. @now_us: a clock that never goes
 * back. */
void md_rec_tap_data(struct md_rec_tap *tap, enum md_rec_side from,
                     struct md_rec_view data, uint64_t now_us);

/* That side closed its half, or reset the connection. */
void md_rec_tap_over(struct md_rec_tap *tap, enum md_rec_side from,
                     bool is_reset, uint64_t now_us);

/* Note that the connection cannot be recorded any further, and why. */
void md_rec_tap_give_up(struct md_rec_tap *tap, const char *why);

#endif
