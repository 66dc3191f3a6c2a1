/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_COUNTING_HASHES_H
#define TESTS_COUNTING_HASHES_H

/* Hashes that a host brings in place of the library's, and how often they were called for. */

#include <smtpauth/sasl.h>

extern const smtpauth_crypto counting_hashes;
extern uint32_t counted_blocks;

#endif
