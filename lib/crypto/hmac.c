/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* HMAC (RFC 2104). The outer hash waits as the state after its first block, so the key is not kept. */

#include <string.h>

#include <smtpauth/text.h>

#include "crypto/words.h"

enum { IPAD = 0x36, OPAD = 0x5C };

/* Begins a hash with the block, each octet changed by `pad`. */
static void begin_padded(smtpa_hashing *h, const smtpa_hash *hash, smtpa_blocks_fn *faster, uint8_t *block,
                         uint8_t pad)
{
    for (size_t i = 0; i < SMTPA_BLOCK; i++)
        block[i] ^= pad;
    smtpa_hash_begin(h, hash, faster);
    smtpa_hash_add(h, block, SMTPA_BLOCK);
}

void smtpa_hmac_begin(smtpa_hmac *m, const smtpa_hash *hash, smtpa_blocks_fn *faster, const uint8_t *key,
                      size_t key_len)
{
    uint8_t block[SMTPA_BLOCK] = {0};
    if (key_len > SMTPA_BLOCK) {
        smtpa_hash_begin(&m->inner, hash, faster);
        smtpa_hash_add(&m->inner, key, key_len);
        smtpa_hash_end(&m->inner, block);
    } else if (key_len > 0) {
        memcpy(block, key, key_len);
    }
    begin_padded(&m->inner, hash, faster, block, OPAD);
    memcpy(m->outer, m->inner.state, sizeof m->outer);
    begin_padded(&m->inner, hash, faster, block, OPAD ^ IPAD);
    smtpauth_wipe(block, sizeof block);
    smtpa_burn_stack();
}

void smtpa_hmac_add(smtpa_hmac *m, const void *data, size_t len)
{
    smtpa_hash_add(&m->inner, data, len);
}

void smtpa_hmac_end(smtpa_hmac *m, uint8_t *digest)
{
    const smtpa_hash *hash = m->inner.hash;
    smtpa_blocks_fn *blocks = m->inner.blocks;
    uint8_t inner_digest[SMTPA_DIGEST_MAX];
    smtpa_hash_end(&m->inner, inner_digest);
    smtpa_hash_begin(&m->inner, hash, blocks);
    memcpy(m->inner.state, m->outer, sizeof m->outer);
    m->inner.len = SMTPA_BLOCK;
    smtpa_hash_add(&m->inner, inner_digest, hash->digest_len);
    smtpa_hash_end(&m->inner, digest);
    smtpauth_wipe(inner_digest, sizeof inner_digest);
    smtpauth_wipe(m, sizeof *m);
}
