/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "policy_rows.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void policy_rows_check(const policy_row *rows, size_t count)
{
    for (const policy_row *row = rows; row < rows + count; row++) {
        smtpauth_policy policy = session_policy(SMTPAUTH_CLEAR_AUTH);
        smtpauth_server s;
        row->change(&policy);
        int32_t got = smtpauth_policy_check(&policy);
        int32_t init = smtpauth_server_init(&s, sizeof s, &policy, 0, NULL, 0);
        if (got != row->fault || init != (row->fault != 0 ? SMTPAUTH_E_POLICY : SMTPAUTH_DONE))
            fail_msg("%s: policy_check %d, expected %d; init %d", row->name, (int)got, (int)row->fault,
                     (int)init);
    }
}
