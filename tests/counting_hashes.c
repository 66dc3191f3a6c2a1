/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* FIPS 180-4 once more, written apart from the library's. */

#include "counting_hashes.h"

#include <string.h>

uint32_t counted_blocks;

static uint32_t rotate_left(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void count_sha1(uint32_t *h, const uint8_t *data, size_t blocks)
{
    static const uint32_t k[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
    for (counted_blocks += (uint32_t)blocks; blocks > 0; blocks--, data += 64) {
        uint32_t w[80], v[5];
        memcpy(v, h, sizeof v);
        for (size_t t = 0; t < 80; t++)
            w[t] = t < 16 ? word_at(data + 4 * t) : rotate_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
        for (size_t t = 0; t < 80; t++) {
            uint32_t f = t < 20              ? (v[1] & v[2]) | (~v[1] & v[3])
                         : t >= 40 && t < 60 ? (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])
                                             : v[1] ^ v[2] ^ v[3];
            uint32_t next = rotate_left(v[0], 5) + f + v[4] + k[t / 20] + w[t];
            v[4] = v[3], v[3] = v[2], v[2] = rotate_left(v[1], 30), v[1] = v[0], v[0] = next;
        }
        for (size_t i = 0; i < 5; i++)
            h[i] += v[i];
    }
}

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 4.2.2), computed. */
static uint32_t constant(size_t t)
{
    static uint32_t k[64];
    if (k[0] == 0) {
        size_t found = 0;
        for (uint64_t p = 2; found < 64; p++) {
            bool is_prime = true;
            for (uint64_t d = 2; d * d <= p; d++)
                is_prime = is_prime && p % d != 0;
            if (!is_prime)
                continue;
            /* the largest r with r^3 <= p * 2^96: its low 32 bits are the fraction's */
            uint64_t low = 0, high = (uint64_t)7 << 32;
            while (high - low > 1) {
                uint64_t middle = low + (high - low) / 2;
                __extension__ unsigned __int128 square = (unsigned __int128)middle * middle;
                __extension__ unsigned __int128 limit = ((unsigned __int128)p << 96) / middle;
                if (square <= limit)
                    low = middle;
                else
                    high = middle;
            }
            k[found++] = (uint32_t)low;
        }
    }
    return k[t];
}

static uint32_t rotate_right(uint32_t x, unsigned n)
{
    return rotate_left(x, 32 - n);
}

static void count_sha256(uint32_t *h, const uint8_t *data, size_t blocks)
{
    for (counted_blocks += (uint32_t)blocks; blocks > 0; blocks--, data += 64) {
        uint32_t w[64], v[8];
        memcpy(v, h, sizeof v);
        for (size_t t = 0; t < 64; t++) {
            w[t] = t < 16 ? word_at(data + 4 * t) : 0;
            if (t >= 16)
                w[t] = (rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ w[t - 2] >> 10) + w[t - 7] +
                       (rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 16];
        }
        for (size_t t = 0; t < 64; t++) {
            uint32_t one = v[7] + (rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25)) +
                           ((v[4] & v[5]) ^ (~v[4] & v[6])) + constant(t) + w[t];
            uint32_t two = (rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22)) +
                           ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            memmove(v + 1, v, 7 * sizeof *v);
            v[4] += one;
            v[0] = one + two;
        }
        for (size_t i = 0; i < 8; i++)
            h[i] += v[i];
    }
}

const smtpauth_crypto counting_hashes = {count_sha1, count_sha256};
