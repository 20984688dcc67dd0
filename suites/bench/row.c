/* SPDX-License-Identifier: MIT */
#include "row.h"

#include <stdlib.h>

/* ---- readers ---- */

static const struct dry_reader loop = {
    .name = "read loop", .mode = "loop", .is_undecoded = true};
static const struct dry_reader walker = {.name = "span walker",
                                         .mode = "walker"};
static const struct dry_reader frames = {
    .name = "libdexec frames", .mode = "libdexec", .limit = &loop};
static const struct dry_reader idle = {
    .name = "idle process", .mode = "idle", .is_uncounted = true};

static const struct dry_reader raw = {.name = "raw socket",
                                      .mode = "raw",
                                      .attaches = true,
                                      .is_undecoded = true};
static const struct dry_reader stream = {.name = "libdexec stream",
                                         .mode = "libdexec",
                                         .attaches = true,
                                         .limit = &raw};
static const struct dry_reader idle_client = {.name = "idle client",
                                              .mode = "idle",
                                              .attaches = true,
                                              .is_uncounted = true};

static const struct dry_reader go = {
    .name = "Go stdcopy", .peer = "go", .mode = "decode"};
static const struct dry_reader frames_iter = {
    .name = "py frames_iter", .peer = "python", .mode = "decode"};
static const struct dry_reader demux = {
    .name = "docker-modem", .peer = "node", .mode = "decode"};
static const struct dry_reader rust_frames = {
    .name = "bollard frames", .peer = "rust", .mode = "decode"};
static const struct dry_reader bollard = {
    .name = "bollard", .peer = "rust", .mode = "attach", .attaches = true};
static const struct dry_reader docker_py = {
    .name = "docker-py", .peer = "python", .mode = "attach", .attaches = true};
static const struct dry_reader dockerode = {
    .name = "dockerode", .peer = "node", .mode = "attach", .attaches = true};
static const struct dry_reader cli = {.name = "docker CLI",
                                      .peer = "cli",
                                      .mode = "attach",
                                      .attaches = true,
                                      .is_uncounted = true};

#define LOAD(variable, label, of_mode)                                         \
    static const struct dry_reader variable = {                                \
        .name = label, .mode = of_mode, .loads = true, .is_uncounted = true}

LOAD(mock_ping, "mockd", "ping");
LOAD(plain, "bare libmicrohttpd", "plain");
LOAD(mock_gib, "mockd", "gib");
LOAD(writer, "bare writer", "writer");
LOAD(mock_rounds, "mockd", "rounds");
LOAD(by_clock, "5 000 a second", "clock");
LOAD(mock_streams, "mockd", "streams");
LOAD(waiting, "mockd, one stream", "waiting");

/* ---- rows ---- */

const struct dry_load dry_loads[] = {{"ping", 32000, 0, 15},
                                     {"replay", 0, UINT64_C(1) << 30, 15},
                                     {"rounds", 5000, 0, 9},
                                     {"idle", 0, 0, 3}};
const size_t dry_load_count = sizeof(dry_loads) / sizeof(dry_loads[0]);

/*
 * A file in page cache never makes its reader wait, so the CPU time of one
 * thread is all of its time, and the only one that a neighbour on the machine
 * does not lengthen. Against peers with threads of their own it is wall time.
 */
#define AGAINST_LOOP(shape, goal)                                              \
    {                                                                          \
        shape, &frames, &loop, DRY_CPU, DRY_COST, goal                         \
    }
#define AGAINST_WALKER(shape, goal)                                            \
    {                                                                          \
        shape, &frames, &walker, DRY_CPU, DRY_FASTER, goal                     \
    }
#define ABOVE_IDLE(shape)                                                      \
    {                                                                          \
        shape, &frames, &idle, DRY_PEAK, DRY_EXTRA, 4.0                        \
    }
#define FASTER(shape, ours, peer, goal)                                        \
    {                                                                          \
        shape, ours, peer, DRY_WALL, DRY_FASTER, goal                          \
    }

