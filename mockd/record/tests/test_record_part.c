/* SPDX-License-Identifier: MIT */
/*
 * test_record_part.c - recorders that are killed, and what their journals
 * make; what of secrets reaches the disk.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "record/flow.h"
#include "record/part.h"
#include "record/recorder.h"
#include "record/tap.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define FILE_MAX 262144
#define CID "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define EID "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"

/* @who 'c' the client, 'e' the engine; NULL bytes: it closes */
struct step {
    int conn;
    char who;
    const char *bytes;
    size_t len;
};

#define SAY(conn, who, text)                                                   \
    {                                                                          \
        conn, who, text, sizeof(text) - 1                                      \
    }

#define CREATE                                                                 \
    "POST /containers/t1/exec HTTP/1.1\r\nContent-Length: 52\r\n\r\n"          \
    "{\"Cmd\":[\"env\"],\"AttachStdout\":true,\"Env\":[\"KEY=v\"]}\n"
#define CREATED                                                                \
    "HTTP/1.1 201 Created\r\nContent-Length: 73\r\n\r\n{\"Id\":\"" EID "\"}"
#define START                                                                  \
    "POST /exec/" EID "/start HTTP/1.1\r\nUpgrade: tcp\r\n"                    \
    "Content-Length: 16\r\n\r\n{\"Detach\":false}"
#define INSPECT "GET /containers/t1/json HTTP/1.1\r\n\r\n"
#define INSPECTED                                                              \
    "HTTP/1.1 200 OK\r\nContent-Length: 86\r\n\r\n"                            \
    "{\"Id\":\"" CID "\",\"Name\":\"/t1\"}"
#define LOST "GET /exec/none/json HTTP/1.1\r\n\r\n"
#define NOT_FOUND                                                              \
    "HTTP/1.1 404 Not Found\r\nContent-Length: 13\r\n\r\n{\"message\":1}"
#define UPGRADED "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n"
#define FRAME(len, text) "\1\0\0\0\0\0\0" len text

static char bulk[6000]; /* goes into a file beside */

static const struct step session[] = {
    SAY(0, 'c', CREATE),
    SAY(0, 'e', CREATED),
    SAY(1, 'c', START),
    SAY(1, 'e', UPGRADED),
    SAY(1, 'c', "in"),
    SAY(1, 'e', FRAME("\3", "hi\n")),
    SAY(0, 'c', INSPECT),
    SAY(0, 'e', INSPECTED),
    {1, 'c', bulk, sizeof(bulk)},
    SAY(0, 'c', INSPECT),
    SAY(0, 'e', INSPECTED),
    {1, 'c', NULL, 0},
    SAY(1, 'e', FRAME("\1", "x")),
    {1, 'e', NULL, 0},
    SAY(0, 'c', LOST),
    SAY(0, 'e', NOT_FOUND),
};

struct fixture {
    const void *row; /* of any table */
    char dir[32];
    struct md_rec_secrets *secrets;
    struct md_rec *rec;
    struct md_rec_tap *taps[2];
    uint64_t now_us;
    char text[FILE_MAX];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    fixture->row = *state;
    *state = fixture;
    for (size_t i = 0; i < sizeof(bulk); i++) {
        bulk[i] = (char)('a' + i % 7);
    }
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/part-test-XXXXXX");
    return mkdtemp(fixture->dir) != NULL ? 0 : -1;
}

static void path_of(const struct fixture *fixture, const char *name,
                    char path[300])
{
    (void)snprintf(path, 300, "%s/%s", fixture->dir, name);
}

