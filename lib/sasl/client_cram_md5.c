/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* CRAM-MD5 (RFC 2195 2): user name, blank, HMAC-MD5 of the challenge under the password, in lower-case hex. What the
 * challenge looks like is not read, but there must be one: the answer to none would serve for ever. */

#include <smtpauth/text.h>

#include "sasl/client.h"

enum { MD5_LEN = 16 };

static int32_t respond(smtpa_client_step *step)
{
    static const char digits[] = "0123456789abcdef";
    const smtpauth_credentials *who = step->who;
    smtpa_hmac hmac;
    uint8_t digest[MD5_LEN];
    if (step->challenge.len == 0)
        return SMTPAUTH_E_WORDS;
    if (!smtpa_client_has(who->identity) || !smtpa_client_has(who->secret) || !smtpa_client_acts_as_itself(who))
        return SMTPAUTH_E_ANSWER;
    smtpa_hmac_begin(&hmac, &smtpa_md5, NULL, who->secret.data, who->secret.len);
    smtpa_hmac_add(&hmac, step->challenge.data, step->challenge.len);
    smtpa_hmac_end(&hmac, digest);
    smtpa_client_put_view(step, who->identity);
    smtpa_client_put(step, " ", 1);
    for (size_t i = 0; i < MD5_LEN; i++) {
        smtpa_client_put(step, digits + (digest[i] >> 4), 1);
        smtpa_client_put(step, digits + (digest[i] & 15), 1);
    }
    smtpauth_wipe(digest, sizeof digest);
    step->is_proven = true;
    return SMTPAUTH_EXCHANGE_SEND;
}

static const smtpauth_client_mechanism cram_md5 = {{SMTPA_CRAM_MD5}, 1, respond, NULL, NULL};

const smtpauth_client_mechanism *smtpauth_client_cram_md5(void)
{
    return &cram_md5;
}
