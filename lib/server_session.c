/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* What a host may read of a session, and taking one over that was copied from elsewhere. */

#include <smtpauth/server.h>

#include "internal/server.h"
#include "internal/tracker.h"

enum { COMMAND_TIMEOUT_DEFAULT = 300, DATA_TIMEOUT_DEFAULT = 300 }; /* RFC 5321 4.5.3.2.7 */

uint16_t smtpauth_server_timeout(const smtpauth_server *s)
{
    if (s == NULL || s->state == STATE_QUESTION || s->state == STATE_CLOSED)
        return 0;
    bool is_data = s->state == STATE_DATA || s->state == STATE_CHUNK || s->state == STATE_SWALLOW;
    uint16_t seconds = is_data ? s->policy->data_timeout_s : s->policy->command_timeout_s;
    if (seconds != 0)
        return seconds;
    return is_data ? DATA_TIMEOUT_DEFAULT : COMMAND_TIMEOUT_DEFAULT;
}

uint32_t smtpauth_server_is(const smtpauth_server *s)
{
    uint32_t is = 0;
    for (uint32_t bit = SMTPAUTH_IS_TLS; s != NULL && bit <= SMTPAUTH_IS_CLOSING; bit <<= 1)
        is |= smtpa_is(s, bit) ? bit : 0;
    return s != NULL && s->is_utf8 ? is | SMTPAUTH_IS_UTF8 : is;
}

const char *smtpauth_server_protocol(const smtpauth_server *s)
{
    static const char *const names[2][2][4] = {
        {{"ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA"},              /* RFC 3848 */
         {"UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA"}}, /* RFC 6531 4.3 */
        {{"LMTP", "LMTPS", "LMTPA", "LMTPSA"}, {"UTF8LMTP", "UTF8LMTPS", "UTF8LMTPA", "UTF8LMTPSA"}},
    };
    bool is_lmtp = s != NULL && (s->policy->flags & SMTPAUTH_LMTP);
    if (s == NULL || (!is_lmtp && !smtpa_is(s, SMTPAUTH_IS_EXTENDED)))
        return "SMTP";
    size_t with = (smtpa_is(s, SMTPAUTH_IS_TLS) ? 1u : 0u) + (smtpa_is(s, SMTPAUTH_IS_AUTHENTICATED) ? 2u : 0u);
    return names[is_lmtp ? 1 : 0][s->is_utf8 ? 1 : 0][with];
}

const char *smtpauth_server_mechanism(const smtpauth_server *s)
{
    if (s == NULL || s->authenticated_by == NO_MECHANISM)
        return "";
    if (s->authenticated_by == BY_XCLIENT)
        return "XCLIENT";
    return smtpa_mechanism_name(s->policy, s->authenticated_by);
}

uint16_t smtpauth_server_why(const smtpauth_server *s)
{
    return s != NULL ? s->why : (uint16_t)SMTPAUTH_REASON_NONE;
}

uint32_t smtpauth_server_count(const smtpauth_server *s, uint8_t what)
{
    if (s == NULL)
        return 0;
    switch (what) {
    case SMTPAUTH_COUNT_RECIPIENTS:
        return s->recipients;
    case SMTPAUTH_COUNT_MESSAGES:
        return s->messages;
    case SMTPAUTH_COUNT_AUTH_ATTEMPTS:
        return s->attempts;
    case SMTPAUTH_COUNT_AUTH_FAILURES:
        return smtpauth_tracker_failures(&s->tracker);
    case SMTPAUTH_COUNT_BAD_COMMANDS:
        return s->bad_commands;
    case SMTPAUTH_COUNT_IDLE_COMMANDS:
        return s->idle_commands;
    default:
        return 0;
    }
}

static bool is_question(uint8_t q)
{
    return (q >= SMTPAUTH_ASK_PASSWORD && q <= SMTPAUTH_ASK_ANONYMOUS) ||
           (q >= SMTPAUTH_ASK_MAIL && q <= SMTPAUTH_ASK_XCLIENT);
}

static bool is_mechanism(const smtpauth_policy *p, uint8_t index)
{
    return index == NO_MECHANISM || index < smtpa_mechanism_count(p);
}

/* The parts of a tracker that nothing but a damaged copy has out of range, and the ties between them. */
static bool tracker_is_sound(const smtpauth_tracker *t, const smtpauth_tracker *fresh)
{
    for (size_t i = 0; i < sizeof t->reserved; i++)
        if (t->reserved[i] != 0)
            return false;
    bool needs_greeting = t->transaction != 0 || t->exchange != 0;
    return t->rules == fresh->rules && t->offered == fresh->offered && t->needs_auth == fresh->needs_auth &&
           t->failures_max == fresh->failures_max && t->greeted <= GREETED_EHLO && t->authenticated <= 1 &&
           t->tls <= 1 && t->transaction < TRANSACTION_COUNT && t->exchange <= 1 && t->closing <= 1 &&
           (!needs_greeting || t->greeted > 0) &&
           !(t->exchange && (t->authenticated || t->transaction || t->closing)) && t->tls >= fresh->tls;
}

