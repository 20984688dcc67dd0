/* SPDX-License-Identifier: MIT */
/* faults_control.c - faults of the answers around a stream. */
#include "fault.h"

const struct md_fault_kind md_faults_control[] = {{0}};
