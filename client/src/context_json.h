/* SPDX-License-Identifier: MIT */
/*
 * context_json.h - the docker command's configuration files, read.
 *
 * Strict as exec_json.h: keys are matched with their case, a value has the
 * type it should have or is refused, nothing may follow the object, and an
 * escaped NUL is refused. Unknown keys are skipped; of a repeated key the last
 * one counts; a null is as good as no key.
 */
#ifndef DX_CONTEXT_JSON_H
#define DX_CONTEXT_JSON_H

#include <stdbool.h>

#include <dexec/error.h>

#include "limits.h"
#include "view.h"

/* A value, nothing to free. */
struct dx_context_name {
    char text[DX_CONTEXT_NAME_MAX + 1];
};

struct dx_context_meta {
    char host[DX_ADDRESS_SIZE]; /* as it stands there; never "" */
    bool skip_tls_verify;
};

/*
 * Read the currentContext of a config.json. A blank file has none, as the
 * docker command sees it.
 *
 * @out_name  "" where there is none; any bytes else
 *
 * Returns DEXEC_OK, DEXEC_E_INVALID (no JSON object, no string, longer than
 * DX_CONTEXT_NAME_MAX) or DEXEC_E_NOMEM.
 */
enum dexec_code dx_json_read_config(struct dx_view text,
                                    struct dx_context_name *out_name,
                                    struct dexec_error *err);

/*
 * Read the docker endpoint of a context's meta.json.
 *
 * Returns DEXEC_OK, DEXEC_E_INVALID (no JSON object, no docker endpoint or no
 * Host in it, a value of the wrong type, a Host longer than any address) or
 * DEXEC_E_NOMEM.
 */
enum dexec_code dx_json_read_context(struct dx_view text,
                                     struct dx_context_meta *out_meta,
                                     struct dexec_error *err);

#endif
