/* SPDX-License-Identifier: MIT */
/* payload.h - output bytes in a form that JSON can carry. */
#ifndef DEXEC_CLI_PAYLOAD_H
#define DEXEC_CLI_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

/* Is it UTF-8 (RFC 3629) without a NUL, which no C string can hold? */
bool payload_is_text(const void *data, size_t len);

/* The bytes with a NUL behind them; yours to free, NULL = out of memory. */
char *payload_text(const void *data, size_t len);

/* The bytes in base64 (RFC 4648) with padding; as above. */
char *payload_base64(const void *data, size_t len);

#endif
