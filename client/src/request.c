/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <stdio.h>

#include "fail.h"

enum dexec_code dx_request_write(const struct dx_request_head *head,
                                 struct dx_view body, struct dx_buf *buf,
                                 struct dexec_error *err)
{
    char length[64] = "";
    const char *parts[] = {
        "POST ",
        head->path,
        " HTTP/1.1\r\nHost: ",
        head->host,
        "\r\nUser-Agent: ",
        head->user_agent,
        "\r\nContent-Type: application/json\r\n",
        head->upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "",
        length,
    };
    enum dexec_code rc = DEXEC_OK;

    (void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n\r\n",
                   body.len);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        rc = rc == DEXEC_OK ? dx_buf_append_text(buf, parts[i]) : rc;
    }
    rc = rc == DEXEC_OK ? dx_buf_append(buf, body.data, body.len) : rc;
    return rc == DEXEC_OK ? rc : dx_fail_memory(err);
}
