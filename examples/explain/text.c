/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Words in lines and columns. Columns are counted in characters of UTF-8. */

#include "explain.h"

#include <smtpauth/text.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MAX = 400 };

unsigned text_width(void)
{
    const char *columns = getenv("COLUMNS");
    long width = columns != NULL ? strtol(columns, NULL, 10) : 0;
    if (width < TEXT_WIDTH_MIN)
        return columns != NULL && width > 0 ? TEXT_WIDTH_MIN : WIDTH_DEFAULT;
    return width > WIDTH_MAX ? WIDTH_MAX : (unsigned)width;
}

static unsigned columns_of(const char *text, size_t len)
{
    unsigned columns = 0;
    for (size_t i = 0; i < len; i++)
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    return columns;
}

/* How many octets of `text` go into a line of `width` columns: whole words, but a word that is longer than a line. */
static size_t line_of(const char *text, unsigned width)
{
    size_t fits = 0, at = 0;
    while (text[at] != '\0') {
        size_t end = at + strcspn(text + at, " ");
        if (columns_of(text, end) > width)
            return fits > 0 ? fits : end;
        fits = end;
        at = end + strspn(text + end, " ");
    }
    return fits;
}

static const char *next_line(const char *text, size_t len)
{
    text += len;
    return text + strspn(text, " ");
}

void text_paragraph(const char *label, const char *words, unsigned indent, unsigned width)
{
    unsigned room = width > indent + 20 ? width - indent : 20;
    bool is_first = true;
    do {
        size_t len = line_of(words, room);
        printf("%-*s%.*s\n", (int)indent, is_first ? label : "", (int)len, words);
        words = next_line(words, len);
        is_first = false;
    } while (*words != '\0');
}

void text_columns(const char *left, const char *right, unsigned width)
{
    unsigned half = (width - 3) / 2;
    while (*left != '\0' || *right != '\0') {
        size_t left_len = line_of(left, half), right_len = line_of(right, half);
        unsigned used = columns_of(left, left_len);
        printf("%.*s%*s", (int)left_len, left, (int)(half > used ? half - used : 0), "");
        printf(right_len > 0 ? " | %.*s\n" : " |%.*s\n", (int)right_len, right);
        left = next_line(left, left_len);
        right = next_line(right, right_len);
    }
}

void text_foreign(FILE *out, const uint8_t *data, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t n = 1;
        while (n <= 4 && at + n <= len && !smtpauth_utf8_is_valid(data + at, n))
            n++;
        bool is_valid = n <= 4 && at + n <= len;
        bool is_control =
            data[at] < 0x20 || data[at] == 0x7F || (is_valid && data[at] == 0xC2 && data[at + 1] < 0xA0);
        if (!is_valid || is_control)
            fputs("\xEF\xBF\xBD", out);
        else
            fwrite(data + at, 1, n, out);
        at += is_valid ? n : 1;
    }
}
