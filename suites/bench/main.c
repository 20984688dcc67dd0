/* SPDX-License-Identifier: MIT */
/*
 * bench - libdexec and the mock beside their peers. ci/bench makes what it
 * needs and calls it; docs/bench.md says what the rows mean.
 *
 *     bench [--quick] PROGRAMS PEERS STREAMS JSON
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"
#include "row.h"
#include "run.h"
#include "shape.h"

#define PATH_SIZE 4096
#define QUICK_SCALE 16
#define WRITE_SIZE ((size_t)1 << 20)
#define ROUNDS 15
#define PEER_ROUNDS 5

enum {
    EXIT_MET = 0,
    EXIT_NOT_MET = 1,
    EXIT_USAGE = 2,
    EXIT_CANNOT = 3,
};

struct job {
    struct dry_place place;
    const char *streams; /* folder of the shapes' files */
    const char *json;
    struct dry_scale scale;
    char file[PATH_SIZE];
    char socket[PATH_SIZE];
    char mockd[PATH_SIZE];
};

static bool complain(const char *what)
{
    (void)fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    return false;
}

/* ---- streams ---- */

static bool make_file(const struct dry_shape *shape, struct dry_scale scale,
                      const char *path)
{
    static char buffer[WRITE_SIZE];
    char part[PATH_SIZE + 8];
    FILE *to = NULL;
    bool is_ok = true;

    (void)snprintf(part, sizeof(part), "%s.part", path);
    (void)fprintf(stderr, "bench: %s: making the stream\n", shape->name);
    to = fopen(part, "we");
    if (to == NULL) {
        return complain(part);
    }
    /* Large writes make a page cache of large pages; a file that was written
     * by 4 KiB is read at half the speed. */
    (void)setvbuf(to, buffer, _IOFBF, sizeof(buffer));
    is_ok = dry_shape_write(shape, scale, to);
    is_ok = fclose(to) == 0 && is_ok;
    return (is_ok && rename(part, path) == 0) || complain(part);
}

static bool provide_file(struct job *job, const struct dry_shape *shape,
                         const struct dry_shape_size *size)
{
    struct stat found = {0};

    (void)snprintf(job->file, sizeof(job->file), "%s/%s.%llu", job->streams,
                   shape->name, (unsigned long long)size->stream);
    return (stat(job->file, &found) == 0 &&
            (uint64_t)found.st_size == size->stream) ||
           make_file(shape, job->scale, job->file);
}

/* ---- one shape ---- */

/* The turns of @reader, which are added if need be; NULL of NULL. */
static struct dry_turns *turns_of(struct dry_turns *turns, size_t *count,
                                  const struct dry_reader *reader)
{
    if (reader == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < *count; i++) {
        if (turns[i].reader == reader) {
            return &turns[i];
        }
    }
    turns[*count] = (struct dry_turns){.reader = reader};
    return &turns[(*count)++];
}

static size_t list_readers(const char *shape, struct dry_turns *turns)
{
    size_t count = 0;

    for (size_t i = 0; i < dry_row_count; i++) {
        if (strcmp(dry_rows[i].shape, shape) == 0) {
            (void)turns_of(turns, &count, dry_rows[i].ours);
            (void)turns_of(turns, &count, dry_rows[i].ours->limit);
            (void)turns_of(turns, &count, dry_rows[i].peer);
        }
    }
    return count;
}

static void tell_readers(const char *shape, const struct dry_turns *turns,
                         size_t count)
{
    (void)fprintf(stderr, "bench: %s:", shape);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(stderr, "%s %s", i > 0 ? "," : "", turns[i].reader->name);
    }
    (void)fprintf(stderr, "\n");
}

static size_t judge_shape(const char *shape, const struct dry_shape_size *size,
                          struct dry_turns *turns, size_t count,
                          struct dry_outcome *outcomes)
{
    size_t judged = 0;

    for (size_t i = 0; i < dry_row_count; i++) {
        const struct dry_row *row = &dry_rows[i];

        if (strcmp(row->shape, shape) == 0) {
            outcomes[judged++] =
                dry_judge(row, size, turns_of(turns, &count, row->ours),
                          turns_of(turns, &count, row->peer),
                          turns_of(turns, &count, row->ours->limit));
        }
    }
    return judged;
}

