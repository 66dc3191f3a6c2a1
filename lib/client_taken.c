/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * What a reply means: whether it can answer what was said at all, whether it refuses it, and what follows. Nothing is
 * said here; what is to be said next, client.c chooses. 421 ends a session whatever it answers (RFC 5321 3.8).
 */

#include <string.h>

#include <smtpauth/text.h>

#include "internal/client.h"
#include "internal/text.h"

enum { ANY_2YZ = 1, ONLY_REFUSALS = 2 };

typedef struct await_row {
    uint16_t yes;   /* the code that says yes, or ANY_2YZ, or ONLY_REFUSALS */
    uint8_t phase;  /* SMTPAUTH_PHASE_... */
    bool is_judged; /* a refusal matters to the result */
} await_row;

/* clang-format off */
static const await_row awaits[AWAIT_COUNT] = {
    [AWAIT_NOTHING]  = {ONLY_REFUSALS, SMTPAUTH_PHASE_UNKNOWN,  true},
    [AWAIT_GREETING] = {220,           SMTPAUTH_PHASE_CONNECT,  true},  /* RFC 5321 4.3.2 */
    [AWAIT_HELLO]    = {ANY_2YZ,       SMTPAUTH_PHASE_HELLO,    true},
    [AWAIT_HELO]     = {ANY_2YZ,       SMTPAUTH_PHASE_HELLO,    true},
    [AWAIT_STARTTLS] = {220,           SMTPAUTH_PHASE_STARTTLS, true},  /* RFC 3207 4 */
    [AWAIT_AUTH]     = {235,           SMTPAUTH_PHASE_AUTH,     true},  /* RFC 4954 4; and 334 */
    [AWAIT_CANCEL]   = {ONLY_REFUSALS, SMTPAUTH_PHASE_AUTH,     false},
    [AWAIT_MAIL]     = {ANY_2YZ,       SMTPAUTH_PHASE_MAIL,     true},
    [AWAIT_RCPT]     = {ANY_2YZ,       SMTPAUTH_PHASE_RCPT,     true},
    [AWAIT_DATA]     = {354,           SMTPAUTH_PHASE_DATA,     true},
    [AWAIT_CHUNK]    = {ANY_2YZ,       SMTPAUTH_PHASE_DATA,     true},
    [AWAIT_END]      = {ANY_2YZ,       SMTPAUTH_PHASE_MESSAGE,  true},
    [AWAIT_RSET]     = {ANY_2YZ,       SMTPAUTH_PHASE_UNKNOWN,  false},
    [AWAIT_QUIT]     = {221,           SMTPAUTH_PHASE_UNKNOWN,  false},
};
/* clang-format on */

uint8_t smtpa_client_phase(uint8_t awaited)
{
    return awaits[awaited].phase;
}

/* What each of them answers is known by its code, and 220, 221, 235 answer nothing else. */
static bool can_answer(uint8_t awaited, uint16_t code)
{
    uint16_t yes = awaits[awaited].yes;
    if (code >= 400 || code == yes || (awaited == AWAIT_AUTH && code == 334))
        return true;
    if (awaited == AWAIT_QUIT)
        return code < 300;
    return yes == ANY_2YZ && code < 300 && code != 220 && code != 221 && code != 235;
}

static bool is_base64(smtpauth_view v)
{
    uint8_t octets[3];
    size_t len = 3, at = 0;
    for (; at < v.len && len == 3; at += 4)
        if (v.len - at < 4 || smtpauth_base64_decode(octets, v.data + at, 4, &len) != SMTPAUTH_DONE)
            return false;
    smtpauth_wipe(octets, sizeof octets);
    return at >= v.len;
}

static bool is_challenge(const smtpauth_reply *reply)
{
    return reply->code == 334 && is_base64(reply->text);
}

bool smtpa_client_is_refusal(const smtpauth_client *c, const smtpauth_reply *reply)
{
    bool is_echo = (c->awaited == AWAIT_RCPT && c->transaction >= MAIL_REFUSED) ||
                   ((c->awaited == AWAIT_CHUNK || c->awaited == AWAIT_END) && c->chunk_fate != 0);
    if (!awaits[c->awaited].is_judged || is_echo)
        return false;
    return reply->code >= 400 || (c->awaited == AWAIT_AUTH && reply->code == 334 && !is_base64(reply->text));
}