static void clear_dir(const struct fixture *fixture)
{
    DIR *dir = opendir(fixture->dir);
    const struct dirent *entry = NULL;
    char path[300];

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        path_of(fixture, entry->d_name, path);
        (void)unlink(path); /* "." and ".." stay */
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static void drop_recorder(struct fixture *fixture)
{
    md_rec_tap_free(fixture->taps[0]);
    md_rec_tap_free(fixture->taps[1]);
    fixture->taps[0] = NULL;
    fixture->taps[1] = NULL;
    md_rec_free(fixture->rec);
    fixture->rec = NULL;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    drop_recorder(fixture);
    md_rec_secrets_free(fixture->secrets);
    clear_dir(fixture);
    (void)rmdir(fixture->dir);
    free(fixture);
    return 0;
}

static bool begin(struct fixture *fixture)
{
    static const struct md_rec_provenance provenance = {.engine = "test"};

    if (md_rec_new(fixture->dir, true, "part", &provenance, &fixture->rec,
                   NULL) != MOCKD_OK) {
        return false;
    }
    md_rec_keep_off(fixture->rec, fixture->secrets);
    fixture->taps[0] = md_rec_tap_new(fixture->rec);
    fixture->taps[1] = md_rec_tap_new(fixture->rec);
    return fixture->taps[0] != NULL && fixture->taps[1] != NULL;
}

static void do_step(struct fixture *fixture, const struct step *step)
{
    enum md_rec_side from = step->who == 'c' ? MD_REC_CLIENT : MD_REC_ENGINE;
    struct md_rec_view data = {.data = (const uint8_t *)step->bytes,
                               .len = step->len};

    fixture->now_us += 10;
    if (step->bytes == NULL) {
        md_rec_tap_over(fixture->taps[step->conn], from, false,
                        fixture->now_us);
    } else {
        md_rec_tap_data(fixture->taps[step->conn], from, data, fixture->now_us);
    }
}

static void play(struct fixture *fixture, const struct step *steps,
                 size_t count)
{
    assert_true(begin(fixture));
    for (size_t i = 0; i < count; i++) {
        do_step(fixture, &steps[i]);
    }
}

static size_t read_file(struct fixture *fixture, const char *name)
{
    char path[300];
    FILE *file = NULL;
    size_t len = 0;

    path_of(fixture, name, path);
    file = fopen(path, "r");
    assert_non_null(file);
    len = fread(fixture->text, 1, sizeof(fixture->text) - 1, file);
    (void)fclose(file);
    fixture->text[len] = '\0';
    return len;
}

static void write_file(const struct fixture *fixture, const char *name,
                       const char *data, size_t len)
{
    char path[300];
    FILE *file = NULL;

    path_of(fixture, name, path);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* The judge shares no code with the recorder. */
static void assert_can_be_loaded(const struct fixture *fixture)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};
    struct mockd *mock = NULL;

    options.fixtures = fixture->dir;
    options.unix_path = "auto";
    if (mockd_start(&options, &mock, &err) != MOCKD_OK) {
        fail_msg("%s", err.message);
    }
    mockd_stop(mock);
}

