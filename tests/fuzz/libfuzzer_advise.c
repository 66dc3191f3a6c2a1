/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * libFuzzer's way into the advice: the first octets choose where a reply came from, the rest is the reply, in a heap
 * block of exactly its size. The bounds that words may not pass are checked on each. `make fuzz` runs it.
 */

#include <smtpauth/smtpauth.h>

#include <stdlib.h>
#include <string.h>

enum { HEAD = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_bounds(const smtpauth_advice *advice, const smtpauth_situation *at)
{
    bool asks_anew = advice->action == SMTPAUTH_ACTION_REENTER_PASSWORD ||
                     advice->action == SMTPAUTH_ACTION_REFRESH_TOKEN ||
                     advice->action == SMTPAUTH_ACTION_CREATE_APP_PASSWORD;
    bool is_about_way =
        advice->cause == SMTPAUTH_CAUSE_MECHANISM_UNSUPPORTED || advice->cause == SMTPAUTH_CAUSE_TLS_REQUIRED;
    if (advice->same_secret != 0 && (asks_anew || advice->code < 400 || (advice->code == 535 && !is_about_way)))
        abort();
    if (asks_anew && advice->code >= 400 && advice->code < 500)
        abort();
    if (advice->action == SMTPAUTH_ACTION_START_TLS && at->tls == SMTPAUTH_YES)
        abort();
    if (advice->code < 300 && (advice->action != SMTPAUTH_ACTION_NONE || advice->resend != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    smtpauth_situation at;
    smtpauth_advice advice;
    if (len < HEAD)
        return 0;
    memset(&at, 0, sizeof at);
    memset(&advice, 0, sizeof advice);
    at.size = sizeof at;
    advice.size = sizeof advice;
    at.phase = data[0] & 15;
    at.authenticated = data[0] >> 4 & 3;
    at.tls = data[0] >> 6;
    at.tls_offered = data[1] & 3;
    at.auth_offered = data[1] >> 2 & 3;
    at.secret = data[1] >> 4 & 3;
    at.attempts = data[1] >> 6;
    at.first_refusal = (uint16_t)(data[2] | (data[3] & 1) << 8);

    uint8_t *reply = malloc(len - HEAD + 1);
    if (reply == NULL)
        abort();
    memcpy(reply, data + HEAD, len - HEAD);
    uint8_t *exact = realloc(reply, len - HEAD > 0 ? len - HEAD : 1);
    if (exact == NULL)
        abort();
    if (smtpauth_advise(exact, len - HEAD, &at, data[3] & 2 ? smtpauth_providers : NULL, &advice) !=
        SMTPAUTH_DONE)
        abort();
    check_bounds(&advice, &at);
    free(exact);
    return 0;
}