static bool line_is_sound(const smtpauth_server *s)
{
    uint32_t max = smtpa_auth_line_max(s->policy);
    bool may_hold_line = s->state == STATE_LINE || s->state == STATE_QUESTION || s->state == STATE_ANSWERS ||
                         (s->pending & PENDING_RELEASE);
    return s->scanned <= max && (s->line_len == 0 || (s->scanned == s->line_len && may_hold_line)) &&
           s->decoded_at <= s->line_len && s->decoded_len <= s->line_len - s->decoded_at;
}

/* Only the question that the mechanism puts; after a proof, the one whether he may in. */
static bool is_asked_by_mechanism(const smtpauth_server *s)
{
    if (s->mechanism == NO_MECHANISM || !is_mechanism(s->policy, s->mechanism))
        return false;
    uint16_t asks = smtpa_mechanism(s->policy, s->mechanism)->asks;
    if (s->question == SMTPAUTH_ASK_AUTHORIZE)
        return asks == SMTPAUTH_ASK_SECRET && s->proven == PROVEN;
    return s->question == asks;
}

static bool state_is_sound(const smtpauth_server *s)
{
    bool is_asking = s->state == STATE_QUESTION, is_exchange = s->tracker.exchange != 0;
    if (s->state < STATE_GREETING || s->state > STATE_LAST || is_asking != is_question(s->question) ||
        (is_asking && s->line_len == 0 && s->question != SMTPAUTH_ASK_MESSAGE) ||
        (!is_asking && s->question != 0))
        return false;
    if (is_asking && s->pending != 0)
        return false;
    bool is_about_auth = s->question != 0 && s->question < SMTPAUTH_ASK_MAIL;
    if (is_about_auth != (is_asking && is_exchange) || (is_exchange && s->mechanism == NO_MECHANISM))
        return false;
    if (is_about_auth && !is_asked_by_mechanism(s))
        return false;
    bool is_closed = s->state == STATE_CLOSED;
    if (s->state == STATE_TLS && s->tracker.tls) /* its handshake would not be the first */
        return false;
    return is_closed == (s->tracker.closing != 0) && is_closed == (s->why != 0) &&
           (s->state != STATE_DISCARD) == (s->discard == 0) && s->discard <= DISCARD_BARE_LF;
}

static bool rest_is_sound(const smtpauth_server *s)
{
    for (size_t i = 0; i < sizeof s->reserved / sizeof s->reserved[0]; i++)
        if (s->reserved[i] != 0)
            return false;
    bool has_refusal = s->refusal == 0 || s->refusal == SMTPAUTH_REASON_STILL_REFUSED ||
                       s->refusal == SMTPAUTH_REASON_TLS_TOO_WEAK;
    bool has_reasons = s->why < SMTPAUTH_REASON_COUNT && s->note_reason < SMTPAUTH_REASON_COUNT &&
                       s->auth_reason < SMTPAUTH_REASON_COUNT;
    bool is_authenticated = s->tracker.authenticated != 0,
         claims_login = s->auth_reason == SMTPAUTH_REASON_AUTHENTICATED;
    bool is_front_end = (s->flags & SMTPAUTH_TRUSTED) && (s->policy->extensions & SMTPAUTH_EXT_XCLIENT);
    bool is_vouched = s->authenticated_by == BY_XCLIENT && is_front_end;
    bool has_login =
        is_authenticated == (s->authenticated_by != NO_MECHANISM) &&
        (!is_authenticated || s->attempts > 0 || is_vouched) &&
        (!(s->pending & PENDING_AUTH) || s->state == STATE_CLOSED || claims_login == is_authenticated);
    return has_refusal && has_reasons && has_login && s->verb < SMTPAUTH_VERB_COUNT &&
           s->note_verb < SMTPAUTH_VERB_COUNT && s->is_utf8 <= 1 && s->at_line_start <= 1 && s->after_cr <= 1 &&
           s->is_line_noted <= 1 && s->is_injected <= 1 && s->is_announced <= 1 && s->discard_cr <= 1 &&
           s->front_end_spoke <= 2 && s->body <= SMTPAUTH_BODY_BINARYMIME && s->pending < PENDING_RELEASE * 2 &&
           is_mechanism(s->policy, s->mechanism) &&
           (is_vouched || is_mechanism(s->policy, s->authenticated_by)) &&
           (s->question != SMTPAUTH_ASK_XCLIENT || is_front_end) &&
           s->message_size <= smtpa_message_max(s->policy) && s->recipients <= smtpa_recipients_max(s->policy);
}

int32_t smtpauth_server_restore(smtpauth_server *s, size_t size, const smtpauth_policy *policy)
{
    smtpauth_server fresh;
    if (s == NULL || policy == NULL)
        return SMTPAUTH_E_ARGUMENT;
    if (size != sizeof *s || s->head != SMTPA_SERVER_HEAD)
        return SMTPAUTH_E_VERSION;
    int32_t result = smtpauth_server_init(&fresh, sizeof fresh, policy, s->flags, s->seed, sizeof s->seed);
    if (result != SMTPAUTH_DONE)
        return result;
    s->policy = policy;
    bool is_sound = tracker_is_sound(&s->tracker, &fresh.tracker) && line_is_sound(s) && state_is_sound(s) &&
                    smtpa_message_is_sound(s) && rest_is_sound(s);
    return is_sound ? SMTPAUTH_DONE : SMTPAUTH_E_ARGUMENT;
}
