/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_EXTENSIONS_H
#define SUBMISSIOND_EXTENSIONS_H

/*
 * The extensions that EHLO may offer, by name.
 */

#include <smtpauth/types.h>

/* All that this server can meet, SMTPAUTH_EXT_ bits: itself, or by handing on in the envelope what was asked for, which
 * it has where it queues. */
uint32_t extensions_default(bool is_queue);

/* Reads names parted by commas; "" is none. False: `error` says what is wrong and which there are. */
bool extensions_parse(uint32_t *extensions, const char *text, bool is_queue, char *error, size_t error_cap);

#endif
