/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_WORDS_H
#define SEND_WORDS_H

/*
 * Words of strangers on a terminal and in JSON: nothing that a terminal would obey, nothing that is not JSON.
 */

#include <smtpauth/types.h>

#include <stdio.h>

/* As they are, but control characters (C1 too) and what is no UTF-8 as \xHH, what turns the direction of text or ends a
 * line as \u{HHHH}, and a backslash as two. */
void words_print(FILE *to, smtpauth_view words);

/* A JSON string with its quotes; what is no UTF-8 as U+FFFD. */
void words_print_json(FILE *to, smtpauth_view words);

smtpauth_view words_of(const char *text);

/* Takes the first line off `rest`, without its line end. False: there is none. */
bool words_next_line(smtpauth_view *rest, smtpauth_view *line);

#endif
