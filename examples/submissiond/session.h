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

/* Leaves the open question to a job. False, as the session must wait. */
bool session_wait(struct connection *connection, struct pool *pool, struct job *job);

/* Gives the result of the finished job to the engine. Needs an empty output window. */
void session_settle(struct connection *connection, smtpauth_io *io);

/* Lets go of the job whose question is no longer open. */
void session_drop_job(struct connection *connection);

/* A job came back whose connection is gone. */
void session_bury_job(struct job *job);

/* A copy of what an event shows; NULL: no memory. */
char *session_text(smtpauth_view view);

#endif
