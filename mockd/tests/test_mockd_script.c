/* SPDX-License-Identifier: MIT */
/* test_mockd_script.c - scripts played by a whole mock to a raw client. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "cleanup.h"
#include "wire_client.h"

#define WAIT_MS 10000
#define TEXT_MAX 8192
#define ACTS_MAX 16
#define BULK (UINT64_C(256) * 1024 * 1024)
#define ECHOED ((size_t)8 * 1024 * 1024)
#define GROWTH_MAX_KIB 8192
#define CREATE(cmd)                                                            \
    "{\"AttachStdin\":true,\"AttachStdout\":true,\"Cmd\":[" cmd "]}"
#define START(verb)                                                            \
    "{\"on\":\"POST /containers/{NAME}/exec\",\"makes\":\"EID1\"}\n"           \
    "{\"on\":\"POST /exec/{EID1}/start\",\"stream\":\"s\"}\n"                  \
    "{\"stream\":\"s\"}\n" verb

/* What the client does. In texts [1:out] is a frame of stdout. */
enum what {
    DONE = 0,
    GETS,    /* exactly these bytes come */
    SENDS,   /* these bytes */
    FIN,     /* its half-close */
    RESIZES, /* with this query */
    EOF_NOW, /* the stream ends here */
    RESET,   /* it is reset here */
    INSPECT, /* has this in its answer */
    WAITS,   /* what comes next comes so many microseconds after the start */
    RELEASE  /* the exec */
};

struct act {
    enum what what;
    const char *text;
};

struct row {
    const char *name;
    const char *steps;
    struct act acts[ACTS_MAX];
    const char *note; /* part of the one that comes; NULL = none comes */
    bool is_tcp;
    const char *fault; /* is armed; NULL = none */
    unsigned long fired;
    const char *rule; /* one more; NULL = none */
};

