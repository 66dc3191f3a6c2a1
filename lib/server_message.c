/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The end of a message: its answer, or in LMTP one for each accepted recipient in their order (RFC 2033 4.2, 4.3). The
 * host is asked for each; what the engine refuses by itself is repeated, as far as the room goes, and then gone on
 * with.
 */

#include "internal/server.h"

uint16_t smtpa_answers_due(const smtpauth_server *s)
{
    bool has_each = (s->policy->flags & SMTPAUTH_LMTP) && s->is_last_chunk && s->recipients > 0;
    return has_each ? s->recipients : 1;
}

void smtpa_message_end(smtpauth_server *s)
{
    s->state = STATE_ANSWERS;
    s->question = 0;
    s->answered = 0;
    s->is_taken = 0;
}

static void finish(smtpauth_server *s)
{
    s->answered = s->data_fault = 0;
    s->is_taken = s->is_last_chunk = 0;
    smtpa_release(s);
    smtpa_end_transaction(s);
}

uint16_t smtpa_at_answers(smtpauth_server *s, smtpauth_io *io)
{
    for (; s->answered < smtpa_answers_due(s); s->answered++) {
        if (io->next_out == NULL || io->avail_out < SMTPAUTH_REPLY_MAX)
            return SMTPAUTH_NEED_OUTPUT;
        if (s->data_fault == 0) {
            smtpa_ask(s, SMTPAUTH_ASK_MESSAGE);
            return 0;
        }
        smtpa_say(s, io, s->data_fault);
    }
    finish(s);
    return 0;
}

/* It counts once, whoever took it. */
void smtpa_message_answered(smtpauth_server *s, bool yes)
{
    if (yes && !s->is_taken) {
        s->is_taken = 1;
        s->bad_commands = s->idle_commands = 0;
        if (s->messages < UINT16_MAX)
            s->messages++;
    }
    s->state = STATE_ANSWERS;
    s->question = 0;
    if (++s->answered < smtpa_answers_due(s))
        return;
    if (!s->is_taken)
        smtpa_count_idle(s);
    finish(s);
}
