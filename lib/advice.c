/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* From a reply to one reason: the class of the code chooses the table, the table's rows are tried in order, then what
 * went before in the session, the provider book and, last, the bounds that no wording may pass. */

#include <smtpauth/advice.h>

#include <string.h>

#include "internal/advice.h"
#include "internal/text.h"

static bool rule_fits(const smtpa_rule *rule, const smtpa_facts *facts)
{
    const smtpauth_situation *at = &facts->at;
    if (facts->code < rule->low || facts->code > rule->high)
        return false;
    if (rule->enhanced != 0 && rule->enhanced != facts->enhanced)
        return false;
    if ((rule->phases >> at->phase & 1) == 0)
        return false;
    if ((rule->conditions & SMTPA_IF_LOGGED_IN) != 0 && at->authenticated != SMTPAUTH_YES)
        return false;
    if ((rule->conditions & SMTPA_IF_MAY_LOG_IN) != 0 &&
        (at->authenticated != SMTPAUTH_NO || at->auth_offered == SMTPAUTH_NO))
        return false;
    if ((rule->conditions & SMTPA_IF_CLEAR) != 0 && at->tls == SMTPAUTH_YES)
        return false;
    if ((rule->conditions & SMTPA_IF_TLS_LEFT) != 0 &&
        (at->tls != SMTPAUTH_NO || at->tls_offered != SMTPAUTH_YES))
        return false;
    return smtpa_words_match(&facts->words, rule->words) &&
           (rule->unless == NULL || !smtpa_words_match(&facts->words, rule->unless));
}

uint16_t smtpa_rules_find(const smtpa_rule *rules, size_t count, const smtpa_facts *facts)
{
    for (size_t i = 0; i < count; i++)
        if (rule_fits(&rules[i], facts))
            return rules[i].reason;
    return SMTPAUTH_REASON_NONE;
}

/* What a code answers when nobody said. */
static uint8_t phase_of_code(uint16_t code)
{
    switch (code) {
    case 235:
    case 334:
    case 432:
    case 435:
    case 454:
    case 504:
    case 523:
    case 524:
    case 525:
    case 534:
    case 535:
    case 538:
        return SMTPAUTH_PHASE_AUTH;
    case 354:
        return SMTPAUTH_PHASE_DATA;
    case 521:
        return SMTPAUTH_PHASE_CONNECT;
    case 530:
        return SMTPAUTH_PHASE_MAIL;
    default:
        return SMTPAUTH_PHASE_UNKNOWN;
    }
}

/* A 334 that is no challenge: an error object of OAuth in base64 (RFC 7628 3.2.2) begins with `{"`, and words are
 * not base64. */
static uint16_t advise_challenge(smtpa_facts *facts, smtpauth_view text)
{
    smtpauth_view rest = text;
    while (rest.len > 0 && (smtpa_is_alnum(rest.data[0]) || smtpa_is_one_of(rest.data[0], "+/=")))
        rest = smtpa_slice(rest, 1, rest.len - 1);
    bool is_base64 = rest.len == 0;
    bool is_error = is_base64 && text.len > 4 && memcmp(text.data, "eyJ", 3) == 0;
    if (is_base64 && !is_error)
        return SMTPAUTH_REASON_CHALLENGE;
    facts->code = 535; /* what it stands for */
    return is_error ? (uint16_t)SMTPAUTH_REASON_TOKEN_REFUSED : smtpa_advise_auth(facts);
}

/* Class 2 and 3: the code says it all, the words are not looked at. */
static uint16_t advise_success(const smtpa_facts *facts)
{
    static const struct {
        uint16_t code;
        uint8_t phase;
        uint16_t reason;
    } rows[] = {
        {214, SMTPAUTH_PHASE_UNKNOWN, SMTPAUTH_REASON_HELP},
        {220, SMTPAUTH_PHASE_STARTTLS, SMTPAUTH_REASON_TLS_READY},
        {220, SMTPAUTH_PHASE_UNKNOWN, SMTPAUTH_REASON_GREETING},
        {221, SMTPAUTH_PHASE_UNKNOWN, SMTPAUTH_REASON_BYE},
        {235, SMTPAUTH_PHASE_UNKNOWN, SMTPAUTH_REASON_AUTHENTICATED},
        {250, SMTPAUTH_PHASE_HELLO, SMTPAUTH_REASON_HELLO},
        {250, SMTPAUTH_PHASE_MAIL, SMTPAUTH_REASON_SENDER_OK},
        {250, SMTPAUTH_PHASE_RCPT, SMTPAUTH_REASON_RECIPIENT_OK},
        {250, SMTPAUTH_PHASE_DATA, SMTPAUTH_REASON_CHUNK_OK},
        {250, SMTPAUTH_PHASE_MESSAGE, SMTPAUTH_REASON_MESSAGE_OK},
        {251, SMTPAUTH_PHASE_UNKNOWN, SMTPAUTH_REASON_RECIPIENT_FORWARDED},
        {252, SMTPAUTH_PHASE_UNKNOWN, SMTPAUTH_REASON_UNVERIFIED},
        {334, SMTPAUTH_PHASE_UNKNOWN, SMTPAUTH_REASON_CHALLENGE},
        {354, SMTPAUTH_PHASE_UNKNOWN, SMTPAUTH_REASON_START_DATA},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == facts->code &&
            (rows[i].phase == SMTPAUTH_PHASE_UNKNOWN || rows[i].phase == facts->at.phase))
            return rows[i].reason;
    return SMTPAUTH_REASON_OK;
}

