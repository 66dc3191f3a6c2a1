/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The end of a message or of a refused BDAT: its answer, or in LMTP one for each accepted recipient in their order
 * (RFC 2033 4.2, 4.3). The host is asked for each; a refusal that was decided before is repeated, as far as the room
 * goes, and then gone on with.
 */

#include "internal/server.h"
#include "internal/tracker.h"

static uint16_t answers_due(const smtpauth_server *s)
{
    bool has_each = (s->policy->flags & SMTPAUTH_LMTP) && s->is_last_chunk && s->recipients > 0;
    return has_each ? s->recipients : 1;
}

void smtpa_message_end(smtpauth_server *s)
{
    s->state = STATE_ANSWERS;
    s->question = 0;
}

/* A LAST that is refused ends its transaction, but for one that was broken before: only RSET mends that. */
static void finish(smtpauth_server *s, smtpauth_io *io)
{
    bool ends = s->is_last_chunk && s->tracker.transaction != TRANSACTION_BROKEN;
    uint16_t reason = s->refused_by == REFUSED_COMMAND ? s->refused_for : 0;
    smtpa_message_forget(s);
    smtpa_release(s);
    if (ends)
        smtpa_end_transaction(s);
    else
        smtpauth_tracker_happened(&s->tracker, SMTPAUTH_HAPPENED_CHUNK_REFUSED);
    if (reason != 0)
        smtpa_refused(s, io, reason,
                      reason == SMTPAUTH_REASON_MESSAGE_TOO_BIG ? (uint32_t)SMTPAUTH_FAULT_TOO_BIG : 0);
}

uint16_t smtpa_at_answers(smtpauth_server *s, smtpauth_io *io)
{
    for (; s->answered < answers_due(s); s->answered++) {
        if (io->next_out == NULL || io->avail_out < SMTPAUTH_REPLY_MAX)
            return SMTPAUTH_NEED_OUTPUT;
        if (s->refused_by == REFUSED_NOT) {
            smtpa_ask(s, SMTPAUTH_ASK_MESSAGE);
            return 0;
        }
        smtpa_say_refusal(s, io);
    }
    finish(s, io);
    return 0;
}

/* It counts once, whoever took it. */
void smtpa_message_answered(smtpauth_server *s, smtpauth_io *io, bool yes)
{
    if (yes && !s->is_taken) {
        s->is_taken = 1;
        s->bad_commands = s->idle_commands = 0;
        if (s->messages < UINT16_MAX)
            s->messages++;
    }
    s->state = STATE_ANSWERS;
    s->question = 0;
    if (++s->answered < answers_due(s))
        return;
    if (!s->is_taken)
        smtpa_count_idle(s);
    finish(s, io);
}

/* A copied session: octets, refusal and answers must belong to the state and the transaction they are found in. */
bool smtpa_message_is_sound(const smtpauth_server *s)
{
    uint8_t transaction = s->tracker.transaction;
    bool is_under_way = transaction == TRANSACTION_DATA || transaction == TRANSACTION_CHUNKS;
    bool is_first_chunk = s->question == SMTPAUTH_ASK_DATA && s->verb == SMTPAUTH_VERB_BDAT;
    bool is_asked = s->question == SMTPAUTH_ASK_MESSAGE, is_ending = is_asked || s->state == STATE_ANSWERS;
    bool is_refused = s->refused_by != REFUSED_NOT;
    uint64_t room = smtpa_message_max(s->policy) - s->message_size;
    if (!smtpa_refusal_is_sound(s) || s->is_taken > 1 || s->is_last_chunk > 1 ||
        (is_refused && (is_asked || s->is_taken)))
        return false;
    if (is_ending ? s->answered >= answers_due(s) || s->swallow != 0 : s->answered != 0 || s->is_taken != 0)
        return false;
    switch (s->state) {
    case STATE_DATA:
        return transaction == TRANSACTION_DATA && s->is_last_chunk && s->swallow == 0;
    case STATE_CHUNK:
        return transaction == TRANSACTION_CHUNKS && !is_refused && s->swallow <= room;
    case STATE_SWALLOW:
        return is_refused && transaction != TRANSACTION_DATA;
    default:
        break;
    }
    if (is_ending)
        return (is_refused || (is_under_way && s->is_last_chunk)) &&
               s->line_len == (transaction == TRANSACTION_DATA ? END_OF_DATA : 0);
    return transaction != TRANSACTION_DATA && !is_refused &&
           (is_first_chunk ? s->swallow <= smtpa_message_max(s->policy) : s->swallow == 0 && !s->is_last_chunk);
}
