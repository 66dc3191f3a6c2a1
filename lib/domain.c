/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Domains and address literals (RFC 5321 4.1.2, 4.1.3; RFC 6531 3.3 for U-labels). */

#include <smtpauth/command.h>

#include "internal/address.h"
#include "internal/text.h"

enum { DOMAIN_MAX = 255, LABEL_MAX = 63 };

static bool is_label_octet(uint8_t c, uint32_t options)
{
    return smtpa_is_alnum(c) || (c >= 0x80 && (options & SMTPA_DOMAIN_UTF8)) ||
           (c == '_' && (options & SMTPA_DOMAIN_HOST));
}

/* One sub-domain: letters, digits and inner hyphens. Returns its octets, 0 when it is none. The 63 octets hold for what
 * DNS sees; a U-label has more of them in UTF-8 than its A-label (RFC 5890 2.3.2.1). */
static size_t label_len(smtpauth_view v, size_t at, uint32_t options)
{
    size_t end = at;
    bool is_ascii = true;
    for (; end < v.len && (is_label_octet(v.data[end], options) || v.data[end] == '-'); end++)
        is_ascii = is_ascii && v.data[end] < 0x80;
    bool is_too_long = end - at > LABEL_MAX && is_ascii;
    if (end == at || is_too_long || v.data[at] == '-' || v.data[end - 1] == '-')
        return 0;
    return end - at;
}

static bool is_name(smtpauth_view v, uint32_t options)
{
    if (v.len == 0 || v.len > DOMAIN_MAX)
        return false;
    if ((options & SMTPA_DOMAIN_HOST) && v.data[v.len - 1] == '.')
        v.len--; /* the root */
    for (size_t at = 0;; at++) {
        size_t n = label_len(v, at, options);
        if (n == 0)
            return false;
        at += n;
        if (at == v.len)
            return !(options & SMTPA_DOMAIN_UTF8) || smtpauth_utf8_is_valid(v.data, v.len);
        if (v.data[at] != '.')
            return false;
    }
}

/* Snum: one to three digits, 0 to 255. */
bool smtpa_is_ipv4(smtpauth_view v)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        size_t digits = 0;
        uint32_t n = 0;
        while (at < v.len && digits < 4 && smtpa_is_digit(v.data[at])) {
            n = n * 10 + (uint32_t)(v.data[at++] - '0');
            digits++;
        }
        if (digits == 0 || digits > 3 || n > 255)
            return false;
        if (part < 3 && (at >= v.len || v.data[at++] != '.'))
            return false;
    }
    return at == v.len;
}

/* IPv6-addr: groups of one to four hex digits, at most one "::" that stands for two or more, an IPv4 tail. */
bool smtpa_is_ipv6(smtpauth_view v)
{
    size_t at = 0, groups = 0;
    bool is_compressed = false;
    if (v.len >= 2 && v.data[0] == ':' && v.data[1] == ':') {
        is_compressed = true;
        at = 2;
    }
    while (at < v.len) {
        size_t from = at;
        while (at < v.len && smtpa_is_hex(v.data[at]))
            at++;
        if (at < v.len && v.data[at] == '.') {
            groups += 2;
            if (!smtpa_is_ipv4(smtpa_slice(v, from, v.len - from)))
                return false;
            break;
        }
        if (at == from || at - from > 4)
            return false;
        groups++;
        if (at == v.len)
            break;
        if (v.data[at++] != ':' || at == v.len)
            return false;
        if (v.data[at] == ':') {
            if (is_compressed)
                return false;
            is_compressed = true;
            at++;
        }
    }
    return is_compressed ? groups <= 6 : groups == 8;
}

static bool is_literal(smtpauth_view v, uint32_t options)
{
    if (v.len < 3 || v.data[0] != '[' || v.data[v.len - 1] != ']' || v.len > DOMAIN_MAX)
        return false;
    smtpauth_view inner = smtpa_slice(v, 1, v.len - 2);
    size_t colon = 0;
    while (colon < inner.len && inner.data[colon] != ':')
        colon++;
    if (colon == inner.len)
        return smtpa_is_ipv4(inner);
    if (smtpauth_text_is(inner.data, colon, "IPv6"))
        return smtpa_is_ipv6(smtpa_slice(inner, colon + 1, inner.len - colon - 1));
    if ((options & SMTPA_DOMAIN_HOST) && smtpa_is_ipv6(inner))
        return true;
    if (colon + 1 == inner.len || inner.data[colon - (colon > 0)] == '-')
        return false;
    for (size_t i = 0; i < colon; i++) /* Standardized-tag: Ldh-str */
        if (!smtpa_is_alnum(inner.data[i]) && inner.data[i] != '-')
            return false;
    for (size_t i = colon + 1; i < inner.len; i++) /* dcontent */
        if (inner.data[i] < 33 || inner.data[i] > 126 || (inner.data[i] >= '[' && inner.data[i] <= ']'))
            return false;
    return colon > 0;
}

bool smtpa_domain_is_valid(smtpauth_view v, uint32_t options)
{
    return v.len > 0 && v.data[0] == '[' ? is_literal(v, options) : is_name(v, options);
}

bool smtpauth_domain_is_valid(const uint8_t *data, size_t len, bool with_utf8)
{
    return data != NULL && smtpa_domain_is_valid(smtpa_view(data, len), with_utf8 ? SMTPA_DOMAIN_UTF8 : 0);
}
