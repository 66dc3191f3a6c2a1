/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * What the end of an exchange asks for: the next mechanism with the same secret (504, 534), the same one without initial
 * response (501, 553), PLAIN for a transition (432), TLS first (538 and its like), another secret (535), or nobody is
 * asked any more. Class 4 never asks: the secret was not judged.
 */

#include <smtpauth/text.h>

#include "internal/client.h"

void smtpa_client_exchange_over(smtpauth_client *c)
{
    smtpauth_exchange_end(&c->exchange);
    c->marks &= ~(uint32_t)(WANTS_CANCEL | HAS_INITIAL | WANTS_NO_INITIAL | IS_OVER_PLAIN | IS_SAME_SECRET);
    c->login = LOGIN_OVER;
}

void smtpa_client_login_over(smtpauth_client *c)
{
    c->login = LOGIN_OVER;
    if (smtpa_client_has_mark(c, IS_MESSAGE))
        smtpa_client_message_over(c, c->last.code / 100 == 4 ? SMTPAUTH_FATE_LATER : SMTPAUTH_FATE_REFUSED);
}

void smtpa_client_auth_taken(smtpauth_client *c)
{
    static const smtpauth_refusal none = {0};
    bool is_proven = smtpauth_exchange_is_proven(&c->exchange);
    smtpa_client_exchange_over(c);
    if (!is_proven) { /* an impostor, or a server that did not wait for the proof */
        smtpa_client_refuse(c, SMTPAUTH_REASON_SERVER_UNPROVEN, SMTPAUTH_PHASE_AUTH);
        smtpa_client_fault(c, SMTPAUTH_REASON_SERVER_UNPROVEN);
        return;
    }
    c->login = LOGIN_DONE;
    c->authenticated_by = c->mechanism;
    c->first = c->last = none; /* cured */
    c->pending |= DUE_AUTH;
    c->note_reason = SMTPAUTH_REASON_AUTHENTICATED;
}

/* The same secret is asked for once more. */
static void ask_again(smtpauth_client *c, uint32_t marks)
{
    c->marks |= IS_SAME_SECRET | marks;
    c->login = LOGIN_WANTED;
    c->login_why = SMTPAUTH_WHY_AGAIN;
}

void smtpa_client_ask_anew(smtpauth_client *c, uint8_t why)
{
    c->mechanisms_out = 0;
    if (!smtpa_client_rejected_now(c, c->fingerprint))
        smtpa_client_remember_rejected(c);
    if (c->rejections >= smtpa_config_credentials_max(c->config)) {
        smtpa_client_login_over(c);
        return;
    }
    c->login = LOGIN_WANTED;
    c->login_why = why;
}

static uint8_t kind_at_work(const smtpauth_client *c)
{
    return smtpa_client_kind(smtpa_client_mechanism_at(c, c->mechanism));
}

/* Is another mechanism left for this secret? The one at work is out. */
static bool walk_on(smtpauth_client *c)
{
    c->mechanisms_out = (uint16_t)(c->mechanisms_out | 1u << c->mechanism);
    return smtpa_client_choose(c, kind_at_work(c), c->mechanisms_out) != NO_CLIENT_MECHANISM;
}

/* RFC 4954 6, once: not where PLAIN was what was refused, nor with a secret that was rejected. */
static bool may_make_transition(const smtpauth_client *c)
{
    uint8_t plain = smtpa_client_find_plain(c);
    bool has_plain = plain != NO_CLIENT_MECHANISM && (c->mechanisms_offered >> plain & 1);
    return has_plain && plain != c->mechanism && smtpa_client_has_mark(c, IS_TLS) &&
           !smtpa_client_has_mark(c, DID_TRANSITION) && !smtpa_client_rejected_now(c, c->fingerprint);
}

static void rejected(smtpauth_client *c)
{
    if (smtpa_client_wants(c, SMTPAUTH_CLIENT_TRY_ANOTHER) && !smtpa_client_has_mark(c, DID_TRY_ANOTHER) &&
        walk_on(c)) {
        smtpa_client_remember_rejected(c); /* now: the host may answer by another one */
        ask_again(c, DID_TRY_ANOTHER);
    } else {
        smtpa_client_ask_anew(c,
                              smtpa_client_has_mark(c, IS_TOKEN) ? SMTPAUTH_WHY_TOKEN : SMTPAUTH_WHY_REJECTED);
    }
}

/* By a refusal of class 5. */
static void refused(smtpauth_client *c, uint16_t code, const smtpauth_advice *advice, bool is_walkable,
                    bool had_initial)
{
    bool is_secret_refused =
        advice->action == SMTPAUTH_ACTION_REENTER_PASSWORD || advice->action == SMTPAUTH_ACTION_REFRESH_TOKEN ||
        advice->action == SMTPAUTH_ACTION_CREATE_APP_PASSWORD || advice->action == SMTPAUTH_ACTION_WEB_LOGIN;
    bool is_rejected =
        smtpa_client_rejected_now(c, c->fingerprint); /* one more mechanism was tried: that was all */
    if (had_initial && (code == 501 || code == 553) && !is_secret_refused && !is_rejected) {
        ask_again(c, WANTS_NO_INITIAL);
    } else if (advice->action == SMTPAUTH_ACTION_START_TLS && smtpa_client_cure(c, advice) == MAIL_ENCRYPT) {
        smtpa_client_insist_on_tls(c);
        ask_again(c, 0);
    } else if (advice->action == SMTPAUTH_ACTION_OTHER_MECHANISM && is_walkable && !is_rejected) {
        if (walk_on(c))
            ask_again(c, 0);
        else
            smtpa_client_ask_anew(c, SMTPAUTH_WHY_MECHANISM);
    } else if (is_rejected || code == 535 || code == 534 ||
               advice->action == SMTPAUTH_ACTION_REENTER_PASSWORD ||
               advice->action == SMTPAUTH_ACTION_REFRESH_TOKEN) {
        rejected(c);
    } else {
        smtpa_client_login_over(c);
    }
}

void smtpa_client_auth_refused(smtpauth_client *c, uint16_t code, const smtpauth_advice *advice,
                               bool is_walkable)
{
    bool had_initial = smtpa_client_has_mark(c, HAS_INITIAL);
    c->note_reason = c->last.reason;
    if (code == 334) { /* no challenge, but a refusal in disguise: the exchange is still open */
        c->marks |= WANTS_CANCEL;
        return;
    }
    smtpa_client_exchange_over(c);
    c->pending |= DUE_AUTH;
    if (code >= 500)
        refused(c, code, advice, is_walkable, had_initial);
    else if (code == 432 && may_make_transition(c))
        ask_again(c, DID_TRANSITION | IS_OVER_PLAIN);
    else
        smtpa_client_login_over(c);
}

void smtpa_client_auth_cancelled(smtpauth_client *c)
{
    bool is_impostor = c->note_reason == SMTPAUTH_REASON_SERVER_UNPROVEN;
    smtpa_client_exchange_over(c);
    c->pending |= DUE_AUTH;
    smtpa_client_login_over(c);
    if (is_impostor)
        smtpa_client_quit(c, SMTPAUTH_REASON_SERVER_UNPROVEN);
}

void smtpa_client_forget_login(smtpauth_client *c)
{
    static const smtpauth_refusal none = {0};
    bool may_ask = c->rejections < smtpa_config_credentials_max(c->config);
    if (c->login == LOGIN_DONE || (c->login == LOGIN_OVER && may_ask))
        c->login = LOGIN_NOT_YET;
    c->authenticated_by = NO_CLIENT_MECHANISM;
    c->first = c->last = none;
}
