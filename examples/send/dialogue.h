/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_DIALOGUE_H
#define SEND_DIALOGUE_H

/*
 * The dialogue on stderr, for --verbose; without it these say nothing. Secrets are masked, the message is not shown.
 */

#include "session.h"

void dialogue_connected(const struct session *session);
void dialogue_tls(const struct session *session);
void dialogue_message(const struct session *session);
void dialogue_note(const struct session *session, const smtpauth_client_event *event);

#endif
