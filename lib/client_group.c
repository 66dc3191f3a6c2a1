/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The recipients of a message (RFC 5321 3.3): in one group with MAIL, as RFC 2920 3.1 lets it, where the server takes one;
 * else one by one. Fates are noted in the order of the envelope, and only once MAIL was accepted.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "internal/client.h"
#include "internal/text.h"

/* Commands of a group without a reply: neither side's buffers may fill up (RFC 2920 3.1). */
enum { IN_FLIGHT_MAX = 32 };

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
    smtpa_emit_parameter(e, " ORCPT=", to->orcpt, SMTPAUTH_PARAM_ORCPT, present);
}

static bool is_postmaster(smtpauth_view v)
{
    return smtpauth_text_is(v.data, v.len, "postmaster");
}

static uint16_t recipient_fault(const smtpauth_client *c, const smtpauth_recipient *to)
{
    smtpauth_view address = to->address;
    if (c->recipients_max > 0 && c->asked >= (uint32_t)c->recipients_max + c->unfit_recipients)
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
           smtpa_client_is_clear(to->reserved, sizeof to->reserved / sizeof to->reserved[0]) &&
           smtpa_client_is_view(to->address) && smtpa_client_is_view(to->orcpt);
}

static uint32_t in_flight_max(const smtpauth_client *c)
{
    bool is_pipelined =
        (c->offered & SMTPAUTH_OFFERS_PIPELINING) && !smtpa_client_wants(c, SMTPAUTH_CLIENT_NO_PIPELINING);
    return is_pipelined ? IN_FLIGHT_MAX : 1;
}

void smtpa_client_end_group(smtpauth_client *c)
{
    c->marks |= IS_LIST_OVER;
    c->question = 0;
    c->state = AT_GROUP;
}

int32_t smtpauth_client_recipient(smtpauth_client *c, smtpauth_io *io, const smtpauth_recipient *to)
{
    int32_t result = smtpa_client_may_answer(c, io, SMTPAUTH_ASK_RECIPIENT);
    if (result != SMTPAUTH_DONE)
        return result;
    if (to == NULL) {
        smtpa_client_end_group(c);
        return SMTPAUTH_DONE;
    }
    if (!is_recipient(to))
        return SMTPAUTH_E_ARGUMENT;
    uint32_t present = 0;
    smtpa_emit e = smtpa_emit_begin(io);
    uint16_t fault = recipient_fault(c, to);
    put_rcpt(&e, to, &present);
    if (fault == 0 && e.len > CLIENT_LINE_MAX)
        fault = SMTPAUTH_REASON_ARGUMENT;
    if (fault == 0 && e.len + 2 > e.cap) {
        if (smtpa_client_may_wait_for_room(c, io))
            return SMTPAUTH_E_OUTPUT;
        fault = SMTPAUTH_REASON_LINE_TOO_LONG;
    }
    if (fault == 0)
        fault = smtpa_emit_fault(&e, smtpa_client_extensions(c), smtpa_client_options(c), to->address, present);
    c->question = 0;
    c->state = AT_GROUP;
    c->asked++;
    if (fault != 0) {
        c->unfit_recipients = (uint16_t)(c->unfit_recipients + (c->unfit_recipients < UINT16_MAX));
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
    c->note_reason = code < 400 ? (uint16_t)SMTPAUTH_REASON_RECIPIENT_OK : c->last.reason;
    c->marks |= smtpa_client_is_for_later(c, code, c->note_reason) ? IS_LATER : 0;
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
    smtpa_client_forget_recipients(c);
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
    if (!may_ask)
        smtpa_client_look(c, io);
    if (c->state != AT_GROUP)
        return 0;
    if (io->avail_out < SMTPAUTH_REPLY_MAX)
        return SMTPAUTH_NEED_OUTPUT;
    if (may_ask)
        smtpa_client_ask(c, SMTPAUTH_ASK_RECIPIENT, 0);
    else
        group_over(c, io);
    return 0;
}
