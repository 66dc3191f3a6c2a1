/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * What is told: refusals, the first and the last, advice about them, and the fields of each event. The engine acts by
 * advice's general rules; what the provider book adds is for a person, but that it may stop a walk from one mechanism
 * to the next.
 */

#include <string.h>

#include "internal/client.h"
#include "internal/text.h"

/* The server offers AUTH, and nothing of it may be used here, nor would TLS that is still to be had change that. */
static bool cannot_log_in(const smtpauth_client *c)
{
    bool is_tls_left = (c->offered & SMTPAUTH_EXT_STARTTLS) && !smtpa_client_has_mark(c, IS_TLS);
    return (c->offered & SMTPAUTH_EXT_AUTH) && !is_tls_left && c->login == LOGIN_NOT_YET &&
           smtpa_config_mechanism_count(c->config) > 0 && smtpa_client_kinds(c) == 0;
}

static smtpauth_situation situation(const smtpauth_client *c)
{
    smtpauth_situation at;
    memset(&at, 0, sizeof at);
    at.size = sizeof at;
    at.phase = smtpa_client_phase(c->awaited);
    at.authenticated = c->login == LOGIN_DONE ? SMTPAUTH_YES : SMTPAUTH_NO;
    at.tls = smtpa_client_has_mark(c, IS_TLS) ? SMTPAUTH_YES : SMTPAUTH_NO;
    if (smtpa_client_has_mark(c, IS_GREETED)) {
        at.tls_offered = c->offered & SMTPAUTH_EXT_STARTTLS ? SMTPAUTH_YES : SMTPAUTH_NO;
        at.auth_offered = c->offered & SMTPAUTH_EXT_AUTH ? SMTPAUTH_YES : SMTPAUTH_NO;
    }
    if (c->attempts > 0)
        at.secret = smtpa_client_has_mark(c, IS_TOKEN) ? SMTPAUTH_SECRET_TOKEN : SMTPAUTH_SECRET_PASSWORD;
    at.attempts = c->rejections;
    if (c->first.phase == SMTPAUTH_PHASE_AUTH)
        at.first_refusal = c->first.reason;
    else if (cannot_log_in(c))
        at.first_refusal = SMTPAUTH_REASON_NO_MECHANISM;
    return at;
}

static bool advise(const smtpauth_client *c, const smtpauth_reply *reply, smtpauth_provider_fn *book,
                   smtpauth_advice *advice)
{
    smtpauth_situation at = situation(c);
    memset(advice, 0, sizeof *advice);
    advice->size = sizeof *advice;
    return smtpauth_advise(reply->raw.data, reply->raw.len, &at, book, advice) == SMTPAUTH_DONE;
}

/* Of recipients, one that may be tried again says more of the message than one that may not. */
static void keep(smtpauth_client *c, const smtpauth_refusal *refusal)
{
    bool is_hope = refusal->phase == SMTPAUTH_PHASE_RCPT && c->first.phase == SMTPAUTH_PHASE_RCPT &&
                   refusal->code / 100 == 4 && c->first.code / 100 != 4;
    c->last = *refusal;
    if (c->first.reason == SMTPAUTH_REASON_NONE || is_hope)
        c->first = *refusal;
}

void smtpa_client_forget_recipients(smtpauth_client *c)
{
    static const smtpauth_refusal none = {0};
    if (c->first.phase == SMTPAUTH_PHASE_RCPT)
        c->first = none;
    if (c->last.phase == SMTPAUTH_PHASE_RCPT)
        c->last = c->first;
}

bool smtpa_client_is_for_later(const smtpauth_client *c, uint16_t code, uint16_t reason)
{
    bool is_echo = code >= 500 && c->first.phase == SMTPAUTH_PHASE_AUTH && c->first.code / 100 == 4 &&
                   reason == c->first.reason;
    return code / 100 == 4 || is_echo;
}

void smtpa_client_refuse(smtpauth_client *c, uint16_t reason, uint8_t phase)
{
    smtpauth_refusal refusal;
    memset(&refusal, 0, sizeof refusal);
    refusal.reason = reason;
    refusal.phase = phase;
    refusal.mechanism = phase == SMTPAUTH_PHASE_AUTH ? c->mechanism : (uint8_t)NO_CLIENT_MECHANISM;
    c->marks &= ~(uint32_t)IS_RESENDABLE;
    keep(c, &refusal);
}

