/* SPDX-License-Identifier: MIT */
/* verify_guest.h - a container of our own on the live engine. */
#ifndef MOCKD_CLI_VERIFY_GUEST_H
#define MOCKD_CLI_VERIFY_GUEST_H

#include "fail.h"
#include "record/socket.h"
#include "verify_text.h"

#define MD_VERIFY_REF_SIZE 128 /* a container's or image's name, with NUL */

/* What has to be removed again; "" = nothing. */
struct md_verify_guest {
    char container[MD_VERIFY_REF_SIZE];
    char image[MD_VERIFY_REF_SIZE];
    char stray[MD_VERIFY_REF_SIZE]; /* a second name that Podman gives it */
};

/*
 * Make and start a container from drydock's busybox image, which is imported
 * if it is not there. Remove @out_guest in each case.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM: the engine cannot be reached or refuses,
 * the image's archive cannot be read.
 */
enum mockd_code md_verify_guest_make(const struct md_rec_address *address,
                                     struct md_verify_guest *out_guest,
                                     struct mockd_error *err);

/*
 * Ask for the id of a running container.
 *
 * Returns MOCKD_OK, or MOCKD_E_SYSTEM: it does not run, or the engine cannot
 * be reached.
 */
enum mockd_code md_verify_guest_find(const struct md_rec_address *address,
                                     const char *container,
                                     char out_id[MD_VERIFY_ID_LEN + 1],
                                     struct mockd_error *err);

/* Remove what was made. */
void md_verify_guest_remove(const struct md_rec_address *address,
                            const struct md_verify_guest *guest);

#endif
