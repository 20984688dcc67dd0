/* SPDX-License-Identifier: MIT */
/*
 * mockd.h - a mock Docker daemon inside your own process.
 *
 * It replays recorded exec sessions (docs/execcast.md) on a unix socket, on
 * loopback TCP, or both. Each mock owns one thread; any number may live in one
 * process, and they share nothing.
 *
 * Threads: everything but mockd_start() and mockd_stop() may be called on one
 * mock by any number of threads at once, but not from its callbacks. What one
 * of them changes waits for the answer that is being made, no longer. Nothing
 * else may be under way on a mock that is being stopped.
 */
#ifndef MOCKD_MOCKD_H
#define MOCKD_MOCKD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MOCKD_EXPORT __attribute__((visibility("default")))
#define MOCKD_ERROR_MESSAGE_MAX 512 /* bytes, with the final NUL */

enum mockd_code {
    MOCKD_OK = 0,
    MOCKD_E_INVALID, /* an option that does not fit its description */
    MOCKD_E_FIXTURE, /* a fixture that cannot be used */
    MOCKD_E_SYSTEM,  /* the system refused: memory, a socket, a thread */
    MOCKD_E_TIMEOUT, /* what was waited for did not come in time */
};

struct mockd_error {
    enum mockd_code code;
    char message[MOCKD_ERROR_MESSAGE_MAX]; /* one line; names the operand, and
                                            * FILE:LINE for a fixture */
};

struct mockd; /* opaque; made by mockd_start() */

/* Start from MOCKD_OPTIONS_INIT. All pointers are borrowed for the call. */
struct mockd_options {
    size_t size;             /* sizeof of the struct the caller compiled */
    const char *profile;     /* a name from mockd_profiles_dir(), such as
                              * "docker-20.10.24"; either this ... */
    const char *fixtures;    /* ... or a folder: every .execcast below it */
    const char *unix_path;   /* where to listen; "auto" = a fresh folder of
                              * its own, removed again; NULL = no unix socket */
    const char *tcp_address; /* "127.0.0.1:0", "[::1]:PORT": loopback only;
                              * port 0 = a free one; NULL = no TCP */
    const char *pace;        /* when the next piece of a stream is written:
                              * "asap" (NULL); "recorded", as long after the
                              * event before as it was recorded, or
                              * "recorded:PERCENT" of that;
                              * "gap:MICROSECONDS"; "lockstep", when the
                              * client has read the one before, so that it
                              * sees the pieces as they were recorded; "step",
                              * when mockd_step() says so */
    /* Called on the mock's thread for each request that no recording answers,
     * with the message that the client gets in the first line, then the
     * closest rule beside the request, and .execcast lines that would answer
     * it; lines are parted by line feeds. Also with one line when a fault or
     * the journal's file fails, for each byte that a script expects in vain,
     * and for each TLS handshake that fails. May be NULL. */
    void (*on_note)(void *user, const char *note);
    void *on_note_user;
    const char *admin_path;   /* where to listen for control (docs/control.md);
                               * "auto" = a fresh folder; NULL = nowhere */
    const char *journal_path; /* a file that entries are appended to; NULL */
    /* Called on the mock's thread when a client of the admin socket says stop:
     * let another thread call mockd_stop(). NULL = nothing happens. */
    void (*on_stop)(void *user);
    void *on_stop_user;
    uint64_t seed; /* of the execs' ids; 0 = another each time. What a fault
                    * draws is the same each time, by a seed of its own */
    /* PEM files: TLS on the tcp address, with this certificate (its chain
     * behind it) and its key, which may have no passphrase; NULL = in the
     * clear. With tls_ca clients must show a certificate that it signed, as
     * with dockerd --tlsverify. */
    const char *tls_cert;
    const char *tls_key;
    const char *tls_ca;
};

#define MOCKD_OPTIONS_INIT                                                     \
    {                                                                          \
        .size = sizeof(struct mockd_options)                                   \
    }

/*
 * Load the fixtures, listen, and serve from a thread of the mock's own. When
 * this returns MOCKD_OK a client can connect.
 *
 * @out_mock  yours; give it to mockd_stop()
 *
 * Returns MOCKD_OK or
 *   MOCKD_E_INVALID  no listener, both or neither of profile and fixtures, an
 *                    unknown profile (the message lists those there are), a
 *                    unix path over 107 bytes, an address that is not
 *                    loopback, an unknown pace, a TLS file that cannot be
 *                    used (the message says why), one without its other
 *   MOCKD_E_FIXTURE  a fixture with a mistake in it
 *   MOCKD_E_SYSTEM   the folder cannot be read, the socket cannot be bound,
 *                    the journal's file cannot be opened, memory
 */
MOCKD_EXPORT enum mockd_code mockd_start(const struct mockd_options *options,
                                         struct mockd **out_mock,
                                         struct mockd_error *err);

/* Close every connection, stop the thread, free @mock, which may be NULL. */
MOCKD_EXPORT void mockd_stop(struct mockd *mock);

/*
 * Arm a fault: from now on the answers that it fits are changed.
 *
 * @fault  a JSON object such as {"fault":"truncate_at","at":"frame:1+3"}, or
 *         NAME[:KEY=VALUE,...], or preset:NAME, or bug:NAME for a preset of
 *         class bug in all answers; docs/faults.md lists all
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (an unknown fault, preset or key, a value
 * out of its range, something that this mock's listeners cannot show: the
 * message says which), MOCKD_E_FIXTURE (a preset with a mistake in it) or
 * MOCKD_E_SYSTEM. Of a preset that fails nothing is armed.
 */
MOCKD_EXPORT enum mockd_code mockd_arm(struct mockd *mock, const char *fault,
                                       struct mockd_error *err);

