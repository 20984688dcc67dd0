/* SPDX-License-Identifier: MIT */
/* choose.c - answer each request from a mock, or else from an engine. */
#include "choose.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choose_own.h"

#define LISTENERS_MAX 2
#define MADE_ANSWER_MAX 65536 /* a create's answer has 100 bytes */
#define FULL_PAUSE_MS 50      /* without room for clients; then look again */

/* ---- what the engine made ---- */

bool md_rec_chooser_is_made(struct md_rec_chooser *chooser, const char *ref,
                            size_t len)
{
    bool is_found = false;

    (void)pthread_mutex_lock(&chooser->lock);
    for (size_t i = 0; i < chooser->made_count && !is_found; i++) {
        is_found = strncmp(chooser->made[i], ref, len) == 0 &&
                   (chooser->made[i][len] == '\0' || len >= 12);
    }
    (void)pthread_mutex_unlock(&chooser->lock);
    return is_found;
}

void md_rec_chooser_keep_made(struct md_rec_chooser *chooser, char *ref)
{
    (void)pthread_mutex_lock(&chooser->lock);
    if (ref != NULL && chooser->made_count < MD_REC_CHOOSE_MADE_MAX) {
        chooser->made[chooser->made_count++] = ref;
        ref = NULL;
    }
    (void)pthread_mutex_unlock(&chooser->lock);
    free(ref);
}

/* ---- seats ---- */

static void *serve(void *user)
{
    struct md_rec_seat *seat = user;
    bool goes_on = md_rec_duplex_ready(&seat->client, md_rec_seat_stop(seat));

    while (goes_on && md_rec_seat_request(seat)) {
        goes_on =
            md_rec_seat_answer(seat) && !seat->is_last && !seat->is_client_over;
    }
    if (seat->client.fd >= 0) {
        (void)md_rec_chan_shut(&seat->client);
    }
    md_rec_chan_close(&seat->client, false);
    md_rec_chan_close(&seat->engine, false);
    atomic_store(&seat->is_done, true);
    return NULL;
}

static void leave(struct md_rec_seat *seat)
{
    (void)pthread_join(seat->thread, NULL);
    md_rec_bytes_release(&seat->ahead);
    md_rec_bytes_release(&seat->request);
    md_rec_bytes_release(&seat->answer);
    md_rec_bytes_release(&seat->body);
    md_rec_target_release(&seat->target);
    md_rec_spans_release(&seat->head_spans);
    seat->is_taken = false;
}

static struct md_rec_seat *find_seat(struct md_rec_chooser *chooser)
{
    struct md_rec_seat *found = NULL;

    for (size_t i = 0; i < MD_REC_CHOOSE_CLIENTS_MAX; i++) {
        struct md_rec_seat *seat = &chooser->seats[i];

        if (seat->is_taken && atomic_load(&seat->is_done)) {
            leave(seat);
        }
        if (!seat->is_taken && found == NULL) {
            found = seat;
        }
    }
    return found;
}

static void init_seat(struct md_rec_seat *seat, struct md_rec_chooser *chooser)
{
    seat->chooser = chooser;
    seat->client = md_rec_chan_none();
    seat->engine = md_rec_chan_none();
    seat->is_client_over = false;
    atomic_store(&seat->is_done, false);
    seat->ahead =
        md_rec_bytes_new(MD_REC_CHOOSE_AHEAD_MAX + MD_REC_DUPLEX_PAGE);
    seat->request = md_rec_bytes_new(MD_REC_CHOOSE_ASK_MAX + MD_REC_HEAD_MAX);
    seat->answer = md_rec_bytes_new(MD_REC_CHOOSE_ASK_MAX);
    seat->body = md_rec_bytes_new(MADE_ANSWER_MAX);
    md_rec_scan_init(&seat->requests, MD_REC_SCAN_REQUEST);
}

/* False when there is no room for one more just now. */
static bool accept_client(struct md_rec_chooser *chooser,
                          const struct md_rec_listener *listener)
{
    struct md_rec_seat *seat = find_seat(chooser);
    int fd = seat != NULL ? md_rec_socket_accept(listener->fd) : -1;

    if (fd < 0) {
        return seat != NULL && errno != EMFILE && errno != ENFILE;
    }
    init_seat(seat, chooser);
    if (!md_rec_chan_open(&seat->client, fd, listener->tls, false)) {
        return false;
    }
    if (pthread_create(&seat->thread, NULL, serve, seat) != 0) {
        md_rec_chan_close(&seat->client, true);
        return false;
    }
    seat->is_taken = true;
    return true;
}

/* Wait for clients, if there is room for one, and for the stop. */
static int wait_for_clients(const struct md_rec_choose_options *options,
                            struct pollfd fds[LISTENERS_MAX + 1], bool has_room)
{
    for (size_t i = 0; i < options->listener_count; i++) {
        fds[i + 1] = (struct pollfd){
            .fd = has_room ? options->listeners[i].fd : -1, .events = POLLIN};
    }
    return poll(fds, 1 + options->listener_count,
                has_room ? -1 : FULL_PAUSE_MS);
}

static enum mockd_code run(struct md_rec_chooser *chooser,
                           struct mockd_error *err)
{
    const struct md_rec_choose_options *options = chooser->options;
    struct pollfd fds[LISTENERS_MAX + 1] = {
        {.fd = options->stop_fd, .events = POLLIN}};
    bool has_room = true;

    for (;;) {
        int count = wait_for_clients(options, fds, has_room);

        if (count < 0 && errno != EINTR) {
            return md_rec_fail(err, MOCKD_E_SYSTEM, "wait for clients: %s",
                               strerror(errno));
        }
        if (count > 0 && fds[0].revents != 0) {
            return MOCKD_OK;
        }
        has_room = true;
        for (size_t i = 0; count > 0 && i < options->listener_count; i++) {
            bool is_there = fds[i + 1].revents != 0;

            has_room =
                (!is_there || accept_client(chooser, &options->listeners[i])) &&
                has_room;
        }
    }
}

enum mockd_code md_rec_choose_run(const struct md_rec_choose_options *options,
                                  struct mockd_error *err)
{
    struct md_rec_chooser *chooser = calloc(1, sizeof(*chooser));
    enum mockd_code rc = MOCKD_OK;

    if (chooser != NULL) {
        chooser->seats =
            calloc(MD_REC_CHOOSE_CLIENTS_MAX, sizeof(*chooser->seats));
    }
    if (chooser == NULL || chooser->seats == NULL) {
        free(chooser);
        return md_rec_fail(err, MOCKD_E_SYSTEM, "no memory");
    }
    if (options->listener_count > LISTENERS_MAX) {
        free(chooser->seats);
        free(chooser);
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "at most %d listeners are possible", LISTENERS_MAX);
    }
    chooser->options = options;
    (void)pthread_mutex_init(&chooser->lock, NULL);
    rc = run(chooser, err);
    for (size_t i = 0; i < MD_REC_CHOOSE_CLIENTS_MAX; i++) {
        if (chooser->seats[i].is_taken) {
            leave(&chooser->seats[i]);
        }
    }
    for (size_t i = 0; i < chooser->made_count; i++) {
        free(chooser->made[i]);
    }
    (void)pthread_mutex_destroy(&chooser->lock);
    free(chooser->seats);
    free(chooser);
    return rc;
}
