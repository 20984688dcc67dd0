/* SPDX-License-Identifier: MIT */
/* listing.h - the cases of an area as lines of JSON, for PROGRAM --list. */
#ifndef DRY_LISTING_H
#define DRY_LISTING_H

#include <stdbool.h>

#include "case.h"

/* Print one line for each case. False when it could not be written. */
bool dry_listing_print(const struct dry_area *area);

#endif
