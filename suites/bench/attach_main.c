/* SPDX-License-Identifier: MIT */
/* attach MODE SOCKET - a reader (reading.h) of an engine's stream; modes in
 * attach.h. */
#include <stdio.h>
#include <stdlib.h>

#include "attach.h"

int main(int argc, char **argv)
{
    struct dry_reading reading = {0};

    if (argc != 3) {
        (void)fprintf(stderr, "usage: attach MODE SOCKET\n");
        return 2;
    }
    return dry_attach(argv[1], argv[2], &reading) ? dry_reading_print(&reading)
                                                  : EXIT_FAILURE;
}
