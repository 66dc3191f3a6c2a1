/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Answers to all questions but AUTH's: which code fits which question, what a yes or a no does to the session. What
 * does not fit refuses safely.
 */

#include <string.h>

#include "internal/reply.h"
#include "internal/server.h"

typedef struct question_row {
    uint8_t question;
    uint16_t yes;      /* what OK says */
    uint16_t no;       /* the safe refusal */
    uint16_t codes[4]; /* codes of class 2 that a host may say itself */
} question_row;

/* clang-format off */
static const question_row questions[] = {
    {SMTPAUTH_ASK_MAIL,     SMTPAUTH_REASON_SENDER_OK,    SMTPAUTH_REASON_LOCAL_ERROR,     {250}},
    {SMTPAUTH_ASK_RCPT,     SMTPAUTH_REASON_RECIPIENT_OK, SMTPAUTH_REASON_LOCAL_ERROR,     {250, 251}},
    {SMTPAUTH_ASK_DATA,     SMTPAUTH_REASON_START_DATA,   SMTPAUTH_REASON_LOCAL_ERROR,     {0}},
    {SMTPAUTH_ASK_MESSAGE,  SMTPAUTH_REASON_MESSAGE_OK,   SMTPAUTH_REASON_LOCAL_ERROR,     {250}},
    {SMTPAUTH_ASK_HELLO,    SMTPAUTH_REASON_HELLO,        SMTPAUTH_REASON_LOCAL_ERROR,     {0}},
    {SMTPAUTH_ASK_STARTTLS, SMTPAUTH_REASON_TLS_READY,    SMTPAUTH_REASON_TLS_UNAVAILABLE, {0}},
    {SMTPAUTH_ASK_VERIFY,   SMTPAUTH_REASON_UNVERIFIED,   SMTPAUTH_REASON_LOCAL_ERROR,     {250, 251, 252}},
    {SMTPAUTH_ASK_ETRN,     SMTPAUTH_REASON_ETRN_STARTED, SMTPAUTH_REASON_LOCAL_ERROR,     {250, 251, 252, 253}}, /* RFC 1985 5.2 */
    {SMTPAUTH_ASK_XCLIENT,  SMTPAUTH_REASON_GREETING,     SMTPAUTH_REASON_LOCAL_ERROR,     {0}},
};

/* Refusals that answer AUTH alone, or a greeting, and so never another question. */
static const uint16_t never[] = {432, 454, 504, 523, 525, 534, 535, 538};
/* clang-format on */

static const question_row *row_of(uint8_t question)
{
    size_t i = 0;
    while (questions[i].question != question)
        i++;
    return &questions[i];
}

static bool is_yes(const question_row *row, uint16_t code)
{
    for (size_t i = 0; i < sizeof row->codes / sizeof row->codes[0]; i++)
        if (row->codes[i] == code && code != 0)
            return true;
    return false;
}

static bool is_refusal(const smtpauth_server *s, uint16_t code)
{
    if (code == 454 && s->question == SMTPAUTH_ASK_STARTTLS)
        return true;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (never[i] == code)
            return false;
    return code >= 400 && code <= 599 && (code != 530 || !smtpa_is(s, SMTPAUTH_IS_AUTHENTICATED));
}

/* Reasons that only an exchange can have. */
static bool answers_auth(uint16_t reason)
{
    return reason >= SMTPAUTH_REASON_AUTH_FAILED && reason <= SMTPAUTH_REASON_AUTH_LINE_TOO_LONG;
}

/* Takes over what MAIL's parameters said, before its line goes. */
static void open_transaction(smtpauth_server *s, const smtpauth_io *io)
{
    smtpauth_command command;
    smtpa_parse(s, io, &command);
    s->body = command.body;
    s->is_utf8 = (command.present & SMTPAUTH_PARAM_SMTPUTF8) != 0;
    smtpauth_tracker_happened(&s->tracker, SMTPAUTH_HAPPENED_MAIL);
}

