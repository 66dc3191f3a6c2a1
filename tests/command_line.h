/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_COMMAND_LINE_H
#define TESTS_COMMAND_LINE_H

/* One command line through both calls of the grammar. */

#include <smtpauth/command.h>

/* Parses a line out of a block of its own size, so that a sanitizer sees a read beyond it; the block, to which the views
 * point, lives until the next call. The command is poisoned first. */
uint16_t parse_line(const char *line, size_t len, uint32_t extensions, uint32_t options,
                    smtpauth_command *command);

/* Parses a line and gives the reason alone. */
uint16_t reason_of(const char *line, uint32_t extensions, uint32_t options);

/* Says which line got which reason, and counts it as wrong, when it is not the expected one. */
void check_reason(const char *line, uint16_t got, uint16_t expected);

/* Parses a line and checks its reason so. True when it was taken, as expected: then the command is to be looked at. */
bool check_line(const char *line, uint32_t extensions, uint32_t options, uint16_t expected,
                smtpauth_command *command);

#endif
