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

void words_print(FILE *to, smtpauth_view words)
{
    while (words.len > 0) {
        size_t len = character(words);
        if (len == 0 || is_control(words.data, len)) {
            fprintf(to, "\\x%02X", *words.data);
            len = 1;
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
