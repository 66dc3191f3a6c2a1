/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_ARRIVAL_H
#define SUBMISSIOND_ARRIVAL_H

/*
 * How connections begin, before their first octet of TLS or SMTP.
 */

#include "connection.h"

/* Takes over `fd`. On failure it is closed. */
void arrival_start(struct service *service, int fd, const struct sockaddr *peer, bool is_tls);

void arrival_on_socket(struct connection *connection); /* in PHASE_PROXY */

#endif
