/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Cuts a field off the front of the line and returns what is behind it. */
static char *cut(char *line, char **field)
{
    *field = line;
    for (bool is_quoted = false; *line != 0 && (is_quoted || *line != ' '); line++)
        is_quoted ^= *line == '"';
    if (*line != 0)
        *line++ = 0;
    return line + strspn(line, " ");
}

size_t vectors_each(const char *file, size_t n, void (*use)(char *const *fields))
{
    char path[256], line[2048], *fields[VECTOR_FIELDS_MAX];
    size_t rows = 0, number = 0;
    snprintf(path, sizeof path, "tests/vectors/%s", file);
    FILE *in = fopen(path, "r");
    if (in == NULL)
        fail_msg("%s cannot be read", path);
    while (fgets(line, sizeof line, in) != NULL) {
        size_t count = 0;
        number++;
        line[strcspn(line, "\n")] = 0;
        if (line[0] == 0 || line[0] == '#')
            continue;
        for (char *at = line; *at != 0 && count < VECTOR_FIELDS_MAX; count++)
            at = cut(at, &fields[count]);
        if (count != n)
            fail_msg("%s:%zu has %zu fields", path, number, count);
        use(fields);
        rows++;
    }
    fclose(in);
    return rows;
}

static uint8_t digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c == 0 ? NULL : strchr(digits, c);
    if (at == NULL)
        fail_msg("'%c' is no hex digit", c);
    return (uint8_t)(at - digits);
}

uint8_t *vector_octets(const char *field, size_t *len)
{
    size_t times = 1, once;
    const char *star = field[0] == '"' ? NULL : strchr(field, '*');
    if (star != NULL) {
        times = strtoul(field, NULL, 10);
        field = star + 1;
    }
    bool is_text = field[0] == '"';
    once = is_text ? strlen(field) - 2 : strlen(field) / 2;
    *len = once * times;
    uint8_t *octets = malloc(*len + 1);
    assert_non_null(octets);
    for (size_t i = 0; i < *len; i++) {
        const char *at = field + (is_text ? 1 + i % once : i % once * 2);
        if (is_text)
            octets[i] = (uint8_t)at[0];
        else
            octets[i] = (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
    }
    return octets;
}
