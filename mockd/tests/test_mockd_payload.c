/* SPDX-License-Identifier: MIT */
/* test_mockd_payload.c - every form of a payload, right and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "json.h"
#include "payload.h"

struct row {
    const char *name;
    const char *json;
    const char *bytes;
    size_t len;
    const char *error; /* NULL = it is read */
};

#define BYTES(s) .bytes = (s), .len = sizeof(s) - 1

static struct row rows[] = {
    {.name = "plain_text", .json = "\"out\"", BYTES("out")},
    {.name = "empty_text", .json = "\"\"", BYTES("")},
    {.name = "escapes_of_both_cases",
     .json = "\"%00%0a%FFx%25\"",
     BYTES("\0\n\xFFx%")},
    {.name = "utf8_stays", .json = "\"\xC3\xA9\"", BYTES("\xC3\xA9")},
    {.name = "text_is_not_unescaped",
     .json = "{\"text\":\"%41\\n\"}",
     BYTES("%41\n")},
    {.name = "base64_without_padding",
     .json = "{\"b64\":\"AAEC\"}",
     BYTES("\0\1\2")},
    {.name = "base64_one_pad", .json = "{\"b64\":\"AAE=\"}", BYTES("\0\1")},
    {.name = "base64_two_pads", .json = "{\"b64\":\"/w==\"}", BYTES("\xFF")},
    {.name = "fill_is_cut",
     .json = "{\"fill\":\"4142\",\"len\":5}",
     BYTES("ABABA")},
    {.name = "fill_of_nothing",
     .json = "{\"fill\":\"00\",\"len\":0}",
     BYTES("")},
    {.name = "piece_of_a_file",
     .json = "{\"file\":\"bytes.bin\",\"off\":3,\"len\":4}",
     BYTES("3456")},
    {.name = "escape_cut",
     .json = "\"ab%4\"",
     .error = "payload: bad escape \"%4\"; write %HH, and %25 for a percent "
              "sign"},
    {.name = "escape_not_hex",
     .json = "\"%4G\"",
     .error = "payload: bad escape \"%4G\"; write %HH, and %25 for a percent "
              "sign"},
    {.name = "base64_of_wrong_length",
     .json = "{\"b64\":\"AAE\"}",
     .error = "payload: \"AAE\" is not padded base64"},
    {.name = "base64_with_pad_inside",
     .json = "{\"b64\":\"AA==AAEC\"}",
     .error = "payload: \"AA==AAEC\" is not padded base64"},
    {.name = "fill_of_odd_digits",
     .json = "{\"fill\":\"414\",\"len\":5}",
     .error = "payload: fill \"414\" is not pairs of hex digits"},
    {.name = "fill_of_no_digits",
     .json = "{\"fill\":\"\",\"len\":5}",
     .error = "payload: fill \"\" is not pairs of hex digits"},
    {.name = "fill_without_len",
     .json = "{\"fill\":\"41\",\"len\":-1}",
     .error = "payload: fill needs hex digits and a len in bytes"},
    {.name = "fill_over_the_limit",
     .json = "{\"fill\":\"41\",\"len\":16777217}",
     .error = "payload: over 16777216 bytes; split it into several events"},
    {.name = "file_with_slash",
     .json = "{\"file\":\"../bytes.bin\",\"off\":0,\"len\":1}",
     .error = "payload: file \"../bytes.bin\" must be a bare name, without a "
              "slash"},
    {.name = "file_dot_dot",
     .json = "{\"file\":\"..\",\"off\":0,\"len\":1}",
     .error = "payload: file \"..\" must be a bare name, without a slash"},
    {.name = "file_missing",
     .json = "{\"file\":\"no.bin\",\"off\":0,\"len\":1}",
     .error = "payload: file no.bin: No such file or directory; it belongs "
              "beside this file"},
    {.name = "file_is_a_symlink",
     .json = "{\"file\":\"link.bin\",\"off\":0,\"len\":1}",
     .error = "payload: file link.bin is not a regular file"},
    {.name = "file_too_short",
     .json = "{\"file\":\"bytes.bin\",\"off\":8,\"len\":3}",
     .error = "payload: file bytes.bin has 10 bytes, 11 are needed"},
    {.name = "file_without_off",
     .json = "{\"file\":\"bytes.bin\",\"off\":1.5,\"len\":1}",
     .error = "payload: file needs a name, off and len in bytes"},
    {.name = "number",
     .json = "7",
     .error = "payload: not a string, {text}, {b64}, {file, off, len} or "
              "{fill, len}"},
    {.name = "two_forms",
     .json = "{\"text\":\"a\",\"b64\":\"AAEC\"}",
     .error = "payload: not a string, {text}, {b64}, {file, off, len} or "
              "{fill, len}"},
};

struct world {
    struct md_arena arena;
    struct md_payload_home home;
    struct md_json *json;
};

static struct world world;

static int set_up(void **state)
{
    (void)state;
    world = (struct world){0};
    world.home = (struct md_payload_home){.arena = &world.arena,
                                          .folder = FIXTURES_DIR "/payload"};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    md_payload_home_release(&world.home);
    md_arena_release(&world.arena);
    md_json_free(world.json);
    return 0;
}

/* What was read must not depend on how it is cut into reads. */
static void check_read_cut_at(const struct md_payload *payload,
                              const struct row *row, size_t cut)
{
    char got[64];

    assert_int_equal(md_payload_read(payload, 0, got, cut, NULL), MOCKD_OK);
    assert_int_equal(
        md_payload_read(payload, cut, got + cut, row->len - cut, NULL),
        MOCKD_OK);
    assert_memory_equal(got, row->bytes, row->len);
}

static void payload__row(void **state)
{
    const struct row *row = *state;
    struct md_payload payload = {0};
    struct mockd_error err = {0};
    enum mockd_code rc = MOCKD_OK;

    assert_int_equal(
        md_json_parse(row->json, strlen(row->json), &world.json, NULL),
        MOCKD_OK);

    rc = md_payload_parse(world.json, &world.home, &payload, &err);

    if (row->error != NULL) {
        assert_int_equal(rc, MOCKD_E_FIXTURE);
        assert_string_equal(err.message, row->error);
        return;
    }
    assert_string_equal(err.message, "");
    assert_int_equal(rc, MOCKD_OK);
    assert_int_equal(payload.len, row->len);
    for (size_t cut = 0; cut <= row->len; cut++) {
        check_read_cut_at(&payload, row, cut);
    }
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows)];

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = payload__row,
                                       .setup_func = set_up,
                                       .teardown_func = tear_down,
                                       .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_payload", tests, NULL, NULL);
}