static uint16_t advise_by_rules(smtpa_facts *facts, smtpauth_view challenge)
{
    if (facts->code == 334 && facts->at.phase == SMTPAUTH_PHASE_AUTH)
        return advise_challenge(facts, challenge);
    if (facts->code < 400)
        return facts->code == 0 ? (uint16_t)SMTPAUTH_REASON_NONE : advise_success(facts);
    if (facts->code < 500)
        return smtpa_advise_temporary(facts);
    return facts->at.phase == SMTPAUTH_PHASE_AUTH ? smtpa_advise_auth(facts) : smtpa_advise_sending(facts);
}

/* What went before: a 530 after a refused AUTH is its echo, and a refused token is not re-entered. */
static uint16_t advise_by_session(const smtpauth_situation *at, uint16_t reason)
{
    bool is_for_login = reason == SMTPAUTH_REASON_AUTH_REQUIRED || reason == SMTPAUTH_REASON_RELAY_NEEDS_LOGIN;
    if (is_for_login && smtpauth_reason_cause(at->first_refusal) != SMTPAUTH_CAUSE_NONE)
        reason = at->first_refusal;
    else if (is_for_login && at->attempts > 0)
        reason = SMTPAUTH_REASON_AUTH_FAILED;
    if (reason == SMTPAUTH_REASON_AUTH_FAILED && at->secret == SMTPAUTH_SECRET_TOKEN)
        reason = SMTPAUTH_REASON_TOKEN_REFUSED;
    return reason;
}

/* The bounds that hold for every reason, wherever it came from: a rule, the session or the book. */
static uint16_t within_bounds(const smtpa_facts *facts, uint16_t reason)
{
    uint16_t action = smtpauth_reason_action(reason);
    bool asks_anew = action == SMTPAUTH_ACTION_REENTER_PASSWORD || action == SMTPAUTH_ACTION_REFRESH_TOKEN ||
                     action == SMTPAUTH_ACTION_CREATE_APP_PASSWORD;
    if (facts->code < 400 && facts->code != 334)
        return reason;
    if (facts->code < 500 && facts->code >= 400 &&
        (asks_anew || (action == SMTPAUTH_ACTION_PROMPT_LOGIN && facts->at.phase == SMTPAUTH_PHASE_AUTH)))
        return facts->at.phase == SMTPAUTH_PHASE_AUTH ? SMTPAUTH_REASON_AUTH_UNAVAILABLE
                                                      : SMTPAUTH_REASON_DEFERRED;
    if (action == SMTPAUTH_ACTION_START_TLS && facts->at.tls == SMTPAUTH_YES)
        return SMTPAUTH_REASON_TLS_TOO_WEAK;
    return reason;
}

/* May a program offer the same secret again by itself? Where the code is one for refused secrets, only when it is the
 * mechanism or the missing TLS that was refused. */
static bool same_secret(uint16_t code, const smtpa_reason_advice *advice)
{
    bool is_about_way =
        advice->cause == SMTPAUTH_CAUSE_MECHANISM_UNSUPPORTED || advice->cause == SMTPAUTH_CAUSE_TLS_REQUIRED;
    if (code < 400 || !advice->same_secret)
        return false;
    return code != 535 || is_about_way;
}

static void gather(smtpa_facts *facts, smtpauth_reply *read, const uint8_t *reply, size_t len,
                   const smtpauth_situation *at)
{
    smtpa_words_read(&facts->words, reply, len, read);
    memset(&facts->at, 0, sizeof facts->at);
    if (at != NULL)
        facts->at = *at;
    if (facts->at.phase >= SMTPAUTH_PHASE_COUNT)
        facts->at.phase = SMTPAUTH_PHASE_UNKNOWN;
    if (facts->at.phase == SMTPAUTH_PHASE_UNKNOWN)
        facts->at.phase = phase_of_code(read->code);
    facts->code = read->code;
    facts->enhanced = 0;
    if (read->enhanced_class != 0 && read->enhanced_subject < 60)
        facts->enhanced = SMTPA_ENHANCED(read->enhanced_subject, read->enhanced_detail);
}

int32_t smtpauth_advise(const uint8_t *reply, size_t reply_len, const smtpauth_situation *at,
                        smtpauth_provider_fn *book, smtpauth_advice *out)
{
    smtpa_facts facts;
    smtpauth_reply read;
    if (out == NULL || out->size != sizeof *out || (reply == NULL && reply_len > 0) ||
        (at != NULL && at->size != sizeof *at))
        return SMTPAUTH_E_ARGUMENT;
    gather(&facts, &read, reply, reply_len, at);

    uint16_t reason = advise_by_session(&facts.at, advise_by_rules(&facts, read.text));
    const smtpauth_provider *provider = NULL;
    memset(out, 0, sizeof *out);
    out->size = sizeof *out;
    out->provider = facts.code < 300 ? 0 : smtpa_provider_find(book, &facts, reason, &provider);
    if (provider != NULL && provider->reason != SMTPAUTH_REASON_NONE)
        reason = provider->reason;
    reason = within_bounds(&facts, reason);

    const smtpa_reason_advice *advice = smtpa_reason_advice_of(reason);
    out->reason = reason;
    out->cause = advice->cause;
    out->action = advice->action;
    out->same_secret = same_secret(read.code, advice);
    out->resend = advice->resend;
    out->wait_s = advice->action == SMTPAUTH_ACTION_RETRY_LATER ? smtpa_words_wait(&facts.words) : 0;
    out->phase = facts.at.phase;
    out->code = read.code;
    out->enhanced_class = read.enhanced_class;
    out->enhanced_subject = read.enhanced_subject;
    out->enhanced_detail = read.enhanced_detail;
    return SMTPAUTH_DONE;
}
