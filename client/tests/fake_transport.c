/* SPDX-License-Identifier: MIT */
#include "fake_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/stream.h>

#include "fail.h"

struct fake_transport {
    struct dx_transport base;
    struct fake_script *script;
    const struct dx_mem *mem;
};

struct fake_link {
    struct dx_link base;
    struct fake_script *script;
    const struct dx_mem *mem;
};

static struct fake_script *script_of(struct dx_link *link)
{
    return ((struct fake_link *)link)->script;
}

static bool is_held(const struct fake_script *script)
{
    if (script->read_len == 0) {
        return false;
    }
    return (script->ends_by_shut && !script->was_shut) ||
           (script->echoes_first &&
            memchr(script->sent, '!', script->sent_len) == NULL);
}

static enum dx_io at_end(const struct fake_script *script)
{
    if (script->is_silent) {
        return DX_IO_AGAIN;
    }
    return script->resets ? DX_IO_RESET : DX_IO_END;
}

static enum dx_io fake_read(struct dx_link *link, void *data, size_t size,
                            size_t *out_len)
{
    struct fake_script *script = script_of(link);
    size_t len = script->len - script->read_len;

    if ((script->waits && !script->may_read) || is_held(script)) {
        return DX_IO_AGAIN;
    }
    script->may_read = false;
    if (len == 0) {
        return at_end(script);
    }
    if (script->piece > 0 && len > script->piece) {
        len = script->piece;
    }
    if (script->read_len < script->cut &&
        len > script->cut - script->read_len) {
        len = script->cut - script->read_len;
    }
    len = len < size ? len : size;
    memcpy(data, script->bytes + script->read_len, len);
    script->read_len += len;
    *out_len = len;
    return DX_IO_OK;
}

static bool is_full(const struct fake_script *script)
{
    return script->write_room > 0 && script->sent_len >= script->write_room;
}

static enum dx_io fake_write(struct dx_link *link, const void *data, size_t len,
                             size_t *out_len)
{
    struct fake_script *script = script_of(link);
    size_t room = sizeof(script->sent) - script->sent_len;

    if (script->write_waits && !script->may_write) {
        return DX_IO_AGAIN;
    }
    script->may_write = false;
    if (is_full(script)) {
        return script->stalls ? DX_IO_AGAIN : DX_IO_RESET;
    }
    if (script->write_max > 0 && len > script->write_max) {
        len = script->write_max;
    }
    len = len < room ? len : room;
    memcpy(script->sent + script->sent_len, data, len);
    script->sent_len += len;
    *out_len = len;
    return len > 0 ? DX_IO_OK : DX_IO_AGAIN;
}

static enum dx_io fake_shutdown_write(struct dx_link *link)
{
    struct fake_script *script = script_of(link);

    if (script->shut_waits > 0) {
        return DX_IO_AGAIN;
    }
    script->was_shut = true;
    return script->shut_resets ? DX_IO_RESET : DX_IO_OK;
}

/* What of @wanted can be done, now that it was waited for. */
static unsigned find_ready(struct fake_script *script, unsigned wanted)
{
    bool is_dry = script->read_len == script->len && script->is_silent;
    unsigned ready = 0;

    if ((wanted & DEXEC_WRITABLE) != 0 &&
        !(script->stalls && is_full(script))) {
        script->may_write = true;
        script->shut_waits -= script->shut_waits > 0 ? 1 : 0;
        ready |= DEXEC_WRITABLE;
    }
    if (!is_dry && !is_held(script)) {
        script->may_read = true;
        ready |= wanted & (unsigned)DEXEC_READABLE;
    }
    return ready;
}

static enum dx_io fake_wait(struct dx_link *link, unsigned wanted,
                            int timeout_ms, unsigned *out_ready)
{
    struct fake_script *script = script_of(link);
    unsigned ready = find_ready(script, wanted);

    if (timeout_ms != 0) {
        script->wanted = wanted; /* of 0 is a look, no wait */
    }
    if (ready != 0) {
        *out_ready = ready;
        return DX_IO_OK;
    }
    if (timeout_ms < 0) {
        abort(); /* a test that waits for it has gone wrong */
    }
    script->now_ms += (uint64_t)timeout_ms;
    return DX_IO_LATE;
}

void fake_poll(struct fake_script *script, unsigned wanted, int timeout_ms)
{
    if (find_ready(script, wanted) != 0) {
        return;
    }
    if (timeout_ms < 0) {
        abort();
    }
    script->now_ms += (uint64_t)timeout_ms;
}

static unsigned fake_events(const struct dx_link *link, unsigned wanted)
{
    (void)link;
    return wanted;
}

static const char *fake_words(struct dx_link *link)
{
    (void)link;
    return "";
}

static int fake_fd(const struct dx_link *link)
{
    (void)link;
    return -1;
}