void smtpa_client_judge(smtpauth_client *c, const smtpauth_reply *reply, smtpauth_advice *advice,
                        bool *is_walkable)
{
    smtpauth_advice told;
    (void)advise(c, reply, c->config->book, &told);
    (void)advise(c, reply, NULL, advice);
    *is_walkable = told.action == SMTPAUTH_ACTION_OTHER_MECHANISM && told.same_secret && advice->same_secret;
    smtpauth_refusal refusal;
    memset(&refusal, 0, sizeof refusal);
    refusal.reason = told.reason != 0 ? told.reason : (uint16_t)SMTPAUTH_REASON_MESSAGE_REFUSED;
    refusal.code = reply->code;
    refusal.enhanced_class = reply->enhanced_class;
    refusal.enhanced_subject = reply->enhanced_subject;
    refusal.enhanced_detail = reply->enhanced_detail;
    refusal.phase = smtpa_client_phase(c->awaited);
    refusal.mechanism = refusal.phase == SMTPAUTH_PHASE_AUTH ? c->mechanism : (uint8_t)NO_CLIENT_MECHANISM;
    c->marks = told.resend ? c->marks | IS_RESENDABLE : c->marks & ~(uint32_t)IS_RESENDABLE;
    keep(c, &refusal);
}

/* A fault of the message's own is its cause, whatever a login was refused for before. */
static const smtpauth_refusal *cause(const smtpauth_client *c)
{
    bool is_own =
        c->last.code == 0 && c->last.reason != SMTPAUTH_REASON_NONE && c->last.phase != SMTPAUTH_PHASE_AUTH;
    return is_own ? &c->last : &c->first;
}

int32_t smtpauth_client_refusal(const smtpauth_client *c, uint8_t which, smtpauth_refusal *refusal)
{
    if (c == NULL || refusal == NULL || which > SMTPAUTH_REFUSAL_LAST)
        return SMTPAUTH_E_ARGUMENT;
    *refusal = which == SMTPAUTH_REFUSAL_FIRST ? *cause(c) : c->last;
    return SMTPAUTH_DONE;
}

/* ---- Events ---- */

static void fill_reply(const smtpauth_reply *reply, smtpauth_client_event *event)
{
    event->code = reply->code;
    event->enhanced_class = reply->enhanced_class;
    event->enhanced_subject = reply->enhanced_subject;
    event->enhanced_detail = reply->enhanced_detail;
    event->lines = reply->lines;
    event->raw = reply->raw;
    event->text = reply->text;
}

static void fill_advice(const smtpauth_client *c, const smtpauth_reply *reply, smtpauth_client_event *event)
{
    smtpauth_advice advice;
    if (!advise(c, reply, c->config->book, &advice))
        return;
    event->reason = advice.reason;
    event->cause = advice.cause;
    event->action = advice.action;
    event->provider = advice.provider;
    event->wait_s = advice.wait_s;
    event->same_secret = advice.same_secret != 0;
    event->may_resend = advice.resend != 0;
}

static void fill_mechanism(const smtpauth_client *c, uint8_t index, smtpauth_client_event *event)
{
    const char *name = smtpa_client_mechanism_name_at(c, index);
    event->mechanism = smtpa_view((const uint8_t *)name, strlen(name));
}

static void fill_line(const smtpauth_client *c, const smtpauth_io *io, smtpauth_client_event *event)
{
    if (c->said_at != (uint32_t)(uintptr_t)io->next_out || c->said_len == UINT16_MAX) /* flushed meanwhile */
        return;
    const uint8_t *line = io->next_out - c->said_tail - 2 - c->said_len;
    event->line = smtpa_view(line, c->said_len);
    event->secret = smtpa_view(line + c->secret_at, (size_t)c->said_len - c->secret_at);
}

static void fill_auth(const smtpauth_client *c, smtpauth_client_event *event)
{
    event->reason = c->note_reason;
    event->attempt = c->attempts;
    if (c->note_reason == SMTPAUTH_REASON_REJECTED_BEFORE) /* no reply is held */
        return;
    fill_mechanism(c, c->mechanism, event);
    bool was_judged = c->awaited != AWAIT_CANCEL; /* "*" shows no secret, whatever answers it */
    if (event->code == 535 && was_judged && c->config->guard_key != NULL)
        event->fingerprint = smtpa_view(c->fingerprint, sizeof c->fingerprint);
}