static struct row rows[] = {
    {"minimal", "[\"<1\",\"hi\"]\n[\"exit\",3]\n",
     .acts = {{GETS, "[1:hi]"},
              {EOF_NOW, ""},
              {INSPECT, "\"Running\":false,\"ExitCode\":3,"}}},
    {"write", "[\"<\",\"a%00b\"]\n",
     .acts = {{GETS, "a"}, {GETS, "~b"}, {EOF_NOW, ""}}},
    {"frames", "[\"<2\",\"abc\",{\"frame_len\":2}]\n",
     .acts = {{GETS, "[2:ab][2:c]"}, {EOF_NOW, ""}}},
    {"any_bytes", "[\">\",3]\n[\"<\",\"x\"]\n",
     .acts = {{SENDS, "ab"},
              {INSPECT, "\"Running\":true"},
              {SENDS, "c"},
              {GETS, "x"}}},
    {"expected_bytes", "[\">=\",\"ab%0A\"]\n[\"<\",\"x\"]\n",
     .acts = {{SENDS, "a"},
              {INSPECT, "\"Running\":true"},
              {SENDS, "b\n"},
              {GETS, "x"},
              {EOF_NOW, ""}}},
    {"difference_on_tcp", "[\">=\",\"abc\"]\n[\"<\",\"x\"]\n",
     .acts = {{SENDS, "aXc"}, {RESET, ""}, {INSPECT, "\"Running\":false"}},
     .note = "x.execcast:5: the client's byte at 1 of the 3 expected is 58 "
             "(X), not 62 (b)",
     .is_tcp = true},
    {"difference_on_unix", "[\">=\",\"abc\"]\n[\"<\",\"x\"]\n",
     .acts = {{SENDS, "aXc"}, {EOF_NOW, ""}},
     .note = "not 62 (b); it is byte 1 of what it sent; the stream is reset"},
    {"difference_that_goes_on",
     "[\">=\",\"abc\",{\"else\":\"go on\"}]\n[\"<\",\"x\"]\n",
     .acts = {{SENDS, "aXc"}, {GETS, "x"}, {EOF_NOW, ""}},
     .note = "the stream goes on"},
    {"half_close", "[\">.\"]\n[\"<\",\"x\"]\n",
     .acts = {{INSPECT, "\"Running\":true"}, {FIN, ""}, {GETS, "x"}}},
    {"resize_of_any_size", "[\"r\"]\n[\"<\",\"x\"]\n",
     .acts = {{RESIZES, "h=1&w=2"}, {GETS, "x"}}},
    {"resize_to_a_size", "[\"r=\",\"120x40\"]\n[\"<\",\"x\"]\n",
     .acts = {{RESIZES, "h=24&w=80"},
              {INSPECT, "\"Running\":true"},
              {RESIZES, "h=40&w=120"},
              {GETS, "x"},
              {EOF_NOW, ""}}},
    {"echo", "[\"echo\"]\n[\"<\",\"end\"]\n",
     .acts = {{SENDS, "ab"},
              {GETS, "ab"},
              {SENDS, "c"},
              {GETS, "c"},
              {FIN, ""},
              {GETS, "end"},
              {EOF_NOW, ""}}},
    {"echo_in_frames", "[\"echo\",1]\n",
     .acts = {{SENDS, "ab"}, {GETS, "[1:ab]"}, {FIN, ""}, {EOF_NOW, ""}}},
    {"exit_before_the_end", "[\"exit\",9]\n[\"<\",\"x\"]\n[\">.\"]\n",
     .acts = {{GETS, "x"},
              {INSPECT, "\"Running\":false,\"ExitCode\":9,"},
              {FIN, ""},
              {EOF_NOW, ""}}},
    {"end_is_an_exit", "[\"<.\"]\n[\"exit\",4]\n",
     .acts = {{EOF_NOW, ""}, {INSPECT, "\"Running\":false,\"ExitCode\":4,"}}},
    {"reset_on_tcp", "[\">\",1]\n[\"<!\"]\n",
     .acts = {{SENDS, "x"}, {RESET, ""}}, .is_tcp = true},
    {"reset_on_unix", "[\">\",1]\n[\"<!\"]\n",
     .acts = {{SENDS, "x"}, {RESET, ""}}},
    {"reset_after_expected_bytes", "[\">=\",\"x\"]\n[\"<!\"]\n",
     .acts = {{SENDS, "x"}, {EOF_NOW, ""}}},
    {"pause", "[\"<\",\"a\"]\n[\"pause\",60000]\n[\"<\",\"b\"]\n",
     .acts = {{GETS, "a"}, {WAITS, "60000"}, {GETS, "b"}, {EOF_NOW, ""}}},
    {"pause_between_others", "[\"pause\",60000]\n[\"<\",\"b\"]\n",
     .acts = {{INSPECT, "\"Running\":true"},
              {SENDS, "x"},
              {WAITS, "60000"},
              {GETS, "b"},
              {EOF_NOW, ""}}},
    {"released", "[\"<1\",\"a\"]\n[\"exit\",3]\n",
     .rule = "{\"on\":\"GET /exec/{EID1}/json\",\"inspect\":"
             "\"until_released\"}\n",
     .acts = {{GETS, "[1:a]"},
              {EOF_NOW, ""},
              {INSPECT, "\"Running\":true"},
              {RELEASE, ""},
              {INSPECT, "\"Running\":false,\"ExitCode\":3,"}}},
    /* Faults edit a script as they edit a recording. */
    {"fault_cuts_a_frame",
     "[\"<1\",\"abc\"]\n[\">=\",\"x\"]\n[\"<2\",\"defg\",{\"frame_len\":2}]\n",
     .fault = "truncate_at:at=frame:2+1", .fired = 1,
     .acts = {{GETS, "[1:abc]"},
              {SENDS, "x"},
              {GETS, "[2:de]\x02"},
              {EOF_NOW, ""}}},
    {"fault_in_a_block",
     "[\"repeat\",3]\n[\"<1\",\"ab\"]\n[\"pause\",1]\n[\"again\"]\n[\"exit\",5]"
     "\n",
     .fault = "trailing_bytes:n=1", .fired = 1,
     .acts = {{GETS, "[1:ab][1:ab][1:ab]"},
              {GETS, "\x01"},
              {EOF_NOW, ""},
              {INSPECT, "\"ExitCode\":5,"}}},
    {"no_fault_in_a_block_without_end",
     "[\"repeat\",1000000000000]\n[\"pause\",1]\n[\"again\"]\n[\"<1\",\"ab\"]"
     "\n",
     .fault = "truncate_at:at=end",
     .note = "no fault can be applied to an answer of more than"},
    {"no_fault_in_an_echo", "[\"echo\"]\n", .fault = "truncate_at:at=end",
     .acts = {{SENDS, "ab"}, {GETS, "ab"}, {FIN, ""}, {EOF_NOW, ""}},
     .note = "x.execcast: its stream echoes what the client sends"},
    {"no_fault_in_too_much", "[\"<1\",{\"fill\":\"61\",\"len\":100000000}]\n",
     .fault = "truncate_at:at=end", .acts = {{GETS, "\x01~~~"}},
     .note = "no fault can be applied to an answer of more than"},
    {"block", "[\"repeat\",3]\n[\">=\",\"q\"]\n[\"<1\",\"a\"]\n[\"again\"]\n",
     .acts = {{SENDS, "q"},
              {GETS, "[1:a]"},
              {SENDS, "qq"},
              {GETS, "[1:a][1:a]"},
              {EOF_NOW, ""}}},
    {"many_rounds",
     "[\"repeat\",1000]\n[\"<\",\"\"]\n[\"again\"]\n"
     "[\"<\",\"x\"]\n",
     .acts = {{GETS, "x"}, {EOF_NOW, ""}}},
};

