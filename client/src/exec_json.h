/* SPDX-License-Identifier: MIT */
/*
 * exec_json.h - the JSON bodies of the exec API, written and read.
 *
 * Reading is strict where the reference clients are: keys are matched with
 * their case, a value has the type it should have or is refused, nothing may
 * follow the value, and a text with an escaped NUL is refused, as C would cut
 * it there. Unknown keys are skipped; of a repeated key the last one counts.
 */
#ifndef DX_EXEC_JSON_H
#define DX_EXEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>
#include <dexec/exec.h>

#include "buf.h"
#include "mem.h"
#include "view.h"

/*
 * Write the body of a create to @buf.
 *
 * Returns DEXEC_OK, DEXEC_E_INVALID (longer than the buffer's limit) or
 * DEXEC_E_NOMEM.
 */
enum dexec_code dx_json_write_create(const struct dexec_create_options *options,
                                     struct dx_buf *buf,
                                     struct dexec_error *err);

struct dx_json_start {
    bool detach;
    bool tty;
    uint16_t console_rows; /* both 0 = not sent */
    uint16_t console_columns;
};

/* Write the body of a start to @buf. Returns as above. */
enum dexec_code dx_json_write_start(const struct dx_json_start *start,
                                    struct dx_buf *buf,
                                    struct dexec_error *err);

/*
 * Read the Id of a create's answer.
 *
 * Returns DEXEC_OK, DEXEC_E_PROTOCOL (no JSON object, no usable Id) or
 * DEXEC_E_NOMEM.
 */
enum dexec_code dx_json_read_id(struct dx_view text, struct dexec_id *out_id,
                                struct dexec_error *err);

/*
 * Read the answer of an inspect.
 *
 * @out_inspect  one piece of memory from @mem
 *
 * Returns DEXEC_OK, DEXEC_E_PROTOCOL (no JSON object, a value of the wrong
 * type) or DEXEC_E_NOMEM.
 */
enum dexec_code dx_json_read_inspect(struct dx_view text,
                                     const struct dx_mem *mem,
                                     struct dexec_inspect **out_inspect,
                                     struct dexec_error *err);

#define DX_JSON_VERSION_SIZE 32 /* with the NUL; a longer one is cut */

struct dx_json_version {
    char newest[DX_JSON_VERSION_SIZE]; /* "" = not said */
    char oldest[DX_JSON_VERSION_SIZE];
};

/*
 * Read the API versions of GET /version.
 *
 * Returns DEXEC_OK, DEXEC_E_PROTOCOL (no JSON object, a value that is no
 * string) or DEXEC_E_NOMEM.
 */
enum dexec_code dx_json_read_version(struct dx_view text,
                                     struct dx_json_version *out_version,
                                     struct dexec_error *err);

/*
 * Copy the string "message" of a JSON object, cut to @size with its NUL.
 *
 * Returns false, with @out_message untouched, where there is none.
 */
bool dx_json_read_message(struct dx_view text, char *out_message, size_t size);

#endif