static uint16_t fate_of_recipient(const smtpauth_client *c, uint16_t code)
{
    bool is_over_limit = code == 0 && c->note_reason == SMTPAUTH_REASON_TOO_MANY_RECIPIENTS;
    if (code / 100 == 2)
        return SMTPAUTH_FATE_ACCEPTED;
    return is_over_limit || smtpa_client_is_for_later(c, code, c->note_reason)
               ? (uint16_t)SMTPAUTH_FATE_LATER
               : (uint16_t)SMTPAUTH_FATE_REFUSED;
}

static void fill_recipient(const smtpauth_client *c, smtpauth_client_event *event)
{
    event->index = c->noted - 1;
    event->reason = c->note_reason;
    event->fate = fate_of_recipient(c, event->code);
}

static void fill_message(const smtpauth_client *c, smtpauth_client_event *event)
{
    const smtpauth_refusal *first = cause(c);
    bool is_refused = c->fate != SMTPAUTH_FATE_ACCEPTED && first->reason != SMTPAUTH_REASON_NONE;
    event->fate = c->fate;
    event->index = c->messages > 0 ? c->messages - 1 : 0;
    event->recipients = c->accepted;
    event->size = c->message_size;
    event->faults = c->faults;
    event->may_resend = c->fate == SMTPAUTH_FATE_LATER ||
                        (c->fate == SMTPAUTH_FATE_REFUSED && smtpa_client_has_mark(c, IS_RESENDABLE));
    event->reason = is_refused ? first->reason : (uint16_t)SMTPAUTH_REASON_NONE;
    if (!is_refused)
        return;
    event->code = first->code;
    event->enhanced_class = first->enhanced_class;
    event->enhanced_subject = first->enhanced_subject;
    event->enhanced_detail = first->enhanced_detail;
    event->phase = first->phase;
    fill_mechanism(c, first->mechanism, event);
}

void smtpa_client_fill_note(smtpauth_client *c, const smtpauth_io *io, uint16_t due,
                            smtpauth_client_event *event)
{
    smtpauth_reply reply;
    bool has_reply = due != DUE_LINE && smtpa_client_held_reply(c, io, &reply);
    bool is_local = (due == DUE_RECIPIENT || due == DUE_AUTH) && !(c->pending & DUE_RELEASE);
    if (has_reply && !is_local)
        fill_reply(&reply, event);
    event->phase = smtpa_client_phase(c->awaited);
    if (due == DUE_LINE) {
        event->phase = 0;
        fill_line(c, io, event);
    } else if (due == DUE_ADVICE && has_reply) {
        fill_advice(c, &reply, event);
    } else if (due == DUE_ERROR) {
        event->reason = c->note_reason;
    } else if (due == DUE_AUTH) {
        fill_auth(c, event);
    } else if (due == DUE_RECIPIENT || due == DUE_DELIVERY) {
        fill_recipient(c, event);
    } else if (due == DUE_MESSAGE) {
        bool is_ended_by_it = (c->pending & DUE_RELEASE) != 0;
        smtpauth_view text = is_ended_by_it ? event->text : smtpa_view(NULL, 0);
        memset(event, 0, sizeof *event);
        fill_message(c, event);
        event->text = text;
    }
}

void smtpa_client_fill_question(const smtpauth_client *c, smtpauth_client_event *event)
{
    event->asked = c->question;
    event->why = c->why_asked;
    switch (c->question) {
    case SMTPAUTH_ASK_CREDENTIALS:
        event->kinds = smtpa_client_kinds(c);
        event->attempt = (uint16_t)(c->attempts + (c->login == LOGIN_OPEN ? 0 : 1));
        if (c->login == LOGIN_OPEN || smtpa_client_has_mark(c, IS_SAME_SECRET))
            fill_mechanism(c, c->mechanism, event);
        break;
    case SMTPAUTH_ASK_ENVELOPE:
        event->index = c->why_asked == SMTPAUTH_WHY_AGAIN ? c->messages - 1 : c->messages;
        break;
    case SMTPAUTH_ASK_RECIPIENT:
        event->index = c->asked;
        event->why = 0;
        break;
    case SMTPAUTH_ASK_MESSAGE:
        event->size = c->message_size;
        event->why = 0;
        break;
    default:
        break;
    }
}
