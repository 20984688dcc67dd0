/* SPDX-License-Identifier: MIT */
/* output.h - our descriptors 1 and 2. */
#ifndef DEXEC_CLI_OUTPUT_H
#define DEXEC_CLI_OUTPUT_H

#include <stddef.h>

enum output_end {
    OUTPUT_WRITTEN,
    OUTPUT_NO_READER, /* nobody reads any more */
    OUTPUT_FAILED     /* errno says why */
};

/* Write all of @data, also to a descriptor that does not block. */
enum output_end output_write(int fd, const void *data, size_t len);

#endif
