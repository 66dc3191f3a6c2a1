/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_WINDOWS_H
#define SUBMISSIOND_WINDOWS_H

/*
 * The service has one pair of windows; a connection borrows it while its session runs: open, read, step and flush,
 * close. It must have nothing unsent when it begins.
 */

#include "connection.h"

void windows_open(struct connection *connection, smtpauth_io *io);
void windows_read(struct connection *connection, smtpauth_io *io);

/* Sends and empties the output window. False: some of it is still unsent, the session must wait. */
bool windows_flush(struct connection *connection, smtpauth_io *io);

/* `used`: octets of the input window that held input; `is_data_alone`: that was message data alone. */
void windows_close(struct connection *connection, const smtpauth_io *io, size_t used, bool is_data_alone);

/* Between runs: true when nothing is left to send. */
bool windows_flush_unsent(struct connection *connection);
void windows_drop_unsent(struct connection *connection);
void windows_drop(struct connection *connection); /* all that is kept */

#endif