/* How often armed faults have shown so far: those called @fault, or all when it
 * is NULL. A test whose fault did not show has tested nothing. */
MOCKD_EXPORT unsigned long mockd_fired(struct mockd *mock, const char *fault);
/*
 * Forget a fault that was armed; answers that have begun keep what it did, the
 * listeners let clients in again.
 *
 * @number  in the order of arming from 1; 0 = all
 *
 * Returns MOCKD_OK or MOCKD_E_INVALID (there is none of that number).
 */
MOCKD_EXPORT enum mockd_code mockd_disarm(struct mockd *mock, unsigned number,
                                          struct mockd_error *err);

/*
 * The armed faults and what became of them: a JSON array of objects with
 * fault (the number), name, seen, applied, fired, armed (docs/control.md).
 *
 * @out_text  yours; mockd_text_free()
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (memory).
 */
MOCKD_EXPORT enum mockd_code mockd_faults(struct mockd *mock, char **out_text,
                                          struct mockd_error *err);

/*
 * Load more fixtures, behind those there are: where two rules answer alike,
 * the older one does.
 *
 * @path  an .execcast file, or a folder: every one below it
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (a mistake in one, none there, too many)
 * or MOCKD_E_SYSTEM (it cannot be read, memory); then nothing was loaded.
 */
MOCKD_EXPORT enum mockd_code mockd_load(struct mockd *mock, const char *path,
                                        struct mockd_error *err);

/*
 * Let the inspects of an exec of a script say that it has exited, where the
 * script says "inspect":"until_released" (docs/execcast.md); before its exit or
 * after it.
 *
 * @exec  its id, whole
 *
 * Returns MOCKD_OK or MOCKD_E_INVALID (there is none of that id).
 */
MOCKD_EXPORT enum mockd_code mockd_release(struct mockd *mock, const char *exec,
                                           struct mockd_error *err);

/*
 * Let a stream send more pieces, where the pace is "step". That one waits is
 * the journal's event "held" (docs/control.md).
 *
 * @connection  its number in the journal; 0 = every stream
 * @count       pieces
 *
 * Returns MOCKD_OK or MOCKD_E_INVALID (the pace is another, or there is no such
 * stream).
 */
MOCKD_EXPORT enum mockd_code mockd_step(struct mockd *mock, uint64_t connection,
                                        uint64_t count,
                                        struct mockd_error *err);

/* As freshly started, but for the fixtures and which were used: close the
 * streams; forget faults, execs, made containers and the journal, whose
 * numbers go on. */
MOCKD_EXPORT void mockd_reset(struct mockd *mock);

/*
 * What happened, one JSON object a line (docs/control.md).
 *
 * @since     entries with a greater "seq" only; 0 = all that are kept
 * @out_text  yours; mockd_text_free(); "" = none
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (memory).
 */
MOCKD_EXPORT enum mockd_code mockd_journal(struct mockd *mock, uint64_t since,
                                           char **out_text,
                                           struct mockd_error *err);

/*
 * Wait for an entry of the journal, one that is there already included.
 *
 * @filter      a JSON object; the entry has each of its members with an equal
 *              value, such as {"event":"fired","fault":1}; NULL or "" = any
 * @since       entries with a greater "seq" only
 * @timeout_ms  0 = look, and do not wait
 * @out_entry   yours; mockd_text_free(); its line; may be NULL
 *
 * Returns MOCKD_OK, MOCKD_E_TIMEOUT, MOCKD_E_INVALID (not a JSON object) or
 * MOCKD_E_SYSTEM (memory).
 */
MOCKD_EXPORT enum mockd_code mockd_wait(struct mockd *mock, const char *filter,
                                        uint64_t since, uint32_t timeout_ms,
                                        char **out_entry,
                                        struct mockd_error *err);

/*
 * Did the mock's clients do what its fixtures and faults foresee?
 *
 * @allows_unused  else a fixture that never answered is listed too
 * @out_text       yours; mockd_text_free(); lines that list the requests that
 *                 no recording answered and the armed faults that never fired,
 *                 both since the start or the last mockd_reset(); "" = none
 *
 * Returns MOCKD_OK, whatever the text says, or MOCKD_E_SYSTEM (memory).
 */
MOCKD_EXPORT enum mockd_code mockd_check(struct mockd *mock, bool allows_unused,
                                         char **out_text,
                                         struct mockd_error *err);

/* Free a text that one of these gave you; NULL is fine. */
MOCKD_EXPORT void mockd_text_free(char *text);

/* "unix:///PATH" of the admin socket, or NULL; owned by the mock. */
MOCKD_EXPORT const char *mockd_admin_url(const struct mockd *mock);

/* "unix:///PATH" to give to a client, or NULL; owned by the mock. */
MOCKD_EXPORT const char *mockd_unix_url(const struct mockd *mock);

/* "tcp://127.0.0.1:PORT" to give to a client, or NULL; owned by the mock. */
MOCKD_EXPORT const char *mockd_tcp_url(const struct mockd *mock);

/* Name of the container that the fixtures know, such as "t1"; NULL when they
 * know none. Owned by the mock. */
MOCKD_EXPORT const char *mockd_container(const struct mockd *mock);

/* How many .execcast files were loaded. */
MOCKD_EXPORT size_t mockd_fixture_count(const struct mockd *mock);

/*
 * The folder that profiles are looked up in: the environment's
 * DRYDOCK_FIXTURES, else ../share/drydock/fixtures/sessions beside the
 * running program's folder. Writes at most @size bytes with the final NUL.
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (it does not fit).
 */
MOCKD_EXPORT enum mockd_code mockd_profiles_dir(char *out_path, size_t size,
                                                struct mockd_error *err);

#ifdef __cplusplus
}
#endif

#endif
