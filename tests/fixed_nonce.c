/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#include "fixed_nonce.h"

#include "sasl/nonce.h"

#include <string.h>

uint8_t fixed_nonce_seed[32];
char fixed_nonce[33] = "3rfcNHYJY1ZVvWVs7j"; /* RFC 5802 5 */

size_t smtpa_nonce(const uint8_t *seed, uint32_t number, const smtpa_hash *hash, smtpa_blocks_fn *faster,
                   uint8_t *out)
{
    size_t len = strlen(fixed_nonce);
    (void)number, (void)hash, (void)faster;
    memcpy(fixed_nonce_seed, seed, sizeof fixed_nonce_seed);
    memcpy(out, fixed_nonce, len);
    return len;
}
