/* SPDX-License-Identifier: MIT */
/* template.h - template.execcast, a script, and template_recording.execcast,
 * which the build turns into C. */
#ifndef MD_TEMPLATE_H
#define MD_TEMPLATE_H

#define MD_TEMPLATE_NAME "\"by-hand\"" /* stands in each once */

extern const char md_template[];
extern const char md_template_recording[];

#endif
