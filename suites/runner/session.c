/* SPDX-License-Identifier: MIT */
/* session.c - one run of the engine command: the target, the cases, the end.
 */
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "catalog.h"
#include "folder.h"
#include "interrupt.h"
#include "plan.h"
#include "pool.h"
#include "report.h"
#include "target.h"
#include "terminal.h"

#define JOBS_DEFAULT_MAX 8 /* more than that slows an engine down */
#define AGAIN_MAX 512      /* bytes of the options in "again" */

/* What the children's ends are noted in. */
struct session {
    struct dry_terminal terminal;
    struct dry_report_case *rows;
    const struct dry_job *jobs;
    const size_t *row_of_job;
};

static int complain(int status, const char *text)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "drydock: %s\n", text);
    return status;
}

static void put_text(char out[DRY_TEXT_MAX], const char *text)
{
    (void)snprintf(out, DRY_TEXT_MAX, "%s", text);
}

/* A child ended without a result: say how. */
static void judge_silence(struct dry_result *result, const struct dry_job *job)
{
    char text[128];

    if (!job->was_started) {
        result->verdict = DRY_ERROR;
        put_text(result->reason, "the case program could not be started");
    } else if (dry_interrupt_signal() != 0) {
        result->verdict = DRY_ERROR;
        put_text(result->reason, "interrupted");
    } else if (job->child.was_killed) {
        result->verdict = DRY_TIMEOUT;
        put_text(result->expected, "an end of the case");
        (void)snprintf(text, sizeof(text), "none within %" PRIu64 " s",
                       job->timeout_ms / 1000);
        put_text(result->observed, text);
    } else if (WIFSIGNALED(job->child.status)) {
        result->verdict = DRY_CRASH;
        put_text(result->expected, "an end of the case");
        (void)snprintf(text, sizeof(text), "its program died of signal %d",
                       WTERMSIG(job->child.status));
        put_text(result->observed, text);
    } else {
        result->verdict = DRY_ERROR;
        (void)snprintf(text, sizeof(text),
                       "the case program said nothing and exited with %d",
                       WEXITSTATUS(job->child.status));
        put_text(result->reason, text);
    }
}

/* A result is only believed when the program ended as it says. */
static void judge(struct dry_result *result, const struct dry_job *job)
{
    const struct dry_child *child = &job->child;
    struct dry_result said = {0};
    bool has_said = job->was_started &&
                    dry_result_from_line(&said, (char *)child->result.data,
                                         child->result.len) &&
                    strcmp(said.id, result->id) == 0;
    int expected = dry_verdict_conforms(said.verdict) ? 0 : 1;

    result->ms = job->ended_ms - job->started_ms;
    if (!has_said || child->was_killed || !WIFEXITED(child->status)) {
        judge_silence(result, job);
    } else if (WEXITSTATUS(child->status) != expected) {
        *result = said;
        result->verdict = DRY_ERROR;
        (void)snprintf(result->reason, sizeof(result->reason),
                       "verdict %s, but the case program exited with %d",
                       dry_verdict_name(said.verdict),
                       WEXITSTATUS(child->status));
    } else {
        *result = said;
    }
}

static void on_start(void *user, struct dry_job *job)
{
    struct session *session = user;
    size_t row = session->row_of_job[job - session->jobs];

    dry_terminal_started(&session->terminal, session->rows[row].id);
}

static void on_done(void *user, struct dry_job *job)
{
    struct session *session = user;
    struct dry_report_case *row =
        &session->rows[session->row_of_job[job - session->jobs]];
    struct dry_buffer *noise = &job->child.noise;
    bool is_told = false;

    judge(&row->result, job);
    is_told = (row->result.verdict == DRY_CRASH ||
               row->result.verdict == DRY_ERROR) &&
              dry_buffer_add(noise, "", 1);
    if (dry_interrupt_signal() == 0) {
        dry_terminal_ended(&session->terminal, row,
                           is_told ? (const char *)noise->data : NULL);
    }
}

static unsigned default_jobs(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores < 1                  ? 1
           : cores > JOBS_DEFAULT_MAX ? JOBS_DEFAULT_MAX
                                      : (unsigned)cores;
}

static int exit_status_of(const struct dry_report *report)
{
    int status = DRY_EXIT_CONFORMS;

    for (size_t i = 0; i < report->count; i++) {
        enum dry_verdict verdict = report->cases[i].result.verdict;

        if (verdict == DRY_ERROR) {
            return DRY_EXIT_OWN_FAULT;
        }
        if (!dry_verdict_conforms(verdict)) {
            status = DRY_EXIT_FAILED;
        }
    }
    return status;
}

/* Write one report; @text is freed. */
static bool save(const char *path, char *text)
{
    char message[DRY_DAEMON_ERROR_MAX] = "report: no memory";
    bool is_saved =
        text != NULL && dry_report_save(path, text, message, sizeof(message));

    free(text);
    if (!is_saved) {
        (void)complain(0, message);
    }
    return is_saved;
}

static int save_reports(const struct dry_options *options,
                        const struct dry_report *report)
{
    bool is_well = true;

    if (options->json != NULL) {
        is_well = save(options->json, dry_report_to_json(report));
    }
    if (options->junit != NULL) {
        is_well = save(options->junit, dry_report_to_junit(report)) && is_well;
    }
    return is_well ? report->exit_status : DRY_EXIT_ENVIRONMENT;
}

