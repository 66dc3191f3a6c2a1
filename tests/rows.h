/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_ROWS_H
#define TESTS_ROWS_H

/* Tables of cases: each row that is wrong is named, and the test fails at its end. */

#include <smtpauth/types.h>

/* Prints the row and what is wrong with it, and counts it, unless it is right. */
void check(bool is_right, const char *row, const char *what);

/* Counts a row as wrong, when the test printed why itself. */
void add_wrong(void);

/* Fails the test when any check did. */
void finish(void);

bool view_is(const smtpauth_view *view, const char *text);
smtpauth_view view_of(const char *text);
const uint8_t *octets(const char *text);
bool is_zero(const void *data, size_t len);

#endif
