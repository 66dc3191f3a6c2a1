/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * MAIL and its RCPTs (RFC 5321 3.3): a group, as RFC 2920 3.1 lets it, if the server takes one; else one by one. What the
 * envelope needs and the server does not offer is refused here, before anything is said. A 530 leads to a login, or to
 * TLS, and the envelope is asked for again.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "internal/client.h"
#include "internal/text.h"

enum {
    IN_FLIGHT_MAX =
        32, /* commands of a group without a reply: neither side's buffers may fill up (RFC 2920 3.1) */
    MAIL_LINE_MAX = 2048 - 2 /* what a server must take with all extensions is less */
};

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
        smtpa_client_message_over(c, is_later ? SMTPAUTH_FATE_LATER : SMTPAUTH_FATE_REFUSED);
    }
}

/* ---- The envelope ---- */

static void put_view(smtpa_emit *e, const char *keyword, smtpauth_view value, uint32_t bit, uint32_t *present)
{
    if (value.len == 0)
        return;
    smtpa_emit_text(e, keyword);
    smtpa_emit_view(e, value);
    *present |= bit;
}

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
    put_view(e, " HOLDUNTIL=", env->hold_until, SMTPAUTH_PARAM_HOLDUNTIL, present);
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
    put_view(e, " AUTH=", env->auth, SMTPAUTH_PARAM_AUTH, present);
    if (env->ret != 0) {
        smtpa_emit_text(e, env->ret == SMTPAUTH_RET_FULL ? " RET=FULL" : " RET=HDRS");
        *present |= SMTPAUTH_PARAM_RET;
    }
    put_view(e, " ENVID=", env->envid, SMTPAUTH_PARAM_ENVID, present);
    put_delivery(e, env, present);
    if (env->requires_tls) {
        smtpa_emit_text(e, " REQUIRETLS");
        *present |= SMTPAUTH_PARAM_REQUIRETLS;
    }
    put_view(e, " SOLICIT=", env->solicit, SMTPAUTH_PARAM_SOLICIT, present);
}

/* Extensions whose parameters may be said. */
static uint32_t extensions(const smtpauth_client *c)
{
    uint32_t offered = c->offered & 0xFFFFu;
    bool is_chunked = (offered & SMTPAUTH_EXT_CHUNKING) && !smtpa_client_wants(c, SMTPAUTH_CLIENT_NO_CHUNKING);
    return is_chunked ? offered : offered & ~(uint32_t)SMTPAUTH_EXT_BINARYMIME;
}

static uint32_t options(const smtpauth_client *c)
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
    if (env->body == SMTPAUTH_BODY_BINARYMIME && !(extensions(c) & SMTPAUTH_EXT_BINARYMIME))
        return SMTPAUTH_REASON_PARAMETER;
    if (env->requires_tls && !smtpa_client_has_mark(c, IS_TLS))
        return SMTPAUTH_REASON_TLS_FOR_REQUIRETLS;
    if (env->requires_tls && !(c->offered & SMTPAUTH_EXT_REQUIRETLS))
        return SMTPAUTH_REASON_REQUIRETLS_FAILED;
    return c->size_max > 0 && env->octets > c->size_max ? (uint16_t)SMTPAUTH_REASON_MESSAGE_TOO_BIG : 0;
}

static bool is_view(smtpauth_view v)
{
    return v.data != NULL || v.len == 0;
}

static bool is_clear(const uint64_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (words[i] != 0)
            return false;
    return true;
}

