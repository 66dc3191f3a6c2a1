/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* xtext: "+" and two hex digits stand for an octet (RFC 3461 4; RFC 4954 8 allows lower case). */

#include <smtpauth/text.h>

#include "internal/text.h"

static bool hex_value(uint8_t c, uint8_t hex_case, uint8_t *value)
{
    if (!smtpa_is_hex(c) || (c >= 'a' && hex_case != SMTPAUTH_XTEXT_EITHER))
        return false;
    *value = smtpa_is_digit(c) ? (uint8_t)(c - '0') : (uint8_t)(smtpa_upper(c) - 'A' + 10);
    return true;
}

size_t smtpa_xtext_octet(smtpauth_view v, size_t at, uint8_t hex_case, uint8_t *octet)
{
    uint8_t c = v.data[at], high, low;
    if (c <= ' ' || c > '~' || c == '=')
        return 0;
    *octet = c;
    if (c != '+')
        return 1;
    if (v.len - at < 3 || !hex_value(v.data[at + 1], hex_case, &high) ||
        !hex_value(v.data[at + 2], hex_case, &low))
        return 0;
    *octet = (uint8_t)(high << 4 | low);
    return *octet == 0 || *octet == '\r' || *octet == '\n' ? 0 : 3;
}

int32_t smtpauth_xtext_decode(uint8_t *out, const uint8_t *data, size_t len, uint8_t hex_case, size_t *out_len)
{
    if (out_len == NULL || (len > 0 && (out == NULL || data == NULL)))
        return SMTPAUTH_E_ARGUMENT;
    size_t o = 0;
    *out_len = 0;
    for (size_t i = 0; i < len;) {
        size_t taken = smtpa_xtext_octet(smtpa_view(data, len), i, hex_case, &out[o]);
        if (taken == 0)
            return SMTPAUTH_E_WORDS;
        i += taken;
        o++;
    }
    *out_len = o;
    return SMTPAUTH_DONE;
}

bool smtpa_xtext_is_valid(smtpauth_view v, uint8_t hex_case)
{
    for (size_t i = 0, taken; i < v.len; i += taken) {
        uint8_t octet;
        taken = smtpa_xtext_octet(v, i, hex_case, &octet);
        if (taken == 0)
            return false;
    }
    return true;
}
