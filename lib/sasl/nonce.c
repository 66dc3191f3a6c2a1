/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "sasl/nonce.h"

size_t smtpa_nonce(const uint8_t *seed, uint32_t number, const smtpa_hash *hash, smtpa_blocks_fn *faster,
                   uint8_t *out)
{
    static const char digits[] = "0123456789abcdef";
    smtpa_hmac hmac;
    uint8_t digest[SMTPA_DIGEST_MAX];
    uint8_t octets[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                         (uint8_t)number};
    smtpa_hmac_begin(&hmac, hash, faster, seed, SMTPA_SEED_OCTETS);
    smtpa_hmac_add(&hmac, octets, sizeof octets);
    smtpa_hmac_end(&hmac, digest);
    for (size_t i = 0; i < SMTPA_NONCE_MAX / 2; i++) { /* 128 bits, from each of the hashes */
        out[2 * i] = (uint8_t)digits[digest[i] >> 4];
        out[2 * i + 1] = (uint8_t)digits[digest[i] & 15];
    }
    return SMTPA_NONCE_MAX;
}
