/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_LOGIN_H
#define SUBMISSIOND_LOGIN_H

/*
 * Questions and notes about AUTH.
 */

#include "connection.h"

/* Each answers at once, or leaves the question to a job. False: the session must wait. */
bool login_password(struct connection *connection, smtpauth_io *io, const smtpauth_event *event);
bool login_token(struct connection *connection, smtpauth_io *io, const smtpauth_event *event);
bool login_secret(struct connection *connection, smtpauth_io *io, const smtpauth_event *event);
bool login_authorize(struct connection *connection, smtpauth_io *io, const smtpauth_event *event);
bool login_external(struct connection *connection, smtpauth_io *io, const smtpauth_event *event);
bool login_anonymous(struct connection *connection, smtpauth_io *io, const smtpauth_event *event);

bool login_ended(struct connection *connection, const smtpauth_event *event); /* NOTE_AUTH */

void login_settle(struct connection *connection, smtpauth_io *io, const struct job *job);

#endif
