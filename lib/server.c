/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The server's conductor: step, close. It knows which part of a session comes next and in which order notes are given;
 * what each part does lies in server_line.c, server_command.c, server_auth.c, server_hello.c, server_data.c,
 * server_chunk.c, server_message.c, server_refusal.c, server_xclient.c and server_answer.c.
 */

#include <smtpauth/server.h>

#include "internal/server.h"
#include "internal/text.h"

bool smtpa_is(const smtpauth_server *s, uint32_t what)
{
    return smtpauth_tracker_is(&s->tracker, what);
}

void smtpa_consume(smtpauth_server *s, smtpauth_io *io, size_t n)
{
    if (n > 0) {
        io->next_in += n;
        io->avail_in -= n;
    }
    s->scanned = 0;
}

void smtpa_release(smtpauth_server *s)
{
    s->pending |= PENDING_RELEASE;
    s->state = STATE_LINE;
    s->question = 0;
}

void smtpa_end_transaction(smtpauth_server *s)
{
    if (smtpa_is(s, SMTPAUTH_IS_TRANSACTION))
        s->pending |= PENDING_RESET;
    smtpauth_tracker_happened(&s->tracker, SMTPAUTH_HAPPENED_END);
    s->recipients = 0;
    s->body = SMTPAUTH_BODY_NONE;
    s->is_utf8 = 0;
}

static void forget_exchange(smtpauth_server *s)
{
    smtpauth_wipe(s->scratch, sizeof s->scratch);
    s->mechanism = NO_MECHANISM;
    s->exchange_step = 0;
    s->has_response = 0;
    s->user = 0;
}

void smtpa_shut(smtpauth_server *s, uint16_t why)
{
    if (smtpa_is(s, SMTPAUTH_IS_TRANSACTION))
        s->pending |= PENDING_RESET;
    if (smtpa_is(s, SMTPAUTH_IS_EXCHANGE) && s->exchange_step == SMTPA_STEP_REFUSED) {
        /* A guesser of tokens knows enough now and hangs up: the log shall know, too. */
        s->auth_reason = smtpauth_tracker_verdict(&s->tracker, SMTPAUTH_REJECTED, false);
        s->pending |= PENDING_AUTH;
    }
    smtpauth_tracker_happened(&s->tracker, SMTPAUTH_HAPPENED_CLOSE);
    if (!(s->pending & PENDING_AUTH)) /* the note still needs the identity */
        forget_exchange(s);
    if (s->line_len > 0)
        s->pending |= PENDING_RELEASE;
    s->state = STATE_CLOSED;
    s->question = 0;
    smtpa_message_forget(s);
    s->discard = 0;
    s->why = why;
}

void smtpa_note_error(smtpauth_server *s, uint16_t reason, uint32_t faults)
{
    s->pending |= PENDING_ERROR;
    s->note_reason = reason;
    s->note_verb = s->verb;
    s->note_faults = faults;
}

void smtpa_count_idle(smtpauth_server *s)
{
    if (s->idle_commands < UINT16_MAX)
        s->idle_commands++;
}

void smtpa_count_bad(smtpauth_server *s, smtpauth_io *io)
{
    if (++s->bad_commands >= smtpa_bad_commands_max(s->policy)) {
        smtpa_say(s, io, SMTPAUTH_REASON_TOO_MANY_ERRORS);
        smtpa_shut(s, SMTPAUTH_REASON_TOO_MANY_ERRORS);
    }
}

/* A client that pipelines sends RCPT and DATA behind a refused MAIL: these count as idle, not as errors. */
static void count_refusal(smtpauth_server *s, smtpauth_io *io, uint16_t reason)
{
    uint16_t code = smtpauth_reason_code(reason);
    bool follows =
        s->verb == SMTPAUTH_VERB_RCPT || s->verb == SMTPAUTH_VERB_DATA || s->verb == SMTPAUTH_VERB_BDAT;
    bool is_idle = code == 552 || code == 554 || (follows && (code == 503 || code == 530));
    if (is_idle)
        smtpa_count_idle(s);
    else if (code >= 500) /* not 452: whoever has more recipients than the limit is no attacker */
        smtpa_count_bad(s, io);
}

void smtpa_refused(smtpauth_server *s, smtpauth_io *io, uint16_t reason, uint32_t faults)
{
    smtpa_release(s);
    smtpa_note_error(s, reason, faults);
    if (s->verb == SMTPAUTH_VERB_RCPT)
        smtpauth_tracker_happened(&s->tracker, SMTPAUTH_HAPPENED_RCPT_REFUSED);
    count_refusal(s, io, reason);
}

