/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#define CELL_SIZE 24 /* bytes, with the NUL */
#define ROW_FORMAT "%-6s %-20s %-15s %-14s %11s %11s %8s %8s  "

size_t dry_bench_count(const struct dry_bench *bench, enum dry_answer answer)
{
    size_t count = 0;

    for (size_t i = 0; i < bench->count; i++) {
        count += bench->outcomes[i].answer == answer;
    }
    return count;
}

/* A peer that fails leaves nothing to compare with; one of ours misses. */
static void judge_failure(struct dry_outcome *outcome,
                          const struct dry_turns *failed)
{
    bool is_peer = failed->reader->peer != NULL;

    outcome->answer = is_peer ? DRY_ANSWER_SKIPPED : DRY_ANSWER_NOT_MET;
    (void)snprintf(outcome->reason, sizeof(outcome->reason), "%.40s%s%.150s",
                   failed->is_missing ? "" : failed->reader->name,
                   failed->is_missing ? "" : " ", failed->reason);
}

static double median_of(const struct dry_turns *turns, enum dry_metric metric)
{
    double values[DRY_ROUNDS_MAX];

    for (size_t i = 0; i < turns->count; i++) {
        values[i] = dry_sample_metric(&turns->samples[i], metric);
    }
    return dry_median(values, turns->count);
}

/* The rounds' figures are steadier than one of both medians: what else the
 * machine does changes more slowly than a round takes. */
static double figure_of(const struct dry_row *row, const struct dry_turns *ours,
                        const struct dry_turns *peer)
{
    double values[DRY_ROUNDS_MAX];
    size_t count = ours->count < peer->count ? ours->count : peer->count;

    for (size_t i = 0; i < count; i++) {
        values[i] = dry_row_figure(row, &ours->samples[i], &peer->samples[i]);
    }
    return dry_median(values, count);
}

struct dry_outcome dry_judge(const struct dry_row *row,
                             const struct dry_shape_size *size,
                             const struct dry_turns *ours,
                             const struct dry_turns *peer,
                             const struct dry_turns *limit)
{
    struct dry_outcome outcome = {.row = row,
                                  .size = *size,
                                  .ours = median_of(ours, row->metric),
                                  .peer = median_of(peer, row->metric),
                                  .answer = DRY_ANSWER_NO_GOAL};

    if (ours->reason[0] != '\0') {
        judge_failure(&outcome, ours);
        return outcome;
    }
    if (peer->reason[0] != '\0') {
        judge_failure(&outcome, peer);
        return outcome;
    }
    outcome.figure = figure_of(row, ours, peer);
    if (limit != NULL && row->relation == DRY_FASTER) {
        outcome.limit = figure_of(row, limit, peer);
    }
    if (row->goal > 0) {
        outcome.answer = dry_row_is_met(row, outcome.figure)
                             ? DRY_ANSWER_MET
                             : DRY_ANSWER_NOT_MET;
    }
    return outcome;
}

/* ---- the table ---- */

static void write_value(const struct dry_outcome *outcome, double value,
                        char cell[CELL_SIZE])
{
    const struct dry_row *row = outcome->row;

    if (value <= 0) {
        (void)snprintf(cell, CELL_SIZE, "-");
    } else if (row->metric == DRY_PEAK) {
        (void)snprintf(cell, CELL_SIZE, "%.1f MiB", value / 1024);
    } else if (row->relation == DRY_COST) {
        (void)snprintf(cell, CELL_SIZE, "%.2f ms", value / 1e6);
    } else if (outcome->size.stream == 0) {
        (void)snprintf(cell, CELL_SIZE, "%.3g k/s",
                       (double)outcome->size.frames * 1e6 / value);
    } else if (strcmp(row->shape, "f1") == 0) {
        (void)snprintf(cell, CELL_SIZE, "%.2f M/s",
                       (double)outcome->size.frames * 1e3 / value);
    } else {
        (void)snprintf(cell, CELL_SIZE, "%.3g GB/s",
                       (double)outcome->size.stream / value);
    }
}

/* A ratio; MiB more; or one part in so many. */
static void write_figure(const struct dry_row *row, double figure,
                         char cell[CELL_SIZE])
{
    if (row->relation == DRY_EXTRA) {
        (void)snprintf(cell, CELL_SIZE, "%+.1f MiB", figure);
    } else if (figure > 0 && figure < 0.05) {
        (void)snprintf(cell, CELL_SIZE, "1/%.0f", 1 / figure);
    } else {
        (void)snprintf(cell, CELL_SIZE, "%.*f", figure < 100 ? 2 : 0, figure);
    }
}

static const char *word_of(enum dry_answer answer)
{
    static const char *const words[] = {[DRY_ANSWER_MET] = "met",
                                        [DRY_ANSWER_NOT_MET] = "NOT MET",
                                        [DRY_ANSWER_NO_GOAL] = "",
                                        [DRY_ANSWER_SKIPPED] = "skipped"};

    return words[answer];
}

static const char *sign_of(const struct dry_row *row)
{
    if (row->goal <= 0) {
        return "";
    }
    return row->relation == DRY_FASTER ? ">=" : "<=";
}

