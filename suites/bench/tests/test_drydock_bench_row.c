/* SPDX-License-Identifier: MIT */
/* test_drydock_bench_row.c - what the bench's readers gave is judged right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report.h"
#include "row.h"
#include "shape.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct dry_reader ours = {.name = "ours"};
static const struct dry_reader peer = {.name = "peer", .peer = "p"};
static const struct dry_shape_size some = {.frames = 1, .payload = 1};

struct verdict {
    const char *name;
    enum dry_relation relation;
    enum dry_metric metric;
    double goal;
    uint64_t ours[3]; /* each round's, in every metric */
    uint64_t peer[3];
    const char *ours_reason;
    const char *peer_reason;
    double figure;
    enum dry_answer answer;
};

static struct verdict verdicts[] = {
    {.name = "bench__speed_is_the_peers_time_by_ours",
     .relation = DRY_FASTER,
     .goal = 2,
     .ours = {10, 10, 10},
     .peer = {20, 20, 20},
     .figure = 2,
     .answer = DRY_ANSWER_MET},
    {.name = "bench__too_slow_is_not_met",
     .relation = DRY_FASTER,
     .goal = 2.5,
     .ours = {10, 10, 10},
     .peer = {20, 20, 20},
     .figure = 2,
     .answer = DRY_ANSWER_NOT_MET},
    {.name = "bench__cost_is_our_time_by_the_peers",
     .relation = DRY_COST,
     .metric = DRY_CPU,
     .goal = 0.5,
     .ours = {10, 10, 10},
     .peer = {20, 20, 20},
     .figure = 0.5,
     .answer = DRY_ANSWER_MET},
    {.name = "bench__too_dear_is_not_met",
     .relation = DRY_COST,
     .metric = DRY_ELAPSED,
     .goal = 1.9,
     .ours = {20, 20, 20},
     .peer = {10, 10, 10},
     .figure = 2,
     .answer = DRY_ANSWER_NOT_MET},
    {.name = "bench__extra_is_in_mebibytes",
     .relation = DRY_EXTRA,
     .metric = DRY_PEAK,
     .goal = 4,
     .ours = {6144, 6144, 6144},
     .peer = {1024, 1024, 1024},
     .figure = 5,
     .answer = DRY_ANSWER_NOT_MET},
    {.name = "bench__the_figure_is_the_middle_of_the_rounds",
     .relation = DRY_COST,
     .goal = 3,
     .ours = {10, 90, 40},
     .peer = {10, 10, 20},
     .figure = 2,
     .answer = DRY_ANSWER_MET},
    {.name = "bench__without_a_goal_nothing_is_met",
     .relation = DRY_COST,
     .ours = {10, 10, 10},
     .peer = {10, 10, 10},
     .figure = 1,
     .answer = DRY_ANSWER_NO_GOAL},
    {.name = "bench__a_missing_peer_is_skipped",
     .relation = DRY_COST,
     .goal = 1,
     .peer_reason = "no go",
     .answer = DRY_ANSWER_SKIPPED},
    {.name = "bench__a_failure_of_ours_is_not_met",
     .relation = DRY_COST,
     .goal = 1,
     .ours_reason = "ended with 1",
     .answer = DRY_ANSWER_NOT_MET},
};

static struct dry_turns turns_of(const struct dry_reader *reader,
                                 const uint64_t *rounds, const char *reason)
{
    struct dry_turns turns = {.reader = reader, .count = 3};

    for (size_t i = 0; i < turns.count; i++) {
        turns.samples[i] = (struct dry_sample){.wall_ns = rounds[i],
                                               .cpu_ns = rounds[i],
                                               .elapsed_ns = rounds[i],
                                               .peak_kib = rounds[i]};
    }
    if (reason != NULL) {
        turns.count = 0;
        (void)snprintf(turns.reason, sizeof(turns.reason), "%s", reason);
    }
    return turns;
}

static struct dry_outcome judge(const struct verdict *verdict,
                                const struct dry_row *row)
{
    struct dry_turns mine =
        turns_of(&ours, verdict->ours, verdict->ours_reason);
    struct dry_turns theirs =
        turns_of(&peer, verdict->peer, verdict->peer_reason);

    return dry_judge(row, &some, &mine, &theirs, NULL);
}

static void bench__verdict(void **state)
{
    const struct verdict *verdict = *state;
    const struct dry_row row = {.shape = "f1",
                                .ours = &ours,
                                .peer = &peer,
                                .metric = verdict->metric,
                                .relation = verdict->relation,
                                .goal = verdict->goal};

    struct dry_outcome outcome = judge(verdict, &row);

    assert_int_equal(outcome.answer, verdict->answer);
    assert_true(outcome.figure == verdict->figure);
    assert_true((outcome.reason[0] != '\0') ==
                (verdict->ours_reason != NULL || verdict->peer_reason != NULL));
}

static void bench__every_row_has_a_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < dry_row_count; i++) {
        bool is_known = dry_shape_find(dry_rows[i].shape) != NULL;

        for (size_t l = 0; l < dry_load_count; l++) {
            is_known |= strcmp(dry_loads[l].name, dry_rows[i].shape) == 0;
        }
        assert_true(is_known);
    }
}

int main(void)
{
    struct CMUnitTest tests[1 + COUNT_OF(verdicts)] = {
        cmocka_unit_test(bench__every_row_has_a_shape),
    };

    for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
        tests[1 + i] = (struct CMUnitTest){.name = verdicts[i].name,
                                           .test_func = bench__verdict,
                                           .initial_state = &verdicts[i]};
    }
    return cmocka_run_group_tests_name("drydock_bench_row", tests, NULL, NULL);
}
