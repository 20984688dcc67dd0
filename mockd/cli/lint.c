/* SPDX-License-Identifier: MIT */
/* lint.c - the command `mockd lint`: what is wrong with fixtures. */
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "cleanup.h"
#include "draft.h"
#include "files.h"
#include "replace.h"
#include "text.h"
#include "tools.h"

static const char usage[] =
    "usage: mockd lint [--strict] [--json] FILE|DIR...\n"
    "       mockd lint --fix [--json] FILE...\n"
    "\n"
    "Say what is wrong with .execcast files, recordings and scripts: "
    "mistakes,\n"
    "and what should not be left in. A DIR is taken for what one mock serves.\n"
    "\n"
    "  --strict  warnings fail, too\n"
    "  --fix     count the end line again, or add one; all else stays, and a\n"
    "            script, of which nothing is counted, stays as it is\n"
    "  --json    one JSON object a finding\n"
    "  --help    show this\n"
    "\n"
    "Exit status: 0, 1 warnings with --strict, 2 usage, 3 a file cannot be\n"
    "read or written, 4 a fixture with a mistake. The highest one applies.\n";

struct lint {
    FILE *out;
    FILE *err;
    bool is_strict;
    bool is_json;
    bool is_fix;
    int worst;
    struct md_fixture **fixtures; /* of the present argument */
    struct md_checked *checked;
    size_t count;
};

static void note_status(struct lint *lint, int status)
{
    lint->worst = status > lint->worst ? status : lint->worst;
}

static void put_json(FILE *out, enum md_finding finding, const char *path,
                     uint32_t line, const char *message)
{
    (void)fputs("{\"file\":", out);
    md_text_json(out, path);
    (void)fprintf(out, ",\"line\":%" PRIu32 ",\"severity\":\"%s\",", line,
                  finding == MD_FINDING_MISTAKE ? "error" : "warning");
    (void)fprintf(out,
                  "\"finding\":\"%s\",\"message\":", md_finding_name(finding));
    md_text_json(out, message);
    (void)fputs("}\n", out);
}

static void put_finding(void *user, enum md_finding finding, const char *path,
                        uint32_t line, const char *message)
{
    struct lint *lint = user;

    if (finding == MD_FINDING_MISTAKE) {
        note_status(lint, MD_STATUS_FIXTURE);
    } else if (lint->is_strict) {
        note_status(lint, MD_STATUS_FOUND);
    }
    if (lint->is_json) {
        put_json(lint->out, finding, path, line, message);
        return;
    }
    md_text_plain(lint->out, path);
    if (line > 0) {
        (void)fprintf(lint->out, ":%" PRIu32, line);
    }
    (void)fputs(finding == MD_FINDING_MISTAKE ? ": " : ": warning: ",
                lint->out);
    md_text_plain(lint->out, message);
    if (finding != MD_FINDING_MISTAKE) {
        (void)fprintf(lint->out, " [%s]", md_finding_name(finding));
    }
    (void)putc('\n', lint->out);
}

/* A file that cannot be judged. */
static void fail_file(struct lint *lint, const char *path,
                      const struct mockd_error *error)
{
    if (error->code == MOCKD_E_FIXTURE) {
        put_finding(lint, MD_FINDING_MISTAKE, path, 0, error->message);
        return;
    }
    note_status(lint, MD_STATUS_ENVIRONMENT);
    (void)fputs("mockd lint: ", lint->err);
    md_text_plain(lint->err, path);
    (void)fputs(": ", lint->err);
    md_text_plain(lint->err, error->message);
    (void)putc('\n', lint->err);
}

/* What a draft reports, with the file's name. */
struct mistakes {
    struct lint *lint;
    const char *path;
};

static void put_mistake(void *user, uint32_t line, const char *message)
{
    const struct mistakes *mistakes = user;

    put_finding(mistakes->lint, MD_FINDING_MISTAKE, mistakes->path, line,
                message);
}

static enum mockd_code load_file(struct lint *lint, struct md_checked *file,
                                 struct md_fixture **out_fixture,
                                 struct mockd_error *error)
{
    MD_CLEANUP(md_source_release) struct md_source source = {0};
    const struct md_checker checker = {put_finding, lint};
    struct mistakes mistakes = {lint, file->path};
    enum mockd_code rc = md_source_read(&source, file->path, error);

