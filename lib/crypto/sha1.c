/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* SHA-1's compression (FIPS 180-4 6.1, in its variant of 6.1.3 that keeps 16 words of the schedule). For HMAC only. */

#include <smtpauth/text.h>

#include "crypto/words.h"

static const uint32_t constants[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};

/* The next word of the schedule, put in place of the one 16 before. */
static inline uint32_t schedule(uint32_t *words, unsigned t, const uint8_t *block)
{
    uint32_t *word = words + t % 16;
    if (t < 16)
        *word = smtpa_load_big(block + 4 * (size_t)t);
    else
        *word = smtpa_rotate_left(words[(t + 13) % 16] ^ words[(t + 8) % 16] ^ words[(t + 2) % 16] ^ *word, 1);
    return *word;
}

/* Ch, Parity, Maj, Parity. */
static inline uint32_t mix(unsigned round, uint32_t x, uint32_t y, uint32_t z)
{
    switch (round) {
    case 0:
        return z ^ (x & (y ^ z));
    case 2:
        return (x & y) | (z & (x | y));
    default:
        return x ^ y ^ z;
    }
}

static void sha1_blocks(uint32_t *state, const uint8_t *blocks, size_t n)
{
    uint32_t words[16];
    for (; n > 0; n--, blocks += SMTPA_BLOCK) {
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (unsigned t = 0; t < 80; t++) {
            unsigned round = t / 20;
            uint32_t sum = smtpa_rotate_left(a, 5) + mix(round, b, c, d) + e + constants[round] +
                           schedule(words, t, blocks);
            e = d;
            d = c;
            c = smtpa_rotate_left(b, 30);
            b = a;
            a = sum;
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
    }
    smtpauth_wipe(words, sizeof words);
}

const smtpa_hash smtpa_sha1 = {
    20, 5, false, {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0}, sha1_blocks};
