/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_COMMAND_LINE_H
#define TESTS_COMMAND_LINE_H

/* One command line through both calls of the grammar. */

#include <smtpauth/command.h>

/* Parses a line out of a block of its own size, so that a sanitizer sees a read beyond it. The command is poisoned
 * first. Free the block when done with the views. */
uint16_t parse_line(const char *line, size_t len, uint32_t extensions, uint32_t options,
                    smtpauth_command *command, uint8_t **block);

/* Parses a line and gives the reason alone. */
uint16_t reason_of(const char *line, uint32_t extensions, uint32_t options);

/* Says which line got which reason, and counts it as wrong, when it is not the expected one. */
void check_reason(const char *line, uint16_t got, uint16_t expected);

#endif
