/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* What XOAUTH2 and OAUTHBEARER share: a name and a bearer token, in pairs that end in ^A. */

#include "sasl/client.h"

/* b64token (RFC 6750 2.1): at least one of its characters, then any number of '='. */
static bool is_token(smtpauth_view v)
{
    size_t len = v.len;
    while (len > 0 && v.data[len - 1] == '=')
        len--;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = v.data[i];
        bool is_mark = c == '-' || c == '.' || c == '_' || c == '~' || c == '+' || c == '/';
        if (!smtpa_is_alnum(c) && !is_mark)
            return false;
    }
    return len > 0;
}

smtpauth_view smtpa_client_user(const smtpauth_credentials *who)
{
    return who->authorization.len > 0 ? who->authorization : who->identity;
}

bool smtpa_client_has_token(const smtpauth_credentials *who)
{
    smtpauth_view user = smtpa_client_user(who);
    return smtpa_is_text(user) && !smtpa_has_control(user) && is_token(who->secret);
}

void smtpa_client_put_bearer(smtpa_client_step *step)
{
    smtpa_client_put(step, "auth=Bearer ", 12);
    smtpa_client_put_view(step, step->who->secret);
    smtpa_client_put(step, "\1\1", 2);
}
