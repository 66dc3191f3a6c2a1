/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* MD5's compression (RFC 1321 3.4). For HMAC only: CRAM-MD5 asks for it. */

#include "crypto/words.h"

/* 2^32 times |sin(i)|, i from 1, in radians. */
/* clang-format off */
static const uint32_t sines[64] = {
    0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A, 0xA8304613, 0xFD469501,
    0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE, 0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821,
    0xF61E2562, 0xC040B340, 0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
    0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8, 0x676F02D9, 0x8D2A4C8A,
    0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C, 0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70,
    0x289B7EC6, 0xEAA127FA, 0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
    0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92, 0xFFEFF47D, 0x85845DD1,
    0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1, 0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391,
};

/* Of each round: how far its steps rotate, and which word of the block they take: first, and how many further on. */
static const struct {
    uint8_t rotate[4], first, stride;
} rounds[4] = {
    {{7, 12, 17, 22}, 0, 1},
    {{5,  9, 14, 20}, 1, 5},
    {{4, 11, 16, 23}, 5, 3},
    {{6, 10, 15, 21}, 0, 7},
};
/* clang-format on */

/* F, G, H and I. */
static inline uint32_t mix(unsigned round, uint32_t x, uint32_t y, uint32_t z)
{
    switch (round) {
    case 0:
        return z ^ (x & (y ^ z));
    case 1:
        return y ^ (z & (x ^ y));
    case 2:
        return x ^ y ^ z;
    default:
        return y ^ (x | ~z);
    }
}

static void md5_blocks(uint32_t *state, const uint8_t *blocks, size_t n)
{
    for (; n > 0; n--, blocks += SMTPA_BLOCK) {
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        for (unsigned i = 0; i < 64; i++) {
            unsigned round = i / 16, word = (rounds[round].first + i * rounds[round].stride) % 16;
            uint32_t sum = a + mix(round, b, c, d) + sines[i] + smtpa_load_little(blocks + 4 * (size_t)word);
            a = d;
            d = c;
            c = b;
            b += smtpa_rotate_left(sum, rounds[round].rotate[i % 4]);
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
    }
}

const smtpa_hash smtpa_md5 = {16, 4, true, {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476}, md5_blocks};
