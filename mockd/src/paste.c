/* SPDX-License-Identifier: MIT */
#include "paste.h"

#include <inttypes.h>
#include <string.h>

#include "bounds.h"
#include "choice.h"
#include "json.h"

/* Any 64 digits that no client will send. */
#define ID "0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e"
#define JSON_HEAD(status)                                                      \
    "{\"head\":[\"HTTP/1.1 " status "\",\"Content-Type: application/json\"],"  \
    "\"body\":{\"text\":"

/* A whole exec that says nothing and exits with 0. */
static const char exec_lines[] =
    "\n{\"on\":\"POST /exec/{EID1}/start\",\"phase\":\"created\","
    "\"match\":{\"json\":{\"Detach\":false}},\"upgrade\":true,"
    "\"stream\":\"s1\"}"
    "\n{\"on\":\"POST /exec/{EID1}/start\",\"phase\":\"created\","
    "\"match\":{\"json\":{\"Detach\":false}},\"upgrade\":false,"
    "\"stream\":\"s2\"}"
    "\n{\"on\":\"GET "
    "/exec/{EID1}/json\",\"phase\":\"exited\",\"reply\":" JSON_HEAD(
        "200 OK") "\"{\\\"ID\\\":\\\"" ID
                  "\\\",\\\"Running\\\":false,\\\"ExitCode\\\":0}"
                  "\\n\"}}}"
                  "\n{\"stream\":\"s1\"}"
                  "\n[0,\"<H\",[\"HTTP/1.1 101 UPGRADED\",\"Content-Type: "
                  "application/vnd.docker.raw-stream\",\"Connection: Upgrade\","
                  "\"Upgrade: tcp\"]]"
                  "\n[0,\"<.\"]"
                  "\n{\"stream\":\"s2\"}"
                  "\n[0,\"<H\",[\"HTTP/1.1 200 OK\",\"Content-Type: "
                  "application/vnd.docker.raw-stream\"]]"
                  "\n[0,\"<.\"]"
                  "\n{\"end\":{\"rules\":4,\"events\":4,\"s2c_bytes\":177,"
                  "\"c2s_bytes\":0,"
                  "\"sha256_s2c\":\"fdfcb5009413448de2fc183f7a337e5f"
                  "e60c9d64a4c6294b255d8b5a4d8d9864\"}}";

static const char reply[] = JSON_HEAD("200 OK") "\"{}\\n\"}}}";

static const char end_of_one[] =
    "\n{\"end\":{\"rules\":1,\"events\":0,\"s2c_bytes\":0,\"c2s_bytes\":0,"
    "\"sha256_s2c\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
    "7852b855\"}}";

/* A word or a value, as it has to stand in a path. */
static bool add_escaped(struct md_buf *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~:@!$'()*,;";
    bool ok = true;

    for (; *text != '\0' && ok; text++) {
        ok = strchr(plain, *text) != NULL
                 ? md_buf_add(out, text, 1)
                 : md_buf_printf(out, "%%%02X", (unsigned char)*text);
    }
    return ok;
}

/* The call's "on", with @var instead of word @index. */
static bool add_on(struct md_buf *out, const struct md_target *target,
                   size_t index, const char *var)
{
    bool ok = md_buf_printf(out, "\n{\"on\":\"%s ", target->method);

    for (size_t i = 0; i < target->word_count && ok; i++) {
        ok = md_buf_add_text(out, "/") &&
             (i == index ? md_buf_printf(out, "{%s}", var)
                         : add_escaped(out, target->words[i]));
    }
    for (size_t i = 0; i < target->param_count && ok; i++) {
        ok = md_buf_add_text(out, i == 0 ? "?" : "&") &&
             add_escaped(out, target->params[i].key) &&
             md_buf_add_text(out, "=") &&
             add_escaped(out, target->params[i].value);
    }
    return ok && (target->word_count > 0 || md_buf_add_text(out, "/")) &&
           md_buf_add_text(out, "\"");
}

static bool add_match(struct md_buf *out, const struct md_call *call)
{
    return call->json == NULL ||
           (md_buf_add_text(out, ",\"match\":{\"json\":") &&
            md_json_print(call->json, out) && md_buf_add_text(out, "}"));
}

