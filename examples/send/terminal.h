/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_TERMINAL_H
#define SEND_TERMINAL_H

/*
 * Questions to a person on the terminal, whatever standard input is.
 */

#include <stdbool.h>
#include <stddef.h>

enum { TERMINAL_LINE = 1, TERMINAL_NOTHING = 0, TERMINAL_DISTURBED = -1 };

struct terminal {
    int fd; /* -1: there is none */
};

/* False: there is none. */
bool terminal_open(struct terminal *terminal);
void terminal_close(struct terminal *terminal);

void terminal_say(const struct terminal *terminal, const char *words);

/* Asks one question and reads one line into `line`, of which nothing is left anywhere else. TERMINAL_NOTHING: end of input,
 * or a line that does not fit. TERMINAL_DISTURBED: `watched` became readable, and what was typed so far waits for the next
 * call, whose question is not shown when it is NULL. A signal that ends or stops the program does so once the terminal is
 * as it was. */
int terminal_ask(const struct terminal *terminal, const char *question, bool is_secret, int watched, char *line,
                 size_t cap);

#endif
