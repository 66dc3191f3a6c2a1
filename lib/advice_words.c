/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* A reply's words as rules see them. Unlike smtpauth_reply_parse this reads what is broken too: no line end, no last
 * line, lines without code, NULs. */

#include <string.h>

#include "internal/advice.h"
#include "internal/reply.h"
#include "internal/text.h"

enum { REPLY_OCTETS_MAX = 65536, WAIT_MAX_S = 7 * 86400 };

/* The code at the beginning of a line, 0 for none; `is_last` where no '-' follows. */
static uint16_t line_code(smtpauth_view line, bool *is_last)
{
    const uint8_t *at = line.data;
    if (line.len < 3 || at[0] < '2' || at[0] > '5' || !smtpa_is_digit(at[1]) || !smtpa_is_digit(at[2]))
        return 0;
    if (line.len > 3 && at[3] != ' ' && at[3] != '-')
        return 0;
    *is_last = line.len == 3 || at[3] == ' ';
    return (uint16_t)((at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0'));
}

static void append(smtpa_words *words, smtpauth_view more)
{
    for (size_t i = 0; i < more.len && words->len < SMTPA_WORDS_MAX - 1; i++) {
        uint8_t c = more.data[i];
        bool is_letter = smtpa_is_alnum(c) || c >= 0x80;
        if (is_letter)
            words->text[words->len++] = smtpa_is_letter(c) ? (uint8_t)(smtpa_upper(c) + ('a' - 'A')) : c;
        else if (words->text[words->len - 1] != ' ')
            words->text[words->len++] = ' ';
    }
    if (words->len < SMTPA_WORDS_MAX && words->text[words->len - 1] != ' ')
        words->text[words->len++] = ' ';
}

/* The enhanced code that qmail and its like put elsewhere: "authentication failed (#5.7.1)", "535 #5.7.8 no". */
static void find_hash_enhanced(smtpauth_view line, smtpauth_reply *read)
{
    for (size_t i = 0; i + 6 <= line.len && read->enhanced_class == 0; i++) {
        if (line.data[i] != '#')
            continue;
        size_t len = 1;
        while (i + len < line.len && (smtpa_is_digit(line.data[i + len]) || line.data[i + len] == '.'))
            len++;
        smtpauth_view code = smtpa_slice(line, i + 1, len - 1);
        smtpa_split_enhanced(read, &code, read->code);
    }
}

/* One line: false when it begins another reply, or breaks this one. */
static bool read_line(smtpa_words *words, smtpauth_view line, smtpauth_reply *read, bool *is_over)
{
    bool is_last = false;
    uint16_t code = line_code(line, &is_last);
    if (code != 0 && read->code != 0 && code != read->code) {
        if (!*is_over)
            read->code = 0; /* two codes in one reply: neither is believed */
        return false;
    }
    if (code == 0 && read->code == 0)
        return false;
    if (code != 0) {
        size_t skip = line.len > 3 ? 4 : 3;
        read->code = code;
        *is_over = *is_over || is_last;
        line = smtpa_slice(line, skip, line.len - skip);
        while (line.len > 0 && line.data[0] == ' ')
            line = smtpa_slice(line, 1, line.len - 1);
    }
    smtpa_split_enhanced(read->enhanced_class == 0 ? read : NULL, &line, read->code);
    find_hash_enhanced(line, read);
    if (read->lines++ == 0)
        read->text = line;
    append(words, line);
    return true;
}

void smtpa_words_read(smtpa_words *words, const uint8_t *reply, size_t len, smtpauth_reply *read)
{
    bool is_over = false;
    memset(read, 0, sizeof *read);
    words->text[0] = ' ';
    words->len = 1;
    if (len > REPLY_OCTETS_MAX)
        len = REPLY_OCTETS_MAX;
    for (size_t at = 0, end; at < len; at = end + 1) {
        end = smtpauth_line_scan(reply, len, at);
        smtpauth_view line = smtpa_view(reply + at, end - at);
        if (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (!read_line(words, line, read, &is_over))
            return;
    }
}

/* Does the text hold `term`, octet for octet? */
static bool holds(const smtpa_words *words, const char *term, size_t len)
{
    for (size_t i = 0; i + len <= words->len; i++)
        if (words->text[i] == (uint8_t)term[0] && memcmp(words->text + i, term, len) == 0)
            return true;
    return false;
}

/* One factor, up to '&', ';' or the end: does one of its alternatives hold? Moves `*at` behind it. */
static bool factor_holds(const smtpa_words *words, const char **at)
{
    bool is_not = **at == '!', any = false;
    const char *term = *at + is_not;
    for (;; term++) {
        size_t len = 0;
        while (term[len] != '\0' && term[len] != '|' && term[len] != '&' && term[len] != ';')
            len++;
        any = any || (len > 0 && holds(words, term, len));
        term += len;
        if (*term != '|')
            break;
    }
    *at = term;
    return any != is_not;
}

bool smtpa_words_match(const smtpa_words *words, const char *pattern)
{
    bool all = true;
    if (pattern == NULL)
        return true;
    for (const char *at = pattern;; at++) {
        bool one = factor_holds(words, &at);
        all = all && one;
        if (*at == '&')
            continue;
        if (all || *at == '\0')
            return all;
        all = true; /* the next clause */
    }
}

/* Seconds of the unit that stands at `at`, in blanks; 0 for none. */
static uint32_t unit_at(const smtpa_words *words, size_t at)
{
    static const struct {
        const char *name;
        uint32_t seconds;
    } units[] = {
        {" s ", 1},        {" sec ", 1},      {" secs ", 1},     {" second ", 1},  {" seconds ", 1},
        {" m ", 60},       {" min ", 60},     {" mins ", 60},    {" minute ", 60}, {" minutes ", 60},
        {" minuten ", 60}, {" hour ", 3600},  {" hours ", 3600}, {" h ", 3600},    {" stunden ", 3600},
        {" day ", 86400},  {" days ", 86400},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t len = strlen(units[i].name);
        if (at + len <= words->len && memcmp(words->text + at, units[i].name, len) == 0)
            return units[i].seconds;
    }
    return 0;
}

static bool wait_begins_before(const smtpa_words *words, size_t at)
{
    static const char *const leads[] = {" in ",     " after ", " wait ", " another ",
                                        " within ", " for ",   " nach ", " about "};
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        size_t len = strlen(leads[i]);
        if (at >= len && memcmp(words->text + at - len, leads[i], len) == 0)
            return true;
    }
    return false;
}

uint32_t smtpa_words_wait(const smtpa_words *words)
{
    for (size_t at = 1; at < words->len; at++) {
        uint32_t number, unit;
        size_t digits;
        if (words->text[at - 1] != ' ' || !smtpa_is_digit(words->text[at]) || !wait_begins_before(words, at))
            continue;
        digits = smtpa_number(smtpa_view(words->text, words->len), at, 6, &number);
        unit = digits == 0 ? 0 : unit_at(words, at + digits);
        if (unit == 0 && digits > 0 && at + digits < words->len && words->text[at + digits] == 's')
            unit = words->text[at + digits + 1] == ' ' ? 1 : 0; /* "300s" */
        if (unit != 0 && number > 0)
            return number > WAIT_MAX_S / unit ? (uint32_t)WAIT_MAX_S : number * unit;
    }
    return 0;
}
