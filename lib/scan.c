/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The inner loop of message data: run over octets that are neither CR, LF nor NUL. SSE2 where the compiler's target
 * has it, eight octets a step in plain C elsewhere; the last octets one by one.
 */

#include "internal/scan.h"

#include <string.h>

#if defined(__SSE2__)

#include <emmintrin.h>

enum { STEP = 16 };

/* Does the block hold one of the three? ORs its octets' high bits into `high`. */
static bool has_special(const uint8_t *data, uint8_t *high)
{
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)data);
    __m128i hit = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\r')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\n'))),
        _mm_cmpeq_epi8(block, _mm_setzero_si128()));
    if (_mm_movemask_epi8(hit) != 0)
        return true;
    *high = (uint8_t)(*high | (_mm_movemask_epi8(block) != 0 ? 0x80 : 0));
    return false;
}

#else

enum { STEP = 8 };

/* High bit of each octet that is zero; a borrow may add false hits above a true one, never alone. */
static uint64_t zero_octets(uint64_t word)
{
    return (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
}

static bool has_special(const uint8_t *data, uint8_t *high)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    uint64_t hit = zero_octets(word) | zero_octets(word ^ UINT64_C(0x0D0D0D0D0D0D0D0D)) |
                   zero_octets(word ^ UINT64_C(0x0A0A0A0A0A0A0A0A));
    if (hit != 0)
        return true;
    *high = (uint8_t)(*high | ((word & UINT64_C(0x8080808080808080)) != 0 ? 0x80 : 0));
    return false;
}

#endif

size_t smtpa_scan_plain(const uint8_t *data, size_t len, uint8_t *high)
{
    size_t i = 0;
    while (len - i >= STEP && !has_special(data + i, high))
        i += STEP;
    while (i < len && data[i] != '\r' && data[i] != '\n' && data[i] != 0)
        *high = (uint8_t)(*high | data[i++]);
    return i;
}
