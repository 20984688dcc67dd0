/* SPDX-License-Identifier: MIT */
/*
 * serve MODE MOCKD - a load on a server, measured as a reader is (reading.h).
 *
 *     ping, plain          requests on the mock, on bare libmicrohttpd
 *     gib, writer          a stream of 1 GiB of the mock, of a bare writer
 *     rounds, clock        create, start and inspect; as long as so many may
 *                          take
 *     streams, waiting     10 000 open streams; none
 *
 * CPU time and peak are the server's.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "load.h"
#include "served.h"

#define REQUESTS 32000
#define ROUNDS 5000
#define ROUNDS_A_SECOND 5000
#define STREAMS 10000
#define GIB (UINT64_C(1) << 30)

struct mode {
    const char *name;
    bool (*run)(const char *mockd, struct dry_served *served,
                struct dry_reading *reading);
    const char *memory; /* the field of the server that is its peak */
};

static bool run_ping(const char *mockd, struct dry_served *served,
                     struct dry_reading *reading)
{
    return dry_serve_mock(mockd, DRY_FIXTURE_PROFILE, served) &&
           dry_load_requests(served->socket, "/_ping", REQUESTS, reading);
}

static bool run_plain(const char *mockd, struct dry_served *served,
                      struct dry_reading *reading)
{
    (void)mockd;
    return dry_serve_plain(served) &&
           dry_load_requests(served->socket, "/_ping", REQUESTS, reading);
}

static bool run_gib(const char *mockd, struct dry_served *served,
                    struct dry_reading *reading)
{
    char id[65];

    return dry_serve_mock(mockd, DRY_FIXTURE_GIB, served) &&
           dry_load_create(served->socket, id) &&
           dry_load_stream(served->socket, id, reading) && reading->bytes > GIB;
}

static bool run_writer(const char *mockd, struct dry_served *served,
                       struct dry_reading *reading)
{
    (void)mockd;
    return dry_serve_writer(served) &&
           dry_load_stream(served->socket, "x", reading) &&
           reading->bytes > GIB;
}

static bool run_rounds(const char *mockd, struct dry_served *served,
                       struct dry_reading *reading)
{
    return dry_serve_mock(mockd, DRY_FIXTURE_PROFILE, served) &&
           dry_load_rounds(served->socket, ROUNDS, reading);
}

static bool run_clock(const char *mockd, struct dry_served *served,
                      struct dry_reading *reading)
{
    (void)mockd;
    (void)served;
    *reading = (struct dry_reading){.wall_ns = UINT64_C(1000000000) * ROUNDS /
                                               ROUNDS_A_SECOND};
    return true;
}

/* As many descriptors as we may have; the server has them from us. */
static void take_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool run_streams(const char *mockd, struct dry_served *served,
                        struct dry_reading *reading)
{
    (void)reading;
    take_descriptors();
    return dry_serve_mock(mockd, DRY_FIXTURE_OPEN, served) &&
           dry_load_idle(served->socket, STREAMS);
}

static bool run_waiting(const char *mockd, struct dry_served *served,
                        struct dry_reading *reading)
{
    (void)reading;
    return dry_serve_mock(mockd, DRY_FIXTURE_OPEN, served) &&
           dry_load_idle(served->socket, 1);
}

static const struct mode modes[] = {
    {"ping", run_ping, "VmHWM:"},       {"plain", run_plain, "VmHWM:"},
    {"gib", run_gib, "VmHWM:"},         {"writer", run_writer, "VmHWM:"},
    {"rounds", run_rounds, "VmHWM:"},   {"clock", run_clock, NULL},
    {"streams", run_streams, "VmRSS:"}, {"waiting", run_waiting, "VmRSS:"},
};

int main(int argc, char **argv)
{
    const struct mode *mode = modes;
    struct dry_served served = {.pid = -1};
    struct dry_reading reading = {0};
    unsigned long peak = 0;
    bool is_ok = false;

    if (argc != 3) {
        (void)fprintf(stderr, "usage: serve MODE MOCKD\n");
        return 2;
    }
    while (mode < modes + sizeof(modes) / sizeof(modes[0]) &&
           strcmp(mode->name, argv[1]) != 0) {
        mode++;
    }
    if (mode == modes + sizeof(modes) / sizeof(modes[0])) {
        (void)fprintf(stderr, "serve: no mode %s\n", argv[1]);
        return 2;
    }
    is_ok = mode->run(argv[2], &served, &reading);
    if (is_ok && mode->memory != NULL) {
        reading.cpu_ns = dry_served_cpu(&served);
        peak = dry_served_memory(&served, mode->memory);
    }
    dry_served_end(&served);
    if (is_ok) {
        (void)printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %lu\n",
                     reading.wall_ns, reading.cpu_ns, reading.bytes, peak);
    }
    return is_ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
