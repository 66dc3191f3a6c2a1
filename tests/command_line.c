/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "command_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rows.h"

uint16_t parse_line(const char *line, size_t len, uint32_t extensions, uint32_t options,
                    smtpauth_command *command)
{
    static uint8_t *block;
    smtpauth_view rest;
    uint32_t faults;
    free(block);
    block = malloc(len == 0 ? 1 : len);
    assert_non_null(block);
    memcpy(block, line, len);
    uint8_t verb = smtpauth_command_verb(block, len, &rest, &faults);
    memset(command, 0x5A, sizeof *command);
    return smtpauth_command_parse(verb, &rest, faults, extensions, options, command);
}

uint16_t reason_of(const char *line, uint32_t extensions, uint32_t options)
{
    smtpauth_command command;
    return parse_line(line, strlen(line), extensions, options, &command);
}

void check_reason(const char *line, uint16_t got, uint16_t expected)
{
    if (got != expected) {
        print_error("%s: reason %u, expected %u\n", line, got, expected);
        add_wrong();
    }
}

bool check_line(const char *line, uint32_t extensions, uint32_t options, uint16_t expected,
                smtpauth_command *command)
{
    uint16_t reason = parse_line(line, strlen(line), extensions, options, command);
    check_reason(line, reason, expected);
    return reason == SMTPAUTH_REASON_NONE && expected == SMTPAUTH_REASON_NONE;
}
