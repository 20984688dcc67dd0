/* SPDX-License-Identifier: MIT */
/*
 * test_tools_nomem.c - the tools when memory runs out.
 *
 * The linker leads their allocations through here. A clean run counts them;
 * then each one in turn fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "desk.h"
#include "session.h"
#include "tools.h"

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's --wrap names them */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

static size_t allocations;
static size_t failing = SIZE_MAX; /* index of the one that fails */

static bool is_refused(void)
{
    allocations++;
    return allocations - 1 == failing;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_refused() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return is_refused() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return is_refused() ? NULL : __real_strndup(text, len);
}
/* NOLINTEND(bugprone-reserved-identifier) */

struct row {
    const char *name;
    desk_tool_fn tool;
    const char *args;
    int status; /* with all the memory there is */
};

static struct row rows[] = {
    {"lint", md_tool_lint, "d", 0},
    {"lint_a_mistake", md_tool_lint, "--json e/wrong.execcast", 4},
    {"fix", md_tool_lint, "--fix e/wrong.execcast", 0},
    {"show", md_tool_show, "--bytes 0 d/a.execcast", 0},
    {"show_json", md_tool_show, "--json d/a.execcast", 0},
    {"diff", md_tool_diff, "--segments d d", 0},
    {"lint_a_script", md_tool_lint, "s", 0},
    {"lint_a_wrong_script", md_tool_lint, "e/script.execcast", 4},
    {"fix_a_script", md_tool_lint, "--fix s/a.execcast", 0},
    {"show_a_script", md_tool_show, "--bytes 0 s/a.execcast", 0},
    {"show_a_script_as_json", md_tool_show, "--json s/a.execcast", 0},
    {"diff_scripts", md_tool_diff, "s s", 0},
};

static int tear_down(void **state)
{
    failing = SIZE_MAX;
    return desk_tear_down(state);
}

static void write_files(void)
{
    static const char text[] =
        SESSION "[1,\"<\",\"" OUT
                "\"]\n[1,\"<.\"]\n" INSPECT("exited", "{\\\"ExitCode\\\":0}")
                    INSPECT("created", "x");

    static const char script[] = SCRIPT
        "{\"on\":\"POST /containers/{NAME}/exec\",\"match\":{\"subset\":{"
        "\"Cmd\":[\"a\"],\"Tty\":false},\"pattern\":{\"User\":\"^$\"}},"
        "\"makes\":\"EID1\"}\n"
        "{\"on\":\"POST /exec/{EID1}/start\",\"stream\":\"s1\"}\n"
        "{\"stream\":\"s1\"}\n[\"<1\",\"a\"]\n"
        "[\"<\",{\"file\":\"x.bin\",\"off\":0,\"len\":9}]\n";

    desk_write("s/a.execcast", script, sizeof(script) - 1);
    desk_write("s/x.bin", "\1\0\0\0\0\0\0\1x", 9);
    desk_write("e/script.execcast", script, sizeof(script) - 1);
    desk_write("d/a.execcast", text, strlen(text));
    desk_run(md_tool_lint, "lint", "--fix d/a.execcast");
    desk_write("e/wrong.execcast", text, strlen(text));
}

static void nomem__row(void **state)
{
    const struct row *row = *state;
    size_t total = 0;

    write_files();
    allocations = 0;
    desk_run(row->tool, "tool", row->args);
    assert_int_equal(desk.status, row->status);
    total = allocations;
    assert_true(total > 10);

    for (size_t i = 0; i < total; i++) {
        write_files();
        allocations = 0;
        failing = i;
        desk_run(row->tool, "tool", row->args);
        failing = SIZE_MAX;
        /* a mistake may have been found before */
        assert_true(desk.status == MD_STATUS_ENVIRONMENT ||
                    (desk.status == MD_STATUS_FIXTURE &&
                     row->status == MD_STATUS_FIXTURE));
        assert_non_null(strstr(desk.err, "out of memory"));
    }
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows)];

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = nomem__row,
                                       .setup_func = desk_set_up,
                                       .teardown_func = tear_down,
                                       .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("tools_nomem", tests, NULL, NULL);
}
