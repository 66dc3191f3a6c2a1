/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A message's envelope: MAIL (RFC 5321 3.3) and how a transaction ends. What the envelope needs and the server does not
 * offer is refused here, before anything is said. A 530 leads to a login, or to TLS, and the envelope is asked for again.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "internal/client.h"
#include "internal/text.h"

uint8_t smtpa_client_cure(const smtpauth_client *c, const smtpauth_advice *advice)
{
    bool may_log_in = c->login == LOGIN_NOT_YET || c->login == LOGIN_DECLINED;
    if (advice->action == SMTPAUTH_ACTION_PROMPT_LOGIN && may_log_in && smtpa_client_kinds(c) != 0)
        return MAIL_LOGIN;
    bool may_start_tls = (c->offered & SMTPAUTH_EXT_STARTTLS) && smtpa_client_has_mark(c, DECLINED_TLS) &&
                         !(c->marks & (IS_TLS | DID_TLS | DID_INSIST_ON_TLS));
    bool is_tls_the_way = advice->action == SMTPAUTH_ACTION_START_TLS ||
                          (advice->action == SMTPAUTH_ACTION_PROMPT_LOGIN && may_log_in);
    return may_start_tls && is_tls_the_way ? MAIL_ENCRYPT : MAIL_REFUSED;
}

void smtpa_client_message_over(smtpauth_client *c, uint8_t fate)
{
    c->fate = fate;
    c->marks &= ~(uint32_t)IS_MESSAGE;
    c->pending |= DUE_MESSAGE;
    c->transaction = MAIL_NONE;
    c->chunk_fate = 0;
    c->state = AT_NEXT;
}

void smtpa_client_leave_transaction(smtpauth_client *c, uint8_t cure)
{
    c->transaction = MAIL_NONE;
    c->state = AT_NEXT;
    if (cure == MAIL_LOGIN) {
        c->login = LOGIN_WANTED;
        c->login_why = SMTPAUTH_WHY_REQUIRED;
    } else if (cure == MAIL_ENCRYPT) {
        smtpa_client_insist_on_tls(c);
    } else {
        bool is_later =
            c->last.code / 100 == 4 || (c->first.phase == SMTPAUTH_PHASE_AUTH && c->first.code / 100 == 4);
        smtpa_client_message_over(c, c->chunk_fate != 0 ? c->chunk_fate
                                     : is_later         ? (uint8_t)SMTPAUTH_FATE_LATER
                                                        : (uint8_t)SMTPAUTH_FATE_REFUSED);
    }
}

/* ---- The envelope ---- */

static void put_signed(smtpa_emit *e, int64_t n)
{
    smtpa_emit_text(e, n < 0 ? "-" : "");
    smtpa_emit_number(e, (uint64_t)(n < 0 ? -n : n));
}

static void put_delivery(smtpa_emit *e, const smtpauth_envelope *env, uint32_t *present)
{
    if (env->by_mode != 0) {
        smtpa_emit_text(e, " BY=");
        put_signed(e, env->by);
        smtpa_emit_text(e, env->by_mode & SMTPAUTH_BY_RETURN ? ";R" : ";N");
        smtpa_emit_text(e, env->by_mode & SMTPAUTH_BY_TRACE ? "T" : "");
        *present |= SMTPAUTH_PARAM_BY;
    }
    if (env->hold != 0) {
        smtpa_emit_text(e, " HOLDFOR=");
        smtpa_emit_number(e, env->hold);
        *present |= SMTPAUTH_PARAM_HOLDFOR;
    }
    smtpa_emit_parameter(e, " HOLDUNTIL=", env->hold_until, SMTPAUTH_PARAM_HOLDUNTIL, present);
    if (env->has_priority) {
        smtpa_emit_text(e, " MT-PRIORITY=");
        put_signed(e, env->priority);
        *present |= SMTPAUTH_PARAM_MT_PRIORITY;
    }
}

