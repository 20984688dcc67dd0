/* SPDX-License-Identifier: MIT */
/*
 * fuzz_redact.c - the first bytes say where to cut and what is secret. What
 * comes out has the same length, has no secret left where one was, and is
 * otherwise what came in; how it is cut does not change it; JSON stays JSON.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/bytes.h"
#include "record/json_text.h"
#include "record/secrets.h"

#define CUTS 3
#define SECRET_MAX 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so) {
        abort();
    }
}

static struct md_rec_secrets *make_secrets(const char *text)
{
    struct md_rec_secrets *secrets = md_rec_secrets_new();

    must(secrets != NULL);
    if (text[0] != '\0') {
        must(md_rec_secrets_add_text(secrets, text, NULL) == MOCKD_OK);
    }
    must(md_rec_secrets_add_pattern(secrets, "id-[0-9]+", NULL) == MOCKD_OK);
    return secrets;
}

/* True for each byte that has to go. */
static void cover(uint8_t *gone, size_t size, size_t base,
                  struct md_rec_spans *spans)
{
    must(!spans->failed);
    for (size_t i = 0; i < spans->count; i++) {
        const struct md_rec_span *span = &spans->items[i];

        must(span->off <= size - base);
        must(span->len <= size - base - span->off);
        memset(gone + base + span->off, 1, (size_t)span->len);
    }
    md_rec_spans_release(spans);
}

/* @cuts  ascending */
static uint8_t *run_stream(const char *text, struct md_rec_view in,
                           const size_t cuts[CUTS])
{
    struct md_rec_secrets *secrets = make_secrets(text);
    struct md_rec_lane lane = {0};
    struct md_rec_spans spans = {0};
    uint8_t *gone = calloc(1, in.len + 1);
    size_t from = 0;
    size_t base = 0;

    must(gone != NULL);
    for (size_t i = 0; i <= CUTS; i++) {
        size_t to = i < CUTS ? cuts[i] : in.len;
        struct md_rec_view piece = {.data = in.data + from, .len = to - from};
        size_t decided =
            md_rec_lane_feed(&lane, secrets, piece, i == CUTS, &spans);

        cover(gone, in.len, base, &spans);
        base += decided;
        from = to;
    }
    must(base == in.len);
    md_rec_lane_release(&lane);
    md_rec_secrets_free(secrets);
    return gone;
}

/* The plain way to look for a text. */
static void check_text(const char *text, struct md_rec_view in,
                       const uint8_t *gone)
{
    size_t len = strlen(text);

    for (size_t at = 0; len > 0 && at + len <= in.len; at++) {
        if (memcmp(in.data + at, text, len) == 0) {
            for (size_t i = 0; i < len; i++) {
                must(gone[at + i] == 1);
            }
        }
    }
}

/* Nothing goes but a text, where there can be no pattern, no value and no text
 * as JSON spells it. */
static void check_rest(const char *text, struct md_rec_view in,
                       const uint8_t *gone)
{
    bool is_plain = memchr(in.data, '=', in.len) == NULL &&
                    memchr(in.data, '-', in.len) == NULL &&
                    memchr(in.data, '\\', in.len) == NULL;

    for (size_t at = 0; is_plain && at < in.len; at++) {
        must(gone[at] == 0 ||
             (text[0] != '\0' && strchr(text, in.data[at]) != NULL));
    }
}

static bool is_json(const uint8_t *data, size_t len)
{
    struct md_rec_bytes out = md_rec_bytes_new(len + 1);
    bool is_good = md_rec_json_compact(&out, data, len);

    md_rec_bytes_release(&out);
    return is_good;
}

/* A body: JSON stays JSON, unless what is secret stands outside of strings. */
static void check_body(struct md_rec_view in)
{
    struct md_rec_secrets *secrets = make_secrets("");
    struct md_rec_spans spans = {0};
    uint8_t *copy = malloc(in.len + 1);
    uint8_t *gone = calloc(1, in.len + 1);

    must(copy != NULL && gone != NULL);
    memcpy(copy, in.data, in.len);
    md_rec_secrets_body(secrets, in.data, in.len, &spans);
    cover(gone, in.len, 0, &spans);
    for (size_t i = 0; i < in.len; i++) {
        copy[i] = gone[i] != 0 ? MD_REC_FILLER : copy[i];
    }
    if (is_json(in.data, in.len) && (in.data[0] == '{' || in.data[0] == '[')) {
        must(is_json(copy, in.len));
    }
    free(copy);
    free(gone);
    md_rec_secrets_free(secrets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[SECRET_MAX + 1] = "";
    size_t cuts[CUTS] = {0};
    const size_t whole[CUTS] = {0};
    struct md_rec_view in = {0};
    uint8_t *a = NULL;
    uint8_t *b = NULL;

    if (size < CUTS + SECRET_MAX + 1) {
        return 0;
    }
    memcpy(text, data + CUTS, SECRET_MAX);
    in = (struct md_rec_view){.data = data + CUTS + SECRET_MAX,
                              .len = size - CUTS - SECRET_MAX};
    for (size_t i = 0; i < CUTS; i++) {
        cuts[i] = data[i] % (in.len + 1);
        cuts[i] = i > 0 && cuts[i] < cuts[i - 1] ? cuts[i - 1] : cuts[i];
    }
    a = run_stream(text, in, whole);
    b = run_stream(text, in, cuts);
    must(memcmp(a, b, in.len) == 0);
    check_text(text, in, a);
    check_rest(text, in, a);
    check_body(in);
    free(a);
    free(b);
    return 0;
}
