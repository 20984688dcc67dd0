/* SPDX-License-Identifier: MIT */
/* check.h - what is wrong with fixtures that load all the same. */
#ifndef MD_CHECK_H
#define MD_CHECK_H

#include "frame.h"
#include "source.h"

enum md_finding {
    MD_FINDING_MISTAKE = 0, /* it does not load */
    MD_FINDING_UNUSED_VARIABLE,
    MD_FINDING_UNUSED_STREAM,
    MD_FINDING_UNUSED_SIDECAR,
    MD_FINDING_DATE,
    MD_FINDING_HOST,
    MD_FINDING_SECRET,
    MD_FINDING_SAME_CREATE,
    MD_FINDING_NO_CONTENT_TYPE,
    MD_FINDING_BAD_FRAME,
    MD_FINDING_CUT_FRAME,
    MD_FINDING_TERMINAL_FRAME, /* the rest in scripts only */
    MD_FINDING_UNATTACHED_INPUT,
    MD_FINDING_UNMADE_EXEC
};

/* "unused-variable" and so on. */
const char *md_finding_name(enum md_finding finding);

/* @line is 0 when it is about the whole file. */
typedef void (*md_finding_fn)(void *user, enum md_finding finding,
                              const char *path, uint32_t line,
                              const char *message);

/* Where findings go. */
struct md_checker {
    md_finding_fn on_finding;
    void *user;
};

/*
 * Look at one fixture by itself.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (a sidecar cannot be read, memory).
 */
enum mockd_code md_check_fixture(const struct md_checker *checker,
                                 const struct md_source *source,
                                 const struct md_fixture *fixture,
                                 struct mockd_error *err);

/*
 * Look at what only a script can get wrong; a part of md_check_fixture().
 * Errors as there.
 */
enum mockd_code md_check_script(const struct md_checker *checker,
                                const struct md_source *source,
                                const struct md_fixture *fixture,
                                struct mockd_error *err);

/*
 * Report a frame of no known kind, of which frame->kind and frame->offset
 * count.
 */
void md_check_bad_frame(const struct md_checker *checker,
                        const struct md_source *source, uint32_t line,
                        const struct md_frame *frame);

/* Report what is missing of @last, the last piece of a stream's frames;
 * nothing when it is complete. */
void md_check_cut_frame(const struct md_checker *checker,
                        const struct md_source *source, uint32_t line,
                        const struct md_stream *stream,
                        const struct md_frame *last);

/* A fixture and where it came from. */
struct md_checked {
    const char *path;
    char *folder;                     /* yours */
    const struct md_fixture *fixture; /* NULL = it did not load */
};

/*
 * Look for creates that the same request matches. The files are what one mock
 * serves.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (memory).
 */
enum mockd_code md_check_creates(const struct md_checker *checker,
                                 const struct md_checked *files, size_t count,
                                 struct mockd_error *err);

/*
 * Look for files in @folder that no fixture in it uses. A folder with a
 * fixture that is not among @files, or did not load, is left alone.
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (too many files) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_check_sidecars(const struct md_checker *checker,
                                  const struct md_checked *files, size_t count,
                                  const char *folder, struct mockd_error *err);

#endif
