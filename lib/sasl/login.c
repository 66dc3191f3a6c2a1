/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * LOGIN: the server asks for the user name, then for the password. No RFC; the prompts are what clients compare with.
 * A name as initial response is habit. A name that can never be right (blank, overlong, no text) still gets the second prompt,
 * so that a password sent without waiting is not read as a command.
 */

#include <string.h>

#include "internal/text.h"
#include "sasl/mechanism.h"

enum { STEP_BEGIN = 0, STEP_NAME = 1, STEP_PASSWORD = 2 };

/* Scratch: the name's length, then the name. A length of 0 is a name that can never be right; whether it was no text at
 * all stands behind. */
enum { AT_LEN = 0, AT_NAME = 1, AT_MALFORMED = AT_NAME + SMTPAUTH_IDENTITY_MAX };

static void prompt(smtpa_turn *turn, const char *words)
{
    smtpa_turn_challenge(turn, words, strlen(words));
}

static void take_name(smtpa_turn *turn)
{
    smtpauth_view name = smtpa_view(turn->response, turn->response_len);
    bool is_malformed = !smtpa_is_text(name);
    bool is_fit = name.len <= SMTPAUTH_IDENTITY_MAX && !is_malformed;
    turn->scratch[AT_MALFORMED] = is_malformed;
    turn->scratch[AT_LEN] = is_fit ? (uint8_t)name.len : 0;
    if (is_fit && name.len > 0)
        memcpy(turn->scratch + AT_NAME, name.data, name.len);
    prompt(turn, "Password:");
}

static void recall(smtpa_turn *turn)
{
    turn->identity = smtpa_view(turn->scratch + AT_NAME, turn->scratch[AT_LEN]);
    turn->password = smtpa_view(turn->response, turn->response_len);
}

static void take(smtpa_turn *turn)
{
    if (!turn->has_response) {
        *turn->step = STEP_NAME;
        prompt(turn, "Username:");
    } else if (*turn->step == STEP_PASSWORD) {
        recall(turn);
        if (turn->scratch[AT_MALFORMED])
            smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
        else
            smtpa_turn_ask(turn, SMTPAUTH_ASK_PASSWORD);
    } else {
        *turn->step = STEP_PASSWORD;
        take_name(turn);
    }
}

static const smtpauth_mechanism login = {{SMTPA_LOGIN}, SMTPAUTH_ASK_PASSWORD, take, recall, NULL, NULL, NULL};

const smtpauth_mechanism *smtpauth_login(void)
{
    return &login;
}
