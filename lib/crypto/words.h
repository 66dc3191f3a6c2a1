/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_CRYPTO_WORDS_H
#define SMTPAUTH_CRYPTO_WORDS_H

/* 32-bit words and their octets, in both orders, for the files of this folder. */

#include "crypto/crypto.h"

static inline uint32_t smtpa_rotate_left(uint32_t word, unsigned by) /* 1 to 31 */
{
    return word << by | word >> (32 - by);
}

static inline uint32_t smtpa_rotate_right(uint32_t word, unsigned by) /* 1 to 31 */
{
    return word >> by | word << (32 - by);
}

static inline uint32_t smtpa_load_little(const uint8_t *octets)
{
    return (uint32_t)octets[0] | (uint32_t)octets[1] << 8 | (uint32_t)octets[2] << 16 |
           (uint32_t)octets[3] << 24;
}

static inline uint32_t smtpa_load_big(const uint8_t *octets)
{
    return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
           (uint32_t)octets[3];
}

/* Writes words in the order of the hash. */
void smtpa_hash_write_words(const smtpa_hash *hash, uint8_t *out, const uint32_t *words, size_t n);

/* Fills a last block behind `used` octets (the message's end and its 0x80; 56 at most) with zeros and the length. */
void smtpa_hash_fill(const smtpa_hash *hash, uint8_t *block, size_t used, uint64_t message_len);

/* Overwrites the stack below its caller, where a block function ran and spilled what it held in registers: no variable
 * of C is there to be wiped. Reaches 512 octets down; gcc's largest frame of a block function has 208. */
void smtpa_burn_stack(void);

#endif
