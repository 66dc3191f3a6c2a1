/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_SCRAM_KEYS_H
#define SMTPAUTH_SASL_SCRAM_KEYS_H

/* SCRAM's keys (RFC 5802 3), from the salted password on. */

#include <smtpauth/sasl.h>

#include "crypto/crypto.h"

enum { SMTPA_SALT_MAX = 64 }; /* octets, ours: what this library takes for a salt from anybody */

/* The host's block function for this hash; NULL: it has none. */
smtpa_blocks_fn *smtpa_scram_blocks(const smtpauth_crypto *crypto, const smtpa_hash *hash);

/* Writes three keys of hash->digest_len octets. */
void smtpa_scram_keys(const smtpa_hash *hash, smtpa_blocks_fn *faster, const uint8_t *salted_password,
                      uint8_t *client_key, uint8_t *stored_key, uint8_t *server_key);

#endif
