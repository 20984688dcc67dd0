/* SPDX-License-Identifier: MIT */
/*
 * json.h - read JSON strictly.
 *
 * The library beneath truncates strings at U+0000 and lets invalid UTF-8 and
 * raw control characters through; here those are errors. Key look-up keeps
 * case unless its name says otherwise.
 */
#ifndef MD_JSON_H
#define MD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "fail.h"

struct md_json; /* opaque; every function takes NULL as "absent" */

/*
 * Parse one value; nothing but white space may follow it.
 *
 * @text      text[len] must be NUL
 * @out_json  yours; md_json_free()
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (the message says what and at which
 * column), MOCKD_E_SYSTEM (memory).
 */
enum mockd_code md_json_parse(const char *text, size_t len,
                              struct md_json **out_json,
                              struct mockd_error *err);
#define MD_JSON_APART_MIN 256 /* bytes of a string that is left out */

/*
 * The same for an array one item of which may be a long string: the first of at
 * least MD_JSON_APART_MIN bytes, if it has no escapes, reads "" in @out_json
 * and stays where it is.
 *
 * @out_string, @out_len  where it is in @text; NULL = there is none such
 */
enum mockd_code md_json_parse_apart(const char *text, size_t len,
                                    struct md_json **out_json,
                                    const char **out_string, size_t *out_len,
                                    struct mockd_error *err);

void md_json_free(struct md_json *json);
void md_json_cleanup(struct md_json **json);

bool md_json_is_object(const struct md_json *json);
bool md_json_is_array(const struct md_json *json);
bool md_json_is_bool(const struct md_json *json);
bool md_json_is_true(const struct md_json *json);

/* The string's text, owned by the value; NULL when it is no string. */
const char *md_json_text(const struct md_json *json);

/* Is it a whole number from @min to @max? */
bool md_json_integer(const struct md_json *json, int64_t min, int64_t max,
                     int64_t *out_number);

/* Is it absent, null, false, "" or []? */
bool md_json_is_empty(const struct md_json *json);

/* Equal as JSON: the order of keys does not matter. */
bool md_json_is_equal(const struct md_json *a, const struct md_json *b);

/* Members of an object, items of an array; NULL when there is none. */
const struct md_json *md_json_get(const struct md_json *json, const char *key);
const struct md_json *md_json_get_any_case(const struct md_json *json,
                                           const char *key);
const struct md_json *md_json_first(const struct md_json *json);
const struct md_json *md_json_next(const struct md_json *json);
const char *md_json_key(const struct md_json *json);
size_t md_json_count(const struct md_json *json);

/* Remove a member and give it to you, or NULL when there is none. */
struct md_json *md_json_take(struct md_json *json, const char *key);

/* Append the value as compact JSON; false without memory or room. */
bool md_json_print(const struct md_json *json, struct md_buf *out);

/* Append @text as a JSON string, quotes included; what is not UTF-8, and NUL,
 * becomes U+FFFD. */
bool md_json_quote(struct md_buf *out, const char *text);
bool md_json_quote_bytes(struct md_buf *out, const void *data, size_t len);

#endif
