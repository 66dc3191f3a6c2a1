/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "words.h"

#include <smtpauth/text.h>

#include <string.h>

smtpauth_view words_of(const char *text)
{
    return (smtpauth_view){(const uint8_t *)text, strlen(text)};
}

/* Octets of the character that begins here; 0: it is none of UTF-8. */
static size_t character(smtpauth_view words)
{
    enum { LONGEST = 4 };
    for (size_t len = 1; len <= LONGEST && len <= words.len; len++) {
        if (smtpauth_utf8_is_valid(words.data, len))
            return len;
    }
    return 0;
}

static bool is_control(const uint8_t *at, size_t len)
{
    return (len == 1 && (*at < ' ' || *at == 0x7F)) || (len == 2 && at[0] == 0xC2 && at[1] < 0xA0);
}

/* The code point of what turns the direction of text (UAX 9: U+202A..U+202E, U+2066..U+2069) or ends a line (U+2028,
 * U+2029); 0: it is none. */
static unsigned unruly(const uint8_t *at, size_t len)
{
    if (len != 3 || at[0] != 0xE2)
        return 0;
    unsigned code = 0x2000u | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
    return (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ? code : 0;
}

void words_print(FILE *to, smtpauth_view words)
{
    while (words.len > 0) {
        size_t len = character(words);
        if (len == 0 || is_control(words.data, len)) {
            fprintf(to, "\\x%02X", *words.data);
            len = 1;
        } else if (*words.data == '\\') {
            fputs("\\\\", to);
        } else if (unruly(words.data, len) != 0) {
            fprintf(to, "\\u{%04X}", unruly(words.data, len));
        } else {
            fwrite(words.data, 1, len, to);
        }
        words.data += len;
        words.len -= len;
    }
}

void words_print_json(FILE *to, smtpauth_view words)
{
    putc('"', to);
    while (words.len > 0) {
        size_t len = character(words);
        if (len == 0) {
            fputs("\\ufffd", to);
            len = 1;
        } else if (is_control(words.data, len)) {
            fprintf(to, "\\u%04x", len == 1 ? *words.data : words.data[1]);
        } else if (unruly(words.data, len) != 0) {
            fprintf(to, "\\u%04x", unruly(words.data, len));
        } else if (*words.data == '"' || *words.data == '\\') {
            fprintf(to, "\\%c", *words.data);
        } else {
            fwrite(words.data, 1, len, to);
        }
        words.data += len;
        words.len -= len;
    }
    putc('"', to);
}

bool words_next_line(smtpauth_view *rest, smtpauth_view *line)
{
    if (rest->len == 0)
        return false;
    size_t end = smtpauth_line_scan(rest->data, rest->len, 0);
    size_t taken = end < rest->len ? end + 1 : end;
    *line = (smtpauth_view){rest->data, end};
    if (line->len > 0 && line->data[line->len - 1] == '\r')
        line->len--;
    rest->data += taken;
    rest->len -= taken;
    return true;
}