/* In a process of its own, which is killed after so many steps. */
static void record_and_die(struct fixture *fixture, size_t count)
{
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        for (size_t i = begin(fixture) ? 0 : SIZE_MAX; i < count; i++) {
            do_step(fixture, &session[i]);
        }
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void check_killed(struct fixture *fixture, size_t count)
{
    struct md_rec_part_summary summary = {0};
    struct mockd_error err = {0};

    record_and_die(fixture, count);
    if (md_rec_part_finish(fixture->dir, NULL, &summary, &err) != MOCKD_OK) {
        fail_msg("step %zu: %s", count, err.message);
    }
    assert_can_be_loaded(fixture);
    clear_dir(fixture);
}

static void part__a_recorder_killed_after_each_step(void **state)
{
    for (size_t i = 0; i <= COUNT_OF(session); i++) {
        check_killed(*state, i);
    }
}

/* Loading takes time: only what differs from the last one is. */
static void assert_next_can_be_loaded(struct fixture *fixture,
                                      char last[FILE_MAX])
{
    (void)read_file(fixture, MD_REC_FILE_NAME);
    if (strcmp(fixture->text, last) != 0) {
        assert_can_be_loaded(fixture);
        memcpy(last, fixture->text, FILE_MAX);
    }
}

/* How many bytes behind the last line feed. */
static size_t count_cut(const char *journal, size_t len)
{
    size_t count = 0;

    while (count < len && journal[len - count - 1] != '\n') {
        count++;
    }
    return count;
}

/* @last  what was loaded last */
static void check_cut(struct fixture *fixture, const char *journal, size_t cut,
                      char last[FILE_MAX])
{
    const struct md_rec_part_options force = {.force = true};
    struct md_rec_part_summary summary = {0};
    struct mockd_error err = {0};
    size_t dropped = count_cut(journal, cut);

    write_file(fixture, MD_REC_PART_NAME, journal, cut);
    (void)md_rec_part_finish(fixture->dir, &force, &summary, &err);
    if (dropped == cut) { /* not even the header */
        assert_int_equal(err.code, MOCKD_E_FIXTURE);
        assert_non_null(strstr(err.message, "nothing is left"));
        return;
    }
    if (err.code != MOCKD_OK) {
        fail_msg("byte %zu: %s", cut, err.message);
    }
    assert_int_equal(summary.dropped_bytes, dropped);
    assert_next_can_be_loaded(fixture, last);
}

/* A write of the journal that was cut anywhere. */
static void part__a_journal_cut_at_every_byte(void **state)
{
    static char journal[FILE_MAX];
    static char last[FILE_MAX];
    struct fixture *fixture = *state;
    size_t len = 0;

    play(fixture, session, COUNT_OF(session));
    drop_recorder(fixture);
    len = read_file(fixture, MD_REC_PART_NAME);
    memcpy(journal, fixture->text, len);
    for (size_t cut = 0; cut <= len; cut++) {
        check_cut(fixture, journal, cut, last);
    }
}

static void part__finishing_is_what_the_recorder_does_itself(void **state)
{
    static char by_itself[FILE_MAX];
    struct fixture *fixture = *state;
    struct md_rec_part_summary summary = {0};
    size_t len = 0;

    play(fixture, session, COUNT_OF(session));
    md_rec_tap_free(fixture->taps[0]);
    md_rec_tap_free(fixture->taps[1]);
    fixture->taps[0] = NULL;
    fixture->taps[1] = NULL;
    assert_int_equal(md_rec_finish(fixture->rec, NULL, &summary, NULL),
                     MOCKD_OK);
    assert_int_equal(summary.requests, 5);
    assert_int_equal(summary.streams, 1);
    len = read_file(fixture, MD_REC_FILE_NAME);
    memcpy(by_itself, fixture->text, len + 1);
    drop_recorder(fixture);
    clear_dir(fixture);

    fixture->now_us = 0;
    play(fixture, session, COUNT_OF(session));
    drop_recorder(fixture);
    assert_int_equal(md_rec_part_finish(fixture->dir, NULL, &summary, NULL),
                     MOCKD_OK);
    (void)read_file(fixture, MD_REC_FILE_NAME);

    assert_string_equal(fixture->text, by_itself);
    assert_non_null(strstr(by_itself, "\"times\":2"));
}

static void part__a_journal_that_grows_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    struct md_rec_part_summary summary = {0};
    struct mockd_error err = {0};

    play(fixture, session, COUNT_OF(session));

    assert_int_equal(md_rec_part_finish(fixture->dir, NULL, &summary, &err),
                     MOCKD_E_INVALID);
    assert_non_null(strstr(err.message, "is being written by a recorder"));
}

static void part__a_recording_is_not_replaced_without_force(void **state)
{
    struct fixture *fixture = *state;
    struct md_rec_part_summary summary = {0};
    struct mockd_error err = {0};

    play(fixture, session, COUNT_OF(session));
    drop_recorder(fixture);
    write_file(fixture, MD_REC_FILE_NAME, "old", 3);

    assert_int_equal(md_rec_part_finish(fixture->dir, NULL, &summary, &err),
                     MOCKD_E_INVALID);
    assert_non_null(strstr(err.message, "is there already"));
    assert_int_equal(read_file(fixture, MD_REC_FILE_NAME), 3);
}

#define HEADER "{\"execcast\":1}\n"

