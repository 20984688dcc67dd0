/* SPDX-License-Identifier: MIT */
/* opening.h - a stream's way from its request to the daemon's answer. */
#ifndef DX_OPENING_H
#define DX_OPENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>

#include "buf.h"
#include "exec.h"
#include "http_head.h"

struct dexec_stream;

enum dx_opening_phase {
    DX_OPENING_SEND,   /* the request */
    DX_OPENING_HEAD,   /* read the response head */
    DX_OPENING_REFUSAL /* read the words of a refusal */
};

/* Zero is a valid state for dx_opening_release(). */
struct dx_opening {
    enum dx_opening_phase phase;
    struct dx_buf request;
    size_t sent;
    struct dx_head_reader head;
    struct dx_buf refusal;
    uint64_t deadline_ms; /* of the answer */
    char id[DX_ID_SHOWN + 1];
};

/*
 * Do what can be done without waiting: the stream becomes open, or broken with
 * what dexec_start() returns, or stays as it is. Returns false when nothing
 * moved.
 */
bool dx_opening_step(struct dexec_stream *stream);

/* What has to be waited for, as enum dexec_ready. */
unsigned dx_opening_wanted(const struct dx_opening *opening);

/* Its time is over: the stream is broken. */
void dx_opening_expire(struct dexec_stream *stream);

void dx_opening_release(struct dx_opening *opening);

#endif
