/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Base64 (RFC 4648 4), strict, and without a table or branch that depends on the octets: passwords go through it. */

#include <smtpauth/text.h>

/* All ones when lo <= v <= hi, else zero; arguments below 256. */
static uint32_t in_range(uint32_t v, uint32_t lo, uint32_t hi)
{
    uint32_t outside = ((v - lo) | (hi - v)) >> 31;
    return outside - 1;
}

/* A digit's six bits; 64 for any other octet. */
static uint32_t digit_value(uint32_t c)
{
    uint32_t upper = in_range(c, 'A', 'Z'), lower = in_range(c, 'a', 'z'), number = in_range(c, '0', '9');
    uint32_t plus = in_range(c, '+', '+'), slash = in_range(c, '/', '/');
    uint32_t known = upper | lower | number | plus | slash;
    return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (number & (c - '0' + 52)) | (plus & 62) |
           (slash & 63) | (~known & 64);
}

static uint8_t value_digit(uint32_t v)
{
    uint32_t c = (in_range(v, 0, 25) & (v + 'A')) | (in_range(v, 26, 51) & (v - 26 + 'a')) |
                 (in_range(v, 52, 61) & (v - 52 + '0')) | (in_range(v, 62, 62) & '+') |
                 (in_range(v, 63, 63) & '/');
    return (uint8_t)c;
}

size_t smtpauth_base64_encoded_len(size_t len)
{
    size_t groups = len / 3 + (len % 3 != 0);
    return groups > SIZE_MAX / 4 ? SIZE_MAX : groups * 4;
}

int32_t smtpauth_base64_encode(uint8_t *out, size_t cap, const uint8_t *data, size_t len, size_t *out_len)
{
    if (out_len == NULL || (data == NULL && len > 0) || (out == NULL && len > 0))
        return SMTPAUTH_E_ARGUMENT;
    size_t need = smtpauth_base64_encoded_len(len);
    *out_len = 0;
    if (need > cap)
        return SMTPAUTH_E_OUTPUT;
    for (size_t i = 0, o = 0; i < len; i += 3, o += 4) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t group =
            (uint32_t)data[i] << 16 | (n > 1 ? (uint32_t)data[i + 1] << 8 : 0) | (n > 2 ? data[i + 2] : 0u);
        out[o] = value_digit(group >> 18);
        out[o + 1] = value_digit(group >> 12 & 63);
        out[o + 2] = n > 1 ? value_digit(group >> 6 & 63) : (uint8_t)'=';
        out[o + 3] = n > 2 ? value_digit(group & 63) : (uint8_t)'=';
    }
    *out_len = need;
    return SMTPAUTH_DONE;
}

int32_t smtpauth_base64_decode(uint8_t *out, const uint8_t *data, size_t len, size_t *out_len)
{
    if (out_len == NULL || (len > 0 && (out == NULL || data == NULL)))
        return SMTPAUTH_E_ARGUMENT;
    *out_len = 0;
    if (len % 4 != 0)
        return SMTPAUTH_E_WORDS;
    if (len == 0)
        return SMTPAUTH_DONE;
    size_t padding = (data[len - 1] == '=') + (size_t)(data[len - 1] == '=' && data[len - 2] == '=');
    uint32_t bad = 0, unused = 0;
    size_t o = 0;
    for (size_t i = 0; i < len; i += 4) {
        size_t digits = i + 4 == len ? 4 - padding : 4;
        uint32_t group = 0;
        for (size_t k = 0; k < 4; k++) {
            uint32_t v = k < digits ? digit_value(data[i + k]) : 0;
            bad |= v & 64;
            group = group << 6 | (v & 63);
        }
        for (size_t k = 0; k < digits - 1; k++)
            out[o++] = (uint8_t)(group >> (16 - 8 * k));
        unused = group & ((UINT32_C(1) << (24 - 8 * (digits - 1))) - 1);
    }
    if (bad != 0 || unused != 0)
        return SMTPAUTH_E_WORDS;
    *out_len = o;
    return SMTPAUTH_DONE;
}