static bool run_shape(struct job *job, const struct dry_shape *shape,
                      struct dry_outcome *outcomes, size_t *outcome_count)
{
    static struct dry_turns turns[DRY_TURNS_MAX];
    struct dry_shape_size size = dry_shape_measure(shape, job->scale);
    size_t count = list_readers(shape->name, turns);
    pid_t server = -1;

    if (!provide_file(job, shape, &size)) {
        return false;
    }
    server = dry_serve(&job->place);
    if (server < 0) {
        return complain(job->socket);
    }
    tell_readers(shape->name, turns, count);
    dry_run_rounds(&job->place, &size, turns, count, ROUNDS, PEER_ROUNDS);
    dry_serve_end(server);
    *outcome_count += judge_shape(shape->name, &size, turns, count,
                                  outcomes + *outcome_count);
    return true;
}

/* ---- the mock ---- */

static void run_load(struct job *job, const struct dry_load *load,
                     struct dry_outcome *outcomes, size_t *outcome_count)
{
    static struct dry_turns turns[DRY_TURNS_MAX];
    struct dry_shape_size size = {
        .frames = load->count, .payload = load->bytes, .stream = load->bytes};
    size_t count = list_readers(load->name, turns);
    size_t rounds =
        job->scale.counts > 1 ? (load->rounds + 2) / 3 : load->rounds;

    tell_readers(load->name, turns, count);
    dry_run_rounds(&job->place, &size, turns, count, rounds, rounds);
    *outcome_count +=
        judge_shape(load->name, &size, turns, count, outcomes + *outcome_count);
}

/* ---- all ---- */

static bool save_json(const char *path, const struct dry_bench *bench)
{
    char *text = dry_bench_to_json(bench);
    FILE *to = text == NULL ? NULL : fopen(path, "we");
    bool is_ok = to != NULL && fprintf(to, "%s\n", text) > 0;

    if (to != NULL) {
        is_ok = fclose(to) == 0 && is_ok;
    }
    free(text);
    return is_ok || complain(path);
}

static int run(struct job *job)
{
    struct dry_outcome *outcomes = calloc(dry_row_count, sizeof(*outcomes));
    struct dry_bench bench = {.outcomes = outcomes,
                              .is_quick = job->scale.counts > 1};
    bool is_ok = outcomes != NULL;
    int status = EXIT_CANNOT;

    for (size_t i = 0; i < dry_shape_count && is_ok; i++) {
        is_ok = run_shape(job, &dry_shapes[i], outcomes, &bench.count);
    }
    for (size_t i = 0; i < dry_load_count && is_ok; i++) {
        run_load(job, &dry_loads[i], outcomes, &bench.count);
    }
    if (is_ok) {
        dry_bench_print(&bench, stdout);
        is_ok = save_json(job->json, &bench);
    }
    if (is_ok) {
        status = dry_bench_count(&bench, DRY_ANSWER_NOT_MET) == 0
                     ? EXIT_MET
                     : EXIT_NOT_MET;
    }
    free(outcomes);
    return status;
}

int main(int argc, char **argv)
{
    static struct job job = {.scale = {.counts = 1, .giants = 1}};
    const char *scratch = getenv("TMPDIR");
    char folder[PATH_SIZE];
    int status = EXIT_CANNOT;

    if (argc == 6 && strcmp(argv[1], "--quick") == 0) {
        job.scale.counts = QUICK_SCALE;
        argv++;
        argc--;
    }
    if (argc != 5) {
        (void)fprintf(stderr,
                      "usage: bench [--quick] PROGRAMS PEERS STREAMS JSON\n");
        return EXIT_USAGE;
    }
    (void)snprintf(folder, sizeof(folder), "%s/drydock-bench-XXXXXX",
                   scratch == NULL ? "/tmp" : scratch);
    if (mkdtemp(folder) == NULL) {
        (void)complain(folder);
        return EXIT_CANNOT;
    }
    (void)snprintf(job.mockd, sizeof(job.mockd), "%.4000s/../../bin/mockd",
                   argv[1]);
    (void)snprintf(job.socket, sizeof(job.socket), "%.4000s/s.sock", folder);
    job.place = (struct dry_place){.programs = argv[1],
                                   .peers = argv[2],
                                   .file = job.file,
                                   .socket = job.socket,
                                   .mockd = job.mockd};
    job.streams = argv[3];
    job.json = argv[4];
    status = run(&job);
    (void)unlink(job.socket);
    (void)rmdir(folder);
    return status;
}
