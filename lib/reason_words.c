/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The catalogue's long words, for a person. An object of its own: firmware that never explains does not carry it. */

#include <smtpauth/reason.h>

enum { COLUMNS = SMTPAUTH_WORDS_ACTION + 1 };

static const char *const words[SMTPAUTH_REASON_COUNT][COLUMNS] = {
#define REASON(NAME, name, code, enhanced, text, title, meaning, seen, fix, source, action)                    \
    [SMTPAUTH_REASON_##NAME] = {name, title, meaning, seen, fix, source, action},
#include "reason.def"
#undef REASON
};

/* What only advice gives. */
static const char *const advice_words[SMTPAUTH_REASON_ADVICE_END - SMTPAUTH_REASON_ADVICE][COLUMNS] = {
#define REASON(NAME, name, title, meaning, seen, fix, source, action)                                          \
    [SMTPAUTH_REASON_##NAME - SMTPAUTH_REASON_ADVICE] = {name, title, meaning, seen, fix, source, action},
#include "reason_advice.def"
#undef REASON
};

const char *smtpauth_reason_words(uint16_t reason, uint8_t column)
{
    const char *found = NULL;
    if (column >= COLUMNS)
        return "";
    if (reason < SMTPAUTH_REASON_COUNT)
        found = words[reason][column];
    else if (reason >= SMTPAUTH_REASON_ADVICE && reason < SMTPAUTH_REASON_ADVICE_END)
        found = advice_words[reason - SMTPAUTH_REASON_ADVICE][column];
    return found != NULL ? found : "";
}
