/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The client's conductor: init, step, close. It knows in which order notes are given and what is said or asked next; what
 * each part does lies in client_hello.c, client_auth.c, client_refused.c, client_mail.c, client_group.c and client_message.c, how replies
 * are read in client_reply.c, what they mean in client_taken.c.
 */

#include <smtpauth/client.h>

#include <string.h>

#include <smtpauth/text.h>

#include "internal/client.h"

enum { CLIENT_SEED_MIN = 16, CLIENT_SEED_MAX = 32 };

void smtpa_client_ask(smtpauth_client *c, uint8_t question, uint8_t why)
{
    c->state = AT_QUESTION;
    c->question = question;
    c->why_asked = why;
    c->shortage = NO_SHORTAGE;
    c->marks &= ~(uint32_t)IS_ANNOUNCED;
}

bool smtpa_client_may_wait_for_room(smtpauth_client *c, const smtpauth_io *io)
{
    if (c->shortage == SHORTAGE_SAID && io->avail_out <= c->short_of)
        return false;
    c->shortage = SHORTAGE_FOUND;
    c->short_of = (uint32_t)(io->avail_out < UINT32_MAX ? io->avail_out : UINT32_MAX);
    return true;
}

/* Before a question is asked again, the host has to flush: an answer found no room, or cannot. */
static bool needs_room(smtpauth_client *c, const smtpauth_io *io)
{
    bool is_short = c->shortage == SHORTAGE_FOUND || io->avail_out < SMTPAUTH_REPLY_MAX;
    if (c->shortage == SHORTAGE_FOUND)
        c->shortage = SHORTAGE_SAID;
    return is_short;
}

void smtpa_client_quit(smtpauth_client *c, uint16_t why)
{
    c->marks |= IS_QUITTING;
    c->state = AT_NEXT;
    c->question = 0;
    c->why = why;
}

void smtpa_client_shut(smtpauth_client *c, uint16_t why)
{
    if (smtpa_client_has_mark(c, IS_MESSAGE)) {
        bool is_sent = c->transaction == MAIL_SENT;
        if (is_sent && smtpa_client_has_mark(c, IS_LMTP))
            c->accepted = c->asked; /* deliveries so far */
        smtpa_client_message_over(c, c->chunk_fate != 0 ? c->chunk_fate
                                     : is_sent          ? (uint8_t)SMTPAUTH_FATE_UNKNOWN
                                                        : (uint8_t)SMTPAUTH_FATE_LATER);
    }
    smtpauth_exchange_end(&c->exchange);
    if (c->login == LOGIN_OPEN)
        c->login = LOGIN_OVER;
    c->marks &= ~(uint32_t)IS_OPEN;
    c->state = AT_CLOSED;
    c->question = 0;
    c->in_flight = 0;
    if (c->why == 0)
        c->why = why;
}

void smtpa_client_fault(smtpauth_client *c, uint16_t reason)
{
    c->pending |= DUE_ERROR;
    c->note_reason = reason;
    c->why = 0;
    smtpa_client_shut(c, reason);
}

static bool wants_seed(const smtpauth_client_config *config)
{
    return smtpa_config_mechanism_count(config) > 0;
}

int32_t smtpauth_client_init(smtpauth_client *c, size_t size, const smtpauth_client_config *config,
                             uint32_t flags, const uint8_t *seed, size_t seed_len)
{
    const uint32_t known = SMTPAUTH_CLIENT_IMPLICIT_TLS | SMTPAUTH_CLIENT_LMTP;
    bool is_seed = seed != NULL && seed_len >= CLIENT_SEED_MIN && seed_len <= CLIENT_SEED_MAX;
    if (c == NULL || config == NULL || (flags & ~known) || (!is_seed && (seed != NULL || seed_len > 0)))
        return SMTPAUTH_E_ARGUMENT;
    if (size != sizeof *c)
        return SMTPAUTH_E_VERSION;
    if (smtpa_config_fault(config) != 0)
        return SMTPAUTH_E_POLICY;
    if (wants_seed(config) && !is_seed)
        return SMTPAUTH_E_ARGUMENT;
    memset(c, 0, sizeof *c);
    c->head = SMTPA_CLIENT_HEAD;
    c->flags = flags;
    c->config = config;
    if (is_seed)
        smtpa_client_condense_seed(c, seed, seed_len);
    c->mechanism = c->authenticated_by = NO_CLIENT_MECHANISM;
    c->marks |= (flags | config->flags) & SMTPAUTH_CLIENT_IMPLICIT_TLS ? IS_TLS : 0;
    c->marks |= (flags | config->flags) & SMTPAUTH_CLIENT_LMTP ? IS_LMTP : 0;
    smtpa_client_await(c, AWAIT_GREETING);
    return SMTPAUTH_DONE;
}