static struct bad_row {
    const char *name;
    const char *text;
    const char *part; /* of the message */
} bad_rows[] = {
    {"no_json", HEADER "nonsense\n", ".part:2: not a line of a journal"},
    {"no_journal_line", HEADER "{\"a\":1}\n", ".part:2: not a line of a"},
    {"unknown_part", HEADER "{\"part\":\"x\"}\n", ".part:2: not a line of a"},
    {"two_headers", HEADER HEADER, ".part:2: a second header"},
    {"event_of_no_stream", HEADER "[0,\"<\",\"a\"]\n", ".part:2: an event of"},
    {"stream_without_a_number", HEADER "{\"stream\":\"x\"}\n",
     ".part:2: not a stream's name"},
    {"repeated_rule_that_is_not_there",
     HEADER "{\"part\":\"again\",\"rule\":0}\n", ".part:2: it repeats a rule"},
    {"name_that_is_missing", HEADER "{\"part\":\"learn\",\"ref\":\"a\"}\n",
     ".part:2: a name is missing"},
    {"escape_that_is_none", HEADER "{\"stream\":\"s1\"}\n[0,\"<\",\"%4\"]\n",
     ".part:3: a payload that is none"},
    {"file_that_is_not_there",
     HEADER "{\"stream\":\"s1\"}\n"
            "[0,\"<\",{\"file\":\"s1.bin\",\"off\":0,\"len\":1}]\n",
     ".part:3: the file that it names cannot be read"},
    {"file_elsewhere",
     HEADER "{\"stream\":\"s1\"}\n"
            "[0,\"<\",{\"file\":\"../s1.bin\",\"off\":0,\"len\":1}]\n",
     ".part:3: a payload that is none"},
    {"header_with_something_behind", "{\"execcast\":1} \n",
     ".part:1: not a header"},
    {"stream_that_no_recorder_has", HEADER "{\"stream\":\"s1025\"}\n",
     ".part:2: not a stream's name"},
    {"payload_that_no_recorder_has",
     HEADER "{\"stream\":\"s1\"}\n"
            "[0,\"<\",{\"fill\":\"00\",\"len\":1048577}]\n",
     ".part:3: a payload that is none"},
    {"offset_that_no_file_has",
     HEADER "{\"stream\":\"s1\"}\n"
            "[0,\"<\",{\"file\":\"a\",\"off\":1e300,\"len\":1}]\n",
     ".part:3: a payload that is none"},
    {"name_that_is_too_long",
     HEADER "{\"part\":\"known\",\"ref\":\"" CID CID CID CID "\"}\n",
     ".part:2: a name that cannot be one"},
    {"empty_line", HEADER "\n", ".part:2: not a line of a journal"},
    {"file_that_is_too_short",
     HEADER "{\"stream\":\"s1\"}\n[0,\"<\",{\"file\":\"" MD_REC_PART_NAME
            "\",\"off\":90,\"len\":99}]\n",
     ".part:3: the file that it names is too short"},
};

static void part__bad_row(void **state)
{
    struct fixture *fixture = *state;
    const struct bad_row *row = fixture->row;
    struct md_rec_part_summary summary = {0};
    struct mockd_error err = {0};

    write_file(fixture, MD_REC_PART_NAME, row->text, strlen(row->text));
    (void)md_rec_part_finish(fixture->dir, NULL, &summary, &err);

    assert_int_equal(err.code, MOCKD_E_FIXTURE);
    if (strstr(err.message, row->part) == NULL) {
        fail_msg("%s", err.message);
    }
}

/* ---- secrets ---- */

#define S_CREATE                                                               \
    "POST /containers/t1/exec HTTP/1.1\r\nContent-Length: 38\r\n\r\n"          \
    "{\"Cmd\":[\"env\"],\"Env\":[\"KEY=sesame-1\"]}"
#define S_TTY                                                                  \
    "POST /containers/t1/exec HTTP/1.1\r\nContent-Length: 26\r\n\r\n"          \
    "{\"Cmd\":[\"sh\"],\"Tty\":true} "

