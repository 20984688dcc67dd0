/* SPDX-License-Identifier: MIT */
/* faults_head.c - faults of the response head. */
#include "fault.h"

const struct md_fault_kind md_faults_head[] = {{0}};