static uint16_t type_of_note(uint16_t due)
{
    switch (due) {
    case DUE_LINE:
        return SMTPAUTH_NOTE_LINE;
    case DUE_REPLY:
        return SMTPAUTH_NOTE_REPLY;
    case DUE_ADVICE:
        return SMTPAUTH_NOTE_ADVICE;
    case DUE_ERROR:
        return SMTPAUTH_NOTE_ERROR;
    case DUE_AUTH:
        return SMTPAUTH_NOTE_AUTH;
    case DUE_RECIPIENT:
        return SMTPAUTH_NOTE_RECIPIENT;
    case DUE_DELIVERY:
        return SMTPAUTH_NOTE_DELIVERY;
    default:
        return SMTPAUTH_NOTE_MESSAGE;
    }
}

/* Gives the next note, or 0 when there is none left. */
static uint16_t next_note(smtpauth_client *c, smtpauth_io *io, smtpauth_client_event *event)
{
    for (uint32_t due = DUE_LINE; due < DUE_RELEASE; due <<= 1)
        if (c->pending & due) {
            smtpa_client_fill_note(c, io, (uint16_t)due, event);
            c->pending = (uint16_t)(c->pending & ~due);
            return type_of_note((uint16_t)due);
        }
    if (c->pending & DUE_RELEASE) {
        c->pending = (uint16_t)(c->pending & ~DUE_RELEASE);
        smtpa_client_release(c, io);
    }
    return 0;
}

static bool is_login_due(smtpauth_client *c)
{
    bool is_first = c->login == LOGIN_NOT_YET && !smtpa_client_wants(c, SMTPAUTH_CLIENT_AUTH_LATE) &&
                    smtpa_client_kinds(c) != 0;
    if (is_first) {
        c->login = LOGIN_WANTED;
        c->login_why = SMTPAUTH_WHY_FIRST;
    }
    return c->login == LOGIN_WANTED || c->login == LOGIN_OPEN;
}

/* Nothing is awaited: what comes next? The first that is due. */
static void at_next(smtpauth_client *c, smtpauth_io *io)
{
    bool is_message = smtpa_client_has_mark(c, IS_MESSAGE);
    if (smtpa_client_has_mark(c, IS_QUITTING)) {
        smtpa_client_say(c, io, "QUIT", "", AWAIT_QUIT);
    } else if (!smtpa_client_has_mark(c, IS_GREETED)) {
        smtpa_client_say_hello(c, io);
    } else if (c->login != LOGIN_OPEN && !smtpa_client_settle_tls(c, io)) {
        return;
    } else if (smtpa_client_has_mark(c, IS_OPEN)) {
        c->marks &= ~(uint32_t)IS_OPEN;
        smtpa_client_say(c, io, "RSET", "", AWAIT_RSET);
    } else if (is_login_due(c)) {
        smtpa_client_log_in(c, io);
    } else if (smtpa_client_wants(c, SMTPAUTH_CLIENT_AUTH_REQUIRED) && c->login != LOGIN_DONE) {
        if (is_message)
            smtpa_client_message_over(c, SMTPAUTH_FATE_REFUSED);
        smtpa_client_quit(c, SMTPAUTH_REASON_AUTH_REQUIRED);
    } else if (!is_message && c->messages_max > 0 &&
               c->messages >= (uint32_t)c->messages_max + c->unfit_messages) {
        smtpa_client_quit(c, SMTPAUTH_REASON_TOO_MANY_MESSAGES);
    } else {
        smtpa_client_ask(c, SMTPAUTH_ASK_ENVELOPE, is_message ? SMTPAUTH_WHY_AGAIN : SMTPAUTH_WHY_FIRST);
    }
}

/* Between the 220 and the handshake: whatever is in the window came in clear. */
static uint16_t at_tls(smtpauth_client *c, smtpauth_io *io)
{
    if (io->avail_in > 0) {
        smtpa_client_forget_window(c, io);
        if (!smtpa_client_has_mark(c, IS_INJECTED)) {
            c->marks |= IS_INJECTED;
            c->pending |= DUE_ERROR;
            c->note_reason = SMTPAUTH_REASON_INJECTED;
            return 0;
        }
    }
    c->marks |= IS_ANNOUNCED;
    return SMTPAUTH_NEED_TLS;
}

