/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Phases and states in the words of the command line and of lists. */

#include "explain.h"

#include <string.h>

static const char *const phases[SMTPAUTH_PHASE_COUNT] = {"any",  "connect", "ehlo", "starttls", "auth",
                                                         "mail", "rcpt",    "data", "message"};

int situation_phase(const char *word)
{
    for (int i = 0; i < SMTPAUTH_PHASE_COUNT; i++)
        if (strcmp(word, phases[i]) == 0)
            return i;
    return -1;
}

int situation_state(const char *word)
{
    if (strcmp(word, "any") == 0)
        return SMTPAUTH_UNKNOWN;
    if (strcmp(word, "authenticated") == 0)
        return SMTPAUTH_YES;
    return strcmp(word, "unauthenticated") == 0 ? SMTPAUTH_NO : -1;
}

const char *situation_phase_name(uint8_t phase)
{
    return phase < SMTPAUTH_PHASE_COUNT ? phases[phase] : "";
}