static bool can_stand_in_a_rule(const struct md_target *target)
{
    bool ok =
        target->method[strspn(target->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] ==
        '\0';

    for (size_t i = 0; i < target->word_count && ok; i++) {
        ok = strpbrk(target->words[i], "{}") == NULL;
    }
    for (size_t i = 0; i < target->param_count && ok; i++) {
        ok = strpbrk(target->params[i].value, "{}") == NULL;
    }
    return ok;
}

/* ---- into the file of an exec ---- */

static size_t word_of(const struct md_call *call)
{
    size_t i = 0;

    while (i < call->target.word_count &&
           strcmp(call->target.words[i], call->exec->id) != 0) {
        i++;
    }
    return i;
}

static bool is_attached_start(const struct md_call *call)
{
    const struct md_target *target = &call->target;

    return target->word_count == 3 && strcmp(target->method, "POST") == 0 &&
           strcmp(target->words[2], "start") == 0 && !md_is_detached(call);
}

/* What a start is matched by. */
static bool add_start_match(struct md_buf *out, const struct md_call *call)
{
    return md_buf_printf(out, ",\"match\":{\"json\":{\"Detach\":%s}}",
                         md_is_detached(call) ? "true" : "false");
}

static bool add_own_answer(struct md_buf *out, const struct md_call *call)
{
    const struct md_fixture *fixture = call->exec->fixture;

    if (!is_attached_start(call) || fixture->streams == NULL) {
        return md_buf_add_text(out, ",\"reply\":") &&
               md_buf_add_text(out, reply);
    }
    return md_buf_printf(out, ",\"upgrade\":%s,\"stream\":",
                         call->has_upgrade ? "true" : "false") &&
           md_json_quote(out, fixture->streams->name) &&
           md_buf_add_text(out, "}");
}

static bool add_own_end(struct md_buf *out, const struct md_fixture *fixture)
{
    uint64_t c2s_bytes = 0;
    bool ok = true;

    for (size_t i = 0; i < fixture->event_count; i++) {
        const struct md_event *event = &fixture->events[i];

        c2s_bytes += event->code == MD_EVENT_INPUT ? event->payload.len : 0;
    }
    ok =
        md_buf_printf(out,
                      "\n{\"end\":{\"rules\":%zu,\"events\":%zu,\"s2c_bytes\":"
                      "%" PRIu64 ",\"c2s_bytes\":%" PRIu64 ",\"sha256_s2c\":\"",
                      fixture->rule_count + 1, fixture->event_count,
                      fixture->s2c_bytes, c2s_bytes);
    for (size_t i = 0; i < MD_SHA256_SIZE && ok; i++) {
        ok = md_buf_printf(out, "%02x", fixture->sha256[i]);
    }
    return ok && md_buf_add_text(out, "\"}}");
}

static bool paste_own(struct md_buf *out, const struct md_call *call)
{
    const struct md_exec *exec = call->exec;
    const struct md_target *target = &call->target;
    bool is_start = target->word_count == 3 &&
                    strcmp(target->words[0], "exec") == 0 &&
                    strcmp(target->words[2], "start") == 0;

    return md_buf_printf(out,
                         "\nin %s, instead of its last line; edit the answer:",
                         exec->fixture->path) &&
           add_on(out, target, word_of(call),
                  exec->fixture->vars[exec->var].name) &&
           md_buf_printf(out, ",\"phase\":\"%s\"",
                         md_phase_name(exec->phase)) &&
           (is_start ? add_start_match(out, call) : add_match(out, call)) &&
           add_own_answer(out, call) && add_own_end(out, exec->fixture);
}

/* ---- a file of its own ---- */

static bool is_create(const struct md_call *call)
{
    const struct md_target *target = &call->target;

    return target->word_count == 3 && strcmp(target->method, "POST") == 0 &&
           strcmp(target->words[0], "containers") == 0 &&
           strcmp(target->words[2], "exec") == 0 && call->json != NULL;
}

static bool paste_create(struct md_buf *out, const struct md_call *call)
{
    return md_buf_add_text(out, "\n{\"execcast\":1,\"name\":\"pasted\","
                                "\"vars\":{\"NAME\":") &&
           md_json_quote(out, call->target.words[1]) &&
           md_buf_add_text(out, ",\"EID1\":\"" ID "\"}}") &&
           add_on(out, &call->target, 1, "NAME") && add_match(out, call) &&
           md_buf_add_text(out, ",\"reply\":" JSON_HEAD(
                                    "201 Created") "\"{\\\"Id\\\":\\\"" ID
                                                   "\\\"}\\n\"}},"
                                                   "\"makes\":\"EID1\"}") &&
           md_buf_add_text(out, exec_lines);
}

static bool paste_plain(struct md_buf *out, const struct md_call *call)
{
    return md_buf_add_text(out, "\n{\"execcast\":1,\"name\":\"pasted\","
                                "\"vars\":{}}") &&
           add_on(out, &call->target, SIZE_MAX, "") && add_match(out, call) &&
           md_buf_add_text(out, ",\"reply\":") && md_buf_add_text(out, reply) &&
           md_buf_add_text(out, end_of_one);
}

bool md_paste(struct md_buf *out, const struct md_call *call)
{
    if (!can_stand_in_a_rule(&call->target)) {
        return true;
    }
    if (call->exec != NULL) {
        return paste_own(out, call);
    }
    return md_buf_add_text(out, "\nin a file of its own, NAME.execcast; edit "
                                "the answer:") &&
           (is_create(call) ? paste_create(out, call) : paste_plain(out, call));
}
