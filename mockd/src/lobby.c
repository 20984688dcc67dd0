/* SPDX-License-Identifier: MIT */
#include "lobby.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bounds.h"
#include "http.h"
#include "watch.h"

#define DUE_UNSET UINT64_MAX /* the next md_lobby_run() sets it */

struct md_guest {
    struct md_watch watch; /* first: how an event finds us */
    struct md_guest *next;
    struct md_lobby *lobby;
    struct md_tls_link *link; /* NULL = it has gone, and is to be freed */
    int inner;       /* HTTP's end of the pair; -1 = it has not come that far */
    int outer;       /* the link's */
    uint64_t due_us; /* while it is waiting: until then at most, else 0 */
};

bool md_lobby_has_room(const struct md_lobby *lobby)
{
    return lobby->waiting < MD_HANDSHAKES_MAX &&
           (lobby->http == NULL ||
            md_http_count(lobby->http) + lobby->waiting < MD_CONNECTIONS_MAX);
}

/* ---- one guest ---- */

static void begin_waiting(struct md_guest *guest)
{
    if (guest->due_us == 0) {
        guest->lobby->waiting++;
        guest->due_us = DUE_UNSET;
    }
}

static void end_waiting(struct md_guest *guest)
{
    guest->lobby->waiting -= guest->due_us > 0;
    guest->due_us = 0;
}

/* It may be in its own watch, or its other one may be in this round. */
static void dismiss(struct md_guest *guest)
{
    md_tls_link_free(guest->link);
    guest->link = NULL;
    guest->lobby->has_gone = true;
    end_waiting(guest);
}

/* Edge-triggered: who is run does all that can be done. */
static bool watch(struct md_guest *guest, int fd)
{
    struct epoll_event event = {
        .events = (uint32_t)EPOLLIN | (uint32_t)EPOLLOUT | (uint32_t)EPOLLET,
        .data = {.ptr = &guest->watch}};

    return epoll_ctl(guest->lobby->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void note_failure(const struct md_guest *guest, const char *words)
{
    const struct md_lobby *lobby = guest->lobby;
    char note[MD_TROUBLE_MAX];

    if (lobby->on_note != NULL && words[0] != '\0') {
        (void)snprintf(note, sizeof(note),
                       "mockd: no TLS handshake with a client: %s", words);
        lobby->on_note(lobby->on_note_user, note);
    }
}

/* The handshake is done: HTTP serves it. */
static bool open_guest(struct md_guest *guest)
{
    const struct sockaddr_un nobody = {.sun_family = AF_UNIX};

    if (guest->lobby->http == NULL ||
        !md_tls_open(guest->link, &guest->inner, &guest->outer)) {
        return false;
    }
    if (!watch(guest, guest->outer)) {
        (void)close(guest->inner);
        guest->inner = -1;
        return false;
    }
    end_waiting(guest);
    md_http_add(guest->lobby->http, guest->inner,
                (const struct sockaddr *)&nobody, sizeof(nobody));
    return true;
}

/* False when it is not open yet, or gone. */
static bool shake_hands(struct md_guest *guest)
{
    switch (md_tls_accept(guest->link)) {
    case MD_TLS_OK:
        if (open_guest(guest)) {
            return true;
        }
        break;
    case MD_TLS_WAIT:
        return false;
    case MD_TLS_END:
    case MD_TLS_GONE:
        note_failure(guest, md_tls_words(guest->link));
        break;
    }
    dismiss(guest);
    return false;
}

static void note_guest(void *user, struct md_watch *watch, uint32_t ready)
{
    struct md_guest *guest = (struct md_guest *)watch; /* its first member */

    (void)user;
    (void)ready;
    if (guest->link == NULL || (guest->inner < 0 && !shake_hands(guest))) {
        return;
    }
    switch (md_tls_relay(guest->link)) {
    case MD_TLS_WAIT:
        if (md_tls_is_closing(guest->link)) {
            begin_waiting(guest);
        }
        break;
    case MD_TLS_OK:
    case MD_TLS_END:
    case MD_TLS_GONE:
        dismiss(guest);
        break;
    }
}

/* ---- all of them ---- */

void md_lobby_admit(struct md_lobby *lobby, int fd, uint64_t now_us)
{
    struct md_guest *guest = calloc(1, sizeof(*guest));

    if (guest == NULL || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        (void)close(fd);
        free(guest);
        return;
    }
    *guest = (struct md_guest){.watch = {note_guest, NULL},
                               .lobby = lobby,
                               .link = md_tls_link_new(lobby->tls, fd),
                               .inner = -1};
    if (guest->link == NULL || !watch(guest, fd)) {
        md_tls_link_free(guest->link);
        free(guest);
        return;
    }
    begin_waiting(guest);
    guest->due_us = now_us + MD_HANDSHAKE_US;
    guest->next = lobby->first;
    lobby->first = guest;
    if (lobby->wake_us == 0 || guest->due_us < lobby->wake_us) {
        lobby->wake_us = guest->due_us;
    }
}

static void unwatch(const struct md_lobby *lobby, int fd)
{
    (void)epoll_ctl(lobby->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* HTTP closes @inner before its number is used anew, so of two guests that had
 * the same the newer one is meant; new ones are put in front. */
struct md_tls_link *md_lobby_take(struct md_lobby *lobby, int inner)
{
    struct md_guest **at = &lobby->first;
    struct md_guest *guest = NULL;
    struct md_tls_link *link = NULL;

    while (*at != NULL && ((*at)->link == NULL || (*at)->inner != inner)) {
        at = &(*at)->next;
    }
    guest = *at;
    if (guest == NULL) {
        return NULL;
    }
    *at = guest->next;
    link = guest->link;
    unwatch(lobby, md_tls_fd(link));
    unwatch(lobby, guest->outer);
    md_tls_take(link, inner);
    free(guest);
    return link;
}

/* False when its time is over. */
static bool may_wait(struct md_guest *guest, uint64_t now_us)
{
    if (guest->due_us == DUE_UNSET) {
        guest->due_us = now_us + MD_HANDSHAKE_US;
    }
    return guest->due_us == 0 || now_us < guest->due_us;
}

void md_lobby_run(struct md_lobby *lobby, uint64_t now_us)
{
    struct md_guest **at = &lobby->first;

    lobby->wake_us = 0;
    while (*at != NULL && (lobby->waiting > 0 || lobby->has_gone)) {
        struct md_guest *guest = *at;

        if (guest->link != NULL && !may_wait(guest, now_us)) {
            note_failure(guest, guest->inner < 0 ? "it took too long" : "");
            dismiss(guest);
        }
        if (guest->link == NULL) {
            *at = guest->next;
            free(guest);
            continue;
        }
        if (guest->due_us > 0 &&
            (lobby->wake_us == 0 || guest->due_us < lobby->wake_us)) {
            lobby->wake_us = guest->due_us;
        }
        at = &guest->next;
    }
    lobby->has_gone = false;
}

void md_lobby_clear(struct md_lobby *lobby)
{
    for (struct md_guest *at = lobby->first; at != NULL; at = at->next) {
        if (at->link != NULL) {
            dismiss(at);
        }
    }
    md_lobby_run(lobby, 0);
}
