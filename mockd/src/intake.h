/* SPDX-License-Identifier: MIT */
/* intake.h - what a client sent and no step of a script took yet. */
#ifndef MD_INTAKE_H
#define MD_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero keeps nothing and has room for everything. Fields are private. */
struct md_intake {
    uint8_t *bytes; /* MD_CLIENT_AHEAD_MAX of them; NULL = nothing is kept */
    size_t off;
    size_t len;
};

/* From now on keep what comes; false without memory. */
bool md_intake_init(struct md_intake *intake);
void md_intake_release(struct md_intake *intake);

/* How many bytes may be added now; more stay with the client. */
size_t md_intake_room(const struct md_intake *intake);

/* Add @len bytes, at most as many as there is room for. */
void md_intake_add(struct md_intake *intake, const void *bytes, size_t len);

/* What was added and not dropped, in order. */
const uint8_t *md_intake_view(const struct md_intake *intake, size_t *out_len);
void md_intake_drop(struct md_intake *intake, size_t len);

#endif
