/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * LOGIN: the server asks for the user name, then for the password. No RFC; the prompts are what clients compare with.
 * A name as initial response is habit. A name that can never be right (blank, overlong) still gets the second prompt,
 * so that a password sent without waiting is not read as a command.
 */

#include <string.h>

#include "internal/text.h"
#include "sasl/mechanism.h"

enum { STEP_BEGIN = 0, STEP_NAME = 1, STEP_PASSWORD = 2 };

/* Scratch: the name's length, then the name. A length of 0 is a name that can never be right. */
enum { AT_LEN = 0, AT_NAME = 1 };

static void prompt(smtpa_turn *turn, const char *words)
{
    turn->outcome = SMTPA_TURN_CHALLENGE;
    turn->challenge = words;
}

static void broken(smtpa_turn *turn)
{
    turn->outcome = SMTPA_TURN_BROKEN;
    turn->reason = SMTPAUTH_REASON_AUTH_MALFORMED;
}

static void take_name(uint8_t *scratch, smtpa_turn *turn)
{
    smtpauth_view name = turn->response;
    bool has_nul = false;
    for (size_t i = 0; i < name.len; i++)
        has_nul |= name.data[i] == 0;
    if (has_nul || !smtpauth_utf8_is_valid(name.data, name.len)) {
        broken(turn);
        return;
    }
    bool is_fit = name.len <= SMTPAUTH_IDENTITY_MAX;
    scratch[AT_LEN] = is_fit ? (uint8_t)name.len : 0;
    if (is_fit && name.len > 0)
        memcpy(scratch + AT_NAME, name.data, name.len);
    prompt(turn, "Password:");
}

static void recall(const uint8_t *scratch, smtpa_turn *turn)
{
    turn->identity = smtpa_view(scratch + AT_NAME, scratch[AT_LEN]);
    turn->password = turn->response;
}

static void take(uint8_t *scratch, uint8_t *step, smtpa_turn *turn)
{
    if (!turn->has_response) {
        *step = STEP_NAME;
        prompt(turn, "Username:");
    } else if (*step == STEP_PASSWORD) {
        recall(scratch, turn);
        smtpa_turn_ask(turn);
    } else {
        *step = STEP_PASSWORD;
        take_name(scratch, turn);
    }
}

static const smtpauth_mechanism login = {"LOGIN", SMTPAUTH_MECHANISM_CLIENT_FIRST, true, take, recall};

const smtpauth_mechanism *smtpauth_login(void)
{
    return &login;
}
