/* SPDX-License-Identifier: MIT */
/* faults_client.c - faults of how the client is listened to. */
#include "fault.h"

const struct md_fault_kind md_faults_client[] = {{0}};