static struct secret_row {
    const char *name;
    struct step steps[8]; /* after the create and its answer */
    bool is_tty;
    const char *lines[6]; /* that are in the recording */
    bool is_written;      /* and were before it ended */
} secret_rows[] = {
    {"value_of_the_create_in_its_output",
     {SAY(1, 'e', FRAME("\x0d", "KEY=sesame-1\n")),
      SAY(1, 'e', FRAME("\x0d", "got sesame-1\n"))},
     false,
     {"\"Env\":[\"KEY=xxxxxxxx\"]", "KEY=xxxxxxxx%0A\"]", "got xxxxxxxx%0A\"]",
      "# redacted: KEY, 8 bytes, in the body of the request POST",
      "# redacted: KEY, 8 bytes, in s1, from the engine, at byte 12"},
     false},
    {"cut_over_two_segments",
     {SAY(1, 'e', FRAME("\x05", "a ses")), SAY(1, 'e', FRAME("\x05", "ame-1"))},
     false,
     {"[10,\"<\",\"%01%00%00%00%00%00%00%05a xxx\"]",
      "[10,\"<\",\"%01%00%00%00%00%00%00%05xxxxx\"]"},
     false},
    {"cut_with_another_stream_between",
     {SAY(1, 'e', FRAME("\x03", "ses") "\2\0\0\0\0\0\0\3err"),
      SAY(1, 'e', FRAME("\x05", "ame-1"))},
     false,
     {"%03xxx%02%00%00%00%00%00%00%03err\"]", "%05xxxxx\"]"},
     false},
    {"cut_inside_the_frames_header",
     {SAY(1, 'e', "\1\0\0"), SAY(1, 'e', "\0\0\0\0\x08ses"),
      SAY(1, 'e', "ame-1")},
     false,
     {"%00%00%00%00%08xxx\"]", "\"xxxxx\"]"},
     false},
    {"typed_byte_by_byte_on_a_terminal",
     {SAY(1, 'c', "sesame"), SAY(1, 'e', "sesame"), SAY(1, 'c', "-"),
      SAY(1, 'c', "1\n"), SAY(1, 'e', "-1\r\n")},
     true,
     {"[10,\">\",\"xxxxxx\"]", "[10,\"<\",\"xxxxxx\"]", "[10,\">\",\"x\"]",
      "[10,\">\",\"x%0A\"]", "[10,\"<\",\"xx%0D%0A\"]"},
     false},
    {"front_of_a_secret_that_is_none",
     {SAY(1, 'e', FRAME("\x06", "sesame")), {1, 'e', NULL, 0}},
     false,
     {"%06sesame\"]\n[10,\"<.\"]"},
     true},
    {"the_client_closes_with_one_held",
     {SAY(1, 'c', "sesame"), {1, 'c', NULL, 0}, SAY(1, 'e', "x")},
     true,
     {"[10,\">\",\"sesame\"]\n[10,\">.\"]\n[10,\"<\",\"x\"]"},
     true},
    {"frames_that_are_none",
     {SAY(1, 'e', "no frames: sesa"), SAY(1, 'e', "me-1!")},
     false,
     {"\"no frames: xxxx\"]", "\"xxxx!\"]"},
     false},
};

static bool is_clean(struct fixture *fixture)
{
    return strstr(fixture->text, "sesame-1") == NULL &&
           strstr(fixture->text, "ame-1") == NULL;
}

static void part__secret_row(void **state)
{
    static const struct step answers[] = {
        SAY(0, 'e', CREATED), SAY(1, 'c', START), SAY(1, 'e', UPGRADED)};
    static const struct step create = SAY(0, 'c', S_CREATE);
    static const struct step tty = SAY(0, 'c', S_TTY);
    struct fixture *fixture = *state;
    const struct secret_row *row = fixture->row;
    struct md_rec_part_summary summary = {0};
    const char *missing = NULL;

    fixture->secrets = md_rec_secrets_new();
    assert_int_equal(
        md_rec_secrets_add_text(fixture->secrets, "sesame-1", NULL), MOCKD_OK);
    play(fixture, row->is_tty ? &tty : &create, 1);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        do_step(fixture, &answers[i]);
    }
    for (size_t i = 0; i < COUNT_OF(row->steps) && row->steps[i].who; i++) {
        do_step(fixture, &row->steps[i]);
        (void)read_file(fixture, MD_REC_PART_NAME);
        missing = is_clean(fixture) ? missing : "the secret is on the disk";
    }
    if (row->is_written && strstr(fixture->text, row->lines[0]) == NULL) {
        missing = "it is still held";
    }
    drop_recorder(fixture);
    assert_int_equal(md_rec_part_finish(fixture->dir, NULL, &summary, NULL),
                     MOCKD_OK);
    assert_can_be_loaded(fixture);
    (void)read_file(fixture, MD_REC_FILE_NAME);
    for (size_t i = 0; i < COUNT_OF(row->lines) && row->lines[i] != NULL; i++) {
        missing = strstr(fixture->text, row->lines[i]) != NULL ? missing
                                                               : row->lines[i];
    }
    if (missing != NULL) {
        print_message("%s", fixture->text);
    }

    assert_null(missing);
}

/* What a pattern may still want is held; but not for ever. */
static void part__what_is_held_is_bounded(void **state)
{
    static const struct step steps[] = {
        SAY(0, 'c', S_TTY), SAY(0, 'e', CREATED), SAY(1, 'c', START),
        SAY(1, 'e', UPGRADED), SAY(1, 'c', "typed")};
    static char page[65536];
    static const struct step more = {1, 'e', page, sizeof(page)};
    struct fixture *fixture = *state;

    fixture->secrets = md_rec_secrets_new();
    assert_int_equal(md_rec_secrets_add_pattern(fixture->secrets, "zz", NULL),
                     MOCKD_OK);
    memset(page, 'y', sizeof(page));
    play(fixture, steps, COUNT_OF(steps));
    (void)read_file(fixture, MD_REC_PART_NAME);
    assert_null(strstr(fixture->text, "typed"));
    for (size_t i = 0; i <= MD_REC_FLOW_HELD_MAX / sizeof(page); i++) {
        do_step(fixture, &more);
    }
    (void)read_file(fixture, MD_REC_PART_NAME);

    assert_non_null(strstr(fixture->text, "typed"));
}

