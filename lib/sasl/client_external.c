/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* EXTERNAL (RFC 4422 appendix A): the authorization identity, or nothing to act as whom the certificate names. */

#include "sasl/client.h"

static int32_t respond(smtpa_client_step *step)
{
    if (!smtpa_is_text(step->who->authorization))
        return SMTPAUTH_E_ANSWER;
    smtpa_client_put_view(step, step->who->authorization);
    step->is_proven = true;
    return SMTPAUTH_EXCHANGE_SEND;
}

static const smtpauth_client_mechanism external = {{SMTPA_EXTERNAL}, 1, respond, NULL, NULL};

const smtpauth_client_mechanism *smtpauth_client_external(void)
{
    return &external;
}
