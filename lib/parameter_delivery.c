/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Parameters of MAIL about when and how to deliver: BY (RFC 2852 4), HOLDFOR and HOLDUNTIL (RFC 4865 3), MT-PRIORITY
 * (RFC 6710 4.1), SOLICIT (RFC 3865 2.3). Whether a server can do what they ask is not judged here. */

#include "internal/parameter.h"
#include "internal/text.h"

enum { TIME_DIGITS = 9, SOLICIT_MAX = 1000 };

bool smtpa_read_by(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    bool is_negative = value.data[0] == '-';
    size_t sign = is_negative || value.data[0] == '+' ? 1 : 0;
    uint32_t seconds;
    size_t digits = smtpa_number(value, sign, TIME_DIGITS, &seconds), at = sign + digits;
    if (digits == 0 || value.len - at < 2 || value.data[at] != ';')
        return false;
    command->by = is_negative ? -(int32_t)seconds : (int32_t)seconds;
    uint8_t mode = smtpa_upper(value.data[at + 1]);
    bool has_trace = value.len - at == 3 && smtpa_upper(value.data[at + 2]) == 'T';
    if ((mode != 'R' && mode != 'N') || value.len - at != (has_trace ? 3U : 2U))
        return false;
    command->by_mode = (uint8_t)((mode == 'R' ? SMTPAUTH_BY_RETURN : SMTPAUTH_BY_NOTIFY) |
                                 (has_trace ? SMTPAUTH_BY_TRACE : 0));
    return mode == 'N' || command->by > 0;
}

bool smtpa_read_hold_for(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    uint32_t seconds;
    size_t digits = smtpa_number(value, 0, TIME_DIGITS, &seconds);
    command->hold = seconds;
    return digits == value.len && value.data[0] != '0' && !(command->present & SMTPAUTH_PARAM_HOLDUNTIL);
}

bool smtpa_read_hold_until(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    command->hold_until = value;
    return smtpa_date_time_is_utc(value) && !(command->present & SMTPAUTH_PARAM_HOLDFOR);
}

bool smtpa_read_priority(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    bool is_negative = value.data[0] == '-';
    size_t sign = is_negative ? 1 : 0;
    if (value.len != sign + 1 || !smtpa_is_digit(value.data[sign]))
        return false;
    int8_t digit = (int8_t)(value.data[sign] - '0');
    command->priority = is_negative ? (int8_t)-digit : digit;
    return digit != 0 || !is_negative;
}

/* Solicitation-keywords: a letter, then letters, digits and .-_: (RFC 3865 2.2). */
bool smtpa_read_solicit(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    command->solicit = value;
    bool is_first = true;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        if (is_first ? !smtpa_is_letter(c) : !smtpa_is_alnum(c) && !smtpa_is_one_of(c, ".-_:,"))
            return false;
        is_first = c == ',';
    }
    return !is_first && value.len <= SOLICIT_MAX;
}