/* ---- what a mock would not load ---- */

#define LONG_NAME CID CID CID CID /* a byte more than a value may have */
#define ASK_LONG "GET /containers/" LONG_NAME "/json HTTP/1.1\r\n\r\n"
#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define OK_INFO OK_HEAD "Content-Length: 2\r\n\r\n{}"
#define ASK_INFO "GET /info HTTP/1.1\r\n\r\n"
#define ASK_T1 "POST /containers/t1/exec HTTP/1.1\r\n\r\n"
#define MADE_T1                                                                \
    "HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n{\"Id\":\"t1\"}"
#define MADE_BAD                                                               \
    "HTTP/1.1 201 Created\r\nContent-Length: 12\r\n\r\n{\"Id\":\"e\xff\"} "

static struct unfit_row {
    const char *name;
    struct step steps[4];
    const char *note;
} unfit_rows[] = {
    {"name_of_256_bytes",
     {SAY(0, 'c', ASK_LONG), SAY(0, 'e', NOT_FOUND)},
     "too many names"},
    {"exec_with_a_containers_name",
     {SAY(0, 'c', ASK_T1), SAY(0, 'e', MADE_T1)},
     "too many names"},
    {"exec_that_is_not_utf8",
     {SAY(0, 'c', ASK_T1), SAY(0, 'e', MADE_BAD)},
     "too many names"},
    {"container_with_an_execs_name",
     {SAY(0, 'c', CREATE), SAY(0, 'e', CREATED), SAY(0, 'c', INSPECT),
      SAY(0, 'e',
          OK_HEAD "Content-Length: 148\r\n\r\n{\"Id\":\"" CID
                  "\",\"Name\":\"/" EID "\"}")},
     "too many names"},
    {"container_with_a_longer_name",
     {SAY(0, 'c', INSPECT),
      SAY(0, 'e',
          OK_HEAD "Content-Length: 340\r\n\r\n{\"Id\":\"" CID
                  "\",\"Name\":\"/" LONG_NAME "\"}")},
     "too many names"},
    {"path_with_a_bad_escape",
     {SAY(0, 'c', "GET /a%4 HTTP/1.1\r\n\r\n"), SAY(0, 'e', OK_INFO)},
     "its path has a bad percent escape"},
    {"head_with_a_bare_line_end",
     {SAY(0, 'c', ASK_INFO),
      SAY(0, 'e', OK_HEAD "A: b\rc\r\nContent-Length: 0\r\n\r\n")},
     "the head of its answer is not"},
};

static void finish(struct fixture *fixture)
{
    struct md_rec_part_summary summary = {0};
    struct mockd_error err = {0};

    drop_recorder(fixture);
    if (md_rec_part_finish(fixture->dir, NULL, &summary, &err) != MOCKD_OK) {
        fail_msg("%s", err.message);
    }
    assert_can_be_loaded(fixture);
    (void)read_file(fixture, MD_REC_FILE_NAME);
}

static void part__unfit_row(void **state)
{
    struct fixture *fixture = *state;
    const struct unfit_row *row = fixture->row;
    bool is_noted = false;

    play(fixture, row->steps, 0);
    for (size_t i = 0; i < COUNT_OF(row->steps) && row->steps[i].who; i++) {
        do_step(fixture, &row->steps[i]);
    }
    finish(fixture);
    is_noted = strstr(fixture->text, "# left out: ") != NULL &&
               strstr(fixture->text, row->note) != NULL;
    if (!is_noted) {
        print_message("%s", fixture->text);
    }

    assert_true(is_noted);
}

