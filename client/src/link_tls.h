/* SPDX-License-Identifier: MIT */
/*
 * link_tls.h - a link that speaks TLS over another one.
 *
 * libcurl cannot half-close over TLS, so a stream's TLS is our own use of
 * OpenSSL: half-closing sends close_notify and reading goes on, as Docker
 * wants it (EX-STREAM-05). An end without the peer's close_notify is a reset:
 * nobody can tell it from a cut. Plain calls have libcurl's TLS.
 */
#ifndef DX_LINK_TLS_H
#define DX_LINK_TLS_H

#include <stdint.h>

#include <dexec/error.h>

#include "clock.h"
#include "endpoint.h"
#include "link.h"
#include "locate.h"
#include "mem.h"

/* Certificates and what is to be checked: for any number of links at once. */
struct dx_tls;

/*
 * Read the certificates.
 *
 * @out_tls  the caller's, to dx_tls_free()
 *
 * Returns DEXEC_OK, DEXEC_E_TLS (a file cannot be read or does not hold what
 * it should; a key that is not the certificate's, or needs a passphrase) or
 * DEXEC_E_NOMEM.
 */
enum dexec_code dx_tls_new(const struct dx_tls_files *files,
                           const struct dx_mem *mem, struct dx_tls **out_tls,
                           struct dexec_error *err);

/* @tls may be NULL; its links must have gone before. */
void dx_tls_free(struct dx_tls *tls);

/*
 * Shake hands over @lower.
 *
 * @lower     the new link's; freed on failure too
 * @endpoint  whose name or address the certificate must bear; for messages
 * @out_link  the caller's
 *
 * Returns DEXEC_OK, DEXEC_E_TLS (refused by either side), _TIMEOUT, _CLOSED,
 * _RESET or _NOMEM.
 */
enum dexec_code dx_link_tls_new(struct dx_tls *tls, struct dx_link *lower,
                                const struct dx_endpoint *endpoint,
                                const struct dx_clock *clock,
                                uint64_t deadline_ms, struct dx_link **out_link,
                                struct dexec_error *err);

#endif
