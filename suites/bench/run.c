/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server.h"

#define PATH_SIZE 4096
#define LINE_SIZE 128    /* bytes of a reader's line */
#define LIMIT_MS 120000  /* of one run; the slowest peer takes 10 s */
#define EXIT_NO_EXEC 127 /* as a shell says it */

static uint64_t now_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

__attribute__((format(printf, 2, 3))) static bool fail(struct dry_turns *turns,
                                                       const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(turns->reason, sizeof(turns->reason), format, arguments);
    va_end(arguments);
    return false;
}

/* ---- one run ---- */

/* Is the reader's program here? If not, the turns say why. */
static bool find_program(const struct dry_place *place, struct dry_turns *turns,
                         char path[PATH_SIZE])
{
    const struct dry_reader *reader = turns->reader;
    FILE *why = NULL;

    if (reader->peer == NULL) {
        (void)snprintf(path, PATH_SIZE, "%s/%s", place->programs,
                       reader->loads      ? "serve"
                       : reader->attaches ? "attach"
                                          : "decode");
        return true;
    }
    (void)snprintf(path, PATH_SIZE, "%s/%s/run", place->peers, reader->peer);
    if (access(path, X_OK) == 0) {
        return true;
    }
    turns->is_missing = true;
    (void)fail(turns, "not built: run ci/bench");
    (void)snprintf(path, PATH_SIZE, "%s/%s/why", place->peers, reader->peer);
    why = fopen(path, "re");
    if (why != NULL) {
        if (fgets(turns->reason, sizeof(turns->reason), why) != NULL) {
            turns->reason[strcspn(turns->reason, "\n")] = '\0';
        }
        (void)fclose(why);
    }
    return false;
}

static pid_t start(const char *program, const struct dry_reader *reader,
                   const char *target, int *out_fd)
{
    int ends[2] = {-1, -1};
    pid_t pid = -1;

    if (pipe(ends) != 0) {
        return -1;
    }
    pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)setpgid(0, 0); /* a peer's run may be a shell: all of it is */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* killed when it is late */
        (void)execl(program, program, reader->mode, target, (char *)NULL);
        (void)fprintf(stderr, "%s: %s\n", program, strerror(errno));
        _exit(EXIT_NO_EXEC);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return -1;
    }
    *out_fd = ends[0];
    return pid;
}

/* What the child prints, to its end. False once LIMIT_MS are over. */
static bool listen_to(int fd, char line[LINE_SIZE])
{
    uint64_t end_ns = now_ns() + LIMIT_MS * UINT64_C(1000000);
    size_t len = 0;
    ssize_t got = 1;

    while (got != 0 && len + 1 < LINE_SIZE) {
        struct pollfd watched = {.fd = fd, .events = POLLIN};
        uint64_t now = now_ns();

        if (now >= end_ns ||
            poll(&watched, 1, (int)((end_ns - now) / 1000000)) == 0) {
            return false;
        }
        got = read(fd, line + len, LINE_SIZE - 1 - len);
        if (got < 0 && errno != EINTR) {
            return false;
        }
        len += got > 0 ? (size_t)got : 0;
    }
    line[len] = '\0';
    return true;
}

static bool parse(const char *line, struct dry_sample *sample)
{
    return sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
                  &sample->wall_ns, &sample->cpu_ns, &sample->bytes,
                  &sample->peak_kib) >= 3;
}

static bool check(struct dry_turns *turns, const char *line, int status,
                  const struct dry_shape_size *size, struct dry_sample *sample)
{
    uint64_t expected =
        turns->reader->is_undecoded ? size->stream : size->payload;

    if (!WIFEXITED(status)) {
        return fail(turns, "killed by signal %d", WTERMSIG(status));
    }
    if (WEXITSTATUS(status) != 0) {
        return fail(turns, "ended with %d", WEXITSTATUS(status));
    }
    if (!parse(line, sample)) {
        return fail(turns, "printed no line of three numbers");
    }
    if (!turns->reader->is_uncounted && sample->bytes != expected) {
        return fail(turns, "read %" PRIu64 " bytes of %" PRIu64, sample->bytes,
                    expected);
    }
    return true;
}

static bool run_once(const struct dry_place *place, struct dry_turns *turns,
                     const struct dry_shape_size *size)
{
    struct dry_sample *sample = &turns->samples[turns->count];
    const char *target = turns->reader->loads      ? place->mockd
                         : turns->reader->attaches ? place->socket
                                                   : place->file;
    char program[PATH_SIZE];
    char line[LINE_SIZE];
    struct rusage usage = {0};
    uint64_t started_ns = now_ns();
    int status = 0;
    int fd = -1;
    pid_t pid = -1;
    bool is_in_time = true;

    if (!find_program(place, turns, program)) {
        return false;
    }
    pid = start(program, turns->reader, target, &fd);
    if (pid < 0) {
        return fail(turns, "start %s: %s", program, strerror(errno));
    }
    is_in_time = listen_to(fd, line);
    if (!is_in_time) {
        (void)kill(-pid, SIGKILL);
    }
    (void)close(fd);
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    *sample = (struct dry_sample){.elapsed_ns = now_ns() - started_ns,
                                  .peak_kib = (uint64_t)usage.ru_maxrss};
    if (!is_in_time) {
        return fail(turns, "did not end in %d s", LIMIT_MS / 1000);
    }
    return check(turns, line, status, size, sample);
}

static void take_turn(const struct dry_place *place,
                      const struct dry_shape_size *size,
                      struct dry_turns *turns, bool is_peers_turn)
{
    bool is_due = turns->reader->peer == NULL || is_peers_turn;

    if (is_due && turns->reason[0] == '\0') {
        turns->count += run_once(place, turns, size);
    }
}

void dry_run_rounds(const struct dry_place *place,
                    const struct dry_shape_size *size, struct dry_turns *turns,
                    size_t count, size_t rounds, size_t peer_rounds)
{
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            take_turn(place, size, &turns[round % 2 == 0 ? i : count - 1 - i],
                      round < peer_rounds);
        }
    }
}

/* ---- the server ---- */

pid_t dry_serve(const struct dry_place *place)
{
    int file = open(place->file, O_RDONLY | O_CLOEXEC);
    int listener = file < 0 ? -1 : dry_server_listen(place->socket);
    pid_t pid = listener < 0 ? -1 : fork();

    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)signal(SIGPIPE, SIG_IGN);
        dry_server_run(listener, file);
        _exit(EXIT_FAILURE);
    }
    if (listener >= 0) {
        (void)close(listener);
    }
    if (file >= 0) {
        (void)close(file);
    }
    return pid;
}

void dry_serve_end(pid_t server)
{
    (void)kill(server, SIGKILL);
    while (waitpid(server, NULL, 0) < 0 && errno == EINTR) {
    }
}