static struct mockd *mock;
static int fd = -1;
static char folder[64];
static char path[128];
static char text[TEXT_MAX];
static char note[TEXT_MAX];
static uint64_t started_us; /* before the start was sent */
static unsigned notes;

/* On the mock's thread; read after it is stopped. */
static void keep_note(void *user, const char *what)
{
    (void)user;
    notes++;
    (void)snprintf(note, sizeof(note), "%s", what);
}

static int set_up(void **state)
{
    (void)state;
    notes = 0;
    note[0] = '\0';
    (void)snprintf(folder, sizeof(folder), "/tmp/mockd-test-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/x.execcast", folder);
    return 0;
}

static void stop(void)
{
    if (fd >= 0) {
        (void)close(fd);
    }
    fd = -1;
    mockd_stop(mock);
    mock = NULL;
}

static int tear_down(void **state)
{
    (void)state;
    stop();
    (void)unlink(path);
    return rmdir(folder);
}

static void start_mock(const char *script)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    (void)fputs(script, file);
    assert_int_equal(fclose(file), 0);
    options.fixtures = folder;
    options.unix_path = "auto";
    options.tcp_address = "127.0.0.1:0";
    options.on_note = keep_note;
    (void)mockd_start(&options, &mock, &err);
    assert_string_equal(err.message, "");
}

static uint64_t now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Create an exec and start it; the head is read. */
static void start_exec(const char *create, bool is_tcp, char *out_id)
{
    const char *url = is_tcp ? mockd_tcp_url(mock) : mockd_unix_url(mock);
    char target[128];
    const char *id = NULL;

    assert_int_equal(wire_ask(url, "POST", "/containers/t1/exec", create, text,
                              sizeof(text)),
                     201);
    id = strstr(text, "\"Id\":\"");
    assert_non_null(id);
    (void)snprintf(out_id, 65, "%s", id + strlen("\"Id\":\""));
    (void)snprintf(target, sizeof(target), "/exec/%s/start", out_id);
    fd = wire_connect(url);
    started_us = now_us();
    assert_true(wire_request(fd, "POST", target, "{}", true));
}

static void read_exactly(void *out, size_t len)
{
    uint8_t *at = out;

    while (len > 0) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t got = -1;

        assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
        got = recv(fd, at, len, 0);
        assert_true(got > 0);
        at += got;
        len -= (size_t)got;
    }
}

static void read_head(void)
{
    size_t len = 0;

    do {
        read_exactly(text + len, 1);
        len++;
        text[len] = '\0';
    } while (strstr(text, "\r\n\r\n") == NULL);
    assert_non_null(strstr(text, "HTTP/1.1 101 UPGRADED\r\n"));
}

/* Write @short_form with frames and ~ for NUL spelled out. */
static size_t expand(const char *short_form, char *out)
{
    size_t used = 0;

    for (const char *at = short_form; *at != '\0'; at++) {
        size_t len = 0;

        if (at[0] != '[') {
            memcpy(out + used, at[0] == '~' ? "" : at, 1);
            used++;
            continue;
        }
        len = strcspn(at + 3, "]");
        memset(out + used, 0, 8);
        out[used] = (char)(at[1] - '0');
        out[used + 7] = (char)len;
        memcpy(out + used + 8, at + 3, len);
        used += 8 + len;
        at += 3 + len;
    }
    return used;
}

