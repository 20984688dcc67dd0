/* SPDX-License-Identifier: MIT */
#include "shape.h"

#include <string.h>

#define HEADER_SIZE 8U
#define KIB 1024U
#define MIB (1024U * KIB)
#define NOISE_SIZE ((size_t)1 << 20)

const struct dry_shape dry_shapes[] = {
    {.name = "f1", .count = 8388608, .least = 1, .most = 1},
    {.name = "f64", .count = 4194304, .least = 64, .most = 64},
    {.name = "f1k", .count = 1048576, .least = KIB, .most = KIB},
    {.name = "alt1k",
     .count = 1048576,
     .least = KIB,
     .most = KIB,
     .alternates = true},
    {.name = "f8k", .count = 131072, .least = 8 * KIB, .most = 8 * KIB},
    {.name = "f32k", .count = 32768, .least = 32 * KIB, .most = 32 * KIB},
    {.name = "f1m", .count = 1024, .least = MIB, .most = MIB},
    {.name = "f512m", .giant = 512 * MIB},
    /* 6 143.5 bytes on the average: 512 MiB */
    {.name = "mixed", .count = 87390, .least = 1, .most = 64 * KIB},
    {.name = "cliff", .giant = 16 * MIB, .count = 10000, .least = 1, .most = 1},
};

const size_t dry_shape_count = sizeof(dry_shapes) / sizeof(dry_shapes[0]);

const struct dry_shape *dry_shape_find(const char *name)
{
    for (size_t i = 0; i < dry_shape_count; i++) {
        if (strcmp(dry_shapes[i].name, name) == 0) {
            return &dry_shapes[i];
        }
    }
    return NULL;
}

/* A stream's frames, one after the other. */
struct frames {
    const struct dry_shape *shape;
    uint32_t giant; /* still to come; 0 = none */
    uint64_t count; /* after it */
    uint64_t random;
    bool is_stderr; /* the last one's stream */
};

struct frame {
    uint8_t type;
    uint32_t len;
};

/* xorshift64: the same numbers on every machine. */
static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static struct frames begin(const struct dry_shape *shape,
                           struct dry_scale scale)
{
    struct frames frames = {.shape = shape,
                            .giant = shape->giant / scale.giants,
                            .count = shape->count,
                            .random = 0x9e3779b97f4a7c15U,
                            .is_stderr = true};

    if (shape->giant == 0) {
        frames.count = (shape->count + scale.counts - 1) / scale.counts;
    }
    return frames;
}

/* Each power of two is as likely as every other, and within one each length:
 * nearly log-uniform, and no logarithm that differs between machines. */
static uint32_t draw_len(struct frames *frames)
{
    uint32_t base = frames->shape->least;
    uint32_t octaves = 0;

    while (base << octaves < frames->shape->most) {
        octaves++;
    }
    if (octaves == 0) {
        return base;
    }
    base <<= (uint32_t)(draw(&frames->random) >> 32) % octaves;
    return base + (uint32_t)(draw(&frames->random) >> 32) % base;
}

static bool next(struct frames *frames, struct frame *out_frame)
{
    uint32_t len = frames->giant;

    if (len > 0) {
        frames->giant = 0;
    } else if (frames->count > 0) {
        frames->count--;
        len = draw_len(frames);
    } else {
        return false;
    }
    frames->is_stderr = frames->shape->alternates && !frames->is_stderr;
    *out_frame = (struct frame){.type = frames->is_stderr ? 2 : 1, .len = len};
    return true;
}

struct dry_shape_size dry_shape_measure(const struct dry_shape *shape,
                                        struct dry_scale scale)
{
    struct frames frames = begin(shape, scale);
    struct dry_shape_size size = {0};
    struct frame frame;

    while (next(&frames, &frame)) {
        size.frames++;
        size.payload += frame.len;
    }
    size.stream = size.payload + size.frames * HEADER_SIZE;
    return size;
}

static void fill_noise(uint8_t *noise)
{
    uint64_t random = 1;

    for (size_t i = 0; i < NOISE_SIZE; i++) {
        noise[i] = (uint8_t)(draw(&random) >> 24);
    }
}

static bool write_frame(struct frame frame, const uint8_t *noise, size_t *at,
                        FILE *to)
{
    const uint8_t header[HEADER_SIZE] = {
        frame.type,
        0,
        0,
        0,
        (uint8_t)(frame.len >> 24),
        (uint8_t)(frame.len >> 16),
        (uint8_t)(frame.len >> 8),
        (uint8_t)frame.len,
    };
    size_t left = frame.len;
    bool is_ok = fwrite(header, HEADER_SIZE, 1, to) == 1;

    while (is_ok && left > 0) {
        size_t len = NOISE_SIZE - *at;

        len = left < len ? left : len;
        is_ok = fwrite(noise + *at, 1, len, to) == len;
        *at = (*at + len) % NOISE_SIZE;
        left -= len;
    }
    return is_ok;
}

bool dry_shape_write(const struct dry_shape *shape, struct dry_scale scale,
                     FILE *to)
{
    static uint8_t noise[NOISE_SIZE];
    struct frames frames = begin(shape, scale);
    struct frame frame;
    size_t at = 0;

    fill_noise(noise);
    while (next(&frames, &frame)) {
        if (!write_frame(frame, noise, &at, to)) {
            return false;
        }
    }
    return fflush(to) == 0;
}
