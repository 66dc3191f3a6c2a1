/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_SESSION_H
#define SUBMISSIOND_SESSION_H

/*
 * What the server answers: every question and note of the engine, but those that move bytes (connection.h).
 */

#include "connection.h"

/* Returns true when the session may step on, false when it must wait: its phase then says for what. */
bool session_on_event(struct connection *connection, smtpauth_io *io, const smtpauth_event *event);

/* Gives the result of the finished job to the engine. Needs an empty output window. */
void session_settle(struct connection *connection, smtpauth_io *io);

/* Lets go of the job whose question is no longer open. */
void session_drop_job(struct connection *connection);

/* A job came back whose connection is gone. */
void session_bury_job(struct job *job);

/* Lines of the log that are not the engine's. */
void session_log_connect(const struct connection *connection);
void session_log_tls(const struct connection *connection, bool is_up);
void session_log_disconnect(const struct connection *connection, uint16_t reason);

#endif
