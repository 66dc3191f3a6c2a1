/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* OAUTHBEARER (RFC 7628 3.1): GS2 header, ^A, then host, port and token as pairs. An error comes as a challenge in JSON,
 * is answered by one ^A (3.2.3), and a failure follows. */

#include "sasl/client.h"
#include "sasl/scram_text.h"

static bool is_printable(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] <= ' ' || v.data[i] > '~')
            return false;
    return true;
}

/* No channel binding, and who it is. */
static void put_header(smtpa_client_step *step)
{
    smtpauth_view user = smtpa_client_user(step->who);
    smtpa_client_put(step, user.len > 0 ? "n,a=" : "n,", user.len > 0 ? 4 : 2);
    for (size_t i = 0; i < user.len; i++) {
        uint8_t coded[3];
        smtpa_client_put(step, coded, smtpa_saslname_encode(coded, sizeof coded, smtpa_slice(user, i, 1)));
    }
    smtpa_client_put(step, ",\1", 2);
}

static void put_port(smtpa_client_step *step, uint16_t port)
{
    uint8_t digits[SMTPA_DECIMAL_MAX];
    smtpa_client_put(step, "port=", 5);
    smtpa_client_put(step, digits, smtpa_decimal(port, digits));
    smtpa_client_put(step, "\1", 1);
}

static int32_t respond(smtpa_client_step *step)
{
    const smtpauth_credentials *who = step->who;
    if (step->x->step > 0) {
        smtpa_client_put(step, "\1", 1);
        return SMTPAUTH_EXCHANGE_SEND;
    }
    if (!smtpa_client_has_token(who) || !is_printable(who->host))
        return SMTPAUTH_E_ANSWER;
    put_header(step);
    if (who->host.len > 0) {
        smtpa_client_put(step, "host=", 5);
        smtpa_client_put_view(step, who->host);
        smtpa_client_put(step, "\1", 1);
    }
    if (who->port != 0)
        put_port(step, who->port);
    smtpa_client_put_bearer(step);
    step->is_proven = true;
    return SMTPAUTH_EXCHANGE_SEND;
}

static const smtpauth_client_mechanism oauthbearer = {{SMTPA_OAUTHBEARER}, 2, respond, NULL, NULL};

const smtpauth_client_mechanism *smtpauth_client_oauthbearer(void)
{
    return &oauthbearer;
}
