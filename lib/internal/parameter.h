/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_PARAMETER_H
#define SMTPAUTH_INTERNAL_PARAMETER_H

#include <smtpauth/command.h>

/* Reads the parameters of MAIL or RCPT into `command`. Returns 0 or a reason. */
uint16_t smtpa_parameters_read(smtpauth_view text, uint32_t extensions, uint32_t options,
                               smtpauth_command *command);

/* Reads one parameter's value, which is an esmtp-value, into `command`, where its bit is set already. Returns false when
 * it cannot be. */
typedef bool smtpa_parameter_reader(smtpauth_view value, uint32_t extensions, smtpauth_command *command);

smtpa_parameter_reader smtpa_read_ret, smtpa_read_envid, smtpa_read_notify,
    smtpa_read_orcpt; /* parameter_dsn.c */
smtpa_parameter_reader smtpa_read_by, smtpa_read_hold_for, smtpa_read_hold_until, smtpa_read_priority,
    smtpa_read_solicit; /* parameter_delivery.c */

/* Is it a date-time of RFC 3339 5.6 in UTC: 2026-02-28T23:59:59Z, a fraction allowed? */
bool smtpa_date_time_is_utc(smtpauth_view v);
/* Is the first of two such later than the second? */
bool smtpa_date_time_is_later(smtpauth_view a, smtpauth_view b);

#endif
