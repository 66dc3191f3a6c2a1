/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The catalogue's short half: what goes over the wire. Never points to the long words, so they can be left out. */

#include <smtpauth/reason.h>

typedef struct reason_row {
    uint16_t code;
    char enhanced[8];
    const char *text;
} reason_row;

static const reason_row rows[SMTPAUTH_REASON_COUNT] = {
#define REASON(NAME, name, code, enhanced, text, title, meaning, seen, fix, source, action)                    \
    [SMTPAUTH_REASON_##NAME] = {code, enhanced, text},
#include "reason.def"
#undef REASON
};

static const reason_row *row(uint16_t reason)
{
    return &rows[reason < SMTPAUTH_REASON_COUNT ? reason : SMTPAUTH_REASON_NONE];
}

uint16_t smtpauth_reason_count(void)
{
    return SMTPAUTH_REASON_COUNT;
}

uint16_t smtpauth_reason_code(uint16_t reason)
{
    return row(reason)->code;
}

const char *smtpauth_reason_enhanced(uint16_t reason)
{
    return row(reason)->enhanced;
}

const char *smtpauth_reason_text(uint16_t reason)
{
    return row(reason)->text != NULL ? row(reason)->text : "";
}
