/* SPDX-License-Identifier: MIT */
/* refusal.h - a status that was not hoped for, in the daemon's own words. */
#ifndef DX_REFUSAL_H
#define DX_REFUSAL_H

#include <dexec/error.h>

#include "view.h"

/*
 * Turn an answer with an unexpected status into an error: the "message" of a
 * JSON body, else its first words as plain text, on one printable line.
 *
 * Returns DEXEC_E_NOT_FOUND for 404, DEXEC_E_CONFLICT for 409, DEXEC_E_HTTP
 * for any other.
 */
enum dexec_code dx_refusal(int status, struct dx_view body,
                           struct dexec_error *err);

#endif
