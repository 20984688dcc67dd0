/* SPDX-License-Identifier: MIT */
#include "ctl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum status {
    STATUS_OK = 0,
    STATUS_REFUSED = 1,
    STATUS_USAGE = 2,
    STATUS_ENVIRONMENT = 3
};

static const char usage[] =
    "usage: mockd ctl SOCKET VERB [JSON]\n"
    "\n"
    "Send one request to the admin socket of a mock (mockd serve --admin) and\n"
    "print its answer, a line of JSON. SOCKET is a path, unix:PATH or\n"
    "unix:///PATH; JSON an object of what the verb takes:\n"
    "\n"
    "  health                                   how it does\n"
    "  arm {\"fault\":FAULT}                      make something go wrong\n"
    "  disarm {\"fault\":N}                       not any more; 0, or none: "
    "all\n"
    "  faults                                   those that are armed\n"
    "  load {\"path\":PATH}                       more fixtures\n"
    "  journal {\"since\":N,\"filter\":{...}}       what happened\n"
    "  unmatched                                what no recording answered\n"
    "  wait {\"since\":N,\"filter\":{...},\"timeout_ms\":N}\n"
    "                                           until an entry fits\n"
    "  execs                                    those there are\n"
    "  check {\"allow_unused\":true}              is all as it should be?\n"
    "  release {\"exec\":ID}                     see \"until_released\"\n"
    "  reset                                    begin anew\n"
    "  step {\"connection\":N,\"count\":N}         more pieces, with --pace "
    "step\n"
    "  stop                                     end it\n"
    "\n"
    "Exit status: 0, 1 not ok, 2 usage, 3 no such socket.\n";

static int fail_usage(const char *text, const char *operand)
{
    (void)fprintf(stderr, "mockd ctl: %s%s; see mockd ctl --help\n", text,
                  operand);
    return STATUS_USAGE;
}

static int fail_errno(const char *what)
{
    (void)fprintf(stderr, "mockd ctl: %s: %s\n", what, strerror(errno));
    return STATUS_ENVIRONMENT;
}

static const char *path_of(const char *socket)
{
    if (strncmp(socket, "unix:", 5) != 0) {
        return socket;
    }
    socket += 5;
    return strncmp(socket, "//", 2) == 0 ? socket + 2 : socket;
}

/* -1 with errno. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = -1;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        int failure = errno;

        (void)close(fd);
        errno = failure;
        return -1;
    }
    return fd;
}

static bool send_text(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);

        if (sent < 0 && errno != EINTR) {
            return false;
        }
        text += sent > 0 ? sent : 0;
        len -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

/* {"verb":VERB and the members of @json, which begins with a brace. */
static bool send_request(int fd, const char *verb, const char *json)
{
    const char *members = json + 1 + strspn(json + 1, " \t\r\n");
    const char *comma = *members == '}' ? "" : ",";

    return send_text(fd, "{\"verb\":\"", 9) &&
           send_text(fd, verb, strlen(verb)) && send_text(fd, "\"", 1) &&
           send_text(fd, comma, strlen(comma)) &&
           send_text(fd, members, strlen(members)) && send_text(fd, "\n", 1);
}

/* Print the answer, which begins with {"ok":true when the mock did it. */
static int print_answer(int fd)
{
    static const char good[] = "{\"ok\":true";
    char start[sizeof(good) - 1] = "";
    char page[65536];
    size_t total = 0;
    char last = '\0';

    while (last != '\n') {
        ssize_t got = recv(fd, page, sizeof(page), 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            errno = got == 0 ? ECONNRESET : errno;
            return fail_errno("the mock went away");
        }
        for (size_t i = 0; total + i < sizeof(start) && i < (size_t)got; i++) {
            start[total + i] = page[i];
        }
        total += (size_t)got;
        last = page[got - 1];
        (void)fwrite(page, 1, (size_t)got, stdout);
    }
    if (fflush(stdout) != 0) {
        return fail_errno("standard output");
    }
    return memcmp(start, good, sizeof(start)) == 0 ? STATUS_OK : STATUS_REFUSED;
}

int mockd_cli_ctl(int argc, char **argv)
{
    const char *json = argc > 3 ? argv[3] : "{}";
    int status = STATUS_OK;
    int fd = -1;

    if (argc == 2 &&
        (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        (void)fputs(usage, stdout);
        return STATUS_OK;
    }
    if (argc < 3 || argc > 4) {
        return fail_usage("it takes SOCKET VERB [JSON]", "");
    }
    if (strspn(argv[2], "abcdefghijklmnopqrstuvwxyz") != strlen(argv[2])) {
        return fail_usage("there is no verb ", argv[2]);
    }
    json += strspn(json, " \t\r\n");
    if (*json != '{' || strchr(json, '\n') != NULL) {
        return fail_usage("not a JSON object in one line: ", json);
    }
    fd = connect_to(path_of(argv[1]));
    if (fd < 0) {
        return fail_errno(argv[1]);
    }
    status = send_request(fd, argv[2], json) ? print_answer(fd)
                                             : fail_errno(argv[1]);
    (void)close(fd);
    return status;
}
