/* SPDX-License-Identifier: MIT */
/* template.h - template.execcast, which the build turns into C. */
#ifndef MD_TEMPLATE_H
#define MD_TEMPLATE_H

#define MD_TEMPLATE_NAME "\"by-hand\"" /* stands in it once */

extern const char md_template[];

#endif
