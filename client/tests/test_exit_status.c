/* SPDX-License-Identifier: MIT */
/* test_exit_status.c - what a refused start comes to. */
#include <stdio.h>
#include <stdlib.h>

#include "exit_status.h"
#include "table.h"

struct row {
    const char *name;
    enum dexec_code code;
    const char *message; /* as measured where a version is named */
    int status;
};

static struct row rows[] = {
    {"refused__docker_20_10_not_found", DEXEC_E_HTTP,
     "start exec 0d79: OCI runtime exec failed: exec failed: unable to start "
     "container process: exec: \"nope\": executable file not found in $PATH: "
     "unknown",
     127},
    {"refused__docker_20_10_no_such_path", DEXEC_E_HTTP,
     "start exec df2a: OCI runtime exec failed: exec failed: unable to start "
     "container process: exec: \"/nope\": stat /nope: no such file or "
     "directory: unknown",
     127},
    {"refused__docker_20_10_permission", DEXEC_E_HTTP,
     "start exec 582b: OCI runtime exec failed: exec failed: unable to start "
     "container process: exec: \"/etc\": permission denied: unknown",
     126},
    {"refused__podman_4_3_not_found", DEXEC_E_HTTP,
     "start exec 4ec9: runc: exec failed: unable to start container process: "
     "exec: \"nope\": executable file not found in $PATH: OCI runtime "
     "attempted to invoke a command that was not found",
     127},
    {"refused__podman_4_3_permission", DEXEC_E_HTTP,
     "start exec 2192: runc: exec failed: unable to start container process: "
     "exec: \"/etc\": permission denied: OCI permission denied",
     126},
    {"refused__crun_not_found", DEXEC_E_HTTP,
     "crun: executable file `nope` not found in $PATH: No such file or "
     "directory",
     127},
    {"refused__crun_permission", DEXEC_E_HTTP,
     "crun: open executable: Permission denied", 126},
    {"refused__directory", DEXEC_E_HTTP, "exec /etc: is a directory", 126},
    {"refused__other_reason", DEXEC_E_HTTP, "start exec 4f2a: out of luck",
     125},
    {"refused__no_such_exec", DEXEC_E_NOT_FOUND, "no such file or directory",
     125},
    {"refused__socket_is_not_ours", DEXEC_E_CONNECT,
     "connect to unix:///run/d.sock: permission denied", 125},
};

static void refused__row(void **state)
{
    const struct row *row = *state;
    struct dexec_error err = {.code = row->code};

    (void)snprintf(err.message, sizeof(err.message), "%s", row->message);
    assert_int_equal(exit_status_of_start(&err), row->status);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows)];

    ADD_ROWS(tests, refused__row, rows);
    return cmocka_run_group_tests_name("exit_status", tests, NULL, NULL);
}
