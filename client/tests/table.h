/* SPDX-License-Identifier: MIT */
/* table.h - make each row of a table a cmocka test with the row's name. */
#ifndef TESTS_TABLE_H
#define TESTS_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A NUL may be inside. */
#define BYTES(s) .bytes = (s), .len = sizeof(s) - 1

/*
 * Add a test for each row to @tests. @rows is an array of structs whose first
 * member is const char *name; the test finds its row in *state.
 */
static inline void add_rows(struct CMUnitTest *tests, CMUnitTestFunction test,
                            void *rows, size_t count, size_t row_size)
{
    for (size_t i = 0; i < count; i++) {
        char *row = (char *)rows + i * row_size;

        tests[i] = (struct CMUnitTest){.name = *(const char **)(void *)row,
                                       .test_func = test,
                                       .initial_state = row};
    }
}

#define ADD_ROWS(tests, test, rows)                                            \
    add_rows(tests, test, rows, COUNT_OF(rows), sizeof((rows)[0]))

#endif
