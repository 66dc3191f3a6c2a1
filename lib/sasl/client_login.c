/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* LOGIN: the server asks for the user name, then for the password. No RFC. What its prompts say is not read: servers
 * differ in that, but not in the order. */

#include "sasl/client.h"

static int32_t respond(smtpa_client_step *step)
{
    const smtpauth_credentials *who = step->who;
    if (!smtpa_client_has(who->identity) || !smtpa_client_has(who->secret) || !smtpa_client_acts_as_itself(who))
        return SMTPAUTH_E_ANSWER;
    step->is_proven = step->x->step == 1;
    smtpa_client_put_view(step, step->is_proven ? who->secret : who->identity);
    return SMTPAUTH_EXCHANGE_SEND;
}

static const smtpauth_client_mechanism login = {{SMTPA_LOGIN}, 2, respond, NULL, NULL};

const smtpauth_client_mechanism *smtpauth_client_login(void)
{
    return &login;
}