void smtpa_refuse(smtpauth_server *s, smtpauth_io *io, uint16_t reason, uint32_t faults)
{
    smtpa_say(s, io, reason);
    smtpa_refused(s, io, reason, faults);
}

void smtpa_ask(smtpauth_server *s, uint8_t question)
{
    s->state = STATE_QUESTION;
    s->question = question;
    s->is_announced = 0;
}

bool smtpa_window_holds_line(const smtpauth_server *s, const smtpauth_io *io)
{
    if (s->scanned == 0)
        return s->line_len == 0;
    return io->next_in != NULL && io->avail_in >= s->scanned && s->scanned >= s->line_len &&
           io->next_in[s->scanned - 1] == s->last_octet;
}

/* Everything an exchange leaves behind goes here: the line with what was decoded in it, and the mechanism's scratch. */
static void release_line(smtpauth_server *s, smtpauth_io *io)
{
    smtpauth_wipe(io->next_in, s->line_len); /* any line may be a secret in the wrong place */
    smtpa_consume(s, io, s->line_len);
    s->line_len = s->decoded_at = s->decoded_len = 0;
    s->is_line_noted = 0;
    if (!smtpa_is(s, SMTPAUTH_IS_EXCHANGE) && s->mechanism != NO_MECHANISM)
        forget_exchange(s);
}

/* Gives the next note, or 0 when there is none left. */
static uint16_t next_note(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event)
{
    static const struct {
        uint16_t bit, type;
    } order[] = {{PENDING_ERROR, SMTPAUTH_NOTE_ERROR},
                 {PENDING_AUTH, SMTPAUTH_NOTE_AUTH},
                 {PENDING_RESET, SMTPAUTH_NOTE_RESET}};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (s->pending & order[i].bit) {
            s->pending = (uint16_t)(s->pending & ~order[i].bit);
            smtpa_fill_note(s, io, order[i].type, event);
            return order[i].type;
        }
    if (s->pending & PENDING_RELEASE) {
        s->pending = (uint16_t)(s->pending & ~PENDING_RELEASE);
        release_line(s, io);
    }
    return 0;
}

static uint16_t at_greeting(smtpauth_server *s, smtpauth_io *io)
{
    bool is_refused = s->refusal == SMTPAUTH_REASON_STILL_REFUSED;
    smtpa_say(s, io, is_refused ? SMTPAUTH_REASON_REFUSED : SMTPAUTH_REASON_GREETING);
    s->state = STATE_LINE;
    return 0;
}

/* Whatever is in the window came in clear, and is thrown away; noted once, however it drips in. */
static void drop_injected(smtpauth_server *s, smtpauth_io *io)
{
    if (io->avail_in == 0)
        return;
    smtpauth_wipe(io->next_in, io->avail_in);
    smtpa_consume(s, io, io->avail_in);
    if (!s->is_injected)
        smtpa_note_error(s, SMTPAUTH_REASON_INJECTED, 0);
    s->is_injected = 1;
}

/* Between the 220 and the handshake. */
static uint16_t at_tls(smtpauth_server *s, smtpauth_io *io)
{
    drop_injected(s, io);
    if (s->pending == 0)
        return SMTPAUTH_NEED_TLS;
    s->pending |= PENDING_RELEASE; /* outlives the note: tls_started must wait for NEED_TLS */
    return 0;
}

static uint16_t at_closed(smtpauth_server *s, smtpauth_io *io)
{
    smtpauth_wipe(io->next_in, io->avail_in);
    smtpa_consume(s, io, io->avail_in);
    return SMTPAUTH_CLOSED;
}

static uint16_t turn(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event)
{
    switch (s->state) {
    case STATE_GREETING:
        return at_greeting(s, io);
    case STATE_LINE:
        return smtpa_at_line(s, io, event);
    case STATE_DISCARD:
        return smtpa_at_discard(s, io);
    case STATE_DATA:
        return smtpa_at_data(s, io, event);
    case STATE_CHUNK:
        return smtpa_at_chunk(s, io, event);
    default:
        return smtpa_at_swallow(s, io);
    }
}

/* The first time as itself, then as the question that is still open. An answer may open another one. */
static uint16_t at_question(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event)
{
    uint16_t type = s->is_announced ? (uint16_t)SMTPAUTH_NEED_ANSWER : s->question;
    smtpa_fill_question(s, io, event);
    event->type = type;
    s->is_announced = 1;
    return type;
}

