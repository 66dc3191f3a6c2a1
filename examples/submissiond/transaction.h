/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_TRANSACTION_H
#define SUBMISSIOND_TRANSACTION_H

/*
 * Questions and notes about mail: MAIL, RCPT, DATA and the message.
 */

#include "connection.h"

/* These return the reason to answer with. */
uint16_t transaction_mail(struct connection *connection, const smtpauth_event *event);
uint16_t transaction_rcpt(struct connection *connection, const smtpauth_event *event);
uint16_t transaction_data(struct connection *connection);

/* Answers at once, or leaves the question to a job. False: the session must wait. */
bool transaction_message(struct connection *connection, smtpauth_io *io, const smtpauth_event *event);
void transaction_settle(struct connection *connection, smtpauth_io *io, struct job *job);

void transaction_reset(struct connection *connection);

#endif
