/* SPDX-License-Identifier: MIT */
/* path.h - the path of a request, with names percent-encoded. */
#ifndef DX_PATH_H
#define DX_PATH_H

#include <dexec/error.h>

#include "buf.h"

struct dx_path {
    const char *version;    /* "1.41"; "" = unversioned */
    const char *collection; /* "containers" or "exec" */
    const char *name;       /* any bytes */
    const char *action;     /* "start", or with a query: "resize?h=1&w=2" */
};

/*
 * Write /vVERSION/COLLECTION/NAME/ACTION to the end of @buf. All bytes of the
 * name but letters, digits and -._~ are percent-encoded.
 *
 * Returns DEXEC_OK, DEXEC_E_INVALID (a name that is empty, "." or "..", or
 * longer than DX_NAME_MAX) or DEXEC_E_NOMEM.
 */
enum dexec_code dx_path_write(const struct dx_path *path, struct dx_buf *buf,
                              struct dexec_error *err);

#endif
