/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Codes that are taken for each other, beside each other. */

#include "explain.h"

static const fact login_facts[] = {
    {"in two words", "authenticate first", "wrong credentials"},
    {"has AUTH been issued?",
     "No AUTH was issued before mail was attempted; or it did not succeed, and the client went on regardless.",
     "Yes: AUTH was issued, and rejected."},
    {"what it answers", "MAIL FROM, RCPT TO and the other commands that need a login.",
     "The AUTH command itself, or a response within its exchange."},
    {"what a mail program should do", "Prompt for login.", "Prompt to re-enter the password."},
    {"when a server should say it",
     "When a client tries to send mail without authenticating: it enforces the policy that mail needs a login.",
     "When AUTH fails because the credentials are invalid."},
};

static const char *const login_differences[] = {
    "530 says \"authenticate first\": no AUTH was issued before mail was attempted.",
    "535 says \"wrong credentials\": AUTH was issued, and the credentials were rejected.",
    "530 answers MAIL FROM or RCPT TO.",
    "535 answers the AUTH command itself.",
    "530 is resolved by issuing AUTH before MAIL FROM; 535 is resolved only by correct credentials.",
};

static const fact first_facts[] = {
    {"in two words", "authenticate first", "encrypt first"},
    {"what a mail program should do", "Prompt for login.", "Issue STARTTLS, then EHLO and AUTH."},
};

static const char *const first_differences[] = {
    "Both are 530 5.7.0: the words, and whether TLS is active, tell which is meant.",
    "\"Authentication required\" asks for a login, \"Must issue a STARTTLS command first\" for encryption.",
    "Before STARTTLS a password must not be sent, whatever the server says.",
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const comparison comparisons[] = {
    {SMTPAUTH_REASON_AUTH_REQUIRED, SMTPAUTH_REASON_AUTH_FAILED, login_facts, COUNT(login_facts),
     login_differences, COUNT(login_differences)},
    {SMTPAUTH_REASON_AUTH_REQUIRED, SMTPAUTH_REASON_TLS_REQUIRED, first_facts, COUNT(first_facts),
     first_differences, COUNT(first_differences)},
};

const comparison *facts_between(uint16_t left, uint16_t right, bool *swapped)
{
    for (size_t i = 0; i < COUNT(comparisons); i++) {
        const comparison *c = &comparisons[i];
        *swapped = c->left == right && c->right == left;
        if (*swapped || (c->left == left && c->right == right))
            return c;
    }
    return NULL;
}