static void put_mail(const smtpauth_client *c, smtpa_emit *e, const smtpauth_envelope *env, bool is_utf8,
                     uint32_t *present)
{
    smtpa_emit_text(e, "MAIL FROM:<");
    smtpa_emit_view(e, env->sender);
    smtpa_emit_text(e, ">");
    if (env->body == SMTPAUTH_BODY_8BITMIME ||
        env->body == SMTPAUTH_BODY_BINARYMIME) { /* 7BIT is what none means */
        smtpa_emit_text(e, env->body == SMTPAUTH_BODY_8BITMIME ? " BODY=8BITMIME" : " BODY=BINARYMIME");
        *present |= SMTPAUTH_PARAM_BODY;
    }
    if (env->octets > 0 && (c->offered & SMTPAUTH_OFFERS_SIZE)) {
        smtpa_emit_text(e, " SIZE=");
        smtpa_emit_number(e, env->octets);
        *present |= SMTPAUTH_PARAM_SIZE;
    }
    if (is_utf8) {
        smtpa_emit_text(e, " SMTPUTF8");
        *present |= SMTPAUTH_PARAM_SMTPUTF8;
    }
    smtpa_emit_parameter(e, " AUTH=", env->auth, SMTPAUTH_PARAM_AUTH, present);
    if (env->ret != 0) {
        smtpa_emit_text(e, env->ret == SMTPAUTH_RET_FULL ? " RET=FULL" : " RET=HDRS");
        *present |= SMTPAUTH_PARAM_RET;
    }
    smtpa_emit_parameter(e, " ENVID=", env->envid, SMTPAUTH_PARAM_ENVID, present);
    put_delivery(e, env, present);
    if (env->requires_tls) {
        smtpa_emit_text(e, " REQUIRETLS");
        *present |= SMTPAUTH_PARAM_REQUIRETLS;
    }
    smtpa_emit_parameter(e, " SOLICIT=", env->solicit, SMTPAUTH_PARAM_SOLICIT, present);
}

uint32_t smtpa_client_extensions(const smtpauth_client *c)
{
    uint32_t offered = c->offered & 0xFFFFu;
    bool is_chunked = (offered & SMTPAUTH_EXT_CHUNKING) && !smtpa_client_wants(c, SMTPAUTH_CLIENT_NO_CHUNKING);
    return is_chunked ? offered : offered & ~(uint32_t)SMTPAUTH_EXT_BINARYMIME;
}

uint32_t smtpa_client_options(const smtpauth_client *c)
{
    uint32_t utf8 = c->offered & SMTPAUTH_EXT_SMTPUTF8 ? (uint32_t)SMTPAUTH_WITH_UTF8 : 0;
    return smtpa_client_has_mark(c, IS_UTF8) ? utf8 | SMTPAUTH_IN_UTF8 : utf8;
}

/* What can be told without the line. Returns 0 or a reason. */
static uint16_t envelope_fault(const smtpauth_client *c, const smtpauth_envelope *env, bool is_utf8)
{
    const uint8_t by = SMTPAUTH_BY_RETURN | SMTPAUTH_BY_NOTIFY;
    if (env->body > SMTPAUTH_BODY_BINARYMIME || env->ret > SMTPAUTH_RET_HDRS ||
        (env->by_mode != 0 &&
         (env->by_mode > SMTPAUTH_BY_TRACE + by || (env->by_mode & by) == 0 || (env->by_mode & by) == by)))
        return SMTPAUTH_REASON_ARGUMENT;
    if (is_utf8 && !(c->offered & SMTPAUTH_EXT_SMTPUTF8))
        return SMTPAUTH_REASON_UTF8_SENDER;
    if (env->sender.len > 0 && !smtpauth_mailbox_parse(env->sender.data, env->sender.len, is_utf8, NULL, NULL))
        return SMTPAUTH_REASON_BAD_SENDER;
    if (env->body == SMTPAUTH_BODY_8BITMIME && !(c->offered & SMTPAUTH_OFFERS_8BITMIME))
        return SMTPAUTH_REASON_PARAMETER;
    if (env->body == SMTPAUTH_BODY_BINARYMIME && !(smtpa_client_extensions(c) & SMTPAUTH_EXT_BINARYMIME))
        return SMTPAUTH_REASON_PARAMETER;
    if (env->requires_tls && !smtpa_client_has_mark(c, IS_TLS))
        return SMTPAUTH_REASON_TLS_FOR_REQUIRETLS;
    if (env->requires_tls && !(c->offered & SMTPAUTH_EXT_REQUIRETLS))
        return SMTPAUTH_REASON_REQUIRETLS_FAILED;
    return c->size_max > 0 && env->octets > c->size_max ? (uint16_t)SMTPAUTH_REASON_MESSAGE_TOO_BIG : 0;
}