static void describe_again(char out[AGAIN_MAX],
                           const struct dry_options *options)
{
    const char *const pairs[][2] = {{"--host", options->host},
                                    {"--mock", options->mock},
                                    {"--container", options->container},
                                    {"--image", options->image}};
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i][1] != NULL && used < AGAIN_MAX) {
            used += (size_t)snprintf(out + used, AGAIN_MAX - used, "%s %s ",
                                     pairs[i][0], pairs[i][1]);
        }
    }
}

static void now_as_text(char out[32])
{
    time_t now = time(NULL);
    struct tm parts = {0};

    if (gmtime_r(&now, &parts) == NULL ||
        strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        out[0] = '\0';
    }
}

static int run_plan(const struct dry_options *options,
                    const struct dry_engine_target *target,
                    const struct dry_plan *plan, int stop_fd)
{
    struct session session = {
        .rows = plan->rows, .jobs = plan->jobs, .row_of_job = plan->row_of_job};
    const struct dry_pool pool = {
        .jobs = plan->jobs,
        .count = plan->job_count,
        .parallel = options->jobs == 0 ? default_jobs() : options->jobs,
        .stop_fd = stop_fd,
        .on_start = on_start,
        .on_done = on_done,
        .user = &session};
    struct dry_report report = {.version = DRY_VERSION,
                                .engine = target->engine,
                                .host = target->host,
                                .cases = plan->rows,
                                .count = plan->row_count};
    char again[AGAIN_MAX];
    char started[32];

    describe_again(again, options);
    now_as_text(started);
    report.started = started;
    dry_terminal_init(&session.terminal, plan->job_count, again);
    if (!dry_pool_run(&pool)) {
        (void)complain(0, "interrupted; not all cases were run");
    }
    report.exit_status = exit_status_of(&report);
    dry_terminal_finish(&session.terminal, &report);
    return save_reports(options, &report);
}

static int run_and_report(const struct dry_options *options,
                          const struct dry_catalog *catalog,
                          const struct dry_engine_target *target, int stop_fd)
{
    struct dry_plan plan = {0};
    int status = DRY_EXIT_OWN_FAULT;

    if (dry_plan_make(&plan, catalog, target, options->timeout_s)) {
        status = run_plan(options, target, &plan, stop_fd);
    } else {
        (void)complain(status, "no memory, or a host or container of over "
                               "480 bytes");
    }
    dry_plan_release(&plan);
    return status;
}

/* Load the catalog from where it is installed, or DRYDOCK_LIBEXEC. */
static int load_catalog(struct dry_catalog *catalog)
{
    const char *folder = getenv("DRYDOCK_LIBEXEC");
    char beside[DRY_FOLDER_MAX];
    char error[DRY_CATALOG_ERROR_MAX];

    if (folder == NULL || *folder == '\0') {
        if (!dry_folder_beside(beside, "../libexec/drydock")) {
            return complain(DRY_EXIT_OWN_FAULT,
                            "the path of this program is too long");
        }
        folder = beside;
    }
    if (!dry_catalog_load(catalog, folder, error)) {
        return complain(DRY_EXIT_OWN_FAULT, error);
    }
    return DRY_EXIT_CONFORMS;
}

static int judge_target(const struct dry_options *options,
                        const struct dry_catalog *catalog, int stop_fd)
{
    struct dry_engine_target target = {0};
    char error[DRY_DAEMON_ERROR_MAX] = "";
    int status = DRY_EXIT_ENVIRONMENT;

    if (dry_target_find(&target, options, error)) {
        (void)printf("drydock %s: %s %s at %s, container %s\n\n", DRY_VERSION,
                     target.engine.family, target.engine.version, target.host,
                     target.container);
        status = run_and_report(options, catalog, &target, stop_fd);
    } else {
        (void)complain(status, error);
    }
    if (!dry_target_leave(&target, error)) {
        status = complain(DRY_EXIT_ENVIRONMENT, error);
    }
    return status;
}

int dry_session_engine(const struct dry_options *options)
{
    struct dry_catalog catalog = {0};
    char error[DRY_CATALOG_ERROR_MAX];
    int status = load_catalog(&catalog);

    if (status == DRY_EXIT_CONFORMS &&
        !dry_catalog_choose(&catalog, &options->include, &options->exclude,
                            error)) {
        status = complain(DRY_EXIT_USAGE, error);
    }
    if (status == DRY_EXIT_CONFORMS) {
        int stop_fd = dry_interrupt_watch();

        status = judge_target(options, &catalog, stop_fd);
    }
    dry_catalog_release(&catalog);
    dry_interrupt_obey();
    return status;
}

/* One object, a case a line: for a JSON reader, for grep, and for a diff. */
static void print_json(const struct dry_catalog *catalog)
{
    (void)printf("{\"drydock\":\"%s\",\"cases\":[\n", DRY_VERSION);
    for (size_t i = 0; i < catalog->count; i++) {
        (void)printf("%s%s\n", catalog->cases[i].line,
                     i + 1 < catalog->count ? "," : "");
    }
    (void)printf("]}\n");
}

static void print_text(const struct dry_catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++) {
        const struct dry_catalog_case *row = &catalog->cases[i];

        (void)printf("%-8s %-8s %s (%s)\n", row->id, dry_level_name(row->level),
                     row->name, row->rules);
    }
}

int dry_session_list(const struct dry_options *options)
{
    struct dry_catalog catalog = {0};
    int status = load_catalog(&catalog);

    if (status == DRY_EXIT_CONFORMS) {
        (options->wants_json ? print_json : print_text)(&catalog);
    }
    dry_catalog_release(&catalog);
    if (fflush(stdout) != 0) {
        return complain(DRY_EXIT_ENVIRONMENT, strerror(errno));
    }
    return status;
}
