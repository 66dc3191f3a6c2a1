/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * What MD5, SHA-1 and SHA-256 have in common (RFC 1321 3, FIPS 180-4 5): messages cut into blocks of 64 octets, the last
 * one filled with 0x80, zeros and the length in bits. The rest of a hash is its row.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "crypto/words.h"

enum { LENGTH_AT = SMTPA_BLOCK - 8, BURN_WORDS = 64 };

void smtpa_hash_write_words(const smtpa_hash *hash, uint8_t *out, const uint32_t *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < 4; j++) {
            size_t shift = hash->is_little ? 8 * j : 24 - 8 * j;
            out[4 * i + j] = (uint8_t)(words[i] >> shift);
        }
    }
}

void smtpa_hash_fill(const smtpa_hash *hash, uint8_t *block, size_t used, uint64_t message_len)
{
    uint32_t low = (uint32_t)(message_len << 3), high = (uint32_t)(message_len >> 29);
    uint32_t bits[2] = {hash->is_little ? low : high, hash->is_little ? high : low};
    memset(block + used, 0, LENGTH_AT - used);
    smtpa_hash_write_words(hash, block + LENGTH_AT, bits, 2);
}

void smtpa_hash_begin(smtpa_hashing *h, const smtpa_hash *hash, smtpa_blocks_fn *faster)
{
    memset(h, 0, sizeof *h);
    h->hash = hash;
    h->blocks = faster != NULL ? faster : hash->blocks;
    memcpy(h->state, hash->iv, sizeof h->state);
}

void smtpa_hash_add(smtpa_hashing *h, const void *data, size_t len)
{
    const uint8_t *from = data;
    size_t waiting = (size_t)(h->len % SMTPA_BLOCK);
    if (len == 0)
        return;
    h->len += len;
    if (waiting > 0) {
        size_t n = len < SMTPA_BLOCK - waiting ? len : SMTPA_BLOCK - waiting;
        memcpy(h->buffer + waiting, from, n);
        if (waiting + n < SMTPA_BLOCK)
            return;
        h->blocks(h->state, h->buffer, 1);
        from += n;
        len -= n;
    }
    size_t tail = len % SMTPA_BLOCK;
    if (len > tail)
        h->blocks(h->state, from, len / SMTPA_BLOCK);
    if (tail > 0)
        memcpy(h->buffer, from + (len - tail), tail);
}

void smtpa_hash_end(smtpa_hashing *h, uint8_t *digest)
{
    size_t used = (size_t)(h->len % SMTPA_BLOCK);
    h->buffer[used++] = 0x80;
    if (used > LENGTH_AT) { /* no room for the length: it gets a block of its own */
        memset(h->buffer + used, 0, SMTPA_BLOCK - used);
        h->blocks(h->state, h->buffer, 1);
        used = 0;
    }
    smtpa_hash_fill(h->hash, h->buffer, used, h->len);
    h->blocks(h->state, h->buffer, 1);
    smtpa_hash_write_words(h->hash, digest, h->state, h->hash->words);
    smtpauth_wipe(h, sizeof *h);
    smtpa_burn_stack();
}

#if defined(__GNUC__)
__attribute__((noinline)) /* a frame of its own, or it would lie beside the one to overwrite */
#endif
void smtpa_burn_stack(void)
{
    uint64_t frame[BURN_WORDS];
    volatile uint64_t *word = frame;
    for (size_t i = 0; i < BURN_WORDS; i++)
        word[i] = 0;
}
