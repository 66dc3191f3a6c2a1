/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Parameters about delivery reports: RET and ENVID of MAIL, NOTIFY and ORCPT of RCPT (RFC 3461 4), addresses of type
 * utf-8 (RFC 6533 3). Everything is validated, nothing decoded. */

#include "internal/parameter.h"
#include "internal/text.h"

enum { ENVID_MAX = 100, ORCPT_MAX = 500 }; /* RFC 3461 4.4, 4.2 */

bool smtpa_read_ret(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    if (smtpauth_text_is(value.data, value.len, "FULL"))
        command->ret = SMTPAUTH_RET_FULL;
    else if (smtpauth_text_is(value.data, value.len, "HDRS"))
        command->ret = SMTPAUTH_RET_HDRS;
    return command->ret != 0;
}

/* Is it xtext that stands for graphic characters and white space of ASCII, as a report's fields hold them? */
static bool is_printable_xtext(smtpauth_view v)
{
    for (size_t at = 0, taken; at < v.len; at += taken) {
        uint8_t octet;
        taken = smtpa_xtext_octet(v, at, SMTPAUTH_XTEXT_UPPER, &octet);
        if (taken == 0 || ((octet < ' ' || octet > '~') && octet != '\t'))
            return false;
    }
    return true;
}

bool smtpa_read_envid(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    command->envid = value;
    return value.len <= ENVID_MAX && is_printable_xtext(value);
}

static uint8_t notify_bit(smtpauth_view word)
{
    static const char *const words[] = {"NEVER", "SUCCESS", "FAILURE", "DELAY"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (smtpauth_text_is(word.data, word.len, words[i]))
            return (uint8_t)(1U << i);
    return 0;
}

/* A word said twice says nothing new; NEVER allows no word beside it. */
bool smtpa_read_notify(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    for (size_t at = 0; at <= value.len;) {
        size_t end = at;
        while (end < value.len && value.data[end] != ',')
            end++;
        uint8_t bit = notify_bit(smtpa_slice(value, at, end - at));
        if (bit == 0 || (bit == SMTPAUTH_NOTIFY_NEVER && end - at != value.len))
            return false;
        command->notify |= bit;
        at = end + 1;
    }
    return true;
}

/* HEXPOINT of RFC 6533 3: what xtext cannot show, the backslash, and all beyond ASCII, without needless digits. */
static bool is_hexpoint(uint32_t point, size_t digits)
{
    bool is_control = point < 0x20 && ((point & 0xF) - 1 < 9 || point == 0x10);
    switch (digits) {
    case 2:
        return is_control || point == ' ' || point == '+' || point == '=' || point == '\\' || point >= 0x7F;
    case 3:
        return point >= 0x100;
    case 4:
        return point >= 0x1000 && (point < 0xD800 || point > 0xDFFF);
    case 5:
        return point >= 0x10000;
    case 6:
        return point >= 0x100000 && point <= 0x10FFFF;
    default:
        return false;
    }
}

/* Octets of the EmbeddedUnicodeChar "\x{...}" at v.data[at]; 0 when it is none. */
static size_t embedded_len(smtpauth_view v, size_t at)
{
    if (v.len - at < 4 || v.data[at + 1] != 'x' || v.data[at + 2] != '{')
        return 0;
    uint32_t point = 0;
    size_t end = at + 3;
    for (; end < v.len && smtpa_is_hex(v.data[end]) && end - at < 9; end++) {
        uint8_t c = smtpa_upper(v.data[end]);
        point = point << 4 | (uint32_t)(smtpa_is_digit(c) ? c - '0' : c - 'A' + 10);
    }
    bool is_closed = end < v.len && v.data[end] == '}';
    return is_closed && is_hexpoint(point, end - at - 3) ? end - at + 1 : 0;
}

/* utf-8-addr-xtext and utf-8-addr-unitext; 8-bit octets come this far only where the latter may stand. */
static bool is_utf8_address(smtpauth_view v)
{
    for (size_t at = 0, taken; at < v.len; at += taken) {
        uint8_t c = v.data[at];
        taken = c == '\\' ? embedded_len(v, at) : 1;
        if (taken == 0 || c == '+')
            return false;
    }
    return v.len > 0 && smtpauth_utf8_is_valid(v.data, v.len);
}

bool smtpa_read_orcpt(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    command->orcpt = value;
    size_t type = 0;
    while (type < value.len && smtpa_is_atext(value.data[type]))
        type++;
    if (value.len > ORCPT_MAX || type == 0 || type == value.len || value.data[type] != ';')
        return false;
    smtpauth_view address = smtpa_slice(value, type + 1, value.len - type - 1);
    return smtpauth_text_is(value.data, type, "utf-8") ? is_utf8_address(address) : is_printable_xtext(address);
}
