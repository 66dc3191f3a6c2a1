/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* PLAIN (RFC 4616 2): authorization identity, NUL, authentication identity, NUL, password. */

#include "sasl/client.h"

static int32_t respond(smtpa_client_step *step)
{
    const smtpauth_credentials *who = step->who;
    if (!smtpa_client_has(who->identity) || !smtpa_client_has(who->secret) ||
        !smtpa_is_text(who->authorization))
        return SMTPAUTH_E_ANSWER;
    smtpa_client_put_view(step, who->authorization);
    smtpa_client_put(step, "", 1);
    smtpa_client_put_view(step, who->identity);
    smtpa_client_put(step, "", 1);
    smtpa_client_put_view(step, who->secret);
    step->is_proven = true;
    return SMTPAUTH_EXCHANGE_SEND;
}

static const smtpauth_client_mechanism plain = {{SMTPA_PLAIN}, 1, respond, NULL, NULL};

const smtpauth_client_mechanism *smtpauth_client_plain(void)
{
    return &plain;
}