/* The first time as itself, then as the question that is still open. An answer may open another one. */
static uint16_t at_question(smtpauth_client *c, smtpauth_io *io, smtpauth_client_event *event)
{
    if (c->question == SMTPAUTH_ASK_MESSAGE) {
        smtpa_client_fill_question(c, event);
        c->marks |= IS_ANNOUNCED;
        return SMTPAUTH_ASK_MESSAGE;
    }
    if (c->in_flight == 0) /* else what comes answers the group, and waits until all of it is said */
        smtpa_client_look(c, io);
    else if (smtpa_client_sees_421(c, io))
        smtpa_client_end_group(c); /* but that the server leaves */
    if (c->state != AT_QUESTION)
        return 0;
    if (needs_room(c, io)) {
        c->marks &= ~(uint32_t)IS_ANNOUNCED;
        return SMTPAUTH_NEED_OUTPUT;
    }
    uint16_t type = smtpa_client_has_mark(c, IS_ANNOUNCED) ? (uint16_t)SMTPAUTH_NEED_ANSWER : c->question;
    smtpa_client_fill_question(c, event);
    c->marks |= IS_ANNOUNCED;
    return type;
}

static uint16_t turn(smtpauth_client *c, smtpauth_io *io, smtpauth_client_event *event)
{
    switch (c->state) {
    case AT_TAKE:
        smtpa_client_take(c, io);
        return 0;
    case AT_REPLY:
        return smtpa_client_at_reply(c, io);
    case AT_GROUP:
        return smtpa_client_at_group(c, io);
    case AT_MESSAGE:
        return smtpa_client_at_message(c, io);
    case AT_QUESTION:
        return at_question(c, io, event);
    case AT_TLS:
        return at_tls(c, io);
    case AT_NEXT:
        if (io->avail_out < SMTPAUTH_REPLY_MAX)
            return SMTPAUTH_NEED_OUTPUT;
        at_next(c, io);
        return 0;
    default:
        smtpa_client_forget_window(c, io);
        return SMTPAUTH_CLOSED;
    }
}

uint16_t smtpauth_client_step(smtpauth_client *c, smtpauth_io *io, smtpauth_client_event *event)
{
    bool is_usable = c != NULL && io != NULL && event != NULL && (io->next_in != NULL || io->avail_in == 0) &&
                     (io->next_out != NULL || io->avail_out == 0) && smtpa_client_window_holds(c, io);
    if (!is_usable) {
        if (c != NULL) {
            c->why = 0;
            smtpa_client_shut(c, SMTPAUTH_REASON_HOST_FAULT);
            c->pending = 0;
            c->held = c->scanned = c->line_at = 0;
        }
        if (event != NULL)
            event->type = SMTPAUTH_CLOSED;
        return SMTPAUTH_CLOSED;
    }
    if (c->state == AT_QUESTION && c->question == SMTPAUTH_ASK_MESSAGE &&
        smtpa_client_has_mark(c, IS_ANNOUNCED))
        c->state = AT_MESSAGE; /* is there still room, and nothing else to be done? */
    memset(event, 0, sizeof *event);
    uint16_t type = 0;
    while (type == 0) {
        type = next_note(c, io, event);
        if (type == 0)
            type = turn(c, io, event);
    }
    event->type = type;
    return type;
}

int32_t smtpa_client_may_answer(const smtpauth_client *c, const smtpauth_io *io, uint8_t question)
{
    if (c == NULL || io == NULL)
        return SMTPAUTH_E_ARGUMENT;
    if (c->state != AT_QUESTION || c->question != question || c->pending != 0 ||
        !smtpa_client_window_holds(c, io))
        return SMTPAUTH_E_STATE;
    return io->next_out != NULL && io->avail_out >= SMTPAUTH_REPLY_MAX ? (int32_t)SMTPAUTH_DONE
                                                                       : (int32_t)SMTPAUTH_E_OUTPUT;
}

