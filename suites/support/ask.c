/* SPDX-License-Identifier: MIT */
/* ask.c - a case's own requests of the daemon, byte for byte, on raw wires. */
#include "ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "expect.h"

#define PATH_MAX_LEN 512 /* bytes; a container's name and an id fit often */

struct dry_wire *dry_ask_wire(struct dry_run *run)
{
    struct dry_wire *wire = dry_run_wire(run);

    dry_expect_wire(run, "connect to the daemon",
                    dry_wire_open(wire, run->target->host, run->deadline_ms),
                    wire);
    return wire;
}

static void send_request(struct dry_run *run, struct dry_wire *wire,
                         const struct dry_request *request)
{
    dry_expect_wire(run, "send a request",
                    dry_http_send(wire, request, run->deadline_ms), wire);
}

static struct dry_reply read_reply(struct dry_run *run, struct dry_wire *wire)
{
    struct dry_reply reply = {.wire = wire};
    struct dry_buffer *body = dry_run_bytes(run);
    cJSON *json = NULL;

    dry_expect_wire(run, "a response head",
                    dry_http_read_head(wire, &reply.answer, run->deadline_ms),
                    wire);
    dry_expect_wire(run, "the response's body",
                    dry_http_read_body(wire, &reply.answer, run->deadline_ms),
                    wire);
    if (!dry_buffer_add(body, wire->in.data + reply.answer.head_len,
                        reply.answer.body_len) ||
        !dry_buffer_add(body, "", 1)) {
        dry_run_error(run, "no memory for a response");
    }
    reply.body = (const char *)body->data;
    json = cJSON_ParseWithLength(reply.body, reply.answer.body_len);
    if (json != NULL) {
        reply.json = dry_run_json(run, json);
    }
    return reply;
}

static struct dry_reply ask(struct dry_run *run, struct dry_wire *wire,
                            const struct dry_request *request)
{
    send_request(run, wire, request);
    return read_reply(run, wire);
}

struct dry_reply dry_ask(struct dry_run *run, const char *method,
                         const char *path, const char *body)
{
    struct dry_request request = {.method = method,
                                  .path = path,
                                  .body = body,
                                  .body_len = body == NULL ? 0 : strlen(body)};

    return ask(run, dry_ask_wire(run), &request);
}

struct dry_reply dry_ask_on(struct dry_run *run, struct dry_wire *wire,
                            const char *method, const char *path,
                            const char *body)
{
    struct dry_request request = {.method = method,
                                  .path = path,
                                  .body = body,
                                  .body_len = body == NULL ? 0 : strlen(body),
                                  .keeps_alive = true};

    wire->in.len = 0;
    return ask(run, wire, &request);
}

__attribute__((format(printf, 2, 3))) static const char *
keep_text(struct dry_run *run, const char *format, ...)
{
    struct dry_buffer *kept = dry_run_bytes(run);
    char text[PATH_MAX_LEN];
    va_list arguments;
    int len = 0;

    va_start(arguments, format);
    len = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= sizeof(text) ||
        !dry_buffer_add(kept, text, (size_t)len + 1)) {
        dry_run_error(run, "a path is longer than 511 bytes, or no memory");
    }
    return (const char *)kept->data;
}

const char *dry_exec_path(struct dry_run *run, const struct dry_exec *exec,
                          const char *action)
{
    return keep_text(run, "/exec/%s/%s", exec->id.text, action);
}

const char *dry_container_path(struct dry_run *run, const char *action)
{
    return keep_text(run, "/containers/%s/%s", run->target->container, action);
}

struct dry_reply dry_ask_start(struct dry_run *run, const struct dry_exec *exec,
                               bool tty, bool upgrade)
{
    const char *body = tty ? "{\"Detach\":false,\"Tty\":true}"
                           : "{\"Detach\":false,\"Tty\":false}";
    struct dry_request request = {
        .method = "POST",
        .path = dry_exec_path(run, exec, "start"),
        .extra_headers =
            upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : NULL,
        .body = body,
        .body_len = strlen(body),
        .keeps_alive = true};
    struct dry_reply reply = {.wire = dry_ask_wire(run), .body = ""};

    send_request(run, reply.wire, &request);
    dry_expect_wire(
        run, "the head of an attached start",
        dry_http_read_head(reply.wire, &reply.answer, run->deadline_ms),
        reply.wire);
    return reply;
}

const unsigned char *dry_stream_bytes(struct dry_run *run,
                                      const struct dry_reply *reply,
                                      size_t *out_len)
{
    dry_expect_wire(run, "the end of the stream",
                    dry_wire_read_to_end(reply->wire, run->deadline_ms),
                    reply->wire);
    *out_len = reply->wire->in.len - reply->answer.head_len;
    return reply->wire->in.data + reply->answer.head_len;
}

const char *dry_reply_header(struct dry_run *run, const struct dry_reply *reply,
                             const char *name)
{
    char value[DRY_HTTP_VALUE_MAX];

    if (dry_http_header(reply->wire->in.data, reply->answer.head_len, name,
                        value) == 0) {
        return "";
    }
    return keep_text(run, "%s", value);
}

const char *dry_reply_text(const struct dry_reply *reply, const char *name)
{
    const char *text = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(reply->json, name));

    return text == NULL ? "" : text;
}

void dry_expect_refusal(struct dry_run *run, const struct dry_reply *reply,
                        int status, const char *part)
{
    static const char json_type[] = "application/json";
    const char *type = dry_reply_header(run, reply, "Content-Type");
    const cJSON *message =
        cJSON_GetObjectItemCaseSensitive(reply->json, "message");

    (void)dry_expect_number(run, "status", status, reply->answer.status);
    (void)dry_expect(run, "Content-Type",
                     strncasecmp(type, json_type, strlen(json_type)) == 0,
                     json_type, type);
    (void)dry_expect(run, "body",
                     cJSON_IsObject(reply->json) && cJSON_IsString(message),
                     "a JSON object with a string message", reply->body);
    (void)dry_expect_part(run, "message", part,
                          dry_reply_text(reply, "message"));
}
