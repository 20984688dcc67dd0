/* SPDX-License-Identifier: MIT */
/* tls_files.h - a folder of certificates and keys, made anew by each test. */
#ifndef TESTS_TLS_FILES_H
#define TESTS_TLS_FILES_H

#include <stdbool.h>

/*
 * Fill @folder, which exists, with PEM files, all keys on P-256:
 *
 *     ca.pem         what signed all but the strange ones
 *     strange.pem    a CA that signed nothing
 *     server.pem     of 127.0.0.1 and localhost; server.key
 *     other.pem      of other.example; other.key
 *     old.pem        of 127.0.0.1, expired; old.key
 *     client.pem     a client's; client.key
 *     two.key        client.key, then server.key
 *     locked.key     client.key behind a passphrase
 *     text.pem       no PEM at all
 *
 * Returns false where that was not possible.
 */
bool tls_files_make(const char *folder);

/* "FOLDER/NAME", until the next eight calls. NULL for a NULL @name. */
const char *tls_file(const char *folder, const char *name);

/* Remove the files, not the folder. */
void tls_files_remove(const char *folder);

#endif
