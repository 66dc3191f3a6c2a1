/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_SESSION_LOG_H
#define SUBMISSIOND_SESSION_LOG_H

/*
 * What the log tells of sessions, a function for each kind of line. No line holds what a client sent as a password, a
 * token or a line that was not understood.
 */

#include "connection.h"

void session_log_connect(const struct connection *connection);
void session_log_no_proxy(const struct connection *connection, const char *fault); /* one word */
void session_log_tls(const struct connection *connection, bool is_up);
void session_log_disconnect(const struct connection *connection, uint16_t reason);

void session_log_auth(const struct connection *connection, const smtpauth_event *event, smtpauth_view identity);
void session_log_anonymous(const struct connection *connection, const smtpauth_event *event);
void session_log_abandoned(const struct connection *connection, const struct job *job);
void session_log_xclient(const struct connection *connection, smtpauth_view told); /* before it is believed */
void session_log_error(const struct connection *connection, const smtpauth_event *event);

/* A job that stored a message, or did not. `connection` is NULL when the client went before it was answered. */
void session_log_mail(const struct connection *connection, const struct job *job);

#endif