static bool is_envelope(const smtpauth_envelope *env)
{
    for (size_t i = 0; i < sizeof env->reserved8; i++)
        if (env->reserved8[i] != 0)
            return false;
    return env->size == sizeof *env && env->reserved32 == 0 &&
           is_clear(env->reserved, sizeof env->reserved / sizeof env->reserved[0]) && is_view(env->sender) &&
           is_view(env->auth) && is_view(env->envid) && is_view(env->hold_until) && is_view(env->solicit);
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
    if (fault == 0 && e.len > MAIL_LINE_MAX)
        fault = SMTPAUTH_REASON_ARGUMENT;
    if (fault == 0 && e.len + 2 > e.cap)
        return SMTPAUTH_E_OUTPUT;
    if (fault == 0)
        fault = smtpa_emit_fault(&e, extensions(c), options(c), envelope->sender, present);
    begin_message(c);
    if (fault != 0) {
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

/* ---- Recipients ---- */

static void put_rcpt(smtpa_emit *e, const smtpauth_recipient *to, uint32_t *present)
{
    static const char *const words[] = {"NEVER", "SUCCESS", "FAILURE", "DELAY"};
    smtpa_emit_text(e, "RCPT TO:<");
    smtpa_emit_view(e, to->address);
    smtpa_emit_text(e, ">");
    const char *before = " NOTIFY=";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!(to->notify >> i & 1))
            continue;
        smtpa_emit_text(e, before);
        smtpa_emit_text(e, words[i]);
        before = ",";
        *present |= SMTPAUTH_PARAM_NOTIFY;
    }
    put_view(e, " ORCPT=", to->orcpt, SMTPAUTH_PARAM_ORCPT, present);
}

static bool is_postmaster(smtpauth_view v)
{
    return smtpauth_text_is(v.data, v.len, "postmaster");
}

static uint16_t recipient_fault(const smtpauth_client *c, const smtpauth_recipient *to)
{
    smtpauth_view address = to->address;
    if (c->recipients_max > 0 && c->asked >= c->recipients_max)
        return SMTPAUTH_REASON_TOO_MANY_RECIPIENTS;
    if (smtpa_has_8bit(address) && !smtpa_client_has_mark(c, IS_UTF8))
        return SMTPAUTH_REASON_UTF8_RECIPIENT;
    bool is_address = address.len > 0 && (is_postmaster(address) ||
                                          smtpauth_mailbox_parse(address.data, address.len, true, NULL, NULL));
    if (!is_address)
        return SMTPAUTH_REASON_BAD_RECIPIENT;
    return to->notify > 15 ? (uint16_t)SMTPAUTH_REASON_ARGUMENT : 0;
}

static bool is_recipient(const smtpauth_recipient *to)
{
    return to->size == sizeof *to && to->reserved8[0] == 0 && to->reserved8[1] == 0 && to->reserved8[2] == 0 &&
           is_clear(to->reserved, sizeof to->reserved / sizeof to->reserved[0]) && is_view(to->address) &&
           is_view(to->orcpt);
}

static uint32_t in_flight_max(const smtpauth_client *c)
{
    bool is_pipelined =
        (c->offered & SMTPAUTH_OFFERS_PIPELINING) && !smtpa_client_wants(c, SMTPAUTH_CLIENT_NO_PIPELINING);
    return is_pipelined ? IN_FLIGHT_MAX : 1;
}

int32_t smtpauth_client_recipient(smtpauth_client *c, smtpauth_io *io, const smtpauth_recipient *to)
{
    int32_t result = smtpa_client_may_answer(c, io, SMTPAUTH_ASK_RECIPIENT);
    if (result != SMTPAUTH_DONE)
        return result;
    if (to == NULL) {
        c->marks |= IS_LIST_OVER;
        c->question = 0;
        c->state = AT_GROUP;
        return SMTPAUTH_DONE;
    }
    if (!is_recipient(to))
        return SMTPAUTH_E_ARGUMENT;
    uint32_t present = 0;
    smtpa_emit e = smtpa_emit_begin(io);
    uint16_t fault = recipient_fault(c, to);
    put_rcpt(&e, to, &present);
    if (fault == 0 && e.len > MAIL_LINE_MAX)
        fault = SMTPAUTH_REASON_ARGUMENT;
    if (fault == 0 && e.len + 2 > e.cap)
        return SMTPAUTH_E_OUTPUT;
    if (fault == 0)
        fault = smtpa_emit_fault(&e, extensions(c), options(c), to->address, present);
    c->question = 0;
    c->state = AT_GROUP;
    c->asked++;
    if (fault != 0) {
        c->local_reason = (uint8_t)fault;
        c->marks |= IS_LOCAL | IS_DRAINING;
        return SMTPAUTH_E_ANSWER;
    }
    (void)smtpa_emit_say(c, io, &e, SIZE_MAX);
    c->in_flight++;
    if (c->transaction == MAIL_TAKEN)
        c->awaited = AWAIT_RCPT;
    if (c->in_flight >= in_flight_max(c))
        c->marks |= IS_DRAINING;
    return SMTPAUTH_DONE;
}

