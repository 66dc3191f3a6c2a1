/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_POLICY_ROWS_H
#define TESTS_POLICY_ROWS_H

/* Policies that are good but for one change, or good with it: what policy_check and server_init say of each. */

#include "session.h"

typedef struct policy_row {
    void (*change)(smtpauth_policy *policy); /* of session_policy(SMTPAUTH_CLEAR_AUTH) */
    int32_t fault;
    const char *name;
} policy_row;

#define POLICY_ROW(change, fault)                                                                              \
    {                                                                                                          \
        change, SMTPAUTH_REASON_##fault, #change                                                               \
    }

void policy_rows_check(const policy_row *rows, size_t count);

#endif
