/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The host's answers to AUTH's questions: a verdict, a user's secret, a challenge of its own mechanism. Nothing else
 * than ACCEPTED and ACCEPTED_AS lets anybody in, and neither does before every proof was checked.
 */

#include <string.h>

#include "internal/server.h"
#include "internal/text.h"

static bool is_about_auth(uint8_t question)
{
    return question >= SMTPAUTH_ASK_PASSWORD && question <= SMTPAUTH_ASK_ANONYMOUS;
}

size_t smtpauth_secret_size(void)
{
    return sizeof(smtpauth_secret);
}

/* Gives the secret to the mechanism. A NULL secret is an unknown user's. */
static bool give_secret(smtpauth_server *s, smtpauth_io *io, const smtpauth_secret *secret)
{
    uint8_t challenge[SMTPA_CHALLENGE_MAX];
    smtpauth_secret none;
    memset(&none, 0, sizeof none);
    smtpa_turn turn = smtpa_recall(s, io);
    turn.challenge = challenge;
    if (!smtpa_mechanism(s->policy, s->mechanism)->secret(&turn, secret != NULL ? secret : &none)) {
        turn.verdict = SMTPAUTH_UNAVAILABLE;
        smtpa_auth_verdict(s, io, &turn, NULL, 0);
        return false;
    }
    s->user = secret != NULL && secret->is_known ? secret->user : 0;
    smtpa_auth_go_on(s, io, &turn);
    return true;
}

int32_t smtpauth_server_secret(smtpauth_server *s, smtpauth_io *io, const smtpauth_secret *secret)
{
    if (secret == NULL || secret->size != sizeof *secret)
        return SMTPAUTH_E_ARGUMENT;
    int32_t result = smtpa_may_answer(s, io);
    if (result != SMTPAUTH_DONE)
        return result;
    if (s->question != SMTPAUTH_ASK_SECRET)
        return SMTPAUTH_E_STATE;
    return give_secret(s, io, secret) ? SMTPAUTH_DONE : SMTPAUTH_E_ANSWER;
}

int32_t smtpauth_server_challenge(smtpauth_server *s, smtpauth_io *io, const uint8_t *data, size_t len)
{
    int32_t result = smtpa_may_answer(s, io);
    if (result == SMTPAUTH_E_ARGUMENT || (data == NULL && len > 0) || len > HOST_CHALLENGE_MAX)
        return SMTPAUTH_E_ARGUMENT;
    if (result == SMTPAUTH_E_STATE || s->question != SMTPAUTH_ASK_EXCHANGE)
        return SMTPAUTH_E_STATE;
    if (result != SMTPAUTH_DONE || io->avail_out < smtpauth_base64_encoded_len(len) + 6)
        return SMTPAUTH_E_OUTPUT;
    smtpa_challenge(io, data, len);
    smtpa_release(s);
    return SMTPAUTH_DONE;
}

/* What the verdict means where it answers. A user whom the host does not know goes through the same exchange. */
static int32_t judge(smtpauth_server *s, smtpauth_io *io, int32_t verdict, const uint8_t *words, size_t len)
{
    uint8_t challenge[SMTPA_CHALLENGE_MAX];
    bool is_yes = verdict == SMTPAUTH_ACCEPTED || verdict == SMTPAUTH_ACCEPTED_AS;
    bool tells_user =
        verdict == SMTPAUTH_REJECTED || verdict == SMTPAUTH_DISABLED || verdict == SMTPAUTH_EXPIRED;
    if (s->question == SMTPAUTH_ASK_SECRET && tells_user) /* before he has proven anything, nothing is told */
        return give_secret(s, io, NULL) ? SMTPAUTH_DONE : SMTPAUTH_E_ANSWER;
    const smtpauth_mechanism *mechanism = smtpa_mechanism(s->policy, s->mechanism);
    smtpa_turn turn = smtpa_recall(s, io);
    turn.challenge = challenge;
    bool is_unproven =
        s->question == SMTPAUTH_ASK_SECRET || (s->question == SMTPAUTH_ASK_AUTHORIZE && s->proven != PROVEN);
    bool is_owed = is_unproven && is_yes; /* the proof */
    smtpa_turn_verdict(&turn, is_owed ? (int32_t)SMTPAUTH_UNAVAILABLE : verdict);
    if (mechanism->verdict != NULL)
        mechanism->verdict(&turn, turn.verdict);
    if (turn.outcome == SMTPA_TURN_VERDICT) {
        bool is_as_given = turn.verdict == verdict; /* else the words do not go with it */
        int32_t result = smtpa_auth_verdict(s, io, &turn, is_as_given ? words : NULL, len);
        return is_owed ? (int32_t)SMTPAUTH_E_ANSWER : result;
    }
    smtpa_auth_go_on(s, io, &turn);
    return SMTPAUTH_DONE;
}

int32_t smtpauth_server_verdict(smtpauth_server *s, smtpauth_io *io, int32_t verdict, const uint8_t *words,
                                size_t words_len)
{
    if (words == NULL && words_len > 0)
        return SMTPAUTH_E_ARGUMENT;
    int32_t result = smtpa_may_answer(s, io);
    if (result == SMTPAUTH_E_ARGUMENT || result == SMTPAUTH_E_STATE)
        return result;
    if (s->question == SMTPAUTH_ASK_XCLIENT && verdict == SMTPAUTH_ACCEPTED_AS &&
        smtpa_xclient_identity(s, io).len > 0) {
        if (result == SMTPAUTH_DONE)
            smtpa_xclient_vouched(s, io);
        return result;
    }
    if (!is_about_auth(s->question)) {
        int32_t refused = smtpauth_server_answer(s, io, 0);
        return refused == SMTPAUTH_DONE ? (int32_t)SMTPAUTH_E_ANSWER : refused;
    }
    if (result != SMTPAUTH_DONE)
        return result;
    bool is_verdict = verdict >= SMTPAUTH_ACCEPTED && verdict <= SMTPAUTH_TRY_LATER;
    result = judge(s, io, is_verdict ? verdict : (int32_t)SMTPAUTH_UNAVAILABLE, is_verdict ? words : NULL,
                   is_verdict ? words_len : 0);
    return is_verdict ? result : (int32_t)SMTPAUTH_E_ANSWER;
}
