/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Date and time of the Internet (RFC 3339 5.6, 5.7), in UTC, as HOLDUNTIL carries it (RFC 4865 3). Whether it is one,
 * and which of two is later: a library without a clock has no use for the number. */

#include "internal/parameter.h"
#include "internal/text.h"

enum { WHOLE = sizeof "0000-11-22T33:44:55" - 1 }; /* without a fraction and the zone */

static uint32_t days_of(uint32_t year, uint32_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && is_leap ? 1U : 0U);
}

/* Reads "dddd-dd-ddTdd:dd:dd" into `fields`; digits and marks must stand where they do there. */
static bool read_fields(smtpauth_view v, uint32_t fields[6])
{
    static const char shape[] = "0000-11-22T33:44:55";
    if (v.len < WHOLE)
        return false;
    for (size_t i = 0; i < WHOLE; i++) {
        uint8_t mark = (uint8_t)shape[i];
        if (!smtpa_is_digit(mark)) {
            if (smtpa_upper(v.data[i]) != mark)
                return false;
            continue;
        }
        if (!smtpa_is_digit(v.data[i]))
            return false;
        uint32_t *field = &fields[mark - '0'];
        *field = *field * 10 + (uint32_t)(v.data[i] - '0');
    }
    return true;
}

bool smtpa_date_time_is_utc(smtpauth_view v)
{
    enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, FIELDS };
    uint32_t f[FIELDS] = {0};
    if (!read_fields(v, f))
        return false;
    bool is_date = f[MONTH] >= 1 && f[MONTH] <= 12 && f[DAY] >= 1 && f[DAY] <= days_of(f[YEAR], f[MONTH]);
    bool is_time = f[HOUR] <= 23 && f[MINUTE] <= 59 && f[SECOND] <= 60; /* 60: a leap second */
    size_t at = WHOLE;
    if (at < v.len && v.data[at] == '.') {
        size_t first = ++at;
        while (at < v.len && smtpa_is_digit(v.data[at]))
            at++;
        if (at == first)
            return false;
    }
    smtpauth_view zone = smtpa_slice(v, at, v.len - at);
    bool is_utc = smtpauth_text_is(zone.data, zone.len, "Z") ||
                  smtpauth_text_is(zone.data, zone.len, "+00:00") ||
                  smtpauth_text_is(zone.data, zone.len, "-00:00");
    return is_date && is_time && is_utc;
}

/* Where the digits of a fraction end that begin at WHOLE + 1; there, when there is none. */
static size_t fraction_end(smtpauth_view v)
{
    size_t at = WHOLE + 1;
    while (v.data[WHOLE] == '.' && at < v.len && smtpa_is_digit(v.data[at]))
        at++;
    return at;
}

bool smtpa_date_time_is_later(smtpauth_view a, smtpauth_view b)
{
    size_t a_end = fraction_end(a), b_end = fraction_end(b);
    for (size_t i = 0; i < WHOLE; i++)
        if (smtpa_is_digit(a.data[i]) && a.data[i] != b.data[i])
            return a.data[i] > b.data[i];
    for (size_t i = WHOLE + 1; i < a_end; i++) {
        uint8_t other = i < b_end ? b.data[i] : (uint8_t)'0';
        if (a.data[i] != other)
            return a.data[i] > other;
    }
    return false; /* what b has beyond only makes it later */
}
