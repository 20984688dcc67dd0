/* SPDX-License-Identifier: MIT */
/* fuzz_admin.c - any line to the admin socket has one line of JSON for an
 * answer, or waits, which has one later. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "json.h"
#include "verbs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t no_time(void)
{
    return 0;
}

/* Exactly one line, which is an object with "ok". */
static void check_answer(const struct md_buf *out)
{
    struct md_json *json = NULL;

    if (out->len == 0 ||
        memchr(out->data, '\n', out->len) != out->data + out->len - 1 ||
        md_json_parse(out->data, out->len, &json, NULL) != MOCKD_OK ||
        !md_json_is_bool(md_json_get(json, "ok"))) {
        abort();
    }
    md_json_free(json);
}

static void answer(const struct md_control *control, char *line, size_t len)
{
    struct md_buf out = {.max = MD_ADMIN_ANSWER_MAX};
    struct md_wait wait = {0};

    if (md_verb_answer(control, line, len, &wait, &out) == MD_VERB_WAIT) {
        if (out.len != 0) {
            abort();
        }
        md_verb_answer_wait(&wait, len % 2 == 0 ? NULL : "{}", &out);
        md_wait_release(&wait);
    }
    check_answer(&out);
    md_buf_release(&out);
}

/* The lines are answered one after the other by one mock. It may load no
 * file: there is more than one would like to read on any machine. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct md_profile profile = {0};
    struct md_engine engine = {0};
    struct md_control control = {.profile = &profile, .engine = &engine};
    char *text = calloc(1, size + 1);
    char *line = text;

    if (text == NULL ||
        md_engine_init(&engine, &profile, 1, NULL) != MOCKD_OK) {
        abort();
    }
    engine.journal = md_journal_new(no_time, NULL, NULL);
    engine.faults.has_unix = true;
    if (size > 0) {
        memcpy(text, data, size);
    }
    while (line < text + size) {
        char *end = memchr(line, '\n', (size_t)(text + size - line));

        end = end == NULL ? text + size : end;
        *end = '\0';
        if (strstr(line, "load") == NULL && strchr(line, '\\') == NULL) {
            answer(&control, line, (size_t)(end - line));
        }
        line = end + 1;
    }
    md_journal_free(engine.journal);
    md_engine_release(&engine);
    free(text);
    return 0;
}
