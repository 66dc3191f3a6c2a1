/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* ANONYMOUS (RFC 4505 2): a trace for the server's operator, or nothing. With an '@' it is a mail address. */

#include <smtpauth/command.h>

#include "sasl/client.h"

enum { TRACE_MAX = 255 };

static bool is_trace(smtpauth_view v)
{
    size_t characters = 0;
    bool has_at = false;
    smtpauth_view local_part, domain;
    for (size_t i = 0; i < v.len; i++) {
        characters += (v.data[i] & 0xC0) != 0x80; /* a UTF-8 sequence's first octet */
        has_at = has_at || v.data[i] == '@';
    }
    if (!smtpa_is_text(v) || smtpa_has_control(v) || characters > TRACE_MAX)
        return false;
    return !has_at || smtpauth_mailbox_parse(v.data, v.len, true, &local_part, &domain);
}

static int32_t respond(smtpa_client_step *step)
{
    if (!is_trace(step->who->identity) || step->who->authorization.len > 0)
        return SMTPAUTH_E_ANSWER;
    smtpa_client_put_view(step, step->who->identity);
    step->is_proven = true;
    return SMTPAUTH_EXCHANGE_SEND;
}

static const smtpauth_client_mechanism anonymous = {{SMTPA_ANONYMOUS}, 1, respond, NULL, NULL};

const smtpauth_client_mechanism *smtpauth_client_anonymous(void)
{
    return &anonymous;
}
