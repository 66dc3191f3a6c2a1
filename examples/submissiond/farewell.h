/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_FAREWELL_H
#define SUBMISSIOND_FAREWELL_H

/*
 * How connections end.
 */

#include "connection.h"

/* All is sent: says so to the peer, then reads what it still sends for a short while. `reason` is for the log, where
 * the session knows none. */
void farewell_linger(struct connection *connection, uint16_t reason);
void farewell_discard(struct connection *connection);

/* Closes at once. The memory stays until the end of the round, as events of it may still be under way. */
void farewell_now(struct connection *connection, uint16_t reason);

#endif
