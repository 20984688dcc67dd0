/* SPDX-License-Identifier: MIT */
/* diff.c - the command `mockd diff`: how two recordings, or scripts, differ. */
#include <getopt.h>
#include <string.h>

#include "cleanup.h"
#include "compare.h"
#include "files.h"
#include "text.h"
#include "tools.h"

static const char usage[] =
    "usage: mockd diff [--segments] A B\n"
    "\n"
    "Say how two recordings differ by meaning. Ids, dates, process ids and\n"
    "times of the recording do not count. Two scripts are compared step by\n"
    "step. A and B are files, or folders whose files are compared by their\n"
    "relative paths.\n"
    "\n"
    "  --segments  sizes of segments count, too\n"
    "  --help      show this\n"
    "\n"
    "Exit status: 0 no difference, 1 differences, 2 usage, 3 a file cannot be\n"
    "read, 4 a fixture with a mistake. The highest one applies.\n";

struct diff {
    FILE *out;
    FILE *err;
    bool has_segments;
    int worst;
};

static void note_status(struct diff *diff, int status)
{
    diff->worst = status > diff->worst ? status : diff->worst;
}

static void fail_file(struct diff *diff, const char *path, enum mockd_code code,
                      const struct mockd_error *error)
{
    note_status(diff, code == MOCKD_E_FIXTURE ? MD_STATUS_FIXTURE
                                              : MD_STATUS_ENVIRONMENT);
    (void)fputs("mockd diff: ", diff->err);
    md_text_plain(diff->err, path);
    (void)fputs(error->message[0] == ':' ? "" : ": ", diff->err);
    md_text_plain(diff->err, error->message);
    (void)putc('\n', diff->err);
}

static bool load(struct diff *diff, const char *path, struct md_source *source,
                 struct md_fixture **out_fixture)
{
    struct mockd_error error = {0};
    enum mockd_code rc = md_source_read(source, path, &error);

    if (rc == MOCKD_OK) {
        rc = md_source_load(source, out_fixture, &error);
    }
    if (rc != MOCKD_OK) {
        fail_file(diff, path, rc, &error);
    }
    return rc == MOCKD_OK;
}

static void diff_files(struct diff *diff, const char *a, const char *b)
{
    MD_CLEANUP(md_source_release) struct md_source a_source = {0};
    MD_CLEANUP(md_source_release) struct md_source b_source = {0};
    MD_CLEANUP(md_fixture_cleanup) struct md_fixture *a_fixture = NULL;
    MD_CLEANUP(md_fixture_cleanup) struct md_fixture *b_fixture = NULL;
    struct md_comparison comparison = {.out = diff->out,
                                       .has_segments = diff->has_segments};
    struct mockd_error error = {0};
    bool is_loaded = load(diff, a, &a_source, &a_fixture);
    enum mockd_code rc = MOCKD_OK;

    is_loaded = load(diff, b, &b_source, &b_fixture) && is_loaded;
    if (!is_loaded) {
        return;
    }
    comparison.a = (struct md_side){&a_source, a_fixture};
    comparison.b = (struct md_side){&b_source, b_fixture};
    rc = md_compare_fixtures(&comparison, &error);
    if (rc != MOCKD_OK) {
        fail_file(diff, a, rc, &error);
    }
    note_status(diff, comparison.count > 0 ? MD_STATUS_FOUND : MD_STATUS_OK);
}

static void put_only(struct diff *diff, const char *path)
{
    note_status(diff, MD_STATUS_FOUND);
    md_text_plain(diff->out, path);
    (void)fputs(": only here\n", diff->out);
}

/* The path below the folder @root. */
static const char *below(const char *path, const char *root)
{
    size_t len = strlen(root);

    while (len > 1 && root[len - 1] == '/') {
        len--;
    }
    return path + len;
}

/* Both lists are in order. */
static void diff_lists(struct diff *diff, const struct md_files *a,
                       const char *a_root, const struct md_files *b,
                       const char *b_root)
{
    size_t i = 0;
    size_t j = 0;

    while (i < a->count && j < b->count) {
        int order =
            strcmp(below(a->paths[i], a_root), below(b->paths[j], b_root));

        if (order == 0) {
            diff_files(diff, a->paths[i], b->paths[j]);
        } else {
            put_only(diff, order < 0 ? a->paths[i] : b->paths[j]);
        }
        i += order <= 0 ? 1 : 0;
        j += order >= 0 ? 1 : 0;
    }
    for (; i < a->count; i++) {
        put_only(diff, a->paths[i]);
    }
    for (; j < b->count; j++) {
        put_only(diff, b->paths[j]);
    }
}

static bool list(struct diff *diff, struct md_files *files, const char *path)
{
    struct mockd_error error = {0};
    enum mockd_code rc = md_files_add(files, path, &error);

    if (rc != MOCKD_OK) {
        fail_file(diff, path, rc, &error);
    }
    md_files_sort(files);
    return rc == MOCKD_OK;
}

static void diff_folders(struct diff *diff, const char *a, const char *b)
{
    MD_CLEANUP(md_files_release) struct md_files a_files = {0};
    MD_CLEANUP(md_files_release) struct md_files b_files = {0};
    bool is_listed = list(diff, &a_files, a);

    if (list(diff, &b_files, b) && is_listed) {
        diff_lists(diff, &a_files, a, &b_files, b);
    }
}

static int fail_usage(FILE *err, const char *text, const char *operand)
{
    (void)fprintf(err, "mockd diff: %s%s; see mockd diff --help\n", text,
                  operand);
    return MD_STATUS_USAGE;
}

/* Returns -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct diff *diff)
{
    static const struct option known[] = {{"segments", no_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int code = 0;

    opterr = 0;
    optind = 0; /* the tests come here more than once */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    while ((code = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
        switch (code) {
        case 's':
            diff->has_segments = true;
            break;
        case 'h':
            (void)fputs(usage, diff->out);
            return MD_STATUS_OK;
        default:
            return fail_usage(diff->err, "unknown option ", argv[optind - 1]);
        }
    }
    if (argc - optind != 2) {
        return fail_usage(diff->err, "name two files or two folders", "");
    }
    return -1;
}

int md_tool_diff(int argc, char **argv, FILE *out, FILE *err)
{
    struct diff diff = {.out = out, .err = err};
    int status = read_options(argc, argv, &diff);
    const char *a = NULL;
    const char *b = NULL;

    if (status >= 0) {
        return status;
    }
    a = argv[optind];
    b = argv[optind + 1];
    if (md_files_is_folder(a) != md_files_is_folder(b)) {
        return fail_usage(err, "a file and a folder: ", b);
    }
    if (md_files_is_folder(a)) {
        diff_folders(&diff, a, b);
    } else {
        diff_files(&diff, a, b);
    }
    return diff.worst;
}