const struct dry_row dry_rows[] = {
    AGAINST_WALKER("f1", 0.9),
    ABOVE_IDLE("f1"),
    FASTER("f1", &frames, &go, 40),
    FASTER("f1", &frames, &rust_frames, 12),
    FASTER("f1", &stream, &raw, 0),

    AGAINST_WALKER("f64", 0),
    ABOVE_IDLE("f64"),
    FASTER("f64", &frames, &go, 20),
    FASTER("f64", &frames, &rust_frames, 6),
    FASTER("f64", &stream, &raw, 0),

    AGAINST_LOOP("f1k", 1.05),
    AGAINST_WALKER("f1k", 0),
    ABOVE_IDLE("f1k"),
    FASTER("f1k", &frames, &go, 3.5),
    FASTER("f1k", &frames, &rust_frames, 2),
    FASTER("f1k", &stream, &raw, 0),
    {"f1k", &stream, &raw, DRY_CPU, DRY_COST, 0},
    FASTER("f1k", &stream, &bollard, 0),
    {"f1k", &stream, &cli, DRY_ELAPSED, DRY_FASTER, 3.5},

    AGAINST_LOOP("alt1k", 1.05),
    ABOVE_IDLE("alt1k"),

    FASTER("f8k", &stream, &raw, 0),
    {"f8k", &stream, &raw, DRY_CPU, DRY_COST, 0},

    AGAINST_LOOP("f32k", 1.05),
    ABOVE_IDLE("f32k"),
    FASTER("f32k", &frames, &go, 1.1),
    FASTER("f32k", &frames, &rust_frames, 0),
    FASTER("f32k", &frames, &frames_iter, 0),
    FASTER("f32k", &frames, &demux, 0),
    FASTER("f32k", &stream, &raw, 0.95),
    {"f32k", &stream, &raw, DRY_CPU, DRY_COST, 1.1},
    {"f32k", &stream, &idle_client, DRY_PEAK, DRY_EXTRA, 4.0},
    FASTER("f32k", &stream, &docker_py, 3),
    FASTER("f32k", &stream, &dockerode, 0),
    FASTER("f32k", &stream, &bollard, 0),

    AGAINST_LOOP("f1m", 1.05),
    ABOVE_IDLE("f1m"),

    AGAINST_LOOP("f512m", 1.05),
    ABOVE_IDLE("f512m"),
    {"f512m", &frames, &go, DRY_PEAK, DRY_COST, 0.01},
    {"f512m", &frames, &rust_frames, DRY_PEAK, DRY_COST, 0.01},

    AGAINST_LOOP("mixed", 0),
    AGAINST_WALKER("mixed", 0),
    ABOVE_IDLE("mixed"),

    /* Linear: its tiny frames are half a per cent of its bytes. */
    AGAINST_LOOP("cliff", 1.25),
    ABOVE_IDLE("cliff"),
    FASTER("cliff", &frames, &go, 1000),

    FASTER("ping", &mock_ping, &plain, 0.85),
    FASTER("replay", &mock_gib, &writer, 0.9),
    {"replay", &mock_gib, &waiting, DRY_PEAK, DRY_EXTRA, 2.0},
    FASTER("rounds", &mock_rounds, &by_clock, 1),
    {"idle", &mock_streams, &waiting, DRY_PEAK, DRY_EXTRA, 64.0},
};

const size_t dry_row_count = sizeof(dry_rows) / sizeof(dry_rows[0]);

/* ---- figures ---- */

double dry_sample_metric(const struct dry_sample *sample,
                         enum dry_metric metric)
{
    switch (metric) {
    case DRY_WALL:
        return (double)sample->wall_ns;
    case DRY_CPU:
        return (double)sample->cpu_ns;
    case DRY_ELAPSED:
        return (double)sample->elapsed_ns;
    case DRY_PEAK:
        return (double)sample->peak_kib;
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

double dry_median(double *values, size_t count)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof(*values), compare);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

double dry_row_figure(const struct dry_row *row, const struct dry_sample *ours,
                      const struct dry_sample *peer)
{
    double x = dry_sample_metric(ours, row->metric);
    double y = dry_sample_metric(peer, row->metric);

    switch (row->relation) {
    case DRY_FASTER:
        return x > 0 ? y / x : 0;
    case DRY_COST:
        return y > 0 ? x / y : 0;
    case DRY_EXTRA:
        return (x - y) / 1024;
    }
    return 0;
}

bool dry_row_is_met(const struct dry_row *row, double figure)
{
    return row->relation == DRY_FASTER ? figure >= row->goal
                                       : figure <= row->goal;
}

const char *dry_row_measure(const struct dry_row *row)
{
    switch (row->metric) {
    case DRY_WALL:
        return "speed";
    case DRY_CPU:
        return row->relation == DRY_FASTER ? "speed, CPU" : "CPU time";
    case DRY_ELAPSED:
        return "speed, whole process";
    case DRY_PEAK:
        return "peak memory";
    }
    return "";
}
