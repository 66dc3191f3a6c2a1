/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Writes replies (RFC 5321 4.2, RFC 2034 4). */

#include <smtpauth/reply.h>

#include <string.h>

#include "internal/reply.h"
#include "internal/text.h"

enum { LINE_MAX_OCTETS = 512 };

bool smtpa_enhanced_fits(const char *enhanced, uint16_t code)
{
    size_t len = strlen(enhanced), i = 1;
    char class_digit = (char)('0' + code / 100);
    if (len > 9 || code / 100 == 3 || enhanced[0] != class_digit)
        return false;
    for (int part = 0; part < 2; part++) {
        size_t digits = 0;
        if (enhanced[i++] != '.')
            return false;
        while (digits < 3 && enhanced[i] >= '0' && enhanced[i] <= '9') {
            digits++;
            i++;
        }
        if (digits == 0)
            return false;
    }
    return i == len;
}

bool smtpa_words_fit(const uint8_t *words, size_t len, bool allow_utf8)
{
    for (size_t i = 0; i < len; i++)
        if ((words[i] < ' ' && words[i] != '\n') || words[i] == 0x7F || (words[i] >= 0x80 && !allow_utf8))
            return false;
    return !allow_utf8 || smtpauth_utf8_is_valid(words, len);
}

/* How many octets of `rest` go on one line: up to a LF, at most `room`, folded at the last blank when there is one. */
static size_t line_take(smtpauth_view rest, size_t room)
{
    size_t len = smtpauth_line_scan(rest.data, rest.len, 0);
    if (len <= room)
        return len;
    size_t at = room;
    while (at > 0 && rest.data[at] != ' ')
        at--;
    if (at > 0)
        return at;
    for (at = room; at > 0 && (rest.data[at] & 0xC0) == 0x80;) /* never inside of a UTF-8 sequence */
        at--;
    return at;
}

int32_t smtpauth_reply_write(uint8_t *out, size_t cap, uint16_t code, const char *enhanced,
                             const uint8_t *words, size_t words_len, uint32_t flags, size_t *written)
{
    if (written == NULL)
        return SMTPAUTH_E_ARGUMENT;
    *written = 0;
    if (out == NULL || (words == NULL && words_len > 0) || code < 200 || code > 599)
        return SMTPAUTH_E_ARGUMENT;
    if (enhanced != NULL && !smtpa_enhanced_fits(enhanced, code))
        return SMTPAUTH_E_ARGUMENT;
    if (!smtpa_words_fit(words, words_len, (flags & SMTPAUTH_REPLY_UTF8) != 0))
        return SMTPAUTH_E_WORDS;

    size_t enhanced_len = enhanced != NULL ? strlen(enhanced) + 1 : 0;
    size_t head = 4 + enhanced_len, at = 0, last = 0;
    static const uint8_t no_words[1] = {0};
    smtpauth_view rest = smtpa_view(words != NULL ? words : no_words, words_len);
    bool more = true;
    while (more) {
        size_t take = line_take(rest, LINE_MAX_OCTETS - 2 - head);
        if (cap - at < head + take + 2)
            break;
        last = at;
        const uint8_t digits[4] = {(uint8_t)('0' + code / 100), (uint8_t)('0' + code / 10 % 10),
                                   (uint8_t)('0' + code % 10), '-'};
        memcpy(out + at, digits, 4);
        if (enhanced_len > 0) {
            memcpy(out + at + 4, enhanced, enhanced_len - 1);
            out[at + head - 1] = ' ';
        }
        if (take > 0)
            memcpy(out + at + head, rest.data, take);
        memcpy(out + at + head + take, "\r\n", 2);
        at += head + take + 2;
        more = take < rest.len;
        size_t skip = more && (rest.data[take] == '\n' || rest.data[take] == ' ') ? take + 1 : take;
        rest = smtpa_slice(rest, skip, rest.len - skip);
    }
    if (at > 0)
        out[last + 3] = ' ';
    *written = at;
    return more ? SMTPAUTH_E_OUTPUT : SMTPAUTH_DONE;
}