static uint16_t run(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event)
{
    for (;;) {
        uint16_t type = next_note(s, io, event);
        if (type != 0)
            return type;
        if (s->state == STATE_CLOSED)
            return at_closed(s, io);
        if (s->state == STATE_QUESTION)
            return at_question(s, io, event);
        if (s->state == STATE_TLS)
            type = at_tls(s, io);
        else if (s->state == STATE_HELLO)
            type = smtpa_at_hello(s, io);
        else if (s->state == STATE_ANSWERS)
            type = smtpa_at_answers(s, io);
        else if (io->avail_out < SMTPAUTH_REPLY_MAX)
            return SMTPAUTH_NEED_OUTPUT;
        else
            type = turn(s, io, event);
        if (type != 0)
            return type;
    }
}

uint16_t smtpauth_server_step(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event)
{
    bool is_usable = s != NULL && io != NULL && event != NULL && (io->next_in != NULL || io->avail_in == 0) &&
                     (io->next_out != NULL || io->avail_out == 0) && smtpa_window_holds_line(s, io);
    if (!is_usable) {
        if (s != NULL) {
            s->pending = 0;
            smtpa_shut(s, s->state == STATE_CLOSED ? s->why : (uint16_t)SMTPAUTH_REASON_HOST_FAULT);
            s->pending = 0;
            s->scanned = s->line_len = s->decoded_at = s->decoded_len = 0;
        }
        if (event != NULL)
            event->type = SMTPAUTH_CLOSED;
        return SMTPAUTH_CLOSED;
    }
    uint16_t type = run(s, io, event);
    event->type = type;
    return type;
}

static bool may_close_with(const smtpauth_server *s, uint16_t reason)
{
    return reason == SMTPAUTH_REASON_CONNECTION_LOST || reason == SMTPAUTH_REASON_TLS_FAILED ||
           smtpauth_reason_code(reason) == 421 || (reason == SMTPAUTH_REASON_REFUSED && s != NULL);
}

int32_t smtpauth_server_close(smtpauth_server *s, smtpauth_io *io, uint16_t reason)
{
    if (s == NULL || io == NULL || !may_close_with(s, reason))
        return SMTPAUTH_E_ARGUMENT;
    if (s->state == STATE_CLOSED)
        return SMTPAUTH_DONE;
    if (reason == SMTPAUTH_REASON_REFUSED) {
        if (s->state != STATE_GREETING)
            return SMTPAUTH_E_STATE;
        s->refusal = SMTPAUTH_REASON_STILL_REFUSED;
        return SMTPAUTH_DONE;
    }
    bool is_said = smtpauth_reason_code(reason) != 0 && s->state != STATE_TLS;
    if (is_said && s->state == STATE_HELLO && smtpa_at_hello(s, io) != 0)
        return SMTPAUTH_E_OUTPUT;
    if (is_said && s->state == STATE_ANSWERS && s->refused_by != REFUSED_NOT && smtpa_at_answers(s, io) != 0)
        return SMTPAUTH_E_OUTPUT;
    if (is_said && (io->next_out == NULL || io->avail_out < SMTPAUTH_REPLY_MAX))
        return SMTPAUTH_E_OUTPUT;
    if (is_said)
        smtpa_say(s, io, reason);
    smtpa_shut(s, reason);
    return SMTPAUTH_DONE;
}

int32_t smtpauth_server_tls_started(smtpauth_server *s, smtpauth_io *io, uint32_t bits)
{
    const uint32_t bindings = SMTPAUTH_TLS_ENDPOINT | SMTPAUTH_TLS_EXPORTER;
    if (s == NULL || io == NULL || (bits & ~(bindings | SMTPAUTH_TLS_WEAK)))
        return SMTPAUTH_E_ARGUMENT;
    bool is_implicit = s->state == STATE_GREETING && smtpa_is(s, SMTPAUTH_IS_TLS);
    if ((s->state != STATE_TLS || s->pending != 0) && !is_implicit)
        return SMTPAUTH_E_STATE;
    if (!is_implicit) {
        drop_injected(s, io);
        s->is_injected = 0;
        smtpa_end_transaction(s);
        smtpauth_tracker_happened(&s->tracker, SMTPAUTH_HAPPENED_TLS);
        s->authenticated_by = NO_MECHANISM;
        s->state = STATE_LINE;
    }
    s->bindings = (uint8_t)(bits & bindings);
    if (bits & SMTPAUTH_TLS_WEAK)
        s->refusal = SMTPAUTH_REASON_TLS_TOO_WEAK;
    return SMTPAUTH_DONE;
}

int32_t smtpauth_server_tls_failed(smtpauth_server *s)
{
    if (s == NULL)
        return SMTPAUTH_E_ARGUMENT;
    if (s->state != STATE_TLS)
        return SMTPAUTH_E_STATE;
    smtpa_shut(s, SMTPAUTH_REASON_TLS_FAILED);
    return SMTPAUTH_DONE;
}
