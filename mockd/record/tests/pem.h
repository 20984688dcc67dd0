/* SPDX-License-Identifier: MIT */
/* pem.h - certificates for tests. */
#ifndef RECORD_TEST_PEM_H
#define RECORD_TEST_PEM_H

#include <stdbool.h>

/* Write a certificate for 127.0.0.1 that has signed itself, so that it is its
 * own CA, and its key; good for an hour. False when that failed. */
bool pem_make_pair(const char *cert_path, const char *key_path);

#endif
