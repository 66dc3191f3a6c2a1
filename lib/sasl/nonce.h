/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_NONCE_H
#define SMTPAUTH_SASL_NONCE_H

#include "crypto/crypto.h"

enum { SMTPA_SEED_OCTETS = 32, SMTPA_NONCE_MAX = 32 };

/* Writes the nonce of this number, printable and without commas: HMAC of the number under the seed, so that nobody who
 * knows others guesses it. Returns its octets, SMTPA_NONCE_MAX at most. An object of its own: tests that play an RFC's
 * example bring the RFC's nonce instead. */
size_t smtpa_nonce(const uint8_t *seed, uint32_t number, const smtpa_hash *hash, smtpa_blocks_fn *faster,
                   uint8_t *out);

#endif
