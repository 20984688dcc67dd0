/* SPDX-License-Identifier: MIT */
/* faults_pieces.c - faults of where the bytes are cut. */
#include "fault.h"

const struct md_fault_kind md_faults_pieces[] = {{0}};
