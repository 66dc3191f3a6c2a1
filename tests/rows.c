/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static unsigned wrong;

void check(bool is_right, const char *row, const char *what)
{
    if (!is_right) {
        print_error("%s: %s\n", row, what);
        wrong++;
    }
}

void add_wrong(void)
{
    wrong++;
}

void finish(void)
{
    unsigned count = wrong;
    wrong = 0;
    assert_int_equal(count, 0);
}

bool view_is(const smtpauth_view *view, const char *text)
{
    return view->len == strlen(text) && (view->len == 0 || memcmp(view->data, text, view->len) == 0);
}

smtpauth_view view_of(const char *text)
{
    smtpauth_view view = {octets(text), strlen(text)};
    return view;
}

const uint8_t *octets(const char *text)
{
    return (const uint8_t *)text;
}

bool is_zero(const void *data, size_t len)
{
    const uint8_t *octet = data;
    size_t i = 0;
    while (i < len && octet[i] == 0)
        i++;
    return i == len;
}
