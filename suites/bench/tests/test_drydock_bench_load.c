/* SPDX-License-Identifier: MIT */
/* test_drydock_bench_load.c - the loads on servers do what they measure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "load.h"
#include "served.h"

#define SOME 40

static struct dry_served served;

static int tear_down(void **state)
{
    (void)state;
    dry_served_end(&served);
    return 0;
}

static void load__requests(void **state)
{
    struct dry_reading reading = {0};

    (void)state;
    assert_true(dry_serve_plain(&served));
    assert_true(dry_load_requests(served.socket, "/_ping", SOME, &reading));
    assert_true(reading.wall_ns > 0);
    dry_served_end(&served);
    assert_true(dry_serve_mock(MOCKD_PROGRAM, DRY_FIXTURE_PROFILE, &served));
    assert_true(dry_load_requests(served.socket, "/_ping", SOME, &reading));
    assert_false(dry_load_requests(served.socket, "/no", 1, &reading));
}

static void load__rounds(void **state)
{
    struct dry_reading reading = {0};

    (void)state;
    assert_true(dry_serve_mock(MOCKD_PROGRAM, DRY_FIXTURE_PROFILE, &served));
    assert_true(dry_load_rounds(served.socket, SOME, &reading));
    assert_true(dry_served_memory(&served, "VmRSS:") > 0);
}

static void load__open_streams(void **state)
{
    (void)state;
    assert_true(dry_serve_mock(MOCKD_PROGRAM, DRY_FIXTURE_OPEN, &served));
    assert_true(dry_load_idle(served.socket, SOME));
}

static void load__no_server(void **state)
{
    struct dry_reading reading = {0};

    (void)state;
    assert_false(dry_serve_mock("/nonexistent", DRY_FIXTURE_PROFILE, &served));
    assert_false(dry_load_rounds("/nonexistent", 1, &reading));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(load__requests, tear_down),
        cmocka_unit_test_teardown(load__rounds, tear_down),
        cmocka_unit_test_teardown(load__open_streams, tear_down),
        cmocka_unit_test_teardown(load__no_server, tear_down),
    };

    return cmocka_run_group_tests_name("drydock_bench_load", tests, NULL, NULL);
}
