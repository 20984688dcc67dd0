/* SPDX-License-Identifier: MIT */
/* shape.h - the streams that are measured, each byte of them determined. */
#ifndef DRY_SHAPE_H
#define DRY_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct dry_shape {
    const char *name;
    uint32_t giant;  /* payload bytes of a first frame; 0 = none */
    uint64_t count;  /* frames after it */
    uint32_t least;  /* payload bytes of each: from this */
    uint32_t most;   /* to this, log-uniformly; both are powers of two */
    bool alternates; /* stdout and stderr in turn; else all stdout */
};

/* What a shape's numbers are divided by; 1 = full size. A giant frame is the
 * point of its shape, so only a test makes it smaller. */
struct dry_scale {
    uint32_t counts; /* of shapes without a giant */
    uint32_t giants;
};

extern const struct dry_shape dry_shapes[];
extern const size_t dry_shape_count;

/* The shape of that name, or NULL. */
const struct dry_shape *dry_shape_find(const char *name);

struct dry_shape_size {
    uint64_t frames;
    uint64_t payload; /* bytes */
    uint64_t stream;  /* bytes, headers and all */
};

struct dry_shape_size dry_shape_measure(const struct dry_shape *shape,
                                        struct dry_scale scale);

/* Write the stream. False with errno when @to takes no more. */
bool dry_shape_write(const struct dry_shape *shape, struct dry_scale scale,
                     FILE *to);

#endif