/* The names that fit are kept, and the recording is one. */
static void part__more_names_than_fit(void **state)
{
    struct fixture *fixture = *state;
    char answer[128];

    assert_true(begin(fixture));
    for (int i = 0; i < MD_REC_VARIABLES_MAX + 9; i++) {
        const struct step ask = SAY(0, 'c', ASK_T1);
        struct step made = {0, 'e', answer, 0};

        (void)snprintf(answer, sizeof(answer),
                       "HTTP/1.1 201 Created\r\nContent-Length: 14\r\n\r\n"
                       "{\"Id\":\"e%04d\"}",
                       i);
        made.len = strlen(answer);
        do_step(fixture, &ask);
        do_step(fixture, &made);
    }
    finish(fixture);

    assert_non_null(strstr(fixture->text, "\"EID1023\":\"e1022\""));
    assert_null(strstr(fixture->text, "EID1024"));
    assert_non_null(strstr(fixture->text, "# left out: POST /containers/t1"));
}

static void part__a_head_of_too_many_lines(void **state)
{
    static const struct step ask = SAY(0, 'c', ASK_INFO);
    static char text[8192];
    struct fixture *fixture = *state;
    static const char front[] = OK_HEAD "Content-Length: 0\r\n";
    size_t len = strlen(front);
    struct step answer = {0, 'e', text, 0};

    (void)snprintf(text, sizeof(text), "%s", front);
    for (int i = 2; i <= MD_REC_HEAD_LINES_MAX; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "A: b\r\n");
    }
    answer.len = len + (size_t)snprintf(text + len, sizeof(text) - len, "\r\n");
    assert_true(begin(fixture));
    do_step(fixture, &ask);
    do_step(fixture, &answer);
    finish(fixture);
    assert_non_null(strstr(fixture->text, "# left out: GET /info: the head"));
}

/* Then the recording has failed, and what there is can be finished. */
static void part__more_of_all_than_a_mock_loads(void **state)
{
    static const char *const words[] = {"1024 streams", "1000000 events",
                                        "1024 files beside"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct md_rec_cast *cast = NULL;

        assert_true(begin(fixture));
        cast = &fixture->rec->cast;
        cast->stream_count = i == 0 ? MD_REC_STREAMS_MAX : 0;
        cast->event_count = i == 1 ? MD_REC_EVENTS_MAX - 1 : 0;
        cast->sidecar_count = i == 2 ? MD_REC_SIDECARS_MAX : 0;
        for (size_t k = 0; k < COUNT_OF(session); k++) {
            do_step(fixture, &session[k]);
        }
        assert_true(md_rec_has_failed(fixture->rec));
        assert_non_null(strstr(cast->error.message, words[i]));
        finish(fixture);
        clear_dir(fixture);
    }
}

#define TEST(function)                                                         \
    {                                                                          \
        .name = #function, .test_func = (function), .setup_func = setup,       \
        .teardown_func = teardown                                              \
    }

static const struct CMUnitTest odd[] = {
    TEST(part__a_recorder_killed_after_each_step),
    TEST(part__a_journal_cut_at_every_byte),
    TEST(part__finishing_is_what_the_recorder_does_itself),
    TEST(part__a_journal_that_grows_is_left_alone),
    TEST(part__a_recording_is_not_replaced_without_force),
    TEST(part__what_is_held_is_bounded),
    TEST(part__more_names_than_fit),
    TEST(part__a_head_of_too_many_lines),
    TEST(part__more_of_all_than_a_mock_loads),
};

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(odd) + COUNT_OF(bad_rows) +
                            COUNT_OF(secret_rows) + COUNT_OF(unfit_rows)];
    size_t count = COUNT_OF(odd);

    memcpy(tests, odd, sizeof(odd));
    for (size_t i = 0; i < COUNT_OF(bad_rows); i++) {
        tests[count++] = (struct CMUnitTest){.name = bad_rows[i].name,
                                             .test_func = part__bad_row,
                                             .setup_func = setup,
                                             .teardown_func = teardown,
                                             .initial_state = &bad_rows[i]};
    }
    for (size_t i = 0; i < COUNT_OF(secret_rows); i++) {
        tests[count++] = (struct CMUnitTest){.name = secret_rows[i].name,
                                             .test_func = part__secret_row,
                                             .setup_func = setup,
                                             .teardown_func = teardown,
                                             .initial_state = &secret_rows[i]};
    }
    for (size_t i = 0; i < COUNT_OF(unfit_rows); i++) {
        tests[count++] = (struct CMUnitTest){.name = unfit_rows[i].name,
                                             .test_func = part__unfit_row,
                                             .setup_func = setup,
                                             .teardown_func = teardown,
                                             .initial_state = &unfit_rows[i]};
    }
    return cmocka_run_group_tests_name("record_part", tests, NULL, NULL);
}
