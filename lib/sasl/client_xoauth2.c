/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* XOAUTH2, as Google and Microsoft describe it: "user=" name ^A "auth=Bearer " token ^A ^A. An error comes as a challenge
 * in JSON, is answered by nothing, and a failure follows. */

#include "sasl/client.h"

static int32_t respond(smtpa_client_step *step)
{
    smtpauth_view user = smtpa_client_user(step->who);
    if (step->x->step > 0)
        return SMTPAUTH_EXCHANGE_SEND;
    if (user.len == 0 || !smtpa_client_has_token(step->who))
        return SMTPAUTH_E_ANSWER;
    smtpa_client_put(step, "user=", 5);
    smtpa_client_put_view(step, user);
    smtpa_client_put(step, "\1", 1);
    smtpa_client_put_bearer(step);
    step->is_proven = true;
    return SMTPAUTH_EXCHANGE_SEND;
}

static const smtpauth_client_mechanism xoauth2 = {{SMTPA_XOAUTH2}, 2, respond, NULL, NULL};

const smtpauth_client_mechanism *smtpauth_client_xoauth2(void)
{
    return &xoauth2;
}
