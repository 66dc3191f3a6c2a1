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

int32_t smtpauth_xtext_decode(uint8_t *out, const uint8_t *data, size_t len, uint8_t hex_case, size_t *out_len)
{
    if (out_len == NULL || (len > 0 && (out == NULL || data == NULL)))
        return SMTPAUTH_E_ARGUMENT;
    size_t o = 0;
    *out_len = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = data[i], high, low;
        if (c <= ' ' || c > '~' || c == '=')
            return SMTPAUTH_E_WORDS;
        if (c == '+') {
            if (len - i < 3 || !hex_value(data[i + 1], hex_case, &high) ||
                !hex_value(data[i + 2], hex_case, &low))
                return SMTPAUTH_E_WORDS;
            c = (uint8_t)(high << 4 | low);
            if (c == 0 || c == '\r' || c == '\n')
                return SMTPAUTH_E_WORDS;
            i += 2;
        }
        out[o++] = c;
    }
    *out_len = o;
    return SMTPAUTH_DONE;
}

bool smtpa_xtext_is_valid(smtpauth_view v, uint8_t hex_case)
{
    for (size_t i = 0; i < v.len; i++) {
        uint8_t octet[3];
        size_t take = v.data[i] == '+' ? 3 : 1, len;
        if (take > v.len - i || smtpauth_xtext_decode(octet, v.data + i, take, hex_case, &len) != SMTPAUTH_DONE)
            return false;
        i += take - 1;
    }
    return true;
}