static void greeting_taken(smtpauth_client *c, uint16_t code)
{
    if (code >= 400)
        smtpa_client_quit(c, SMTPAUTH_REASON_REFUSED);
}

static void hello_taken(smtpauth_client *c, uint16_t code)
{
    bool is_unknown = code == 500 || code == 502; /* RFC 5321 3.2 */
    if (code < 400)
        c->marks |= c->awaited == AWAIT_HELLO ? IS_GREETED | IS_EXTENDED : IS_GREETED;
    else if (is_unknown && c->awaited == AWAIT_HELLO && !smtpa_client_has_mark(c, IS_LMTP))
        c->marks |= WANTS_HELO;
    else
        smtpa_client_quit(c, SMTPAUTH_REASON_REFUSED);
}

static void data_taken(smtpauth_client *c, const smtpauth_advice *advice, uint16_t code)
{
    if (code == 354)
        smtpa_client_begin_message(c, false);
    else
        smtpa_client_leave_transaction(c, smtpa_client_cure(c, advice));
}

static void take_effect(smtpauth_client *c, smtpauth_io *io, const smtpauth_reply *reply,
                        const smtpauth_advice *advice, bool is_walkable)
{
    bool is_yes = reply->code < 400;
    switch (c->awaited) {
    case AWAIT_GREETING:
        greeting_taken(c, reply->code);
        return;
    case AWAIT_HELLO:
    case AWAIT_HELO:
        hello_taken(c, reply->code);
        return;
    case AWAIT_STARTTLS:
        if (is_yes) {
            c->state = AT_TLS;
            c->marks &= ~(uint32_t)IS_ANNOUNCED;
        }
        return;
    case AWAIT_AUTH:
        if (is_challenge(reply))
            smtpa_client_challenged(c, io, reply);
        else if (reply->code == 235)
            smtpa_client_auth_taken(c);
        else
            smtpa_client_auth_refused(c, reply->code, advice, is_walkable);
        return;
    case AWAIT_CANCEL:
        smtpa_client_auth_cancelled(c);
        return;
    case AWAIT_MAIL:
        smtpa_client_mail_taken(c, is_yes, advice);
        return;
    case AWAIT_RCPT:
        smtpa_client_rcpt_taken(c, reply->code, advice);
        return;
    case AWAIT_DATA:
        data_taken(c, advice, reply->code);
        return;
    case AWAIT_CHUNK:
        smtpa_client_chunk_taken(c, reply->code);
        return;
    case AWAIT_END:
        smtpa_client_end_taken(c, reply->code);
        return;
    case AWAIT_QUIT:
        smtpa_client_shut(c, SMTPAUTH_REASON_BYE);
        return;
    default: /* RSET: refused or not, MAIL will show */
        return;
    }
}

void smtpa_client_take(smtpauth_client *c, smtpauth_io *io)
{
    smtpauth_reply reply;
    smtpauth_advice advice;
    const uint8_t awaited = c->awaited;
    bool is_walkable = false, is_early = smtpa_client_has_mark(c, IS_EARLY);
    memset(&advice, 0, sizeof advice);
    (void)smtpa_client_held_reply(c, io, &reply);
    c->marks &= ~(uint32_t)IS_EARLY;
    c->pending |= DUE_RELEASE;
    c->state = AT_NEXT;
    if (reply.code != 421 && (is_early || c->in_flight == 0 || !can_answer(c->awaited, reply.code))) {
        smtpa_client_fault(c, SMTPAUTH_REASON_REPLY_UNEXPECTED);
        return;
    }
    if (smtpa_client_is_refusal(c, &reply))
        smtpa_client_judge(c, &reply, &advice, &is_walkable);
    if (c->in_flight > 0) {
        c->in_flight--;
        take_effect(c, io, &reply, &advice, is_walkable);
    }
    if (reply.code == 421 && awaited != AWAIT_QUIT)
        c->why = 0;
    if (reply.code == 421)
        smtpa_client_shut(c, SMTPAUTH_REASON_SERVER_CLOSING);
}