static void check_gets(const char *short_form)
{
    char want[TEXT_MAX];
    size_t len = expand(short_form, want);

    read_exactly(text, len);
    assert_memory_equal(text, want, len);
}

static void ask(const char *method, const char *id, const char *rest)
{
    char target[160];

    (void)snprintf(target, sizeof(target), "/exec/%s/%s", id, rest);
    assert_int_equal(wire_ask(mockd_unix_url(mock), method, target, NULL, text,
                              sizeof(text)),
                     200);
}

static void check_end(int wanted_errno)
{
    int failure = 0;

    assert_int_equal(wire_read_all(fd, text, sizeof(text), &failure), 0);
    assert_int_equal(failure, wanted_errno);
}

static void act(const struct act *act, const char *id, uint64_t *due_us)
{
    char rest[64];

    switch (act->what) {
    case DONE:
        break;
    case GETS:
        check_gets(act->text);
        assert_true(now_us() >= *due_us);
        break;
    case SENDS:
        assert_true(wire_send(fd, act->text));
        break;
    case FIN:
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        break;
    case RESIZES:
        (void)snprintf(rest, sizeof(rest), "resize?%s", act->text);
        ask("POST", id, rest);
        break;
    case EOF_NOW:
        check_end(0);
        break;
    case RESET:
        check_end(ECONNRESET);
        break;
    case INSPECT:
        ask("GET", id, "json");
        if (strstr(text, act->text) == NULL) {
            assert_string_equal(text, act->text);
        }
        break;
    case RELEASE:
        assert_int_equal(mockd_release(mock, id, NULL), MOCKD_OK);
        break;
    case WAITS:
        *due_us = started_us + strtoul(act->text, NULL, 10);
        break;
    }
}

static void check_note(const char *want)
{
    stop(); /* now nobody writes it */
    assert_int_equal(notes, want == NULL ? 0 : 1);
    if (want != NULL && strstr(note, want) == NULL) {
        assert_string_equal(note, want);
    }
}

static void script__row(void **state)
{
    const struct row *row = *state;
    char script[TEXT_MAX];
    char id[65];
    uint64_t due_us = 0;

    (void)snprintf(script, sizeof(script),
                   "{\"execcast\":1,\"script\":true}\n%s" START("%s"),
                   row->rule == NULL ? "" : row->rule, row->steps);
    start_mock(script);
    assert_true(row->fault == NULL ||
                mockd_arm(mock, row->fault, NULL) == MOCKD_OK);
    start_exec(CREATE("\"x\""), row->is_tcp, id);
    read_head();
    for (const struct act *at = row->acts; at->what != DONE; at++) {
        act(at, id, &due_us);
    }
    assert_int_equal(mockd_fired(mock, NULL), row->fired);
    check_note(row->note);
}

/* The script that docs/execcast.md shows. */
static void read_example(char *out, size_t size)
{
    FILE *file = fopen(DOCS_DIR "/execcast.md", "r");
    char line[2048];
    bool is_inside = false;
    bool is_over = false;

    out[0] = '\0';
    assert_non_null(file);
    while (!is_over && fgets(line, sizeof(line), file) != NULL) {
        is_inside |= strstr(line, "\"name\":\"greeter\"") != NULL;
        is_over = is_inside && strncmp(line, "```", 3) == 0;
        if (is_inside && !is_over) {
            assert_true(strlen(out) + strlen(line) < size);
            (void)strncat(out, line, size - strlen(out) - 1);
        }
    }
    (void)fclose(file);
    assert_true(is_over);
}

static void script__of_the_documentation(void **state)
{
    static const struct act acts[] = {
        {GETS, "[1:name? ]"},
        {SENDS, "Ada\n"},
        {GETS, "[1:hello\n]"},
        {GETS, "[2:0000001 .......\n][2:0000002 .......\n]"},
        {GETS, "[1:.][1:.][1:.]"},
        {RESIZES, "h=40&w=120"},
        {GETS, "[1:120x40\n]"},
        {SENDS, "again"},
        {GETS, "[1:again]"},
        {FIN, ""},
        {EOF_NOW, ""},
        {INSPECT, "\"Running\":true,\"ExitCode\":null"},
        {INSPECT, "\"Running\":false,\"ExitCode\":3,"},
    };
    char script[TEXT_MAX];
    char id[65];
    uint64_t due_us = 0;

    (void)state;
    read_example(script, sizeof(script));
    start_mock(script);
    start_exec(CREATE("\"greet\",\"politely\""), false, id);
    read_head();
    for (size_t i = 0; i < MD_COUNT_OF(acts); i++) {
        act(&acts[i], id, &due_us);
    }
    check_note(NULL);
}

