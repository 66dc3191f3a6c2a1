/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_FRONT_END_H
#define SUBMISSIOND_FRONT_END_H

/*
 * Front ends that speak for their clients by XCLIENT (Postfix's XCLIENT_README).
 */

#include "connection.h"

/* May connections from there say XCLIENT? */
bool front_end_is_trusted(const struct service *service, const struct address *address);

bool front_end_xclient(struct connection *connection, smtpauth_io *io, const smtpauth_event *event);

#endif
