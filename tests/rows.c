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

const uint8_t *octets(const char *text)
{
    return (const uint8_t *)text;
}
