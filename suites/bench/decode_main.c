/* SPDX-License-Identifier: MIT */
/* decode MODE FILE - a reader (reading.h) of a file; modes in decode.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

int main(int argc, char **argv)
{
    struct dry_reading reading = {0};
    int fd = -1;

    if (argc != 3) {
        (void)fprintf(stderr, "usage: decode MODE FILE\n");
        return 2;
    }
    fd = open(argv[2], O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
        return EXIT_FAILURE;
    }
    return dry_decode(argv[1], fd, &reading) ? dry_reading_print(&reading)
                                             : EXIT_FAILURE;
}