static bool is_about_chunk(const smtpauth_server *s)
{
    return s->question == SMTPAUTH_ASK_DATA && s->verb == SMTPAUTH_VERB_BDAT;
}

static void begin_message(smtpauth_server *s)
{
    bool is_chunk = s->verb == SMTPAUTH_VERB_BDAT;
    smtpauth_tracker_happened(&s->tracker, is_chunk ? SMTPAUTH_HAPPENED_CHUNK : SMTPAUTH_HAPPENED_DATA);
    smtpa_data_begin(s, is_chunk ? STATE_CHUNK : STATE_DATA);
    if (!is_chunk)
        s->is_last_chunk = 1; /* there is but this one */
}

/* What the answer does, now that it was said. Refusals count as idle, but to a user's RCPT: his list may be old. */
static void conclude(smtpauth_server *s, smtpauth_io *io, bool yes)
{
    uint8_t question = s->question;
    if (question == SMTPAUTH_ASK_MESSAGE) {
        smtpa_message_answered(s, io, yes);
        return;
    }
    smtpa_release(s);
    if (!yes && !(question == SMTPAUTH_ASK_RCPT && smtpa_is(s, SMTPAUTH_IS_AUTHENTICATED)))
        smtpa_count_idle(s);
    switch (question) {
    case SMTPAUTH_ASK_MAIL:
        if (yes)
            open_transaction(s, io);
        break;
    case SMTPAUTH_ASK_RCPT:
        smtpauth_tracker_happened(&s->tracker, yes ? SMTPAUTH_HAPPENED_RCPT : SMTPAUTH_HAPPENED_RCPT_REFUSED);
        s->recipients = (uint16_t)(s->recipients + yes);
        break;
    case SMTPAUTH_ASK_DATA:
        if (yes)
            begin_message(s);
        break;
    case SMTPAUTH_ASK_HELLO:
        if (yes)
            smtpa_hello(s, io);
        break;
    case SMTPAUTH_ASK_STARTTLS:
        if (yes)
            s->state = STATE_TLS;
        break;
    case SMTPAUTH_ASK_XCLIENT:
        if (yes)
            smtpa_xclient_begin(s, false);
        break;
    default:
        break;
    }
}

int32_t smtpa_may_answer(const smtpauth_server *s, const smtpauth_io *io)
{
    if (s == NULL || io == NULL || !smtpa_window_holds_line(s, io))
        return SMTPAUTH_E_ARGUMENT;
    if (s->state != STATE_QUESTION)
        return SMTPAUTH_E_STATE;
    return io->next_out == NULL || io->avail_out < SMTPAUTH_REPLY_MAX ? SMTPAUTH_E_OUTPUT : SMTPAUTH_DONE;
}

static void say_and_conclude(smtpauth_server *s, smtpauth_io *io, uint16_t reason, bool yes)
{
    bool is_hello = yes && s->question == SMTPAUTH_ASK_HELLO; /* says its own lines */
    bool is_closing = smtpauth_reason_code(reason) == 421;
    bool is_chunk = is_about_chunk(s) && !is_closing; /* is answered behind its octets */
    if (!is_hello && !is_chunk)
        smtpa_say(s, io, reason);
    conclude(s, io, yes);
    if (is_chunk && !yes)
        smtpa_chunk_refuse(s, REFUSED_BY_HOST, reason);
    if (is_closing)
        smtpa_shut(s, reason);
}

