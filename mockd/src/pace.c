/* SPDX-License-Identifier: MIT */
#include "pace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "cleanup.h"

#define GAP_MAX_US 3600000000U /* an hour */
#define PERCENT_MAX 10000U     /* a hundred times as long */
#define ASK_AGAIN_US 1000U
#define UNKNOWN_GAP_US 2000U /* where the client's queue cannot be seen */

/* The number behind "NAME:"; false when @text is not that, or over @max. */
static bool read_value(const char *text, const char *name,
                       unsigned long long max, uint32_t *out_value)
{
    size_t len = strlen(name);
    unsigned long long value = 0;
    char *end = NULL;

    if (strncmp(text, name, len) != 0 || text[len] != ':' ||
        text[len + 1] < '0' || text[len + 1] > '9') {
        return false;
    }
    value = strtoull(text + len + 1, &end, 10);
    *out_value = (uint32_t)value;
    return *end == '\0' && value <= max;
}

enum mockd_code md_pace_parse(const char *text, struct md_pace *out_pace,
                              struct mockd_error *err)
{
    static const struct {
        const char *name;
        enum md_pace_mode mode;
    } words[] = {{"asap", MD_PACE_ASAP},
                 {"recorded", MD_PACE_RECORDED},
                 {"lockstep", MD_PACE_LOCKSTEP},
                 {"step", MD_PACE_STEP}};

    *out_pace = (struct md_pace){.dt_percent = 0};
    for (size_t i = 0; i < MD_COUNT_OF(words); i++) {
        if (strcmp(text, words[i].name) == 0) {
            out_pace->mode = words[i].mode;
            out_pace->dt_percent = out_pace->mode == MD_PACE_RECORDED ? 100 : 0;
            return MOCKD_OK;
        }
    }
    if (read_value(text, "gap", GAP_MAX_US, &out_pace->gap_us)) {
        out_pace->mode = MD_PACE_GAP;
        return MOCKD_OK;
    }
    if (read_value(text, "recorded", PERCENT_MAX, &out_pace->dt_percent)) {
        out_pace->mode = MD_PACE_RECORDED;
        return MOCKD_OK;
    }
    return md_fail(err, MOCKD_E_INVALID,
                   "pace '%.64s': expected asap, recorded, recorded:PERCENT "
                   "(at most %u), gap:MICROSECONDS (at most %u), lockstep or "
                   "step",
                   text, PERCENT_MAX, GAP_MAX_US);
}

static enum md_wire_result write_paced(void *self, const struct iovec *pieces,
                                       int count, size_t *out_written)
{
    struct md_pace *pace = self;
    enum md_wire_result result = MD_WIRE_OK;

    if (pace->mode == MD_PACE_STEP && pace->steps == 0) {
        pace->is_waiting = true;
    }
    if (pace->is_waiting) {
        return MD_WIRE_FULL;
    }
    result =
        pace->lower.ops->write(pace->lower.self, pieces, count, out_written);
    if (result == MD_WIRE_OK && pace->mode != MD_PACE_ASAP &&
        pace->mode != MD_PACE_RECORDED) {
        pace->is_waiting = true;
        pace->written_us = 0;
        pace->steps -= pace->mode == MD_PACE_STEP;
    }
    return result;
}

/* Where no piece waits for the one before. */
static enum md_wire_result send_file(void *self, int file, uint64_t off,
                                     size_t len, size_t *out_written)
{
    struct md_pace *pace = self;

    return pace->lower.ops->send_file(pace->lower.self, file, off, len,
                                      out_written);
}

struct md_wire md_pace_wire(struct md_pace *pace, struct md_socket *socket)
{
    static const struct md_wire_ops plain = {.write = write_paced};
    static const struct md_wire_ops files = {.write = write_paced,
                                             .send_file = send_file};
    bool is_even = pace->mode == MD_PACE_ASAP || pace->mode == MD_PACE_RECORDED;

    if (pace->mode == MD_PACE_LOCKSTEP) {
        md_socket_end_reads(socket);
    }
    pace->lower = md_socket_wire(socket);
    pace->socket = socket;
    return (struct md_wire){
        .ops = is_even && pace->lower.ops->send_file != NULL ? &files : &plain,
        .self = pace};
}

static bool after(struct md_pace *pace, uint64_t now_us, uint32_t gap_us,
                  uint64_t *out_wake_us)
{
    if (now_us >= pace->written_us + gap_us) {
        return true;
    }
    *out_wake_us = pace->written_us + gap_us;
    return false;
}

/* Has the client read all that was written? */
static bool was_read(struct md_pace *pace, uint64_t now_us,
                     uint32_t *out_events, uint64_t *out_wake_us)
{
    size_t left = 0;

    if (md_socket_unsent(pace->socket) > 0) {
        *out_events = (uint32_t)EPOLLOUT | (uint32_t)EPOLLET;
        *out_wake_us = pace->socket->is_tcp ? now_us + ASK_AGAIN_US : 0;
        return false;
    }
    if (!pace->socket->is_tcp) {
        return true;
    }
    if (!md_socket_peer_unread(pace->socket, &left)) {
        return after(pace, now_us, UNKNOWN_GAP_US, out_wake_us);
    }
    *out_wake_us = left > 0 ? now_us + ASK_AGAIN_US : 0;
    return left == 0;
}

bool md_pace_may_go(struct md_pace *pace, uint64_t now_us, uint32_t *out_events,
                    uint64_t *out_wake_us)
{
    bool may_go = true;

    *out_events = 0;
    *out_wake_us = 0;
    if (pace->written_us == 0) {
        pace->written_us = now_us;
    }
    switch (pace->mode) {
    case MD_PACE_ASAP:
    case MD_PACE_RECORDED:
        break;
    case MD_PACE_GAP:
        may_go = after(pace, now_us, pace->gap_us, out_wake_us);
        break;
    case MD_PACE_LOCKSTEP:
        may_go = was_read(pace, now_us, out_events, out_wake_us);
        break;
    case MD_PACE_STEP:
        may_go = pace->steps > 0;
        break;
    }
    if (may_go) {
        pace->is_waiting = false;
        pace->written_us = 0;
    }
    return may_go;
}