static int32_t answer_starttls(smtpauth_client *c, uint16_t reason)
{
    c->question = 0;
    c->state = AT_NEXT;
    if (reason == SMTPAUTH_REASON_OK) {
        c->marks |= AGREED_TLS;
        return SMTPAUTH_DONE;
    }
    c->marks |= DECLINED_TLS;
    if (smtpa_client_has_mark(c, DID_INSIST_ON_TLS)) /* the login or the message waits for it */
        smtpa_client_login_over(c);
    return reason == 0 ? (int32_t)SMTPAUTH_DONE : (int32_t)SMTPAUTH_E_ANSWER;
}

int32_t smtpauth_client_answer(smtpauth_client *c, smtpauth_io *io, uint16_t reason)
{
    if (c == NULL || io == NULL)
        return SMTPAUTH_E_ARGUMENT;
    if (c->state == AT_TLS && reason == 0 && smtpa_client_has_mark(c, IS_ANNOUNCED))
        return smtpauth_client_tls_failed(c);
    int32_t result = smtpa_client_may_answer(c, io, c->question);
    if (result != SMTPAUTH_DONE && !(result == SMTPAUTH_E_OUTPUT && c->question == SMTPAUTH_ASK_MESSAGE))
        return result;
    switch (c->question) {
    case SMTPAUTH_ASK_STARTTLS:
        return answer_starttls(c, reason);
    case SMTPAUTH_ASK_CREDENTIALS:
        (void)smtpauth_client_credentials(c, io, NULL);
        break;
    case SMTPAUTH_ASK_ENVELOPE:
        (void)smtpauth_client_envelope(c, io, NULL);
        break;
    case SMTPAUTH_ASK_RECIPIENT:
        (void)smtpauth_client_recipient(c, io, NULL);
        break;
    default:
        smtpa_client_give_up_message(c, SMTPAUTH_REASON_MESSAGE_ABANDONED);
        break;
    }
    return reason == 0 ? (int32_t)SMTPAUTH_DONE : (int32_t)SMTPAUTH_E_ANSWER;
}

/* Was NEED_TLS said? */
static bool needs_tls(const smtpauth_client *c)
{
    return c->state == AT_TLS && c->pending == 0 && smtpa_client_has_mark(c, IS_ANNOUNCED);
}

int32_t smtpauth_client_tls_started(smtpauth_client *c, smtpauth_io *io, uint32_t bits)
{
    const uint32_t bindings = SMTPAUTH_TLS_ENDPOINT | SMTPAUTH_TLS_EXPORTER;
    if (c == NULL || io == NULL || (bits & ~(bindings | SMTPAUTH_TLS_WEAK)))
        return SMTPAUTH_E_ARGUMENT;
    bool is_implicit = c->awaited == AWAIT_GREETING && c->state == AT_REPLY && !c->is_reading &&
                       smtpa_client_has_mark(c, IS_TLS);
    if (!is_implicit && !needs_tls(c))
        return SMTPAUTH_E_STATE;
    c->bindings = (uint8_t)(bits & bindings);
    if (!is_implicit) {
        smtpa_client_forget_window(c, io);
        smtpa_client_unlearn(c);
        smtpa_client_forget_login(c);
        c->mechanisms_out = 0;
        c->marks = (c->marks | IS_TLS) & ~(uint32_t)(IS_INJECTED | IS_OPEN | IS_EARLY);
        c->state = AT_NEXT;
    }
    if (bits & SMTPAUTH_TLS_WEAK)
        smtpa_client_quit(c, SMTPAUTH_REASON_TLS_TOO_WEAK);
    return SMTPAUTH_DONE;
}

int32_t smtpauth_client_tls_failed(smtpauth_client *c)
{
    if (c == NULL)
        return SMTPAUTH_E_ARGUMENT;
    if (!needs_tls(c))
        return SMTPAUTH_E_STATE;
    smtpa_client_shut(c, SMTPAUTH_REASON_TLS_FAILED);
    return SMTPAUTH_DONE;
}

int32_t smtpauth_client_close(smtpauth_client *c, smtpauth_io *io, uint16_t reason)
{
    bool is_reason = reason == SMTPAUTH_REASON_TIMEOUT || reason == SMTPAUTH_REASON_SHUTDOWN ||
                     reason == SMTPAUTH_REASON_CONNECTION_LOST;
    if (c == NULL || io == NULL || !is_reason)
        return SMTPAUTH_E_ARGUMENT;
    if (c->state != AT_CLOSED)
        smtpa_client_shut(c, reason);
    return SMTPAUTH_DONE;
}
