/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* SHA-256's compression (FIPS 180-4 6.2), with 16 words of the schedule kept in place of 64. */

#include <smtpauth/text.h>

#include "crypto/words.h"

/* First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
/* clang-format off */
static const uint32_t constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};
/* clang-format on */

static inline uint32_t rotations(uint32_t x, unsigned i, unsigned j, unsigned k)
{
    return smtpa_rotate_right(x, i) ^ smtpa_rotate_right(x, j) ^ smtpa_rotate_right(x, k);
}

/* The next word of the schedule, put in place of the one 16 before. */
static inline uint32_t schedule(uint32_t *words, unsigned t, const uint8_t *block)
{
    uint32_t *word = words + t % 16;
    if (t < 16) {
        *word = smtpa_load_big(block + 4 * (size_t)t);
    } else {
        uint32_t w15 = words[(t + 1) % 16], w7 = words[(t + 9) % 16], w2 = words[(t + 14) % 16];
        uint32_t sigma0 = smtpa_rotate_right(w15, 7) ^ smtpa_rotate_right(w15, 18) ^ w15 >> 3;
        uint32_t sigma1 = smtpa_rotate_right(w2, 17) ^ smtpa_rotate_right(w2, 19) ^ w2 >> 10;
        *word += sigma0 + w7 + sigma1;
    }
    return *word;
}

static void sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t n)
{
    uint32_t words[16];
    for (; n > 0; n--, blocks += SMTPA_BLOCK) {
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        for (unsigned t = 0; t < 64; t++) {
            uint32_t choice = g ^ (e & (f ^ g)), majority = (a & b) | (c & (a | b));
            uint32_t first = h + rotations(e, 6, 11, 25) + choice + constants[t] + schedule(words, t, blocks);
            uint32_t second = rotations(a, 2, 13, 22) + majority;
            h = g;
            g = f;
            f = e;
            e = d + first;
            d = c;
            c = b;
            b = a;
            a = first + second;
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
    smtpauth_wipe(words, sizeof words);
}

/* clang-format off */
const smtpa_hash smtpa_sha256 = {
    32, 8, false,
    {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19},
    sha256_blocks};
/* clang-format on */
