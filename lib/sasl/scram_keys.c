/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "sasl/scram_keys.h"

smtpa_blocks_fn *smtpa_scram_blocks(const smtpauth_crypto *crypto, const smtpa_hash *hash)
{
    /* By size: naming the other hash here would link it. */
    return crypto == NULL ? NULL : hash->digest_len == 20 ? crypto->sha1_blocks : crypto->sha256_blocks;
}

void smtpa_scram_keys(const smtpa_hash *hash, smtpa_blocks_fn *faster, const uint8_t *salted_password,
                      uint8_t *client_key, uint8_t *stored_key, uint8_t *server_key)
{
    smtpa_hmac hmac;
    smtpa_hashing hashing;
    smtpa_hmac_begin(&hmac, hash, faster, salted_password, hash->digest_len);
    smtpa_hmac_add(&hmac, "Client Key", 10);
    smtpa_hmac_end(&hmac, client_key);
    smtpa_hmac_begin(&hmac, hash, faster, salted_password, hash->digest_len);
    smtpa_hmac_add(&hmac, "Server Key", 10);
    smtpa_hmac_end(&hmac, server_key);
    smtpa_hash_begin(&hashing, hash, faster);
    smtpa_hash_add(&hashing, client_key, hash->digest_len);
    smtpa_hash_end(&hashing, stored_key);
}
