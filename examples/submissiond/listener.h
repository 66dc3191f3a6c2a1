/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_LISTENER_H
#define SUBMISSIOND_LISTENER_H

/*
 * The sockets that take new connections.
 */

#include "service.h"

/* Binds all that the options name and prints one line for each. False: `error` says why. */
bool listeners_open(struct service *service, char *error, size_t error_cap);
void listeners_close(struct service *service);

void listener_on_socket(struct service *service, struct listener *listener);
void listeners_resume(struct service *service); /* takes connections again, if it is time to */

#endif
