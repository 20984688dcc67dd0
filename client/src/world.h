/* SPDX-License-Identifier: MIT */
/* world.h - what surrounds the process, as fields, so that a test can lie. */
#ifndef DX_WORLD_H
#define DX_WORLD_H

#include <stdbool.h>

#include <dexec/error.h>

#include "buf.h"

struct dx_world {
    void *user;

    /* NULL when it is not set; borrowed until the environment changes. */
    const char *(*get_env)(void *user, const char *name);

    /*
     * Append a regular file's contents to @buf.
     *
     * @out_exists  false, with DEXEC_OK, where there is no such file; none
     *              is called ""
     *
     * Returns DEXEC_OK, DEXEC_E_INVALID (not a regular file, not readable,
     * longer than the buffer's limit; the message names @path) or
     * DEXEC_E_NOMEM.
     */
    enum dexec_code (*read_file)(void *user, const char *path,
                                 struct dx_buf *buf, bool *out_exists,
                                 struct dexec_error *err);

    /* Is there anything of that name, as far as we may see? */
    bool (*exists)(void *user, const char *path);

    unsigned uid; /* ours */
};

/* The real one. */
struct dx_world dx_world_system(void);

#endif
