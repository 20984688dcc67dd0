/* SPDX-License-Identifier: MIT */
#include "reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now = {0};

    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

struct dry_reading dry_reading_begin(void)
{
    return (struct dry_reading){.wall_ns = now_ns(CLOCK_MONOTONIC),
                                .cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID)};
}

void dry_reading_end(struct dry_reading *reading)
{
    reading->cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) - reading->cpu_ns;
    reading->wall_ns = now_ns(CLOCK_MONOTONIC) - reading->wall_ns;
}

/* 0 = not known */
static unsigned long peak_kib(void)
{
    FILE *from = fopen("/proc/self/status", "re");
    char line[256];
    unsigned long peak = 0;

    while (from != NULL && peak == 0 && fgets(line, sizeof(line), from)) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            peak = strtoul(line + 6, NULL, 10);
        }
    }
    if (from != NULL) {
        (void)fclose(from);
    }
    return peak;
}

int dry_reading_print(const struct dry_reading *reading)
{
    (void)printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %lu\n", reading->wall_ns,
                 reading->cpu_ns, reading->bytes, peak_kib());
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