static long peak_kib(void)
{
    struct rusage usage = {0};

    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* Much more than the mock may hold: what it holds does not depend on it. */
static void script__bulk_in_constant_memory(void **state)
{
    const uint64_t frames = BULK / 32768;
    char id[65];
    int failure = 0;
    long before = 0;

    (void)state;
    start_mock("{\"execcast\":1,\"script\":true}\n" START(
        "[\"<1\",{\"prng\":7,\"len\":268435456},{\"frame_len\":32768}]\n"
        "[\"exit\",5]\n"));
    start_exec(CREATE("\"x\""), false, id);
    read_head();
    read_exactly(text, 65); /* the player is at work, with all that it needs */
    before = peak_kib();

    assert_int_equal(wire_read_all(fd, text, sizeof(text), &failure),
                     BULK + frames * 8 - 65);
    assert_int_equal(failure, 0);
    assert_true(peak_kib() - before < GROWTH_MAX_KIB);
    ask("GET", id, "json");
    assert_non_null(strstr(text, "\"ExitCode\":5"));
}

/* What the client sends, and expects back, at @offset. */
static uint8_t echoed_byte(size_t offset)
{
    return (uint8_t)(offset * 31 >> 8);
}

static void send_some(size_t *sent)
{
    uint8_t bytes[4096];
    ssize_t done = 0;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = echoed_byte(*sent + i);
    }
    done = send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);
    *sent += done > 0 ? (size_t)done : 0;
}

static void receive_some(size_t *got)
{
    uint8_t bytes[65536];
    size_t wrong = 0;
    ssize_t done = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    assert_true(done > 0);
    for (size_t i = 0; i < (size_t)done; i++) {
        wrong += bytes[i] == echoed_byte(*got + i) ? 0 : 1;
    }
    assert_int_equal(wrong, 0);
    *got += (size_t)done;
}

/* Both ways at once, far more than any buffer on the way holds. */
static void script__echo_of_bulk(void **state)
{
    char id[65];
    size_t sent = 0;
    size_t got = 0;
    int failure = 0;

    (void)state;
    start_mock("{\"execcast\":1,\"script\":true}\n" START("[\"echo\"]\n"));
    start_exec(CREATE("\"x\""), false, id);
    read_head();
    while (got < ECHOED) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};

        wait.events |= sent < ECHOED ? POLLOUT : 0;
        assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
        if ((wait.revents & POLLOUT) != 0) {
            send_some(&sent);
        }
        if ((wait.revents & POLLIN) != 0) {
            receive_some(&got);
        }
    }
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_int_equal(wire_read_all(fd, text, sizeof(text), &failure),
                     sent - got);
    assert_int_equal(failure, 0);
}

/* A pause that is over must not keep the mock busy. */
static void script__a_pause_that_is_over_costs_nothing(void **state)
{
    struct pollfd wait = {.events = POLLIN};
    char id[65];
    clock_t before = 0;

    (void)state;
    start_mock("{\"execcast\":1,\"script\":true}\n" START(
        "[\"pause\",1000]\n[\"<\",\"a\"]\n[\">.\"]\n"));
    start_exec(CREATE("\"x\""), false, id);
    read_head();
    check_gets("a");
    wait.fd = fd;
    before = clock();
    assert_int_equal(poll(&wait, 1, 200), 0); /* time is the subject */
    assert_true(clock() - before < CLOCKS_PER_SEC / 10);
}

int main(void)
{
    /* bulk first: the peak of memory is the process's */
    struct CMUnitTest tests[MD_COUNT_OF(rows) + 4] = {
        cmocka_unit_test_setup_teardown(script__bulk_in_constant_memory, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(script__echo_of_bulk, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            script__a_pause_that_is_over_costs_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(script__of_the_documentation, set_up,
                                        tear_down),
    };

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i + 4] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = script__row,
                                           .setup_func = set_up,
                                           .teardown_func = tear_down,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_script", tests, NULL, NULL);
}