    file->folder = source.folder == NULL ? NULL : strdup(source.folder);
    if (file->folder == NULL) {
        return md_fail_nomem(error);
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    rc = md_draft_check(&source, put_mistake, &mistakes, error);
    if (rc == MOCKD_E_FIXTURE) {
        return MOCKD_OK; /* all was said */
    }
    if (rc == MOCKD_OK) {
        rc = md_source_load(&source, out_fixture, error);
    }
    return rc == MOCKD_OK
               ? md_check_fixture(&checker, &source, *out_fixture, error)
               : rc;
}

static void release_set(struct lint *lint)
{
    for (size_t i = 0; i < lint->count; i++) {
        free(lint->checked[i].folder);
        md_fixture_free(lint->fixtures[i]);
    }
    free(lint->checked);
    free(lint->fixtures);
    lint->checked = NULL;
    lint->fixtures = NULL;
    lint->count = 0;
}

static enum mockd_code load_set(struct lint *lint, const struct md_files *files,
                                struct mockd_error *err)
{
    lint->fixtures = calloc(files->count + 1, sizeof(struct md_fixture *));
    lint->checked = calloc(files->count + 1, sizeof(*lint->checked));
    if (lint->fixtures == NULL || lint->checked == NULL) {
        return md_fail_nomem(err);
    }
    for (size_t i = 0; i < files->count; i++) {
        struct mockd_error error = {0};
        struct md_checked *at = &lint->checked[i];

        at->path = files->paths[i];
        lint->count++;
        if (load_file(lint, at, &lint->fixtures[i], &error) != MOCKD_OK) {
            fail_file(lint, at->path, &error);
        }
        if (at->folder == NULL) {
            return md_fail_nomem(err);
        }
        at->fixture = lint->fixtures[i];
    }
    return MOCKD_OK;
}

static enum mockd_code check_set(struct lint *lint, struct mockd_error *err)
{
    const struct md_checker checker = {put_finding, lint};
    enum mockd_code rc =
        md_check_creates(&checker, lint->checked, lint->count, err);

    for (size_t i = 0; i < lint->count && rc == MOCKD_OK; i++) {
        const char *folder = lint->checked[i].folder;
        bool is_first = true;

        for (size_t j = 0; j < i && is_first; j++) {
            is_first = strcmp(lint->checked[j].folder, folder) != 0;
        }
        if (is_first) {
            rc = md_check_sidecars(&checker, lint->checked, lint->count, folder,
                                   err);
        }
    }
    return rc;
}

/* A file, or those of a folder together. */
static void lint_set(struct lint *lint, const struct md_files *files,
                     const char *path)
{
    struct mockd_error error = {0};
    enum mockd_code rc = load_set(lint, files, &error);

    if (rc == MOCKD_OK) {
        rc = check_set(lint, &error);
    }
    if (rc != MOCKD_OK) {
        fail_file(lint, path, &error);
    }
    release_set(lint);
}

static void fix_file(struct lint *lint, const char *path)
{
    MD_CLEANUP(md_source_release) struct md_source source = {0};
    MD_CLEANUP(md_cleanup_free) char *text = NULL;
    struct mistakes mistakes = {lint, path};
    struct mockd_error error = {0};
    size_t len = 0;
    enum mockd_code rc = md_source_read(&source, path, &error);

    if (rc == MOCKD_OK) {
        rc = md_draft_recount(&source, put_mistake, &mistakes, &text, &len,
                              &error);
        if (rc == MOCKD_E_FIXTURE) {
            return; /* all was said */
        }
    }
    if (rc == MOCKD_OK && text == NULL) {
        (void)fputs("mockd lint: ", lint->err);
        md_text_plain(lint->err, path);
        (void)fputs(": a script, of which nothing is counted; left as it is\n",
                    lint->err);
    } else if (rc == MOCKD_OK &&
               (len != source.len || memcmp(text, source.text, len) != 0)) {
        rc = md_replace_file(path, text, len, &error);
    }
    if (rc != MOCKD_OK) {
        fail_file(lint, path, &error);
    }
}

static void lint_path(struct lint *lint, const char *path)
{
    MD_CLEANUP(md_files_release) struct md_files files = {0};
    struct mockd_error error = {0};

    if (lint->is_fix) {
        fix_file(lint, path);
    } else if (md_files_add(&files, path, &error) == MOCKD_OK) {
        lint_set(lint, &files, path);
    } else {
        fail_file(lint, path, &error);
    }
}

static int fail_usage(FILE *err, const char *text, const char *operand)
{
    (void)fprintf(err, "mockd lint: %s%s; see mockd lint --help\n", text,
                  operand);
    return MD_STATUS_USAGE;
}

/* Returns -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct lint *lint)
{
    static const struct option known[] = {{"strict", no_argument, NULL, 's'},
                                          {"fix", no_argument, NULL, 'f'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int code = 0;

    opterr = 0;
    optind = 0; /* the tests come here more than once */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    while ((code = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
        switch (code) {
        case 's':
            lint->is_strict = true;
            break;
        case 'f':
            lint->is_fix = true;
            break;
        case 'j':
            lint->is_json = true;
            break;
        case 'h':
            (void)fputs(usage, lint->out);
            return MD_STATUS_OK;
        default:
            return fail_usage(lint->err, "unknown option ", argv[optind - 1]);
        }
    }
    if (lint->is_fix && lint->is_strict) {
        return fail_usage(lint->err, "--fix does not warn: leave --strict out",
                          "");
    }
    for (int i = optind; lint->is_fix && i < argc; i++) {
        if (md_files_is_folder(argv[i])) {
            return fail_usage(lint->err,
                              "--fix takes files, not a folder: ", argv[i]);
        }
    }
    return optind < argc ? -1
                         : fail_usage(lint->err, "name a file or folder", "");
}

int md_tool_lint(int argc, char **argv, FILE *out, FILE *err)
{
    struct lint lint = {.out = out, .err = err};
    int status = read_options(argc, argv, &lint);

    if (status >= 0) {
        return status;
    }
    for (int i = optind; i < argc; i++) {
        lint_path(&lint, argv[i]);
    }
    return lint.worst;
}
