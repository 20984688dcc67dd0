/* SPDX-License-Identifier: MIT */
/*
 * check_terminal.c - check_terminal DEXEC HOST CONTAINER: is dexec on a
 * terminal all right with a real engine? A line a check. The container needs
 * busybox, or what goes by the same names.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pty_session.h"

#define DETACH "\x10\x11"
#define CTRL_C "\x03"
#define TAIL 300 /* bytes of output that a failed check shows */

struct check {
    const char *dexec;
    const char *host;
    const char *container;
    struct pty_session *session;
    unsigned passed;
    unsigned failed;
};

static void show_tail(const struct pty_session *session)
{
    size_t len = 0;
    const char *output = pty_output(session, &len);

    for (size_t i = len < TAIL ? 0 : len - TAIL; i < len; i++) {
        (void)putchar(output[i] >= ' ' || output[i] == '\n' ? output[i] : '.');
    }
    (void)putchar('\n');
}

static bool check(struct check *check, const char *what, bool holds)
{
    (void)printf("%s %s\n", holds ? "ok    " : "FAILED", what);
    if (!holds && check->session != NULL) {
        show_tail(check->session);
    }
    check->passed += holds;
    check->failed += !holds;
    return holds;
}

/* Run dexec with these words behind -H HOST; CONTAINER is among them. */
static bool begin(struct check *check, ...)
{
    const char *argv[32] = {check->dexec, "-H", check->host};
    size_t count = 3;
    va_list words;

    va_start(words, check);
    do {
        argv[count] = va_arg(words, const char *);
    } while (argv[count++] != NULL);
    va_end(words);
    check->session = pty_start(argv, 33, 101);
    return check->session != NULL;
}

static void end(struct check *check)
{
    pty_free(check->session);
    check->session = NULL;
}

static bool type(const struct check *check, const char *keys)
{
    return pty_type(check->session, keys, strlen(keys));
}

static bool says(const struct check *check, const char *text)
{
    return pty_expect(check->session, text);
}

/* Quotes inside a word: its echo is not mistaken for what it prints. */
static bool has_size(const struct check *check, const char *size)
{
    char line[128];

    (void)snprintf(line, sizeof(line),
                   "until [ \"$(stty size)\" = '%s' ]; do :; done; "
                   "echo si'ze: %s'\r",
                   size, size);
    if (!type(check, line)) {
        return false;
    }
    (void)snprintf(line, sizeof(line), "size: %s", size);
    return says(check, line);
}

static bool exits(const struct check *check, int code)
{
    int status = 0;

    return pty_wait(check->session, &status) && WIFEXITED(status) &&
           WEXITSTATUS(status) == code;
}

static bool is_cooked(const struct check *check)
{
    const struct termios *before = pty_mode_before(check->session);
    struct termios now;

    return pty_mode(check->session, &now) && now.c_iflag == before->c_iflag &&
           now.c_oflag == before->c_oflag && now.c_lflag == before->c_lflag;
}

static void check_shell(struct check *c)
{
    if (!check(c, "a shell starts",
               begin(c, "-it", c->container, "sh", NULL) &&
                   type(c, "echo he'llo'\r") && says(c, "hello"))) {
        end(c);
        return;
    }
    check(c, "the terminal is raw", !is_cooked(c));
    check(c, "it has our size", has_size(c, "33 101"));
    check(c, "a new size arrives",
          pty_resize(c->session, 40, 120) && has_size(c, "40 120"));
    check(c, "and another one",
          pty_resize(c->session, 24, 80) && has_size(c, "24 80"));
    check(c, "ctrl-c interrupts a command",
          type(c, "echo sle'eps'; sleep 1000\r") && says(c, "sleeps") &&
              type(c, CTRL_C "echo co'de'=$?\r") && says(c, "code=130"));
    check(c, "ctrl-p alone is passed on", /* the shell's history */
          type(c, "echo hist'ory'\r") && says(c, "history") &&
              type(c, "\x10\r") && says(c, "history"));
    check(c, "exit code 7 is ours", type(c, "exit 7\r") && exits(c, 7));
    check(c, "the terminal is put back", is_cooked(c));
    end(c);
}

static void check_detach(struct check *c, const char *file)
{
    char command[160];

    (void)snprintf(command, sizeof(command),
                   "echo $$ >%s; echo is up; exec sleep 1000", file);
    check(c, "ctrl-p ctrl-q detaches, with status 0",
          begin(c, "-it", c->container, "sh", "-c", command, NULL) &&
              says(c, "is up") && type(c, DETACH) && exits(c, 0));
    check(c, "the terminal is put back", is_cooked(c));
    end(c);
}

/* Last of all: an engine may take a while to kill it. */
static void check_detached(struct check *c, const char *file)
{
    char command[160];

    (void)snprintf(command, sizeof(command), "kill $(cat %s) && rm %s", file,
                   file);
    check(c, "the detached command has gone on",
          begin(c, c->container, "sh", "-c", command, NULL) && exits(c, 0));
    end(c);
}

static void check_others(struct check *c)
{
    check(c, "no output is lost at the end",
          begin(c, "-it", c->container, "seq", "20000", NULL) && exits(c, 0) &&
              says(c, "\n19999\r\n20000\r\n"));
    end(c);
    check(c, "-t without -i",
          begin(c, "-t", c->container, "sh", "-c", "tty; exit 3", NULL) &&
              exits(c, 3) && says(c, "/dev/"));
    end(c);
    check(c, "ctrl-d ends input",
          begin(c, "-it", c->container, "cat", NULL) && type(c, "abc\r") &&
              says(c, "abc\r\nabc\r\n") && type(c, "\x04") && exits(c, 0));
    end(c);
    check(c, "--timeout ends with 124, terminal put back",
          begin(c, "-it", "--timeout", "500ms", c->container, "sleep", "2",
                NULL) &&
              exits(c, 124) && is_cooked(c));
    end(c);
    check(c, "a command that is not there: 126 or 127",
          begin(c, "-it", c->container, "no-such-command", NULL) &&
              (exits(c, 127) || says(c, "not found")) && is_cooked(c));
    end(c);
}

int main(int argc, char **argv)
{
    struct check c = {0};
    char file[64];

    if (argc != 4) {
        (void)fputs("usage: check_terminal DEXEC HOST CONTAINER\n", stderr);
        return 2;
    }
    c.dexec = argv[1];
    c.host = argv[2];
    c.container = argv[3];
    (void)snprintf(file, sizeof(file), "/tmp/check-terminal.%d", (int)getpid());
    check_shell(&c);
    check_detach(&c, file);
    check_others(&c);
    check_detached(&c, file);
    (void)printf("check-terminal: %u passed, %u failed\n", c.passed, c.failed);
    return c.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