static void fake_link_free(struct dx_link *link)
{
    struct fake_link *self = (struct fake_link *)link;

    self->script->links--;
    dx_mem_free(self->mem, self);
}

static const struct dx_link_ops link_ops = {
    .read = fake_read,
    .write = fake_write,
    .shutdown_write = fake_shutdown_write,
    .wait = fake_wait,
    .events = fake_events,
    .fd = fake_fd,
    .words = fake_words,
    .free = fake_link_free,
};

static enum dexec_code fake_connect(struct dx_transport *transport,
                                    uint32_t timeout_ms,
                                    struct dx_link **out_link,
                                    struct dexec_error *err)
{
    struct fake_transport *self = (struct fake_transport *)transport;
    struct fake_link *link = NULL;

    self->script->timeout_ms = timeout_ms;
    if (self->script->connect_code != DEXEC_OK) {
        return dx_fail(err, self->script->connect_code, 0, "connect: scripted");
    }
    link = dx_mem_alloc(self->mem, sizeof(*link));
    if (link == NULL) {
        return dx_fail_memory(err);
    }
    *link = (struct fake_link){
        .base = {.ops = &link_ops}, .script = self->script, .mem = self->mem};
    self->script->links++;
    *out_link = &link->base;
    return DEXEC_OK;
}

static void note_call(struct fake_script *script,
                      const struct dx_exchange *exchange)
{
    (void)snprintf(script->method, sizeof(script->method), "%s",
                   exchange->request->method);
    (void)snprintf(script->path, sizeof(script->path), "%s",
                   exchange->request->path);
    (void)snprintf(
        script->body, sizeof(script->body), "%.*s", (int)exchange->body.len,
        exchange->body.len > 0 ? (const char *)exchange->body.data : "");
    script->timeout_ms = exchange->timeout_ms;
}

static enum dexec_code fake_exchange(struct dx_transport *transport,
                                     const struct dx_exchange *exchange,
                                     struct dx_answer *out_answer,
                                     struct dexec_error *err)
{
    struct fake_script *script = ((struct fake_transport *)transport)->script;
    const struct fake_answer *answer = NULL;

    note_call(script, exchange);
    if (script->answer_count == 0) {
        abort(); /* a call that the test did not expect */
    }
    answer = &script->answers[script->calls < script->answer_count
                                  ? script->calls
                                  : script->answer_count - 1];
    script->calls++;
    if (answer->code != DEXEC_OK) {
        return dx_fail(err, answer->code, 0, "exchange: scripted");
    }
    *out_answer = (struct dx_answer){
        .status = answer->status,
        .body = {.data = (const uint8_t *)answer->body,
                 .len = answer->body == NULL ? 0 : strlen(answer->body)}};
    return DEXEC_OK;
}

static void fake_free(struct dx_transport *transport)
{
    struct fake_transport *self = (struct fake_transport *)transport;

    self->script->transports--;
    dx_mem_free(self->mem, self);
}

static const struct dx_transport_ops transport_ops = {
    .exchange = fake_exchange,
    .connect = fake_connect,
    .free = fake_free,
};

static enum dexec_code fake_new(void *user,
                                const struct dx_transport_config *config,
                                struct dx_transport **out_transport,
                                struct dexec_error *err)
{
    struct fake_transport *self = dx_mem_alloc(config->mem, sizeof(*self));

    if (self == NULL) {
        return dx_fail_memory(err);
    }
    *self = (struct fake_transport){
        .base = {.ops = &transport_ops}, .script = user, .mem = config->mem};
    self->script->transports++;
    *out_transport = &self->base;
    return DEXEC_OK;
}

static uint64_t fake_now(void *user)
{
    return ((struct fake_script *)user)->now_ms * 1000U;
}

static void fake_pause(void *user, uint32_t ms)
{
    ((struct fake_script *)user)->now_ms += ms;
}

struct dexec_client_options fake_client_options(void)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;

    options.host = "unix:///fake.sock";
    options.api_version = "1.41";
    options.connect_timeout_ms = 50;
    options.response_timeout_ms = 1000;
    options.user_agent = "test";
    return options;
}

enum dexec_code fake_client_new_by(struct fake_script *script,
                                   const struct dexec_client_options *options,
                                   struct dexec_client **out_client,
                                   struct dexec_error *err)
{
    const struct dx_client_parts parts = {
        .new_transport = fake_new,
        .transport_user = script,
        .clock = {.user = script, .now_us = fake_now, .pause_ms = fake_pause},
        .world = dx_world_system()};

    return dx_client_new_on(&parts, options, out_client, err);
}

enum dexec_code fake_client_new(struct fake_script *script,
                                const struct dexec_allocator *allocator,
                                struct dexec_client **out_client,
                                struct dexec_error *err)
{
    struct dexec_client_options options = fake_client_options();

    options.allocator = allocator;
    return fake_client_new_by(script, &options, out_client, err);
}
