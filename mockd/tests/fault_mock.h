/* SPDX-License-Identifier: MIT */
/* fault_mock.h - a mock with a fault armed, and a raw client of it. One at a
 * time; what fails is a cmocka assertion. */
#ifndef FAULT_MOCK_H
#define FAULT_MOCK_H

#include <stdbool.h>
#include <stddef.h>

#include <mockd/mockd.h>

#define FM_HELLO                                                               \
    "{\"AttachStdout\":true,\"AttachStderr\":true,"                            \
    "\"Cmd\":[\"sh\",\"-c\",\"echo out; echo err >&2; exit 7\"]}"
#define FM_OUT "\1\0\0\0\0\0\0\4out\n"
#define FM_ERR "\2\0\0\0\0\0\0\4err\n"
/* says "ready", waits for 5 bytes, says "five", waits for the end of the
 * client's side, says "end" */
#define FM_STDIN                                                               \
    "{\"AttachStdin\":true,\"AttachStdout\":true,\"Cmd\":[\"stdin\"]}"
#define FM_BYTES(text) .want = (text), .want_len = sizeof(text) - 1

enum fm_end {
    FM_EOF = 0,
    FM_RESET,
    FM_SILENCE /* nothing for a while, and no end */
};

enum fm_where { FM_BOTH = 0, FM_UNIX, FM_TCP };

/* One attached exec, by one of the sockets or by each. */
struct fm_row {
    const char *name;
    const char *fault;
    const char *create; /* NULL = FM_HELLO */
    enum fm_where where;
    const char *send; /* once the head has come; NULL = nothing */
    bool ends_side;   /* and our side then */
    bool has_no_head; /* none that is whole: want is all there is */
    const char *want; /* behind the head */
    size_t want_len;
    enum fm_end end;
    const char *inspect; /* what inspect says then; NULL = not asked */
    unsigned long min_ms;
    bool is_unfired; /* it does not come to it */
};

extern struct mockd *fm_mock;
extern int fm_fds[4]; /* the tests'; closed with the mock */
extern char fm_text[65536];
extern size_t fm_len; /* of what was read into it */

/* What the next mock gets beside fixtures and sockets; fm_tear_down() forgets
 * it. */
extern struct mockd_options fm_options;

/* Start a mock on both sockets; stop it, which fails when a descriptor is left
 * open. */
int fm_set_up(void **state);
int fm_tear_down(void **state);

void fm_arm(const char *fault);

/* Fail unless the fault called so in @fault has shown @count times. */
void fm_assert_fired(const char *fault, unsigned long count);

/* What the mock said last about a fault that could not be applied; "" if it
 * said nothing. Borrowed until the next call. */
const char *fm_note(void);

void fm_create(const char *body, char *out_id);
const char *fm_path(const char *id, const char *verb);
int fm_start(const char *url, const char *id);
void fm_inspect(const char *id, const char *want);

/* Run FM_HELLO to its end. */
void fm_run(char *out_id);

void fm_read_head(int fd);

/* Read until the connection ends; when @want is silence, until @want_len bytes
 * have come and then no more do. */
enum fm_end fm_read_end(int fd, enum fm_end want, size_t want_len);

/* The same, and it must end like that, and that must be what comes. */
void fm_end_as(int fd, enum fm_end end, const char *want, size_t want_len);

unsigned long fm_now_ms(void);

/* Play the row of *@state on a mock that has no fault armed. */
void fm_play(void **state);

/* A mock that was told to listen where the row says must refuse its fault. */
struct fm_refusal {
    const char *name;
    const char *fault;
    enum fm_where where; /* the mock listens there */
    const char *error;
};

void fm_refuse(void **state);

#endif
