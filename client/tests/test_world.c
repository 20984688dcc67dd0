/* SPDX-License-Identifier: MIT */
/* test_world.c - the real environment and real files, in a folder of its own.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "table.h"
#include "world.h"

#define LIMIT 5000U /* more than one read's worth */

static char folder[] = "/tmp/test_world.XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[64];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put_file(const char *name, size_t len)
{
    FILE *file = fopen(in_folder(name), "w");

    assert_non_null(file);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(fputc('a' + (int)(i % 26), file), 'a' + (int)(i % 26));
    }
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || mkfifo(in_folder("pipe"), 0600) != 0) {
        return -1;
    }
    put_file("empty", 0);
    put_file("longest", LIMIT);
    put_file("too_long", LIMIT + 1);
    put_file("loop", 0);
    return unlink(in_folder("loop")) == 0 &&
                   symlink("loop", in_folder("loop")) == 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"pipe", "empty", "longest", "too_long",
                                        "loop"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)unlink(in_folder(names[i]));
    }
    return rmdir(folder);
}

struct row {
    const char *name;
    const char *file;
    bool exists;
    size_t len;
    const char *message; /* NULL = read */
};

static struct row rows[] = {
    {"world__reads_an_empty_file", "empty", true, 0, NULL},
    {"world__reads_to_the_limit", "longest", true, LIMIT, NULL},
    {"world__file_is_missing", "none", false, 0, NULL},
    {"world__folder_of_the_file_is_a_file", "empty/none", false, 0, NULL},
    {"world__file_over_the_limit", "too_long", false, 0,
     "too_long: longer than 5000 bytes"},
    {"world__folder_in_place_of_a_file", ".", false, 0, "not a regular file"},
    {"world__pipe_in_place_of_a_file", "pipe", false, 0, "not a regular file"},
    {"world__file_that_cannot_be_opened", "loop", false, 0,
     "loop: cannot be read: too many levels of symbolic links"},
};

static void world__row(void **state)
{
    const struct row *row = *state;
    struct dx_world world = dx_world_system();
    struct dx_mem mem = {0};
    struct dx_buf buf = {0};
    struct dexec_error err = {0};
    bool exists = !row->exists;
    enum dexec_code rc = DEXEC_OK;

    assert_true(dx_mem_init(&mem, NULL));
    dx_buf_init(&buf, &mem, LIMIT);
    rc = world.read_file(world.user, in_folder(row->file), &buf, &exists, &err);

    if (row->message != NULL) {
        assert_int_equal(rc, DEXEC_E_INVALID);
        assert_non_null(strstr(err.message, row->message));
        assert_int_equal(exists, !row->exists);
    } else {
        assert_int_equal(rc, DEXEC_OK);
        assert_int_equal(exists, row->exists);
        assert_int_equal(buf.len, row->len);
        assert_true(buf.len == 0 || buf.data[buf.len - 1] ==
                                        'a' + (uint8_t)((buf.len - 1) % 26));
    }
    dx_buf_release(&buf);
}

static void world__looks_for_files(void **state)
{
    struct dx_world world = dx_world_system();

    (void)state;
    assert_true(world.exists(world.user, in_folder("pipe")));
    assert_true(world.exists(world.user, folder));
    assert_false(world.exists(world.user, in_folder("none")));
}

static void world__tells_the_environment_and_the_user(void **state)
{
    struct dx_world world = dx_world_system();

    (void)state;
    assert_int_equal(setenv("TEST_WORLD", "x y", 1), 0);
    assert_string_equal(world.get_env(world.user, "TEST_WORLD"), "x y");
    assert_int_equal(unsetenv("TEST_WORLD"), 0);
    assert_null(world.get_env(world.user, "TEST_WORLD"));
    assert_int_equal(world.uid, getuid());
}

static void *no_memory(void *user, void *piece, size_t size)
{
    (void)user;
    (void)piece;
    (void)size;
    return NULL;
}

static void world__runs_out_of_memory(void **state)
{
    struct dx_world world = dx_world_system();
    struct dx_mem mem = {.calls = {.resize = no_memory}};
    struct dx_buf buf = {0};
    struct dexec_error err = {0};
    bool exists = false;

    (void)state;
    dx_buf_init(&buf, &mem, LIMIT);
    assert_int_equal(
        world.read_file(world.user, in_folder("longest"), &buf, &exists, &err),
        DEXEC_E_NOMEM);
    assert_int_equal(err.code, DEXEC_E_NOMEM);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 3] = {
        cmocka_unit_test(world__looks_for_files),
        cmocka_unit_test(world__tells_the_environment_and_the_user),
        cmocka_unit_test(world__runs_out_of_memory),
    };

    ADD_ROWS(tests + 3, world__row, rows);
    return cmocka_run_group_tests_name("world", tests, set_up, tear_down);
}
