/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum output_end output_write(int fd, const void *data, size_t len)
{
    const char *left = data;

    while (len > 0) {
        ssize_t written = write(fd, left, len);

        if (written >= 0) {
            left += written;
            len -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd out = {.fd = fd, .events = POLLOUT};

            (void)poll(&out, 1, -1);
        } else if (errno == EPIPE) {
            return OUTPUT_NO_READER;
        } else if (errno != EINTR) {
            return OUTPUT_FAILED;
        }
    }
    return OUTPUT_WRITTEN;
}
