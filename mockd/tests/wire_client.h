/* SPDX-License-Identifier: MIT */
/* wire_client.h - a tiny raw client; every wait ends after ten seconds. */
#ifndef WIRE_CLIENT_H
#define WIRE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

/* Connect to "unix:///PATH" or "tcp://127.0.0.1:PORT"; -1 when it fails. */
int wire_connect(const char *url);

/* Send a request with a JSON body (NULL = none); Upgrade when asked. */
bool wire_request(int fd, const char *method, const char *target,
                  const char *body, bool has_upgrade);

bool wire_send(int fd, const char *text);

/* Read until @end has come, and keep what came, NUL-terminated. False at end
 * of file, on an error, or when it does not fit. Bytes after @end that came
 * along are kept too. */
bool wire_read_until(int fd, char *out, size_t size, const char *end);

/* Read to the end of file. Returns the bytes read; *out_errno is 0 or what
 * ended it instead. Keeps the first @size - 1 of them. */
size_t wire_read_all(int fd, char *out, size_t size, int *out_errno);

/* One request on a connection of its own: its whole answer, read by its
 * Content-Length. Returns the status, 0 when it failed. */
int wire_ask(const char *url, const char *method, const char *target,
             const char *body, char *out, size_t size);

/* The same on a connection that stays open. */
int wire_ask_on(int fd, const char *method, const char *target,
                const char *body, char *out, size_t size);

#endif
