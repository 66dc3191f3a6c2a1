/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The provider book: wordings and remedies, an object of its own. */

#include "internal/advice.h"

static const smtpauth_provider rows[] = {
#define PROVIDER(id, title, low, high, when, reason, words, servers, remedy)                                   \
    {id, title, low, high, SMTPAUTH_REASON_##when, SMTPAUTH_REASON_##reason, words, servers, remedy},
#include "providers.def"
#undef PROVIDER
};

const smtpauth_provider *smtpauth_providers(size_t *count)
{
    if (count != NULL)
        *count = sizeof rows / sizeof *rows;
    return rows;
}
