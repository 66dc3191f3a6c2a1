/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* What a host may read of a client session, and how long it may wait. */

#include <smtpauth/client.h>

#include "internal/client.h"

/* Seconds, RFC 5321 4.5.3.2. What is not listed there waits as long as most commands. */
enum { COMMAND_S = 300, DATA_S = 120, BLOCK_S = 180, END_S = 600 };

uint16_t smtpauth_client_timeout(const smtpauth_client *c)
{
    if (c == NULL || c->state == AT_QUESTION || c->state == AT_CLOSED)
        return 0;
    uint16_t seconds = COMMAND_S;
    if (c->awaited == AWAIT_DATA && c->state == AT_REPLY)
        seconds = DATA_S;
    else if (c->state == AT_MESSAGE)
        seconds = BLOCK_S;
    else if (c->transaction == MAIL_SENT)
        seconds = END_S;
    uint16_t max = c->config->timeout_s;
    return max != 0 && max < seconds ? max : seconds;
}

uint32_t smtpauth_client_is(const smtpauth_client *c)
{
    if (c == NULL)
        return 0;
    uint32_t is = 0;
    is |= smtpa_client_has_mark(c, IS_TLS) ? (uint32_t)SMTPAUTH_IS_TLS : 0;
    is |= smtpa_client_has_mark(c, IS_GREETED) ? (uint32_t)SMTPAUTH_IS_GREETED : 0;
    is |= smtpa_client_has_mark(c, IS_EXTENDED) ? (uint32_t)SMTPAUTH_IS_EXTENDED : 0;
    is |= c->login == LOGIN_DONE ? (uint32_t)SMTPAUTH_IS_AUTHENTICATED : 0;
    is |= smtpa_client_has_mark(c, IS_OPEN) ? (uint32_t)SMTPAUTH_IS_TRANSACTION : 0;
    is |= c->login == LOGIN_OPEN ? (uint32_t)SMTPAUTH_IS_EXCHANGE : 0;
    is |= c->why != 0 ? (uint32_t)SMTPAUTH_IS_CLOSING : 0;
    return is;
}

uint32_t smtpauth_client_offers(const smtpauth_client *c)
{
    return c != NULL ? c->offered : 0;
}

uint64_t smtpauth_client_size_max(const smtpauth_client *c)
{
    return c != NULL ? c->size_max : 0;
}

const char *smtpauth_client_authenticated_by(const smtpauth_client *c)
{
    return c != NULL && c->login == LOGIN_DONE ? smtpa_client_mechanism_name_at(c, c->authenticated_by) : "";
}

uint16_t smtpauth_client_why(const smtpauth_client *c)
{
    return c != NULL ? c->why : (uint16_t)SMTPAUTH_REASON_NONE;
}
