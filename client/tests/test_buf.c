/* SPDX-License-Identifier: MIT */
/* test_buf.c - memory and the buffer that grows in it. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "fake_memory.h"
#include "mem.h"
#include "table.h"

struct fixture {
    struct fake_memory memory;
    struct dx_mem mem;
    struct dx_buf buf;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct dexec_allocator allocator = {0};

    if (fixture == NULL) {
        return -1;
    }
    allocator = fake_memory_allocator(&fixture->memory);
    if (!dx_mem_init(&fixture->mem, &allocator)) {
        return -1;
    }
    dx_buf_init(&fixture->buf, &fixture->mem, 1000);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    size_t live = 0;

    dx_buf_release(&fixture->buf);
    live = fixture->memory.live;
    free(fixture);
    return live == 0 ? 0 : -1;
}

static void buf__starts_empty_without_memory(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(dx_buf_text(&fixture->buf), "");
    assert_int_equal(fixture->memory.count, 0);
}

static void buf__grows_to_its_limit_and_no_further(void **state)
{
    struct fixture *fixture = *state;
    struct dx_buf *buf = &fixture->buf;

    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(dx_buf_append(buf, "x", 1), DEXEC_OK);
        assert_int_equal(strlen(dx_buf_text(buf)), i + 1);
    }
    assert_int_equal(dx_buf_append(buf, "x", 1), DEXEC_E_INVALID);

    assert_int_equal(buf->len, 1000);
    assert_int_equal(buf->size, 1001);
    assert_in_range(fixture->memory.count, 1, 4);
}

static void buf__failed_append_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct dx_buf *buf = &fixture->buf;
    char long_text[500] = {0};

    assert_int_equal(dx_buf_append_text(buf, "kept"), DEXEC_OK);
    fixture->memory.fail_at = fixture->memory.count + 1;
    assert_int_equal(dx_buf_append(buf, long_text, sizeof(long_text)),
                     DEXEC_E_NOMEM);

    assert_string_equal(dx_buf_text(buf), "kept");
    assert_int_equal(buf->len, 4);
}

static void buf__huge_append_does_not_wrap(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(dx_buf_append_text(&fixture->buf, "x"), DEXEC_OK);
    assert_int_equal(dx_buf_append(&fixture->buf, "x", SIZE_MAX),
                     DEXEC_E_INVALID);
}

static void buf__reset_keeps_the_memory(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(dx_buf_append_text(&fixture->buf, "abc"), DEXEC_OK);
    dx_buf_reset(&fixture->buf);

    assert_string_equal(dx_buf_text(&fixture->buf), "");
    assert_true(fixture->buf.size > 0);
}

static void buf__release_twice_is_harmless(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(dx_buf_append_text(&fixture->buf, "abc"), DEXEC_OK);
    dx_buf_release(&fixture->buf);
    dx_buf_release(&fixture->buf);
    assert_int_equal(fixture->memory.live, 0);
}

static void mem__multiply_tells_when_it_does_not_fit(void **state)
{
    size_t size = 7;

    (void)state;
    assert_true(dx_mem_multiply(3, 4, &size));
    assert_int_equal(size, 12);
    assert_true(dx_mem_multiply(SIZE_MAX, 0, &size));
    assert_int_equal(size, 0);
    assert_true(dx_mem_multiply(SIZE_MAX, 1, &size));
    assert_false(dx_mem_multiply(SIZE_MAX / 2 + 1, 2, &size));
    assert_int_equal(size, SIZE_MAX);
}

static void mem__needs_all_three_functions(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_allocator whole = fake_memory_allocator(&fixture->memory);
    struct dexec_allocator part = whole;
    struct dx_mem mem = {0};

    part.resize = NULL;
    assert_false(dx_mem_init(&mem, &part));
    part = whole;
    part.release = NULL;
    assert_false(dx_mem_init(&mem, &part));
    part = whole;
    part.alloc = NULL;
    assert_false(dx_mem_init(&mem, &part));
    assert_true(dx_mem_init(&mem, &whole));
    assert_true(dx_mem_init(&mem, NULL));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(buf__starts_empty_without_memory),
        TEST(buf__grows_to_its_limit_and_no_further),
        TEST(buf__failed_append_changes_nothing),
        TEST(buf__huge_append_does_not_wrap),
        TEST(buf__reset_keeps_the_memory),
        TEST(buf__release_twice_is_harmless),
        TEST(mem__multiply_tells_when_it_does_not_fit),
        TEST(mem__needs_all_three_functions),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
