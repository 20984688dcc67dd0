/* SPDX-License-Identifier: MIT */
#include "intake.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"

bool md_intake_init(struct md_intake *intake)
{
    *intake = (struct md_intake){.bytes = malloc(MD_CLIENT_AHEAD_MAX)};
    return intake->bytes != NULL;
}

void md_intake_release(struct md_intake *intake)
{
    free(intake->bytes);
    *intake = (struct md_intake){0};
}

size_t md_intake_room(const struct md_intake *intake)
{
    return intake->bytes == NULL ? SIZE_MAX : MD_CLIENT_AHEAD_MAX - intake->len;
}

void md_intake_add(struct md_intake *intake, const void *bytes, size_t len)
{
    if (intake->bytes == NULL || len == 0) {
        return;
    }
    if (intake->off > 0) {
        memmove(intake->bytes, intake->bytes + intake->off, intake->len);
        intake->off = 0;
    }
    memcpy(intake->bytes + intake->len, bytes, len);
    intake->len += len;
}

const uint8_t *md_intake_view(const struct md_intake *intake, size_t *out_len)
{
    *out_len = intake->len;
    return intake->bytes + intake->off;
}

void md_intake_drop(struct md_intake *intake, size_t len)
{
    intake->off += len;
    intake->len -= len;
}
