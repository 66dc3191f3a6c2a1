/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_TOKEN_H
#define SMTPAUTH_SASL_TOKEN_H

/*
 * What XOAUTH2 and OAUTHBEARER share: one response with a user and a bearer token. A refused token is told in a JSON
 * object first; the client answers that by something, and only then hears 535 (RFC 7628 3.2.2, 3.2.3).
 */

#include "sasl/mechanism.h"

/* Cuts "name value" at the first octet `end` off `text`; false when there is none. */
bool smtpa_token_cut(smtpauth_view *text, uint8_t end, smtpauth_view *piece);

/* Reads "Bearer", blanks, token (RFC 6750 2.1). False when it is none; an empty credential is an empty token. */
bool smtpa_token_bearer(smtpauth_view value, smtpauth_view *token);

/* With `identity` and `password` read from the response: keeps the identity, and asks, or refuses by `json` what needs
 * no asking. */
void smtpa_token_ask(smtpa_turn *turn, const char *json);

/* The identity as it was kept. */
void smtpa_token_recall(smtpa_turn *turn);

void smtpa_token_verdict(smtpa_turn *turn, int32_t verdict, const char *json);

#endif