/* ---- Their replies ---- */

void smtpa_client_mail_taken(smtpauth_client *c, bool is_yes, const smtpauth_advice *advice)
{
    c->state = AT_GROUP;
    c->awaited = AWAIT_RCPT;
    c->transaction = is_yes ? (uint8_t)MAIL_TAKEN : smtpa_client_cure(c, advice);
    c->marks |= is_yes ? IS_OPEN : 0;
}

void smtpa_client_rcpt_taken(smtpauth_client *c, uint16_t code, const smtpauth_advice *advice)
{
    c->state = AT_GROUP;
    if (c->transaction != MAIL_TAKEN)
        return;
    uint8_t cure = code >= 400 ? smtpa_client_cure(c, advice) : (uint8_t)MAIL_REFUSED;
    if (cure != MAIL_REFUSED) {
        c->transaction = cure;
        return;
    }
    c->noted++;
    c->accepted += code < 400 ? 1 : 0;
    c->marks |= code / 100 == 4 ? IS_LATER : 0;
    c->note_reason = code < 400 ? (uint16_t)SMTPAUTH_REASON_RECIPIENT_OK : c->last.reason;
    c->pending |= DUE_RECIPIENT;
}

/* The recipient that was refused here has its turn. */
static bool note_local(smtpauth_client *c)
{
    if (!smtpa_client_has_mark(c, IS_LOCAL))
        return false;
    c->marks &= ~(uint32_t)IS_LOCAL;
    if (c->transaction != MAIL_TAKEN)
        return false;
    c->noted++;
    c->note_reason = c->local_reason;
    c->marks |= c->local_reason == SMTPAUTH_REASON_TOO_MANY_RECIPIENTS ? IS_LATER : 0;
    c->pending |= DUE_RECIPIENT;
    smtpa_client_refuse(c, c->local_reason, SMTPAUTH_PHASE_RCPT);
    return true;
}

static void group_over(smtpauth_client *c, smtpauth_io *io)
{
    if (c->transaction != MAIL_TAKEN) {
        smtpa_client_leave_transaction(c, c->transaction);
        return;
    }
    if (c->accepted == 0) {
        if (c->asked == 0)
            smtpa_client_refuse(c, SMTPAUTH_REASON_NO_VALID_RECIPIENTS, SMTPAUTH_PHASE_RCPT);
        smtpa_client_message_over(c, smtpa_client_has_mark(c, IS_LATER) ? SMTPAUTH_FATE_LATER
                                                                        : SMTPAUTH_FATE_REFUSED);
        return;
    }
    bool is_chunked =
        (c->offered & SMTPAUTH_EXT_CHUNKING) && !smtpa_client_wants(c, SMTPAUTH_CLIENT_NO_CHUNKING);
    if (is_chunked)
        smtpa_client_begin_message(c, true);
    else
        smtpa_client_say(c, io, "DATA", "", AWAIT_DATA);
}

uint16_t smtpa_client_at_group(smtpauth_client *c, smtpauth_io *io)
{
    if (c->in_flight == 0) {
        c->marks &= ~(uint32_t)IS_DRAINING;
        if (note_local(c))
            return 0;
    }
    bool is_wanted = c->transaction == MAIL_SAID || c->transaction == MAIL_TAKEN;
    bool may_ask = is_wanted && !(c->marks & (IS_LIST_OVER | IS_DRAINING)) && c->in_flight < in_flight_max(c);
    if (!may_ask && c->in_flight > 0)
        return smtpa_client_at_reply(c, io);
    if (io->avail_out < SMTPAUTH_REPLY_MAX)
        return SMTPAUTH_NEED_OUTPUT;
    if (may_ask)
        smtpa_client_ask(c, SMTPAUTH_ASK_RECIPIENT, 0);
    else
        group_over(c, io);
    return 0;
}