int32_t smtpauth_server_answer(smtpauth_server *s, smtpauth_io *io, uint16_t reason)
{
    if (s != NULL && reason == 0 && s->state == STATE_TLS)
        return smtpauth_server_tls_failed(s);
    int32_t result = smtpa_may_answer(s, io);
    if (result != SMTPAUTH_DONE)
        return result;
    if (s->question < SMTPAUTH_ASK_MAIL) {
        smtpauth_server_verdict(s, io, SMTPAUTH_UNAVAILABLE, NULL, 0);
        return reason == 0 ? SMTPAUTH_DONE : SMTPAUTH_E_ANSWER;
    }
    const question_row *row = row_of(s->question);
    uint16_t code = smtpauth_reason_code(reason);
    if (reason == SMTPAUTH_REASON_OK || reason == row->yes)
        say_and_conclude(s, io, row->yes, true);
    else if (is_yes(row, code) && smtpauth_reason_enhanced(reason)[0] != '\0')
        say_and_conclude(s, io, reason, true);
    else if (is_refusal(s, code) && !answers_auth(reason))
        say_and_conclude(s, io, reason, false);
    else {
        say_and_conclude(s, io, row->no, false);
        return reason == 0 ? SMTPAUTH_DONE : SMTPAUTH_E_ANSWER;
    }
    return SMTPAUTH_DONE;
}

/* The enhanced code where the host gave none. */
static const char *plain_enhanced(uint16_t code)
{
    return code < 300 ? "2.0.0" : code < 500 ? "4.0.0" : "5.0.0";
}

/* May the words hold UTF-8: the transaction has SMTPUTF8, or the command just asked for it (RFC 6531 3.7.4.2). */
static bool may_say_utf8(const smtpauth_server *s, const smtpauth_io *io)
{
    smtpauth_command command;
    if (s->question != SMTPAUTH_ASK_MAIL && s->question != SMTPAUTH_ASK_VERIFY)
        return s->is_utf8 != 0;
    return smtpa_parse(s, io, &command) == 0 &&
           ((command.present & SMTPAUTH_PARAM_SMTPUTF8) || command.is_utf8);
}

int32_t smtpauth_server_say(smtpauth_server *s, smtpauth_io *io, uint16_t code, const char *enhanced,
                            const uint8_t *words, size_t words_len)
{
    int32_t result = smtpa_may_answer(s, io);
    if (result != SMTPAUTH_DONE)
        return result;
    if (words == NULL && words_len > 0)
        return SMTPAUTH_E_ARGUMENT;
    if (s->question < SMTPAUTH_ASK_MAIL) /* about AUTH */
        return smtpauth_server_answer(s, io, SMTPAUTH_REASON_OK);
    const question_row *row = row_of(s->question);
    bool yes = is_yes(row, code);
    bool is_fit = (yes || is_refusal(s, code)) && (enhanced == NULL || smtpa_enhanced_fits(enhanced, code));
    if (!is_fit) {
        say_and_conclude(s, io, row->no, false);
        return SMTPAUTH_E_ANSWER;
    }
    const char *e = enhanced != NULL ? enhanced : plain_enhanced(code);
    if (is_about_chunk(s) && code != 421) { /* the words cannot wait for the end of the octets */
        conclude(s, io, false);
        smtpa_chunk_refuse_by(s, code, e);
        return words_len > 0 ? SMTPAUTH_E_WORDS : SMTPAUTH_DONE;
    }
    uint32_t flags = may_say_utf8(s, io) ? (uint32_t)SMTPAUTH_REPLY_UTF8 : 0;
    size_t written;
    result = smtpauth_reply_write(io->next_out, SMTPAUTH_REPLY_MAX, code, e, words, words_len, flags, &written);
    if (result != SMTPAUTH_DONE) { /* the code stands */
        const char *text = smtpauth_reason_text(yes ? row->yes : row->no);
        smtpauth_reply_write(io->next_out, SMTPAUTH_REPLY_MAX, code, e, (const uint8_t *)text, strlen(text), 0,
                             &written);
        result = SMTPAUTH_E_WORDS;
    }
    io->next_out += written;
    io->avail_out -= written;
    conclude(s, io, yes);
    if (code == 421)
        smtpa_shut(s, SMTPAUTH_REASON_SHUTDOWN);
    return result;
}
