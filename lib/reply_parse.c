/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Reads replies, tolerant where real servers need it: LF alone, a bare code, any words. */

#include <smtpauth/reply.h>

#include <string.h>

#include "internal/reply.h"
#include "internal/text.h"

enum { REPLY_OCTETS_MAX = 65536 };

smtpa_reply_line smtpa_reply_line_read(const uint8_t *data, size_t len)
{
    smtpa_reply_line line = {0};
    size_t end = smtpauth_line_scan(data, len, 0);
    if (end == len)
        return line;
    line.len = end + 1;
    if (end > 0 && data[end - 1] == '\r')
        end--;
    line.is_bad = end < 3 || data[0] < '2' || data[0] > '5' || !smtpa_is_digit(data[1]) ||
                  !smtpa_is_digit(data[2]) || (end > 3 && data[3] != ' ' && data[3] != '-');
    for (size_t i = 0; i < end; i++)
        line.is_bad |= data[i] == 0;
    if (line.is_bad)
        return line;
    line.code = (uint16_t)((data[0] - '0') * 100 + (data[1] - '0') * 10 + (data[2] - '0'));
    line.is_last = end == 3 || data[3] == ' ';
    line.words = end > 4 ? smtpa_view(data + 4, end - 4) : smtpa_view(data + end, 0);
    return line;
}

/* Reads one to three digits behind `*at`; false when there are none or more. */
static bool read_number(smtpauth_view v, size_t *at, uint16_t *number)
{
    size_t from = *at;
    uint32_t n = 0;
    while (*at < v.len && *at - from < 4 && smtpa_is_digit(v.data[*at]))
        n = n * 10 + (uint32_t)(v.data[(*at)++] - '0');
    *number = (uint16_t)n;
    return *at > from && *at - from <= 3;
}

void smtpa_split_enhanced(smtpauth_reply *reply, smtpauth_view *words, uint16_t code)
{
    uint16_t subject, detail;
    size_t at = 2;
    if (words->len < 5 || words->data[0] != '0' + code / 100 || words->data[1] != '.' || code / 100 == 3)
        return;
    if (!read_number(*words, &at, &subject) || at >= words->len || words->data[at++] != '.')
        return;
    if (!read_number(*words, &at, &detail) || (at < words->len && words->data[at] != ' '))
        return;
    if (reply != NULL) {
        reply->enhanced_class = (uint16_t)(code / 100);
        reply->enhanced_subject = subject;
        reply->enhanced_detail = detail;
    }
    at += at < words->len;
    *words = smtpa_slice(*words, at, words->len - at);
}

size_t smtpauth_reply_size(void)
{
    return sizeof(smtpauth_reply);
}

int32_t smtpauth_reply_parse(const uint8_t *data, size_t len, smtpauth_reply *reply)
{
    if (data == NULL || reply == NULL)
        return SMTPAUTH_E_ARGUMENT;
    smtpauth_reply read;
    memset(&read, 0, sizeof read);
    size_t at = 0;
    for (;;) {
        size_t room = len < REPLY_OCTETS_MAX ? len : REPLY_OCTETS_MAX;
        smtpa_reply_line line = smtpa_reply_line_read(data + at, room - at);
        if (line.len == 0)
            return len > REPLY_OCTETS_MAX ? SMTPAUTH_E_ARGUMENT : 0;
        if (line.is_bad || (read.lines > 0 && line.code != read.code))
            return SMTPAUTH_E_WORDS;
        read.code = line.code;
        if (read.lines < UINT16_MAX)
            read.lines++;
        at += line.len;
        if (line.is_last) {
            smtpa_split_enhanced(&read, &line.words, line.code);
            read.text = line.words;
            break;
        }
    }
    read.raw = smtpa_view(data, at);
    *reply = read;
    return (int32_t)at;
}

int32_t smtpauth_reply_line(const smtpauth_reply *reply, uint16_t index, smtpauth_view *line)
{
    if (reply == NULL || line == NULL || index >= reply->lines)
        return SMTPAUTH_E_ARGUMENT;
    smtpauth_view rest = reply->raw;
    for (uint16_t i = 0; rest.len > 0; i++) {
        smtpa_reply_line read = smtpa_reply_line_read(rest.data, rest.len);
        if (read.len == 0 || read.is_bad)
            break;
        if (i == index) {
            smtpa_split_enhanced(NULL, &read.words, read.code);
            *line = read.words;
            return SMTPAUTH_DONE;
        }
        rest = smtpa_slice(rest, read.len, rest.len - read.len);
    }
    return SMTPAUTH_E_ARGUMENT;
}
