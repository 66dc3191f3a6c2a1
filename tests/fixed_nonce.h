/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_FIXED_NONCE_H
#define TESTS_FIXED_NONCE_H

#include <stdint.h>

/* The nonce that every exchange of the tests has: an RFC's own, so that its example can be played. Linked in place of
 * lib/sasl/nonce.c, which test_nonce covers. */
extern char fixed_nonce[33];

/* What the last of them would have been made from. */
extern uint8_t fixed_nonce_seed[32];

#endif