static void print_row(const struct dry_outcome *outcome, FILE *to)
{
    const struct dry_row *row = outcome->row;
    char ours[CELL_SIZE];
    char peer[CELL_SIZE];
    char figure[CELL_SIZE] = "-";
    char limit[CELL_SIZE] = "-";
    char goal[CELL_SIZE] = "-";

    write_value(outcome, outcome->ours, ours);
    write_value(outcome, outcome->peer, peer);
    if (outcome->reason[0] == '\0') {
        write_figure(row, outcome->figure, figure);
    }
    if (outcome->limit > 0) {
        write_figure(row, outcome->limit, limit);
    }
    if (row->goal > 0) {
        write_figure(row, row->goal, goal);
    }
    (void)fprintf(to, ROW_FORMAT "%2s %-8s  %s%s%s\n", row->shape,
                  dry_row_measure(row), row->ours->name, row->peer->name, ours,
                  peer, figure, limit, sign_of(row), goal,
                  word_of(outcome->answer),
                  outcome->reason[0] == '\0' ? "" : ": ", outcome->reason);
}

void dry_bench_print(const struct dry_bench *bench, FILE *to)
{
    size_t met = dry_bench_count(bench, DRY_ANSWER_MET);

    (void)fprintf(to, ROW_FORMAT "%-11s  %s\n", "shape", "measure", "ours",
                  "peer", "ours", "peer", "ratio", "at best", "goal", "met");
    for (size_t i = 0; i < bench->count; i++) {
        print_row(&bench->outcomes[i], to);
    }
    (void)fprintf(to, "\n%zu of %zu goals met\n", met,
                  met + dry_bench_count(bench, DRY_ANSWER_NOT_MET));
}

/* ---- JSON ---- */

/* null where there is none */
static void add_number(cJSON *object, const char *name, double value,
                       bool is_known)
{
    if (is_known) {
        cJSON_AddNumberToObject(object, name, value);
    } else {
        cJSON_AddNullToObject(object, name);
    }
}

static void add_answer(cJSON *object, const struct dry_outcome *outcome)
{
    switch (outcome->answer) {
    case DRY_ANSWER_MET:
    case DRY_ANSWER_NOT_MET:
        cJSON_AddBoolToObject(object, "met", outcome->answer == DRY_ANSWER_MET);
        break;
    case DRY_ANSWER_NO_GOAL:
    case DRY_ANSWER_SKIPPED:
        cJSON_AddNullToObject(object, "met");
        break;
    }
    if (outcome->reason[0] != '\0') {
        cJSON_AddStringToObject(
            object,
            outcome->answer == DRY_ANSWER_SKIPPED ? "skipped" : "failed",
            outcome->reason);
    }
}

static cJSON *describe_row(const struct dry_outcome *outcome)
{
    static const char *const relations[] = {[DRY_FASTER] = "at-least",
                                            [DRY_COST] = "at-most",
                                            [DRY_EXTRA] = "at-most-more"};
    const struct dry_row *row = outcome->row;
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "shape", row->shape);
    cJSON_AddStringToObject(object, "measure", dry_row_measure(row));
    cJSON_AddStringToObject(object, "ours", row->ours->name);
    cJSON_AddStringToObject(object, "peer", row->peer->name);
    cJSON_AddStringToObject(object, "unit",
                            row->metric == DRY_PEAK ? "KiB" : "ns");
    cJSON_AddNumberToObject(object, "frames", (double)outcome->size.frames);
    cJSON_AddNumberToObject(object, "bytes", (double)outcome->size.stream);
    cJSON_AddNumberToObject(object, "ours_median", outcome->ours);
    cJSON_AddNumberToObject(object, "peer_median", outcome->peer);
    add_number(object, "figure", outcome->figure, outcome->reason[0] == '\0');
    add_number(object, "figure_at_best", outcome->limit, outcome->limit > 0);
    cJSON_AddStringToObject(object, "goal_is", relations[row->relation]);
    add_number(object, "goal", row->goal, row->goal > 0);
    add_answer(object, outcome);
    return object;
}

static void add_machine(cJSON *root)
{
    cJSON *machine = cJSON_AddObjectToObject(root, "machine");
    struct utsname name = {0};
    time_t now = time(NULL);
    struct tm utc = {0};
    char date[32] = "";

    (void)uname(&name);
    (void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ",
                   gmtime_r(&now, &utc));
    cJSON_AddNumberToObject(machine, "processors",
                            (double)sysconf(_SC_NPROCESSORS_ONLN));
    cJSON_AddStringToObject(machine, "architecture", name.machine);
    cJSON_AddStringToObject(machine, "kernel", name.release);
    cJSON_AddStringToObject(root, "date", date);
}

char *dry_bench_to_json(const struct dry_bench *bench)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    size_t met = dry_bench_count(bench, DRY_ANSWER_MET);
    size_t missed = dry_bench_count(bench, DRY_ANSWER_NOT_MET);
    char *text = NULL;

    for (size_t i = 0; i < bench->count; i++) {
        cJSON_AddItemToArray(rows, describe_row(&bench->outcomes[i]));
    }
    add_machine(root);
    cJSON_AddBoolToObject(root, "quick", bench->is_quick);
    cJSON_AddNumberToObject(root, "met", (double)met);
    cJSON_AddNumberToObject(root, "goals", (double)(met + missed));
    text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}
