/* SPDX-License-Identifier: MIT */
/* settings.c - group E15: environment, working directory, user, arguments. */
#include "exec.h"
#include "program.h"

#define ENV(...)                                                               \
    (const char *const[])                                                      \
    {                                                                          \
        __VA_ARGS__, NULL                                                      \
    }
#define RUN(...)                                                               \
    &(const struct dry_script)                                                 \
    {                                                                          \
        __VA_ARGS__                                                            \
    }

static void check_long_argument(struct dry_run *run)
{
    static const struct dry_bytes content = {.count_to_len = 65536,
                                             .separator = ','};
    const struct dry_buffer *bytes = dry_bytes_make(run, &content);
    struct dry_buffer *argument = dry_run_bytes(run);
    const char *cmd[] = {"printf", "%s", NULL, NULL};
    struct dry_command command = {.cmd = cmd};

    if (!dry_buffer_add(argument, bytes->data, bytes->len) ||
        !dry_buffer_add(argument, "", 1)) {
        dry_run_error(run, "no memory for the argument");
    }
    cmd[2] = (const char *)argument->data;
    dry_expect_output(run, dry_execute(run, &command, NULL), DEXEC_KIND_STDOUT,
                      &content);
}

static const struct dry_case cases[] = {
    {.id = "E15.1.1",
     .name = "a variable of Env is seen by the command",
     .rules = "EX-CREATE-07",
     .source = "doc 1.25",
     .why = "secrets and settings are passed this way",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "echo \"$DRYDOCK_A/$DRYDOCK_B\"",
                             .env = ENV("DRYDOCK_A=one", "DRYDOCK_B=two")},
                 .out = DRY_BYTES("one/two\n"))},
    {.id = "E15.1.2",
     .name = "a variable of Env overrides the container's own",
     .rules = "EX-CREATE-07",
     .source = "doc 1.25",
     .why = "PATH of the container in place of the one that was asked for",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "echo \"$PATH\"",
                             .env = ENV("PATH=/drydock:/bin:/usr/bin")},
                 .out = DRY_BYTES("/drydock:/bin:/usr/bin\n"))},
    {.id = "E15.1.3",
     .name = "of two entries for one variable the later wins",
     .level = DRY_DE_FACTO,
     .rules = "EX-CREATE-07",
     .source = "D 20.10-28.5, P 4.3-5.8",
     .why = "--env-file first, --env after it",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "echo \"$DRYDOCK_TWICE\"",
                             .env = ENV("DRYDOCK_TWICE=first",
                                        "DRYDOCK_TWICE=second")},
                 .out = DRY_BYTES("second\n"))},
    {.id = "E15.1.4",
     .name = "a value keeps blanks, equals signs, quotes and line feeds",
     .rules = "EX-CREATE-07",
     .source = "doc 1.25",
     .why = "a value is split at the first equals sign only",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "printf '%s|' \"$DRYDOCK_ODD\"",
                             .env = ENV("DRYDOCK_ODD= a=b \"c\" 'd'\n$e \\f ")},
                 .out = DRY_BYTES(" a=b \"c\" 'd'\n$e \\f |"))},
    {.id = "E15.1.5",
     .name = "a value that is not ASCII arrives as it is",
     .rules = "EX-CREATE-07",
     .source = "doc 1.25",
     .why = "JSON is UTF-8; a Latin-1 detour shows here",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "printf %s \"$DRYDOCK_UTF8\"",
                             .env = ENV("DRYDOCK_UTF8=gr\303\274n "
                                        "\346\260\264 \360\237\220\263")},
                 .out = DRY_BYTES("gr\303\274n \346\260\264 "
                                  "\360\237\220\263"))},
    {.id = "E15.1.6",
     .name = "an empty value is a variable that is set",
     .rules = "EX-CREATE-07",
     .source = "D, P",
     .why = "set and empty is not the same as not set",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "echo \"${DRYDOCK_EMPTY-not set}.\"",
                             .env = ENV("DRYDOCK_EMPTY=")},
                 .out = DRY_BYTES(".\n"))},
    {.id = "E15.2.1",
     .name = "the command starts in WorkingDir",
     .rules = "EX-CREATE-09",
     .source = "doc 1.35",
     .why = "relative paths of a build go to the wrong place",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "pwd", .working_dir = "/etc"},
                 .out = DRY_BYTES("/etc\n"))},
    {.id = "E15.2.2",
     .name = "without WorkingDir the command starts in the container's",
     .rules = "EX-CREATE-09",
     .source = "doc 1.35; / where the image says none",
     .why = "the daemon's own folder must not show",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "pwd; exit 1"}, .out = DRY_BYTES("/\n"),
                 .exit_code = 1)},
    {.id = "E15.3.1",
     .name = "User as uid:gid is who the command runs as",
     .rules = "EX-CREATE-10",
     .source = "doc 1.15",
     .why = "root in place of a user is a hole",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "id -u; id -g", .user = "1234:5678"},
                 .out = DRY_BYTES("1234\n5678\n"))},
    {.id = "E15.3.2",
     .name = "User as a bare uid has group 0",
     .level = DRY_DE_FACTO,
     .rules = "EX-CREATE-10",
     .source = "D 20.10-28.5, P 4.3-5.8",
     .why = "files that belong to the wrong group",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "id -u; id -g", .user = "4321"},
                 .out = DRY_BYTES("4321\n0\n"))},
    {.id = "E15.3.3",
     .name = "User as a name is looked up in the container",
     .rules = "EX-CREATE-10",
     .source = "doc 1.15",
     .why = "the daemon's own users are others",
     .check = dry_check_script,
     .data = RUN(.command = {.script = "id -u; id -g", .user = "root"},
                 .out = DRY_BYTES("0\n0\n"))},
    {.id = "E15.4.1",
     .name = "empty, odd and non-ASCII arguments arrive as they are",
     .rules = "EX-CREATE-11",
     .source = "doc 1.15",
     .why = "an empty argument that is dropped moves all after it",
     .check = dry_check_script,
     .data = RUN(.command = {.cmd =
                                 (const char *const[]){
                                     "sh", "-c", "printf '[%s]' \"$@\"",
                                     "E15.4.1", "", "a b", "$HOME", "*",
                                     "gr\303\274n", "\"\\\n", "", NULL}},
                 .out = DRY_BYTES("[][a b][$HOME][*][gr\303\274n][\"\\\n][]"))},
    {.id = "E15.4.2",
     .name = "the command is not given to a shell",
     .rules = "EX-CREATE-11",
     .source = "doc 1.15",
     .why = "what a shell would do with it is an injection",
     .check = dry_check_script,
     .data =
         RUN(.command = {.cmd = (const char *const[]){"echo", "$HOME;", "`id`",
                                                      "E15.4.2", NULL}},
             .out = DRY_BYTES("$HOME; `id` E15.4.2\n"))},
    {.id = "E15.4.3",
     .name = "an argument of 64 KiB arrives whole",
     .rules = "EX-CREATE-11",
     .source = "D 20.10-28.5, P 4.3-5.8",
     .why = "a fixed buffer for the command line",
     .check = check_long_argument},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "settings", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
