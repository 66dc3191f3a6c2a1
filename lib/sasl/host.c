/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* A mechanism that the host runs itself: every response is a question. Its name and facts are the policy's. */

#include "sasl/mechanism.h"

static void take(smtpa_turn *turn)
{
    turn->outcome = SMTPA_TURN_ASK;
    turn->question = SMTPAUTH_ASK_EXCHANGE;
}

static void recall(smtpa_turn *turn)
{
    (void)turn; /* who it is, the host knows */
}

static const smtpauth_mechanism host_run = {
    {"", SMTPA_CLIENT, 0, 0}, SMTPAUTH_ASK_EXCHANGE, take, recall, NULL, NULL, NULL};

const smtpauth_mechanism *smtpa_host_run(void)
{
    return &host_run;
}
