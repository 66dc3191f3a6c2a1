/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * PBKDF2's first block (RFC 8018 5.2), in slices. A round is HMAC over the round before. Its key never changes, so both
 * of its hashes go on from a state that is there already, and both messages are key block and digest, so one padded
 * block serves them all: a round is two compressions.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "crypto/words.h"

void smtpa_pbkdf2_begin(smtpa_pbkdf2 *k, const smtpa_hash *hash, smtpa_blocks_fn *faster,
                        const uint8_t *password, size_t password_len, const uint8_t *salt, size_t salt_len,
                        uint32_t iterations)
{
    static const uint8_t block_index[4] = {0, 0, 0, 1};
    smtpa_hmac m;
    smtpa_hmac_begin(&m, hash, faster, password, password_len);
    memset(k, 0, sizeof *k);
    memcpy(k->inner, m.inner.state, sizeof k->inner);
    memcpy(k->outer, m.outer, sizeof k->outer);
    smtpa_hmac_add(&m, salt, salt_len);
    smtpa_hmac_add(&m, block_index, sizeof block_index);
    smtpa_hmac_end(&m, k->u);
    memcpy(k->sum, k->u, sizeof k->sum);
    k->left = iterations > 1 ? iterations - 1 : 0;
}

/* One of HMAC's two hashes: the digest at the front of the block is replaced by the next. */
static void replace(uint32_t *state, const uint32_t *from, const smtpa_hash *hash, smtpa_blocks_fn *blocks,
                    uint8_t *block)
{
    memcpy(state, from, SMTPA_HASH_WORDS_MAX * sizeof *state);
    blocks(state, block, 1);
    smtpa_hash_write_words(hash, block, state, hash->words);
}

bool smtpa_pbkdf2_run(smtpa_pbkdf2 *k, const smtpa_hash *hash, smtpa_blocks_fn *faster, uint32_t rounds)
{
    smtpa_blocks_fn *blocks = faster != NULL ? faster : hash->blocks;
    uint32_t state[SMTPA_HASH_WORDS_MAX];
    uint8_t block[SMTPA_BLOCK];
    memcpy(block, k->u, hash->digest_len);
    block[hash->digest_len] = 0x80;
    smtpa_hash_fill(hash, block, (size_t)hash->digest_len + 1, SMTPA_BLOCK + (uint64_t)hash->digest_len);
    for (; rounds > 0 && k->left > 0; rounds--, k->left--) {
        replace(state, k->inner, hash, blocks, block);
        replace(state, k->outer, hash, blocks, block);
        for (size_t i = 0; i < hash->digest_len; i++)
            k->sum[i] ^= block[i];
    }
    memcpy(k->u, block, hash->digest_len);
    smtpauth_wipe(state, sizeof state);
    smtpauth_wipe(block, sizeof block);
    smtpa_burn_stack();
    return k->left == 0;
}
