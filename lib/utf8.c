/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* UTF-8 by RFC 3629. */

#include <smtpauth/text.h>

#include "internal/text.h"

static bool is_tail(uint8_t c)
{
    return (c & 0xC0) == 0x80;
}

size_t smtpa_utf8_sequence(const uint8_t *data, size_t len)
{
    uint8_t c = data[0];
    if (c < 0x80)
        return 1;
    size_t need = c >= 0xC2 && c <= 0xDF ? 2 : c >= 0xE0 && c <= 0xEF ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 0;
    if (need == 0 || len < need)
        return 0;
    for (size_t i = 1; i < need; i++)
        if (!is_tail(data[i]))
            return 0;
    uint8_t next = data[1];
    bool overlong = (c == 0xE0 && next < 0xA0) || (c == 0xF0 && next < 0x90);
    bool beyond = (c == 0xED && next > 0x9F) || (c == 0xF4 && next > 0x8F);
    return overlong || beyond ? 0 : need;
}

bool smtpauth_utf8_is_valid(const uint8_t *data, size_t len)
{
    if (data == NULL)
        return len == 0;
    for (size_t i = 0; i < len;) {
        size_t n = smtpa_utf8_sequence(data + i, len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

bool smtpa_is_text(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] == 0)
            return false;
    return smtpauth_utf8_is_valid(v.data, v.len);
}

bool smtpa_has_control(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.data[i];
        if (c < ' ' || c == 0x7F || (c == 0xC2 && i + 1 < v.len && v.data[i + 1] < 0xA0))
            return true;
    }
    return false;
}
