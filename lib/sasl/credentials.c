/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* What every password mechanism holds of names and passwords before a host is asked (RFC 4616 2, RFC 4954 4). */

#include "sasl/mechanism.h"

#include "internal/text.h"

const char *smtpauth_mechanism_name(const smtpauth_mechanism *mechanism)
{
    return mechanism != NULL ? mechanism->name : "";
}

static bool is_text(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] == 0)
            return false;
    return smtpauth_utf8_is_valid(v.data, v.len);
}

void smtpa_turn_ask(smtpa_turn *turn)
{
    bool is_message = is_text(turn->identity) && is_text(turn->authorization) && is_text(turn->password);
    /* An empty password never reaches the host: a directory may take a bind with one for an anonymous login. */
    bool is_fit = turn->identity.len > 0 && turn->identity.len <= SMTPAUTH_IDENTITY_MAX &&
                  turn->authorization.len <= SMTPAUTH_IDENTITY_MAX && turn->password.len > 0 &&
                  !smtpa_has_control(turn->identity) && !smtpa_has_control(turn->authorization);
    turn->outcome = is_message && is_fit ? SMTPA_TURN_ASK : SMTPA_TURN_BROKEN;
    turn->reason = !is_message ? (uint16_t)SMTPAUTH_REASON_AUTH_MALFORMED
                   : !is_fit   ? (uint16_t)SMTPAUTH_REASON_AUTH_FAILED
                               : 0;
}