static bool is_envelope(const smtpauth_envelope *env)
{
    for (size_t i = 0; i < sizeof env->reserved8; i++)
        if (env->reserved8[i] != 0)
            return false;
    return env->size == sizeof *env && env->reserved32 == 0 &&
           smtpa_client_is_clear(env->reserved, sizeof env->reserved / sizeof env->reserved[0]) &&
           smtpa_client_is_view(env->sender) && smtpa_client_is_view(env->auth) &&
           smtpa_client_is_view(env->envid) && smtpa_client_is_view(env->hold_until) &&
           smtpa_client_is_view(env->solicit);
}

/* A new message, or the same again. Refusals of a login that did not succeed are kept: they are why. */
static void begin_message(smtpauth_client *c)
{
    static const smtpauth_refusal none = {0};
    if (c->why_asked != SMTPAUTH_WHY_AGAIN) {
        c->messages++;
        c->message_size = 0;
        c->faults = 0;
        if (c->first.phase != SMTPAUTH_PHASE_AUTH)
            c->first = none;
        c->last = c->first;
    }
    c->marks |= IS_MESSAGE;
    c->marks &= ~(uint32_t)(IS_UTF8 | IS_DRAINING | IS_LIST_OVER | IS_LOCAL | IS_LATER | IS_RESENDABLE);
    c->asked = c->noted = c->accepted = 0;
    c->unfit_recipients = 0;
    c->question = 0;
}

int32_t smtpauth_client_envelope(smtpauth_client *c, smtpauth_io *io, const smtpauth_envelope *envelope)
{
    int32_t result = smtpa_client_may_answer(c, io, SMTPAUTH_ASK_ENVELOPE);
    if (result != SMTPAUTH_DONE)
        return result;
    if (envelope == NULL) {
        if (smtpa_client_has_mark(c, IS_MESSAGE))
            smtpa_client_message_over(c, SMTPAUTH_FATE_REFUSED);
        smtpa_client_quit(c, SMTPAUTH_REASON_BYE);
        return SMTPAUTH_DONE;
    }
    if (!is_envelope(envelope))
        return SMTPAUTH_E_ARGUMENT;
    uint32_t present = 0;
    bool is_utf8 = envelope->is_utf8 || smtpa_has_8bit(envelope->sender);
    smtpa_emit e = smtpa_emit_begin(io);
    uint16_t fault = envelope_fault(c, envelope, is_utf8);
    put_mail(c, &e, envelope, is_utf8, &present);
    if (fault == 0 && e.len > CLIENT_LINE_MAX)
        fault = SMTPAUTH_REASON_ARGUMENT;
    if (fault == 0 && e.len + 2 > e.cap) {
        if (smtpa_client_may_wait_for_room(c, io))
            return SMTPAUTH_E_OUTPUT;
        fault = SMTPAUTH_REASON_LINE_TOO_LONG;
    }
    if (fault == 0)
        fault = smtpa_emit_fault(&e, smtpa_client_extensions(c), smtpa_client_options(c), envelope->sender,
                                 present);
    begin_message(c);
    if (fault != 0) {
        c->unfit_messages = (uint16_t)(c->unfit_messages + (c->unfit_messages < UINT16_MAX));
        smtpa_client_refuse(c, fault, SMTPAUTH_PHASE_MAIL);
        smtpa_client_message_over(c, SMTPAUTH_FATE_REFUSED);
        return SMTPAUTH_E_ANSWER;
    }
    (void)smtpa_emit_say(c, io, &e, SIZE_MAX);
    smtpa_client_await(c, AWAIT_MAIL);
    c->marks |= is_utf8 ? IS_UTF8 : 0;
    c->body = envelope->body;
    c->transaction = MAIL_SAID;
    c->state = AT_GROUP;
    return SMTPAUTH_DONE;
}
