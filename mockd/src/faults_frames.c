/* SPDX-License-Identifier: MIT */
/* faults_frames.c - faults of the frames of a stream. */
#include "fault.h"

const struct md_fault_kind md_faults_frames[] = {{0}};
