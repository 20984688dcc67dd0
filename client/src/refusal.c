/* SPDX-License-Identifier: MIT */
#include "refusal.h"

#include <stdbool.h>
#include <string.h>

#include "exec_json.h"
#include "fail.h"

static bool is_printable(char c)
{
    return (unsigned char)c > ' ' && c != 0x7F; /* UTF-8 passes as it is */
}

/* Make one line of @text, in place: no control characters, no double blanks,
 * none at the ends. */
static void tidy(char *text)
{
    char *out = text;

    for (const char *in = text; *in != '\0'; in++) {
        if (is_printable(*in)) {
            *out++ = *in;
        } else if (out != text && out[-1] != ' ') {
            *out++ = ' ';
        }
    }
    if (out != text && out[-1] == ' ') {
        out--;
    }
    *out = '\0';
}

static void copy_text(struct dx_view body, char *out_text, size_t size)
{
    size_t len = body.len < size - 1 ? body.len : size - 1;

    if (len > 0) {
        memcpy(out_text, body.data, len);
    }
    out_text[len] = '\0';
}

enum dexec_code dx_refusal(int status, struct dx_view body,
                           struct dexec_error *err)
{
    char text[DEXEC_ERROR_MESSAGE_MAX] = "";
    enum dexec_code code = DEXEC_E_HTTP;

    if (status == 404) {
        code = DEXEC_E_NOT_FOUND;
    } else if (status == 409) {
        code = DEXEC_E_CONFLICT;
    }
    if (!dx_json_read_message(body, text, sizeof(text))) {
        copy_text(body, text, sizeof(text));
    }
    tidy(text);
    if (text[0] == '\0') {
        return dx_fail(err, code, status, "HTTP status %d, no message", status);
    }
    return dx_fail(err, code, status, "%s", text);
}
